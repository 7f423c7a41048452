"""What a resident does on his phone, in a real browser: claiming, reporting without a network, exchanging, choosing."""

import asyncio
import io
import re

from PIL import Image
from playwright.async_api import Page

from kit import db

from .browser import Window, together
from .conftest import OpenWindow
from .town import ServedTown

CLAIMED = "ERR-NEIGHBOR"
LIVE = "main[data-draft]"
KEPT = """() => new Promise((resolve) => {
  const asked = indexedDB.open('qunzhifen-drafts', 1)
  asked.onsuccess = () => {
    const read = asked.result.transaction('drafts').objectStore('drafts').get('report')
    read.onsuccess = () => resolve(read.result ? [read.result.fields.place, read.result.pictures.length] : null)
  }
})"""


def picture(shade: int) -> dict[str, object]:
    """A photograph as a phone gives it."""
    drawn = io.BytesIO()
    Image.effect_noise((640, 480), shade).convert("RGB").save(drawn, "JPEG")
    return {"name": f"{shade}.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}


async def fill_report(resident: Window, place: str) -> None:
    page = resident.page
    await page.set_input_files("#pictures", [picture(40), picture(60)])
    await page.set_input_files("#pictures-camera", [picture(80)])
    await page.wait_for_function("() => document.querySelectorAll('.photo img').length === 3")
    await page.click(".photo-drop >> nth=0")
    await page.fill("#place", place)
    await page.select_option("#category", "FACILITY")
    await page.check("input[name=severity][value='2']")
    await page.fill("#text", "路灯连着四盏不亮，老人晚上走路看不清。")


async def keeps(page: Page, draft: list[object]) -> None:
    """Wait until the draft with this place and so many pictures is kept on the phone."""
    async with asyncio.timeout(20):
        while await page.evaluate(KEPT) != draft:  # noqa: ASYNC110 - a function that promises is not waited for
            await asyncio.sleep(0.05)


async def test_a_claim_is_handed_in_with_a_picture_and_followed(window: OpenWindow) -> None:
    resident = await window("resident", nth=2)
    page = resident.page
    await resident.open("/earn")
    assert together(await resident.check()) == ""
    await page.click(f'a[href="/earn/{CLAIMED}"]')
    assert together(await resident.check()) == ""
    assert await page.input_value("#occurred_at") != ""
    await page.fill("#note", "帮隔壁阿婆搬了一上午的柴。")
    await page.set_input_files("#pictures", [picture(100)])
    await page.wait_for_selector(".photo img")
    async with page.expect_navigation():
        await page.click("text=提交申报")
    assert re.search(r"/claims/[0-9a-f-]{36}/result$", page.url)
    assert "已提交" in await resident.text()
    assert together(await resident.check()) == ""
    await page.click("text=查看进度")
    assert "等待微网格长或组织者核实" in await resident.text()
    await page.wait_for_function("() => [...document.querySelectorAll('.photos img')].some((img) => img.naturalWidth)")
    assert together(await resident.check()) == ""


async def test_a_report_waits_on_the_phone_without_a_network_and_arrives_once(
    window: OpenWindow, town: ServedTown
) -> None:
    resident = await window("resident", nth=3)
    resident.expect("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page = resident.page
    await resident.open("/report")
    await page.wait_for_selector(LIVE)
    await fill_report(resident, "文昌路 12 号楼下")
    await resident.context.set_offline(True)
    await page.click("form[data-report] button:not([type=button])")
    await page.wait_for_selector("#draft-waits:not([hidden])")
    assert "联网后会自动发送" in await resident.text()
    assert together(await resident.check()) == ""
    assert await page.evaluate(KEPT) == ["文昌路 12 号楼下", 2]
    async with page.expect_navigation(url=re.compile(r"/reports/[0-9a-f-]{36}/done$")):
        await resident.context.set_offline(False)
    assert "已收到" in await resident.text()
    assert await page.evaluate(KEPT) is None
    await page.click("text=查看进度")
    assert await page.locator(".photos img").count() == 2
    assert together(await resident.check()) == ""
    async with town.inside():
        found = "SELECT count(*) FROM grid_event WHERE place = '文昌路 12 号楼下'"
        assert await db.fetchval(found) == 1


async def test_a_report_that_was_left_is_taken_up_again_and_can_be_dropped(window: OpenWindow) -> None:
    resident = await window("resident", nth=4)
    page = resident.page
    await resident.open("/report")
    await page.wait_for_selector(LIVE)
    await fill_report(resident, "青石街 73 号")
    await keeps(page, ["青石街 73 号", 2])
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await resident.open("/report")
    await resident.context.set_offline(True)
    await resident.open("/report")
    await page.wait_for_selector("#draft-found:not([hidden])")
    await resident.context.set_offline(False)
    assert "继续上次的草稿" in await resident.text()
    assert await page.input_value("#place") == "青石街 73 号"
    assert await page.locator(".photo img").count() == 2
    assert together(await resident.check()) == ""
    await page.click("[data-draft-drop]")
    await page.wait_for_selector("#draft-found", state="hidden")
    await resident.open("/report")
    await page.wait_for_selector(LIVE)
    assert await page.input_value("#place") == ""


async def test_points_become_one_voucher_however_often_it_is_tapped(window: OpenWindow, town: ServedTown) -> None:
    resident = await window("resident")
    page = resident.page
    await resident.open("/shop")
    assert together(await resident.check()) == ""
    product = page.locator('a.product:not(:has(.badge)):has(.product-price:has-text("分"))').last
    await product.click()
    await page.wait_for_selector("a[data-open=confirm]")
    assert together(await resident.check()) == ""
    person = await town.person("resident")
    count = "SELECT count(*)::int FROM rewards_exchange WHERE person = $1"
    async with town.inside():
        before = await db.fetchval(count, person)
    await page.click("a[data-open=confirm]")
    async with page.expect_navigation(url=re.compile(r"/shop/done/")):
        await page.dblclick("dialog#confirm button.btn-primary")
    assert "兑换成功" in await resident.text()
    assert together(await resident.check()) == ""
    await page.reload()
    async with town.inside():
        assert await db.fetchval(count, person) == before + 1
    await page.click("text=出示码")
    assert re.search(r"/code/[0-9a-f-]{36}$", page.url)


async def test_how_pages_look_stays_as_it_was_chosen(window: OpenWindow) -> None:
    resident = await window("resident", nth=5)
    page = resident.page
    await resident.open("/me")
    assert together(await resident.check()) == ""
    for choice in ("elder=true", "size=26", "theme=dark", "language=en"):
        name, _, value = choice.partition("=")
        async with page.expect_navigation():
            await page.click(f'#view button[name="{name}"][value="{value}"]')
    await resident.open("/shop")
    shown = await page.evaluate(
        "() => ({...document.documentElement.dataset, elder: document.documentElement.className})"
    )
    assert (shown["size"], shown["theme"], shown["elder"]) == ("26", "dark", "elder")
    assert await page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == "26px"
    assert "Within reach" in await resident.text()
    await resident.open("/me")
    assert "Text size" in await resident.text()
    await resident.open("/messages")
    assert together(await resident.measure()) == ""
