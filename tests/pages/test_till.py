"""The till as a clerk with a queue uses it: by gun, camera, picture and fingers, with and without a network."""

import io
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
import qrcode
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bench.relay import relayed
from bench.weight import FLAGS
from kit import clock, db
from rewards import qr
from rewards.exchange import IssuedVoucher
from rewards.vouchers import cancel_voucher

from .browser import Window, together
from .conftest import OpenWindow
from .drawer import SYSTEM, Drawer, filled_drawer, redemptions, shows, stand
from .town import ServedTown

MANY = 60
SLOW_TAP = 1500  # milliseconds that a finger rests on a button
BOUND, BOUND_ON_A_BUSY_MACHINE = 0.5, 3.0  # seconds; other tests run beside it, but for `make prove`
UNTIL_KEPT = """async (path) => {
  while (!(await (await caches.open('till-1')).match(path))) await new Promise((soon) => setTimeout(soon, 50))
}"""
SOUNDS = """() => {
  window.heard = []
  const make = AudioContext.prototype.createOscillator
  AudioContext.prototype.createOscillator = function () {
    const source = make.call(this)
    const start = source.start.bind(source)
    source.start = (at) => { window.heard.push(source.frequency.value); start(at) }
    return source
  }
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drawer(town: ServedTown) -> Drawer:
    """Enough for all tests here."""
    return await filled_drawer(town, MANY)


async def at_till(window: OpenWindow, drawer: Drawer, path: str = "/till", **options: Any) -> Window:
    """The first clerk, standing at a till of his."""
    clerk = await window("merchant_clerk", **options)
    clerk.expect("status of 4")
    await stand(clerk.page, clerk.town, drawer)
    await clerk.page.add_init_script(f"({SOUNDS})()")
    await clerk.open(path)
    return clerk


async def scan(page: Page, code: str) -> None:
    """What a gun does: the keys of a code, and Enter."""
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")


def picture_of(text: str) -> dict[str, Any]:
    """A photograph of a code on a table, a little askew."""
    drawn = Image.open(io.BytesIO(qr.png(text))).convert("RGB") if text.isalnum() else qrcode.make(text).convert("RGB")
    table = Image.new("RGB", (1400, 1000), (120, 92, 70))
    table.paste(drawn.resize((520, 520)).rotate(7, expand=True, fillcolor=(120, 92, 70)), (390, 210))
    written = io.BytesIO()
    table.save(written, "JPEG", quality=80)
    return {"name": "code.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


async def test_a_scan_gun_types_past_a_chinese_input_method(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer, variant="desktop")
    page, voucher = clerk.page, drawer.take()
    keyboard = await page.context.new_cdp_session(page)
    for place, char in enumerate(voucher.code):
        code = f"Digit{char}" if char.isdigit() else f"Key{char}"
        key = {"key": "Process", "code": code, "windowsVirtualKeyCode": 229}
        await keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        if place % 5 == 0:  # the input method makes words of it
            await keyboard.send("Input.imeSetComposition", {"text": "你好", "selectionStart": 2, "selectionEnd": 2})
        await keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    await keyboard.send("Input.insertText", {"text": "你好吗"})
    await expect(page.locator("#code")).to_have_value(voucher.code)
    await page.keyboard.press("Enter")
    await shows(page, "good", "核销成功", "葱油拌面", "¥8", "*")
    await page.keyboard.press("Escape")

    digits = drawer.take().short_code or ""
    full_width = digits[:6].translate({48 + each: 0xFF10 + each for each in range(10)})
    await page.keyboard.insert_text(f"\u3000{full_width}\uff0d")
    await page.keyboard.insert_text(digits[6:])
    await expect(page.locator("#code")).to_have_value(digits)
    await page.keyboard.press("Enter")
    await expect(page.locator("#check-product")).to_have_text("葱油拌面")
    await page.keyboard.press("Enter")
    await shows(page, "good", "葱油拌面")


async def test_an_address_is_no_code_and_nothing_is_opened(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer)
    await scan(clerk.page, "https://evil.test/abcdefg.")
    await expect(clerk.page.locator("#said")).to_contain_text("不是群治分的券码")
    await scan(clerk.page, "123456789012")
    await expect(clerk.page.locator("#said")).to_contain_text("数字有误")
    assert clerk.page.url.endswith("/till")


async def test_the_second_scan_says_when_and_where_and_undo_gives_the_voucher_back(
    window: OpenWindow, drawer: Drawer
) -> None:
    clerk = await at_till(window, drawer, variant="desktop")
    page, voucher = clerk.page, drawer.take()
    await expect(page.locator("#code")).to_be_focused()
    await scan(page, voucher.code)
    await shows(page, "good")
    good = await page.evaluate("() => window.heard.splice(0)")
    await expect(page.locator("#result")).to_have_count(0)  # back by itself
    await expect(page.locator("#code")).to_be_focused()
    await scan(page, voucher.code)
    await shows(page, "bad", "已核销过", f"{clock.now().astimezone(clock.SHANGHAI):%H:}", "在老街面馆")
    bad = await page.evaluate("() => window.heard.splice(0)")
    assert good
    assert bad
    assert not set(good) & set(bad)

    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+Tab")  # the focus may go elsewhere; a gun finds the field from there
    await page.locator("#recent-list button").click(delay=SLOW_TAP)  # its seconds run down under the finger
    await page.click('#undo [data-reason="扫错了券"]')
    await expect(page.locator("#toasts")).to_contain_text("已撤销")
    await expect(page.locator("#code")).to_be_focused()
    await page.locator("[name=till-sound]").uncheck()
    await scan(page, voucher.code)
    await shows(page, "good")
    assert await page.evaluate("() => window.heard") == []
    await page.goto(f"{clerk.town.url}/till/today")
    assert await page.locator(".undone").count() >= 1
    await page.locator("[data-open]").first.click()
    async with page.expect_navigation():
        await page.locator("dialog[open] [value=扫错了券]").click()
    assert page.url.endswith("/till/today")
    async with clerk.town.inside():
        state = await db.fetchval("SELECT state FROM rewards_voucher WHERE id = $1", voucher.id)
    assert state == "issued"


async def test_a_picture_of_a_code_is_read_and_a_bomb_is_not(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer)
    page, voucher = clerk.page, drawer.take()
    await page.set_input_files("#picture", [picture_of(voucher.code)])
    await expect(page.locator("#check-product")).to_have_text("葱油拌面")
    await page.click("#check-do")
    await shows(page, "good", "葱油拌面")
    await page.keyboard.press("Escape")
    await page.set_input_files("#picture", [picture_of("https://evil.test/")])
    await expect(page.locator("#said")).to_contain_text("没有看到")
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    await page.set_input_files("#picture", [{"name": "b.png", "mimeType": "image/png", "buffer": bomb.getvalue()}])
    await expect(page.locator("#said")).to_contain_text("图片过大")


async def test_scans_without_a_network_survive_a_restart_and_settle_later(
    town: ServedTown, drawer: Drawer, tmp_path: Path
) -> None:
    kept, taken = drawer.take(), drawer.take()
    secret = (await town.page_session("merchant_clerk")).secret
    async with async_playwright() as playwright, relayed(town.settings.port) as network:

        async def start() -> Page:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path,
                executable_path="/usr/bin/chromium",
                args=list(FLAGS),
                timezone_id="Asia/Shanghai",
                locale="zh-CN",
            )
            for name, value in (("qunzhifen", secret), ("till", str(drawer.till_id))):
                await context.add_cookies(
                    [{"name": name, "value": value, "url": network.url, "expires": time.time() + 3600}]
                )
            return context.pages[0]

        page = await start()
        await page.goto(f"{network.url}/till")
        for path in ("/till", "/till/offline"):
            await page.evaluate(UNTIL_KEPT, path)
        await page.wait_for_function("() => navigator.serviceWorker.controller")
        network.cut()  # what the browser is told alone, it forgets in the moment in which it ends
        await page.context.set_offline(True)
        for each in (kept, taken):
            await scan(page, each.code)
            await shows(page, "waiting", "等待联网", each.code[-4:])
            await page.keyboard.press("Escape")
        await scan(page, kept.code)
        await shows(page, "waiting", "已在待同步列表")
        await page.goto("about:blank")
        await page.context.close()

        async with town.inside():  # meanwhile its holder has given one of them back
            await cancel_voucher(actor=SYSTEM, voucher_id=taken.id)
        # Started again, the browser finds nobody at the other end, although it thinks that it has a network.
        page = await start()
        await page.goto(f"{network.url}/till")
        await expect(page.locator("#waiting-list .row")).to_have_count(2)
        assert await redemptions(town, kept) == 0
        network.mend()
        await expect(page.locator('[data-state="done"]')).to_contain_text("葱油拌面", timeout=15_000)
        await expect(page.locator('[data-state="conflict"]')).to_contain_text("已取消")
        assert await redemptions(town, kept) == 1
        await page.locator('[data-state="conflict"] button').click()
        await page.locator('[data-state="done"] button').click()
        await expect(page.locator("#waiting")).to_be_hidden()
        await page.reload()
        await expect(page.locator("#waiting")).to_be_hidden()
        await page.context.close()


async def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer)
    clerk.expect("ERR_FAILED|Failed to load")
    page, voucher, keys = clerk.page, drawer.take(), []

    async def lose_first(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        answer = await route.fetch()
        await (route.abort() if len(keys) == 1 else route.fulfill(response=answer))

    await page.route("**/api/redemptions", lose_first)
    await scan(page, voucher.code)
    await shows(page, "waiting", "待确认", "不会核销两次")
    await page.reload()
    await expect(page.locator('[data-state="done"]')).to_contain_text("葱油拌面")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert await redemptions(clerk.town, voucher) == 1


async def test_training_moves_nothing(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer, path="/till/training")
    page, asked = clerk.page, []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    before, real = await redemptions(clerk.town), drawer.take()
    await expect(page.locator(".training")).to_contain_text("练习模式")
    for digit, tone, word in (("1", "good", "练习餐券"), ("1", "bad", "已核销过"), ("5", "waiting", "等待联网")):
        await scan(page, f"00000000000{digit}")
        await page.click("#check-do")
        await shows(page, tone, word)
        await page.keyboard.press("Escape")
    await scan(page, real.code)
    await shows(page, "bad", "没有核销")
    assert asked == []
    assert await redemptions(clerk.town) == before


async def test_a_browser_without_scripts_looks_first_and_then_redeems(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer, java_script_enabled=False)
    page, voucher = clerk.page, drawer.take()
    await page.fill("#code", voucher.short_code or "")
    await page.click("#scan-form button")
    assert "葱油拌面" in await clerk.text()
    await page.click("main form button")
    assert await page.locator('[data-result="good"]').count() == 1
    await page.reload()  # the form is sent again, under the same key
    assert await page.locator('[data-result="good"]').count() == 1
    assert await redemptions(clerk.town, voucher) == 1
    await page.goto(f"{clerk.town.url}/till/today")
    await page.locator("[data-open]").first.click()
    async with page.expect_navigation():
        await page.locator("dialog:target [value=扫错了券]").click()
    assert page.url.endswith("/till/today")
    assert await page.locator(".undone").count() >= 1
    async with clerk.town.inside():
        state = await db.fetchval("SELECT state FROM rewards_voucher WHERE id = $1", voucher.id)
    assert state == "issued"


async def test_the_sheet_and_the_result_are_fit_for_elders(window: OpenWindow, drawer: Drawer) -> None:
    clerk = await at_till(window, drawer, variant="elder")
    assert (await clerk.open("/till/training")).status == 200
    await scan(clerk.page, "000000000001")
    await clerk.page.wait_for_function("() => document.getAnimations().length === 0")
    assert together(await clerk.check()) == "", "the sheet"
    await clerk.page.click("#check-do")
    await expect(clerk.page.locator("#result")).to_be_visible()
    assert together(await clerk.check()) == "", "the result"


async def test_a_scan_is_answered_within_half_a_second(window: OpenWindow, drawer: Drawer, full: bool) -> None:
    clerk = await at_till(window, drawer, variant="desktop")
    await scan(clerk.page, drawer.take().code)
    await shows(clerk.page, "good")
    took = sorted([await _seconds_to_green(clerk.page, drawer.take()) for _ in range(30 if full else 10)])
    p95 = took[round(len(took) * 0.95) - 1]
    median = took[len(took) // 2]
    sys.stdout.write(f"\nscan to result: median {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms of {len(took)} scans\n")
    assert p95 <= (BOUND if full else BOUND_ON_A_BUSY_MACHINE)


async def _seconds_to_green(page: Page, voucher: IssuedVoucher) -> float:
    await page.keyboard.type(voucher.code)  # its first key puts the answer before away
    began = time.perf_counter()
    await page.keyboard.press("Enter")
    await page.wait_for_selector('#result[data-result="good"]')
    return time.perf_counter() - began


async def test_others_can_neither_see_nor_undo_what_a_shop_took(town: ServedTown, drawer: Drawer) -> None:
    secret = (await town.page_session("merchant_clerk", 1)).secret
    async with town.inside():
        row = await db.fetchrow(
            "SELECT redemption_id, statement FROM merchants_sale WHERE merchant = $1 AND statement IS NOT NULL LIMIT 1",
            drawer.merchant_id,
        )
    assert row is not None
    async with httpx.AsyncClient(
        base_url=town.url, cookies={"qunzhifen": secret}, headers={"Sec-Fetch-Site": "same-origin"}
    ) as other:
        assert (await other.get(f"/till/statements/{row['statement']}")).status_code == 404
        assert (await other.get(f"/till/account?merchant_id={drawer.merchant_id}")).status_code == 404
        found = re.search(r'name="csrf" content="(\w+)"', (await other.get("/till/today")).text)
        assert found is not None
        sent = {"csrf": found[1], "once": "k", "reason": "扫错了券"}
        undone = await other.post(f"/till/redemptions/{row['redemption_id']}/undo", data=sent)
        assert undone.status_code == 404
