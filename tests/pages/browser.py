"""A window on the town: a page in Chromium that is watched for errors, and measured as design asks.

Everything that goes wrong is collected while the test runs: errors on the console, exceptions, requests that leave the
site. The fixture that opened the window fails the test with them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from web.pages.cookies import LANGUAGE, VIEW

from .town import ROOT, ServedTown

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MEASURE = Path(__file__).with_name("measure.js")
SHOTS = ROOT / "build" / "shots"
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime < Infinity).map((each) => each.finished))"""
SERIOUS = {"serious", "critical"}
PHONE = {"is_mobile": True, "has_touch": True}
WITHIN = ("data:", "blob:", "about:")


@dataclass(frozen=True, slots=True)
class Variant:
    """A device and a way to look at pages."""

    name: str
    width: int
    height: int
    phone: bool = False
    dark: bool = False
    view: str | None = None
    scale: int = 1

    @property
    def elder(self) -> bool:
        """Whether it is the view for elders."""
        return (self.view or "").startswith("elder")

    def options(self) -> dict[str, Any]:
        """What Chromium is told."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "device_scale_factor": self.scale,
            "color_scheme": "dark" if self.dark else "light",
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            **(PHONE if self.phone else {}),
        }


VARIANTS = {
    each.name: each
    for each in (
        Variant("phone 390", 390, 844, phone=True),
        Variant("phone 320", 320, 568, phone=True),
        Variant("desktop", 1280, 800),
        Variant("dark", 390, 844, phone=True, dark=True),
        Variant("elder", 390, 844, phone=True, view="elder.22.auto"),
        # A window of 1,280 pixels at 200 % has room for 640, each drawn with two.
        Variant("zoom 200", 640, 400, scale=2),
    )
}


@dataclass(slots=True)
class Window:
    """One person's browser."""

    town: ServedTown
    context: BrowserContext
    page: Page
    variant: Variant
    faults: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    async def open(self, path: str) -> Response:
        """Go to a page and wait until it is quiet."""
        answer = await self.page.goto(self.town.url + path, wait_until="load")
        assert answer is not None
        return answer

    def expect(self, pattern: str) -> None:
        """Let errors of this kind pass, such as `404` where a page is meant to be missing."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """What went wrong and was not expected."""
        return [fault for fault in self.faults if not any(each.search(fault) for each in self.expected)]

    async def text(self) -> str:
        """What can be read on the page."""
        return await self.page.inner_text("body")

    async def settle(self) -> None:
        """Wait until what fades or rises in has come to rest: half-way, its words have too little contrast."""
        await self.page.evaluate(SETTLED)

    async def axe(self) -> list[str]:
        """What axe-core finds that is serious: its rule, and where. It is evaluated from outside, past the policy."""
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {'; '.join(str(node['target'][0]) for node in each['nodes'][:5])}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]

    async def measure(self) -> list[str]:
        """What is too small, too tight or too wide, by the figures of the design."""
        bounds = {"text": 18, "target": 60} if self.variant.elder else {"text": 16, "target": 44}
        found: list[str] = await self.page.evaluate(MEASURE.read_text(encoding="utf-8"), {**bounds, "lineHeight": 1.3})
        return found

    async def check(self) -> list[str]:
        """Everything that holds for every page in every variant."""
        await self.settle()
        return [*(f"axe {each}" for each in await self.axe()), *await self.measure(), *self.unexpected()]

    async def shot(self, name: str) -> Path:
        """A picture of the whole page, in a folder that is not committed."""
        path = SHOTS / self.variant.name.replace(" ", "-") / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path, full_page=True, animations="disabled")
        return path


async def open_window(
    browser: Browser,
    town: ServedTown,
    role: str | None = None,
    *,
    nth: int = 0,
    variant: str = "phone 390",
    language: str | None = None,
    **options: Any,
) -> Window:
    """A new browser, signed in as one of those with this role, or as nobody; `options` go to Chromium."""
    chosen = VARIANTS[variant]
    context = await browser.new_context(**{**chosen.options(), **options})
    cookies: list[tuple[str, str | None]] = [(VIEW, chosen.view), (LANGUAGE, language)]
    if role is not None:
        cookies.append(("qunzhifen", (await town.page_session(role, nth)).secret))
    await context.add_cookies([{"name": name, "value": value, "url": town.url} for name, value in cookies if value])
    window = Window(town, context, await context.new_page(), chosen)
    _watch(window)
    return window


def _watch(window: Window) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            window.faults.append(f"console: {message.text} {message.location.get('url', '')}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{window.town.url}/", *WITHIN)):
            window.faults.append(f"left the site: {request.url}")

    window.context.on("console", on_console)
    window.context.on("weberror", lambda error: window.faults.append(f"exception: {error.error}"))
    window.context.on("request", on_request)


def together(faults: Iterable[str]) -> str:
    """Faults as one text for an assertion."""
    return "\n".join(faults)
