"""What pages weigh: every page that links lead to, opened in Chromium, and the bytes that came over the wire for it."""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.relay import Relay

FIRST_LOAD = 60_000
LATER_PAGE = 20_000
CHROMIUM = "/usr/bin/chromium"
_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "Translate",
)
"""What Chromium does without. The first two are pages of its own address bar, which every window would load beside
ours, on the same cores. This list takes the place of that of Playwright and Lighthouse, so that theirs stands here too.
"""
FLAGS = (
    f"--disable-features={','.join(_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "locale": "zh-CN"}
_STILL_SECONDS, _FIRST_STILL_SECONDS = 0.3, 2.0
"""After a first load the service worker goes on for a while."""
PICTURES = ("/api/files/", "/static/pictures-")
"""Photographs, and the drawings of products that stand in for them."""
_WHICH = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{3}-[A-Z]+")
ELSEWHERE = ("/api/", "/static/", "/design", "/schema", "/sign-", "/live")
_LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map((link) => link.getAttribute('href'))"
_WORKER_READY = """async () => {
  const patience = new Promise((tooLate) => setTimeout(tooLate, 5000))
  if (await navigator.serviceWorker?.getRegistration()) await Promise.race([navigator.serviceWorker.ready, patience])
}"""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A page, and the bytes that came for it without pictures, with whatever it loaded itself."""

    role: str
    path: str
    size: int
    parts: tuple[tuple[str, int], ...]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A real browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def signed_in(browser: Browser, url: str, cookies: Iterable[tuple[str, str]]) -> AsyncIterator[BrowserContext]:
    """A phone that has never been here, with these cookies."""
    context = await browser.new_context(**PHONE)
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies])
    try:
        yield context
    finally:
        await context.close()


async def weigh(relay: Relay, page: Page, role: str, path: str, *, first: bool = False) -> Weighed:
    """Open one page and wait until nothing more comes, its service worker's files included."""
    relay.take()
    await page.goto(relay.url + path, wait_until="load")
    await page.evaluate(_WORKER_READY)
    await relay.still(_FIRST_STILL_SECONDS if first else _STILL_SECONDS)
    came = {name: size for name, size in relay.take().items() if not name.startswith(PICTURES)}
    parts = tuple(sorted(came.items(), key=lambda part: -part[1]))
    return Weighed(role, path, sum(came.values()), parts)


async def weigh_all(
    relay: Relay, page: Page, role: str, start: str, *, known: set[str], each: Callable[[Weighed], None]
) -> list[Weighed]:
    """The first load of a face, then every later page that its links lead to, one of each kind that is not known."""
    found, waiting = [], [start]
    known.add(kind_of(start))
    while waiting:
        found.append(await weigh(relay, page, role, waiting.pop(0), first=not found))
        each(found[-1])
        for link in await page.evaluate(_LINKS):
            kind = kind_of(link)
            if link.startswith("/") and not link.startswith(ELSEWHERE) and kind not in known:
                known.add(kind)
                waiting.append(link)
    return found


def kind_of(path: str) -> str:
    """Which page it is, whosever thing it shows."""
    return _WHICH.sub("…", path.partition("?")[0].partition("#")[0])
