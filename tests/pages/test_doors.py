"""The door in a real browser: signing in by hand, in every variant, and out again."""

import pytest

from .browser import VARIANTS, together
from .conftest import OpenWindow
from .town import ServedTown


@pytest.mark.parametrize("variant", VARIANTS)
async def test_the_door_is_fit_for_everybody(window: OpenWindow, variant: str) -> None:
    visitor = await window(variant=variant)
    for path in ("/sign-in", "/sign-in/staff"):
        assert (await visitor.open(path)).status == 200
        assert together(await visitor.check()) == "", path


async def test_staff_sign_in_by_keyboard_alone(window: OpenWindow, town: ServedTown) -> None:
    leader = town.login("leader")
    visitor = await window(variant="desktop")
    await visitor.open("/staff")
    assert visitor.page.url.endswith("/sign-in?next=/staff")
    await visitor.open("/sign-in/staff?next=/staff")
    keyboard = visitor.page.keyboard
    await visitor.page.focus("#login")
    for value in (leader["login"], leader["password"], await town.code("leader")):
        await keyboard.type(value)
        await keyboard.press("Tab")
    async with visitor.page.expect_navigation():
        await keyboard.press("Enter")
    assert visitor.page.url == f"{town.url}/staff"


async def test_the_demo_towns_people_are_a_tap_away(window: OpenWindow, town: ServedTown) -> None:
    visitor = await window()
    await visitor.open("/sign-in")
    clerk = town.login("merchant_clerk")
    async with visitor.page.expect_navigation():
        await visitor.page.click(f'button[value="{clerk["login"]}"]')
    assert visitor.page.url == f"{town.url}/till"


async def test_what_is_missing_is_a_page_too(window: OpenWindow) -> None:
    visitor = await window()
    visitor.expect("404")
    assert (await visitor.open("/nothing")).status == 404
    assert together(await visitor.check()) == ""


async def test_signing_out_forgets_everything_in_the_browser(window: OpenWindow, town: ServedTown) -> None:
    resident = await window("resident")
    await resident.open("/devices")
    assert together(await resident.check()) == ""
    async with resident.page.expect_navigation():
        await resident.page.click('form[action="/sign-out/everywhere"] button')
    assert resident.page.url == f"{town.url}/sign-in"
    await resident.open("/")
    assert resident.page.url == f"{town.url}/sign-in"
