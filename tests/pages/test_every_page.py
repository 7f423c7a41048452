"""Every page, for everybody: read by axe-core, measured as the design asks, quiet on the console and at home.

`make test` opens every page once, as its audience mostly does, and some in every variant; `make prove` opens every page
in every variant.
"""

from collections.abc import Iterable
from urllib.parse import unquote

import pytest
import pytest_asyncio
from _pytest.mark.structures import ParameterSet
from playwright.async_api import Browser

from .browser import VARIANTS, Window, open_window, together
from .conftest import OpenWindow
from .every_page import DEVICES, NO_PAGES, SAMPLES, STATES, Sample, furnish, pages_of_the_app, people_of
from .town import ServedTown

ALL = (*SAMPLES, *STATES)


def visits(variant: str, *, everything: bool) -> list[ParameterSet]:
    """One visit a person: the pages that are opened in this variant, in one window."""
    chosen = [each for each in ALL if everything or each.telling or DEVICES[each.audience] == variant]
    return [
        pytest.param(variant, pages, id=f"{variant}-{role or 'visitor'}-{nth + 1}")
        for (role, nth), pages in people_of(chosen).items()
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def furnished(chromium: Browser, town: ServedTown) -> None:
    """What the town has not by itself."""
    window = await open_window(chromium, town, "operations_admin", variant="desktop")
    await furnish(window)
    await window.context.close()


async def test_every_page_has_a_sample() -> None:
    sampled = {each.route for each in SAMPLES}
    assert pages_of_the_app() - NO_PAGES.keys() == sampled
    assert not sampled & NO_PAGES.keys()
    assert len(SAMPLES) == len(sampled), "one line a page"


async def faults_of(window: Window, pages: Iterable[Sample]) -> list[str]:
    """What is wrong with these pages in this window."""
    found: list[str] = []
    for each in pages:
        window.faults.clear()
        address = await each.address(window)
        answer = await window.open(address)
        if each.status != answer.status:
            found.append(f"{address}: answered {answer.status}")
        if (arrived := unquote(window.page.url.removeprefix(window.town.url))) != address and not each.leads_on:
            found.append(f"{address}: led to {arrived}")
        if await window.page.locator("h1").count() != 1:
            found.append(f"{address}: not one heading")
        expected = f"status of {each.status}"
        found += [f"{address}: {fault}" for fault in await window.check() if expected not in fault]
    window.faults.clear()
    return found


@pytest.mark.parametrize(("variant", "pages"), [each for name in VARIANTS for each in visits(name, everything=False)])
async def test_every_page_is_fit_for_everybody(window: OpenWindow, variant: str, pages: list[Sample]) -> None:
    visitor = await window(pages[0].role, nth=pages[0].nth, variant=variant)
    assert together(await faults_of(visitor, pages)) == ""


@pytest.mark.prove
@pytest.mark.parametrize(("variant", "pages"), [each for name in VARIANTS for each in visits(name, everything=True)])
async def test_every_page_is_fit_in_every_variant(window: OpenWindow, variant: str, pages: list[Sample]) -> None:
    visitor = await window(pages[0].role, nth=pages[0].nth, variant=variant)
    assert together(await faults_of(visitor, pages)) == ""
