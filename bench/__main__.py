"""`make bench`: the hot flows and pgbench in turn, round after round, on one durable server; medians and ratios.

python -m bench --residents 600000 --awards 2600000 --rounds 5 --seconds 4
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

import asyncpg
import click

from bench import pgbench, stores
from bench.contestants import Bench, for_seconds, gathered_awards, http_awards, open_shop, redemptions
from bench.processes import all_residents, awards_of_processes, workers
from bench.written import Writes, count_writes
from identity.areas import find_area_by_path
from kit import db
from kit.invariants import prove, registered
from kit.settings import Settings, install_settings
from seed.city import COUNTY, build_city
from web.migrate import migrate
from web.serving import keep_memory_still

CALLERS = {1: 16, 16: 8, 256: 2, 512: 2}
"""Batch size: how many callers send such batches at once."""
GATHERED = 256
COUNTED = 8 * 512
BIG = 256
HTTP_CALLERS = 2
WORKERS = 2
SENDERS = 4
"""Processes that send batches at once: while one waits for the log or a lock, another uses the core."""

Contestant = Callable[[float], Awaitable[float]]


@click.command()
@click.option("--residents", default=600_000, show_default=True, help="People of the city.")
@click.option("--awards", default=2_600_000, show_default=True, help="Awards that they were given before.")
@click.option("--rounds", default=5, show_default=True, help="How often everything is measured; medians count.")
@click.option("--seconds", default=4.0, show_default=True, help="How long each is measured in a round.")
@click.option("--scale", default=100, show_default=True, help="pgbench's scale (15 MB each).")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the city here, and use it again.")
@click.option("--http/--no-http", default=True, help="Measure POST /api/awards too.")
def main(
    *, residents: int, awards: int, rounds: int, seconds: float, scale: int, folder: Path | None, http: bool
) -> None:
    """Measure the main job beside pgbench, on one server with fsync and synchronous_commit on."""
    kept = folder is not None
    place = folder.resolve() if folder is not None else Path(tempfile.mkdtemp(prefix="qunzhifen-bench-"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)
    chosen = stores.bench_settings(place)
    try:
        with stores.stores(chosen, stores.BUILDING):
            asyncio.run(_build(chosen, residents, awards))
        with stores.stores(chosen, stores.DURABLE):
            # Any other process that works on the stores finds them by these addresses.
            install_settings(replace(chosen, embedded_database=False, embedded_redis=False))
            asyncio.run(_measure(chosen, rounds=rounds, seconds=seconds, scale=scale, http=http))
    finally:
        if not kept:
            stores.remove(chosen)
            shutil.rmtree(place, ignore_errors=True)


async def _build(chosen: Settings, residents: int, awards: int) -> None:
    await migrate(chosen)
    await db.open_pool()
    if await find_area_by_path(COUNTY) is None:
        begun = time.monotonic()
        await build_city(residents=residents, awards=awards, say=click.echo)
        click.echo(f"built in {time.monotonic() - begun:.0f} s")
        await _run_as_superuser(chosen, "VACUUM (ANALYZE, FREEZE)", "CHECKPOINT")
    await db.close_pool()


async def _run_as_superuser(chosen: Settings, *statements: str) -> None:
    connection = await asyncpg.connect(stores.superuser_url(chosen))
    try:
        for statement in statements:
            await connection.execute(statement, timeout=3600)
    finally:
        await connection.close()


async def _measure(chosen: Settings, *, rounds: int, seconds: float, scale: int, http: bool) -> None:
    await stores.require_durable(chosen)
    await db.open_pool(size=24)
    residents = await all_residents()
    keep_memory_still()  # as the served workers do; the list of all residents is the bench's own weight
    bench = Bench(residents=residents, shop=await open_shop(), draw=Random())
    beside = await pgbench.prepare(chosen, scale=scale, seconds=seconds)
    click.echo(f"{len(residents):,} residents; pgbench at scale {scale} with {beside.clients} clients")
    writes = await count_writes(stores.superuser_url(chosen), lambda: _some_awards(bench))
    contestants = _contestants(bench, beside)
    served = replace(chosen, embedded_database=False, embedded_redis=False)
    with ExitStack() as running:
        pool = running.enter_context(workers(served, SENDERS))
        contestants[f"awards, batches of 512, {SENDERS} processes"] = lambda seconds: awards_of_processes(
            pool, seconds, lines=512, count=SENDERS
        )
        if http:
            url = running.enter_context(stores.http_server(served, workers=WORKERS))
            contestants[f"POST /api/awards, 500 lines, {HTTP_CALLERS} clients"] = lambda seconds: http_awards(
                bench, url, seconds, HTTP_CALLERS
            )
        rates = await _rounds(contestants, rounds, seconds)
    _print_rates(rates)
    _print_writes(writes)
    broken = [found for found in await prove(registered()) if not found.ok]
    await db.close_pool()
    for found in broken:
        click.echo(f"BROKEN {found.invariant.name}: {found.violations[:2]}")
    click.echo(f"{len(registered())} invariants, {len(broken)} broken.")
    if broken:
        raise SystemExit(1)


def _contestants(bench: Bench, beside: pgbench.Pgbench) -> dict[str, Contestant]:
    """By name, in the order in which they take turns."""
    found: dict[str, Contestant] = {}
    for script in pgbench.SCRIPTS:
        found[f"pgbench {script}"] = lambda seconds, script=script: beside.run(script, seconds)  # type: ignore[misc]
    for lines, callers in CALLERS.items():
        name = f"awards, batches of {lines}, {callers} callers"
        found[name] = lambda seconds, lines=lines, callers=callers: for_seconds(  # type: ignore[misc]
            seconds, callers, lambda: bench.awards(lines)
        )
    found[f"awards, single, {GATHERED} callers, gathered"] = lambda seconds: gathered_awards(bench, seconds, GATHERED)
    found[f"exchanges, batches of {BIG}"] = lambda seconds: for_seconds(seconds, 2, lambda: bench.exchanges(BIG))
    found[f"redemptions, batches of {BIG}"] = lambda seconds: redemptions(bench, seconds / 2, BIG)
    return found


async def _rounds(contestants: dict[str, Contestant], rounds: int, seconds: float) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, measure in contestants.items():
            rates[name].append(await measure(seconds))
        click.echo(f"round {number + 1} of {rounds}", err=True)
    return rates


async def _some_awards(bench: Bench) -> int:
    return sum([await bench.awards(512) for _ in range(COUNTED // 512)])


def _print_rates(rates: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(found) for name, found in rates.items()}
    tpcb, simple = (medians[f"pgbench {script}"] for script in pgbench.SCRIPTS)
    click.echo(f"\n{'':<46}{'a second':>10}{'lowest':>9}{'highest':>9}{'x tpcb-like':>13}{'x simple':>10}")
    for name, found in rates.items():
        click.echo(
            f"{name:<46}{medians[name]:>10,.0f}{min(found):>9,.0f}{max(found):>9,.0f}"
            f"{medians[name] / tpcb:>13.2f}{medians[name] / simple:>10.2f}"
        )


def _print_writes(writes: Writes) -> None:
    click.echo(f"\n{'written per award':<30}{'inserted':>10}{'hot':>8}{'not hot':>9}{'deleted':>9}{'index':>8}")
    for each in writes.tables:
        click.echo(
            f"{each.table:<30}{each.inserted:>10.3f}{each.hot:>8.3f}{each.not_hot:>9.3f}{each.deleted:>9.3f}"
            f"{each.index_entries:>8.3f}"
        )
    click.echo(f"rows {writes.rows:.2f}, index entries {writes.index_entries:.2f}, log {writes.wal_bytes:,.0f} bytes\n")


if __name__ == "__main__":
    main()
