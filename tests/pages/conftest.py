"""A small town that is served once a test process, and windows on it in Chromium.

    async def test_…(window: OpenWindow) -> None:
        resident = await window("resident")                       # signed in by cookie, a phone of 390 pixels
        clerk = await window("merchant_clerk", variant="desktop")
        await resident.open("/")
        assert together(await resident.check()) == ""             # axe-core, sizes, console, requests

All tests of this folder share one event loop, in which the browser lives. A window that saw an error fails its test,
unless the test expected it: `resident.expect("404")`.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from bench.weight import FLAGS
from tests.conftest import RealStores
from tests.small_town import SmallTown

from .browser import Window, open_window, together
from .town import ServedTown, served

HERE = Path(__file__).parent
PATIENCE = 20_000  # milliseconds; a page is waited for on a busy machine too, what has a bound of its own is measured
MISSING = (
    "Missing chromium; someone who may should run: apt-get install -y --no-install-recommends chromium fonts-noto-cjk"
)


class OpenWindow(Protocol):
    """Opens a window that is watched until the test is over."""

    async def __call__(self, role: str | None = None, **options: Any) -> Window:
        """As `browser.open_window`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser lives in one event loop: that of the session."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def soon(*, full: bool) -> float:
    """Seconds in which an open page shows what became of its voucher; `make test` runs other tests beside it."""
    return 3.0 if full else 10.0


@pytest.fixture(scope="session")
def town(migrated: RealStores, small_town: SmallTown) -> Iterator[ServedTown]:
    """A copy of the small town, served."""
    with served(migrated, small_town) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium. Without it these tests fail; they are never skipped."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    async with async_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def window(chromium: Browser, town: ServedTown) -> AsyncIterator[OpenWindow]:
    """Opens windows; when the test is over, none of them may have seen an error."""
    opened: list[Window] = []

    async def open_one(role: str | None = None, **options: Any) -> Window:
        opened.append(await open_window(chromium, town, role, **options))
        return opened[-1]

    yield open_one
    faults = [fault for each in opened for fault in each.unexpected()]
    for each in opened:
        await each.context.close()
    assert together(faults) == ""
