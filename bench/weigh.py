"""`make weigh`: the weight and speed of the pages, measured in the served demo town, each figure beside its aim.

python -m bench.weigh --folder /var/tmp/town --runs 5
"""

import asyncio
import http.client
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from playwright.async_api import Browser

from bench import stores
from bench.demo import COOKIE, Demo, served
from bench.relay import Relay, relayed
from bench.weight import CHROMIUM, FIRST_LOAD, FLAGS, LATER_PAGE, Weighed, chromium, signed_in, weigh_all
from kit import db

ROOT = Path(__file__).parent.parent
SERVER_MEDIAN_MS = 15.0
REQUESTS, RESIDENTS, WARMING = 400, 20, 40
SCAN_P95_MS = 500.0
SCANS = 50
TRIES = 3
LIGHTHOUSE = {"performance": 95, "accessibility": 100, "best-practices": 100}
FINE = 0.9
"""What Lighthouse finds worse is named."""
LIT = (("home", "/", "resident"), ("shop", "/shop", "resident"), ("till", "/till", "merchant_clerk"))
STARTS = {"resident": "/", "merchant_clerk": "/till", "merchant_owner": "/till"}


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and what it should be: at most, or at least for a score."""

    name: str
    value: float
    aim: float
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the aim is met."""
        return self.value >= self.aim if self.at_least else self.value <= self.aim


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the town here, and use it again.")
@click.option("--runs", default=5, show_default=True, help="How often Lighthouse looks at a page; medians count.")
def main(*, folder: Path | None, runs: int) -> None:
    """Weigh the pages of the demo town and take their times; exit 1 when an aim is missed."""
    place = folder.resolve() if folder is not None else Path(tempfile.mkdtemp(prefix="qunzhifen-weigh-"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)
    chosen = None
    try:
        with served(place) as (chosen, demo):
            figures = asyncio.run(_measure(demo))
            figures += asyncio.run(_light(demo, runs))
    finally:
        if folder is None:
            if chosen is not None:
                stores.remove(chosen)
            shutil.rmtree(place, ignore_errors=True)
    _print(figures)
    if not all(each.ok for each in figures):
        raise SystemExit(1)


async def _measure(demo: Demo) -> list[Figure]:
    await db.open_pool()
    try:
        figures = await _server_times(demo)
        async with chromium() as browser:
            async with relayed(demo.port) as relay:
                weighed = await _weigh(demo, browser, relay)
            figures += [*_weights(weighed), await _scans(demo, browser)]
    finally:
        await db.close_pool()
    return figures


def _say(weighed: Weighed) -> None:
    parts = ", ".join(f"{name} {size:,}" for name, size in weighed.parts[:4])
    click.echo(f"{weighed.size:>8,} B  {weighed.role:<18} {weighed.path}  ({parts})", err=True)


async def _weigh(demo: Demo, browser: Browser, relay: Relay) -> list[Weighed]:
    """Every page of every face, in a browser that has never been here."""
    found: list[Weighed] = []
    known: set[str] = set()
    for role in demo.roles():
        start = STARTS.get(role, "/staff")
        async with signed_in(browser, relay.url, await demo.cookies(role)) as context:
            found += await weigh_all(relay, await context.new_page(), role, start, known=known, each=_say)
    return found


def _weights(weighed: Sequence[Weighed]) -> list[Figure]:
    starts = {*STARTS.values(), "/staff"}
    home, till = (next(each for each in weighed if each.path == start) for start in ("/", "/till"))
    heaviest = max((each for each in weighed if each.path not in starts), key=lambda each: each.size)
    later = len([each for each in weighed if each.path not in starts])
    return [
        Figure("resident's home, first load", home.size, FIRST_LOAD, "B"),
        Figure("clerk's till, first load", till.size, FIRST_LOAD, "B"),
        Figure(
            "heaviest later page", heaviest.size, LATER_PAGE, "B", note=f"{heaviest.path}; {later} pages were opened"
        ),
    ]


async def _server_times(demo: Demo) -> list[Figure]:
    """From the last byte of a request for home to the last one of its answer, one after the other."""
    secrets = await demo.residents(RESIDENTS)
    times = await asyncio.to_thread(_ask_for_home, demo.port, secrets)
    return [
        Figure("home, time of the server, median", statistics.median(times), SERVER_MEDIAN_MS, "ms"),
        Figure(
            "home, time of the server, p95",
            _p95(times),
            float("inf"),
            "ms",
            note=f"{len(times)} requests of {RESIDENTS} residents",
        ),
    ]


def _ask_for_home(port: int, secrets: Sequence[str]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for number in range(WARMING + REQUESTS):
        cookie = f"{COOKIE}={secrets[number % len(secrets)]}"
        begun = time.perf_counter()
        connection.request("GET", "/", headers={"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status != http.HTTPStatus.OK:
            raise stores.ServerSilent(f"home answered {answer.status}")
    connection.close()
    return times[WARMING:]


async def _scans(demo: Demo, browser: Browser) -> Figure:
    """From the Enter of the gun to the word on the screen."""
    vouchers = await demo.vouchers(SCANS)
    times = []
    async with signed_in(browser, demo.url, await demo.cookies("merchant_clerk")) as context:
        page = await context.new_page()
        await page.goto(f"{demo.url}/till", wait_until="load")
        for voucher in vouchers:
            await page.keyboard.type(voucher.code)
            begun = time.perf_counter()
            await page.keyboard.press("Enter")
            await page.wait_for_selector('#result[data-result="good"]')
            times.append((time.perf_counter() - begun) * 1000)
            await page.keyboard.press("Escape")
    note = f"median {statistics.median(times):.0f} ms of {len(times)} redemptions"
    return Figure("scan to result, p95", _p95(times), SCAN_P95_MS, "ms", note=note)


async def _light(demo: Demo, runs: int) -> list[Figure]:
    """Lighthouse's medians."""
    await db.open_pool()
    try:
        cookies = {role: "; ".join(f"{name}={value}" for name, value in await demo.cookies(role)) for _, _, role in LIT}
    finally:
        await db.close_pool()
    figures = []
    for name, path, role in LIT:
        found = [await asyncio.to_thread(_lighthouse, demo.url + path, cookies[role]) for _ in range(runs)]
        for category, aim in LIGHTHOUSE.items():
            scores = sorted(each[category] for each in found)
            note = f"of {runs}: {' '.join(f'{score:.0f}' for score in scores)}"
            figures.append(
                Figure(f"Lighthouse, {name}, {category}", statistics.median(scores), aim, "", at_least=True, note=note)
            )
    return figures


def _lighthouse(url: str, cookie: str) -> dict[str, float]:
    words = [
        ROOT / "web/frontend/with-node",
        "env",
        f"CHROME_PATH={CHROMIUM}",
        "node",
        ROOT / "node_modules/lighthouse/cli/index.js",
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(LIGHTHOUSE)}",
        f"--chrome-flags={' '.join(('--headless=new', *FLAGS))}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
    ]
    for _ in range(TRIES):  # now and then its recording of a load has no beginning, and it asks to be run again
        ran = subprocess.run(words, capture_output=True, check=False, cwd=ROOT, timeout=180)
        if not ran.returncode:
            break
    else:
        raise click.ClickException(f"Lighthouse could not look at {url}: {ran.stderr.decode()[-2000:]}")
    report = json.loads(ran.stdout)
    for category in LIGHTHOUSE:
        _say_what_costs(report, category)
    return {name: round(report["categories"][name]["score"] * 100) for name in LIGHTHOUSE}


def _say_what_costs(report: dict[str, Any], category: str) -> None:
    for part in report["categories"][category]["auditRefs"]:
        found = report["audits"][part["id"]]
        if part["weight"] and found["score"] is not None and found["score"] < FINE:
            shown = found.get("displayValue") or found["title"]
            click.echo(f"  {report['requestedUrl']}: {part['id']} {found['score']} {shown}", err=True)


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[round(len(values) * 0.95) - 1]


def _print(figures: Sequence[Figure]) -> None:
    for each in figures:
        aim = "" if each.aim == float("inf") else f"{'>=' if each.at_least else '<='} {each.aim:,.0f}"
        shown = f"{each.value:,.1f}" if each.unit == "ms" else f"{each.value:,.0f}"
        verdict = "" if not aim else "ok" if each.ok else "NOT"
        click.echo(f"{each.name:<40}{shown:>9} {each.unit:<3}{aim:>10}  {verdict:<4}{each.note}")


if __name__ == "__main__":
    main()
