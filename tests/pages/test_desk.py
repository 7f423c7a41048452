"""Staff at work in a real browser: verifying by keyboard, and an event from its report to its end."""

import io
import re
from uuid import UUID

import pytest
from PIL import Image

from kit import db

from .browser import Window, together
from .conftest import OpenWindow
from .town import ServedTown

EVENT = re.compile(r"/staff/events/([0-9a-f-]{36})")
CLAIM = re.compile(r"/staff/verify/([0-9a-f-]{36})")
BIG = "form button.btn-primary.btn-big"


def picture(shade: int) -> dict[str, object]:
    drawn = io.BytesIO()
    Image.effect_noise((640, 480), shade).convert("RGB").save(drawn, "JPEG")
    return {"name": "found.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}


async def state_of(town: ServedTown, claim: str) -> tuple[str, str | None]:
    async with town.inside():
        row = await db.fetchrow("SELECT state, reason FROM points_participation WHERE id = $1", UUID(claim))
    assert row is not None
    return row["state"], row["reason"]


async def opened(window: Window) -> str:
    """The claim whose evidence stands beside the queue."""
    action = await window.page.get_attribute("form[action*='/accept']", "action")
    found = CLAIM.search(action or "")
    assert found is not None
    return found[1]


async def press(window: Window, key: str) -> None:
    async with window.page.expect_navigation():
        await window.page.keyboard.press(key)


async def submit(window: Window, button: str = BIG) -> None:
    async with window.page.expect_navigation():
        await window.page.click(button)


async def test_a_verifier_decides_one_after_the_other_by_keyboard(window: OpenWindow, town: ServedTown) -> None:
    verifier = await window("town_verifier", variant="desktop")
    keyboard = verifier.page.keyboard
    await verifier.open("/staff/verify")
    first = await opened(verifier)
    await verifier.page.focus("#queue tr[aria-selected=true]")
    await keyboard.press("j")
    await verifier.page.wait_for_function(f"() => !document.querySelector('#evidence').innerHTML.includes('{first}')")
    second = await opened(verifier)
    assert verifier.page.url.endswith(f"/staff/verify/{second}")
    await press(verifier, "a")
    assert (await state_of(town, second))[0] in {"awarded", "pending"}
    third = await opened(verifier)
    assert third not in {first, second}
    await keyboard.press("r")
    await verifier.page.wait_for_selector("dialog[open] textarea")
    await keyboard.type("照片看不清，请补一张近照。")
    await submit(verifier, "dialog[open] .btn-primary")
    assert await state_of(town, third) == ("refused", "照片看不清，请补一张近照。")
    assert await opened(verifier) != third


async def test_somebody_elses_decision_shows_in_its_place(window: OpenWindow, town: ServedTown) -> None:
    verifier = await window("town_verifier", variant="desktop")
    verifier.expect("409")
    await verifier.open("/staff/verify")
    claim = await opened(verifier)
    colleague = await window("county_verifier")
    await colleague.open(f"/staff/verify/{claim}")
    await colleague.page.click("[data-open=refuse]")
    await colleague.page.fill("#reason", "与上周的申报重复。")
    await submit(colleague, "dialog[open] .btn-primary")
    assert (await state_of(town, claim))[0] == "refused"
    await press(verifier, "a")
    shown = await verifier.text()
    assert "该事项已经处理过了。" in shown
    assert "与上周的申报重复。" in shown
    assert await verifier.page.locator("form[action*='/accept']").count() == 0


async def test_a_claim_is_refused_in_a_browser_without_scripts(window: OpenWindow, town: ServedTown) -> None:
    verifier = await window("town_verifier", variant="desktop", java_script_enabled=False)
    await verifier.open("/staff/verify")
    claim = await opened(verifier)
    assert not await verifier.page.is_visible("#refuse")
    await verifier.page.click("[data-open=refuse]")
    await verifier.page.fill("#refuse textarea", "照片看不清。")
    assert not await verifier.page.is_visible("#refuse [data-close]"), "there is nothing that it could close"
    await submit(verifier, "#refuse .btn-primary")
    assert await state_of(town, claim) == ("refused", "照片看不清。")
    assert "未予通过" in await verifier.text()


async def test_an_event_goes_from_its_report_to_its_end_through_pages(window: OpenWindow, town: ServedTown) -> None:
    worker = await window("grid_worker")
    await worker.open("/staff/events/new")
    await worker.page.set_input_files("#pictures", [picture(60)])
    await worker.page.select_option("#category", "FACILITY")
    await worker.page.fill("#text", "桥头第二盏路灯三天没有亮。")
    await worker.page.fill("#place", "桥头北侧")
    await submit(worker)
    found = EVENT.search(worker.page.url)
    assert found is not None
    page = f"/staff/events/{found[1]}"
    command = await window("county_verifier", variant="desktop")
    await command.open(page)
    await command.page.select_option("#severity", "3")
    await submit(command)
    await command.page.check("#people input >> nth=0")
    await submit(command)
    assert "派办" in await command.page.inner_text(".timeline")
    colleague = await window("county_verifier", nth=1)
    await colleague.open(page)
    await colleague.page.fill("#note", "已更换灯具。")
    await colleague.page.set_input_files("#pictures", [picture(90)])
    await submit(colleague)
    await colleague.page.fill("#note", "路灯已修好，谢谢您。")
    await submit(colleague)
    await worker.open(f"/reports/{found[1]}")
    await worker.page.check("input[name=stars][value='5']")
    await submit(worker, "form[action$='/rate'] button.btn-primary")
    await command.open(page)
    await submit(command)
    shown = await command.text()
    assert "已办结" in shown
    assert await command.page.locator(".shots li").count() == 2
    await nominate(command, page)


async def nominate(command: Window, page: str) -> None:
    """The worker who found it is proposed for a bonus; shares that do not make a whole are said on the form."""
    command.expect("400")
    await command.open(f"{page}/nominate")
    await command.page.check("input[name=bonus_class][value='1']")
    await command.page.fill("#summary", "夜间照明恢复，排除了摔伤隐患。")
    await command.page.fill("#percent-1", "70")
    assert await command.page.inner_text("[data-sum-of=shares]") == "70"
    await submit(command)
    assert "各人比例之和须为 100%" in await command.text()
    await command.page.fill("#percent-1", "100")
    await submit(command)
    assert "已提名奖励" in await command.text()


@pytest.mark.parametrize("path", ["/staff/bonuses", "/staff/events"])
async def test_filters_stand_open_on_a_desk_and_fold_on_a_phone(window: OpenWindow, path: str) -> None:
    desk, phone = await window("county_approver", variant="desktop"), await window("county_approver")
    await desk.open(path)
    assert await desk.page.is_visible("#state")
    assert not await desk.page.is_visible(".filters-fold summary")
    await phone.open(path)
    assert not await phone.page.is_visible("#state")
    await phone.page.click(".filters-fold summary")
    assert await phone.page.is_visible("#state")


async def test_filters_stay_in_the_address(window: OpenWindow, town: ServedTown) -> None:
    command = await window("county_verifier", variant="desktop")
    await command.open("/staff/events")
    await command.page.select_option("#state", "closed")
    await command.page.select_option("#severity", "2")
    await submit(command, ".filters .btn-primary")
    assert "state=closed" in command.page.url
    assert await command.page.locator("#events .badge", has_text="已办结").count() > 0
    await submit(command, "#events tbody a >> nth=0")
    await command.page.go_back()
    assert await command.page.input_value("#severity") == "2"
    await submit(command, "a.chosen >> nth=0")
    assert command.page.url == f"{town.url}/staff/events?severity=2"


async def test_a_resident_is_told_that_these_pages_are_not_his(window: OpenWindow) -> None:
    resident = await window("resident")
    resident.expect("403")
    for path in ("/staff", "/staff/verify", "/staff/events"):
        assert (await resident.open(path)).status == 403
    assert together(await resident.check()) == ""


@pytest.mark.parametrize("variant", ["desktop", "phone 320", "elder"])
async def test_the_desk_is_fit_for_everybody(window: OpenWindow, variant: str) -> None:
    verifier = await window("town_verifier", variant=variant)
    await verifier.open("/staff/verify")
    links = [
        await verifier.page.get_attribute("#queue tbody a >> nth=0", "href"),
        "/staff",
        "/staff/events/new",
        "/staff/events?severity=2",
    ]
    assert together(await verifier.check()) == ""
    for path in links:
        await verifier.open(path or "")
        assert together(await verifier.check()) == "", path
    await verifier.open((await verifier.page.get_attribute("#events tbody a >> nth=0", "href")) or "")
    assert together(await verifier.check()) == ""
