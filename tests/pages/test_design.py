"""The design system in a real browser: every part of it, in every way of looking at it."""

import pytest

from .browser import VARIANTS, together
from .conftest import OpenWindow


@pytest.mark.parametrize(
    "variant",
    ["dark", *(pytest.param(each, marks=pytest.mark.prove) for each in VARIANTS if each != "dark")],
)
async def test_every_part_of_the_design_is_fit_for_everybody(window: OpenWindow, variant: str) -> None:
    visitor = await window(variant=variant)
    await visitor.open("/design")
    await visitor.page.wait_for_selector(".chart canvas")
    assert together(await visitor.check()) == ""


async def test_a_sheet_asks_and_closes(window: OpenWindow) -> None:
    visitor = await window()
    await visitor.open("/design")
    await visitor.page.click('[data-open="confirm"]')
    assert together(await visitor.check()) == ""
    assert "1,206" in await visitor.page.inner_text("dialog[open]")
    await visitor.page.keyboard.press("Escape")
    assert await visitor.page.locator("dialog[open]").count() == 0


async def test_rows_are_picked_by_keyboard_and_counted(window: OpenWindow) -> None:
    visitor = await window(variant="desktop")
    await visitor.open("/design")
    for key in ("j", "j", "x", "k", "x"):
        await visitor.page.keyboard.press(key)
    assert await visitor.page.inner_text("[data-picked-count]") == "2"
    assert await visitor.page.inner_text("[data-picked-sum]") == "30"
    await visitor.page.check("[data-pick-all]")
    assert await visitor.page.inner_text("[data-picked-sum]") == "155"


async def test_a_lost_network_is_said_on_the_page(window: OpenWindow) -> None:
    visitor = await window()
    await visitor.open("/design")
    strip = visitor.page.locator("[data-no-network]")
    assert not await strip.is_visible()
    await visitor.context.set_offline(True)
    await strip.wait_for(state="visible")
    await visitor.context.set_offline(False)
    await strip.wait_for(state="hidden")


async def test_large_text_reaches_everything(window: OpenWindow) -> None:
    visitor = await window()
    await visitor.context.add_cookies([{"name": "view", "value": "elder.30.auto", "url": visitor.town.url}])
    await visitor.open("/design")
    assert await visitor.page.evaluate("() => getComputedStyle(document.body).fontSize") == "30px"
    assert together(await visitor.check()) == ""
