"""What is a resident's own, in a real browser: the first page, the code that turns into ✔, also without a network."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import zxingcpp
from PIL import Image

from identity.actor import Actor
from kit import clock, db, redis
from kit.embedded import start_valkey
from kit.ids import new_id
from kit.once import result_of
from kit.settings import read_settings
from points.awards import AwardLine, award_lines
from rewards import announcing, codes, queries
from rewards.exchange import Exchanged, ExchangeLine, exchange_lines
from rewards.redemption import Redeemed, RedeemLine, redeem_lines
from rewards.undoing import undo_redemption
from tests.ports import free_port

from .browser import Window, together
from .conftest import OpenWindow
from .town import ServedTown, serving

PLAIN, ROTATING = "手工小馄饨", "公交卡充值"
SYSTEM = Actor.system("tests")
LATER = timedelta(minutes=5)
FLICKERED = 1.5  # seconds after which the page for no network would have believed in one
TURNED = "(shelf) => document.querySelector('[data-shelf]')?.dataset.shelf === shelf"
KEPT = "async () => (await (await caches.open('vouchers')).keys()).map((each) => new URL(each.url).pathname)"
HOLDER = "SELECT person FROM rewards_voucher WHERE id = $1"
TOKEN = "{method: 'POST', headers: {'X-CSRF-Token': document.querySelector('meta[name=csrf]').content}}"
KEYS = """() => new Promise((resolve) => {
  const asked = indexedDB.open('qunzhifen', 1)
  asked.onsuccess = () => {
    const keys = asked.result.transaction('keys').objectStore('keys').getAllKeys()
    keys.onsuccess = () => { asked.result.close(); resolve(keys.result) }
  }
})"""


@asynccontextmanager
async def at_the_till(town: ServedTown) -> AsyncIterator[None]:
    """Work on the town as its till would, and tell open pages of it."""
    async with town.inside():
        await redis.open(town.settings.redis_url)
        try:
            yield
        finally:
            await redis.close()


async def voucher_of(town: ServedTown, product: str) -> UUID:
    """A new voucher of the first resident, for nothing."""
    person = await town.person("resident")
    async with at_the_till(town):
        product_id = await db.fetchval(
            "UPDATE rewards_product SET points = 0, person_limit = NULL, limit_period = NULL WHERE name_zh = $1"
            " RETURNING id",
            product,
        )
        line = ExchangeLine(actor=SYSTEM, person_id=person, product_id=product_id, quantity=1)
        exchanged = result_of((await exchange_lines([line]))[0])
        assert isinstance(exchanged, Exchanged)
        return exchanged.vouchers[0].id


async def award(town: ServedTown) -> None:
    """Points of the first resident, given now: on the first of a month nobody may have any of this month yet."""
    person = await town.person("resident")
    async with town.inside():
        line = AwardLine(person_id=person, action="VOL-ENV", occurred_at=clock.now(), reference=f"own-{new_id()}")
        (outcome,) = await award_lines(actor=SYSTEM, lines=[line], trusted=True)
        assert outcome.outcome == "awarded", outcome


async def redeem(code: str, voucher_id: UUID) -> Redeemed:
    row = await queries.find_voucher(voucher_id)
    assert row is not None
    merchants = await queries.merchants_of([row["product"]])
    line = RedeemLine(actor=SYSTEM, code=code, merchant_id=merchants[row["product"]][0]["id"])
    (answer,) = await redeem_lines([line])
    assert isinstance(answer.result, Redeemed), answer.result
    await announcing.tell_redeemed(answer)
    return answer.result


async def undo(redeemed: Redeemed) -> None:
    await announcing.tell_undone(await undo_redemption(actor=SYSTEM, redemption_id=redeemed.id, reason="the wrong one"))


async def scanned(window: Window) -> str:
    """What a till reads from the screen."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(await window.page.screenshot())))
    return found.text


async def turns(window: Window, shelf: str) -> float:
    """How long it takes until the page shows that."""
    began = time.monotonic()
    await window.page.wait_for_function(TURNED, arg=shelf, timeout=20_000)
    return time.monotonic() - began


async def opened(window: Window, voucher_id: UUID) -> None:
    """The voucher's code is open, and kept on this phone."""
    await window.open(f"/code/{voucher_id}")
    await window.page.locator("[data-kept]").wait_for(state="visible")


async def test_the_first_page_says_what_there_is_and_shows_the_code(window: OpenWindow, town: ServedTown) -> None:
    await voucher_of(town, ROTATING)  # of one alone the code is shown at once
    voucher_id = await voucher_of(town, PLAIN)
    resident = await window("resident")
    await resident.open("/")
    size = "() => parseFloat(getComputedStyle(document.querySelector('.balance-figure')).fontSize)"
    assert await resident.page.evaluate(size) >= 40
    for words in ("可用积分", "过期", "参与信用分", "还差", "长辈版"):
        assert words in await resident.text()
    await resident.page.click('a[href="/code"]')
    await resident.page.locator('a.row[href^="/code/"] >> nth=1').wait_for()
    await resident.open(f"/code/{voucher_id}")
    picture = await resident.page.locator(".qr img").bounding_box()
    assert picture is not None
    assert picture["width"] >= 0.6 * 390
    await resident.page.locator(".code").first.wait_for()
    assert len(await resident.page.locator(".code-long .code span").all_inner_texts()) == 7


async def test_elders_have_four_doors(window: OpenWindow) -> None:
    elder = await window("resident", variant="elder")
    await elder.open("/")
    doors = await elder.page.locator(".door-name").all_inner_texts()
    assert doors == ["我的积分", "出示码", "兑换", "找人帮忙"]
    assert await elder.page.get_attribute(".door >> nth=3", "href") == "tel:12345"
    assert await elder.page.locator("[data-speak]").is_visible()


async def test_a_code_turns_into_a_check_mark_and_back(window: OpenWindow, town: ServedTown, soon: float) -> None:
    voucher_id = await voucher_of(town, PLAIN)
    resident = await window("resident")
    await opened(resident, voucher_id)
    code = await scanned(resident)
    async with at_the_till(town):
        redeemed = await redeem(code, voucher_id)
        assert await turns(resident, "redeemed") < soon
        said = await resident.text()
        assert "已使用" in said
        assert PLAIN in said
        assert together(await resident.check()) == ""
        assert await resident.page.evaluate(KEPT) == []
        await undo(redeemed)
        assert await turns(resident, "issued") < soon
    assert await scanned(resident) == code


async def test_it_turns_although_valkey_is_away_and_after_it_came_back(
    window: OpenWindow, town: ServedTown, tmp_path: Path, soon: float
) -> None:
    own = read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(tmp_path)})
    own.embedded.sockets.mkdir(mode=0o700, exist_ok=True)
    valkey = start_valkey(own)
    elsewhere = replace(town.settings, port=free_port(), redis_url=own.redis_url)
    voucher_id = await voucher_of(town, PLAIN)
    with serving(elsewhere):
        there = replace(town, url=f"http://127.0.0.1:{elsewhere.port}", settings=elsewhere)
        resident = await window("resident")
        await resident.context.add_cookies(
            [{"name": "qunzhifen", "value": (await town.page_session("resident")).secret, "url": there.url}]
        )
        resident.town = there
        await opened(resident, voucher_id)
        code = await scanned(resident)
        valkey.stop()
        async with at_the_till(there):
            redeemed = await redeem(code, voucher_id)
            assert await turns(resident, "redeemed") < soon
            valkey = start_valkey(own)
            await asyncio.sleep(2)  # it is listened to again
            await undo(redeemed)
            assert await turns(resident, "issued") < soon
        await resident.open("/offline")
    valkey.stop()


async def test_an_opened_voucher_shows_without_a_network_and_is_gone_when_it_was_used(
    window: OpenWindow, town: ServedTown
) -> None:
    voucher_id = await voucher_of(town, PLAIN)
    resident = await window("resident")
    resident.expect("ERR_INTERNET_DISCONNECTED")
    await opened(resident, voucher_id)
    code = await scanned(resident)
    await resident.context.set_offline(True)
    await resident.page.goto(f"{town.url}/")
    await resident.page.click(f'a[href="/code/{voucher_id}"]')
    await resident.page.locator(".qr img").wait_for()
    assert await scanned(resident) == code
    assert PLAIN in await resident.text()
    async with at_the_till(town):
        await redeem(code, voucher_id)
    await resident.context.set_offline(False)
    await turns(resident, "redeemed")
    assert await resident.page.evaluate(KEPT) == []


async def test_a_network_that_flickers_takes_no_tap_away_and_one_that_stays_leads_back(window: OpenWindow) -> None:
    resident = await window("resident")
    resident.expect("ERR_INTERNET_DISCONNECTED")
    await resident.open("/")
    await resident.page.evaluate("() => navigator.serviceWorker.ready")
    await resident.page.reload()
    await resident.context.set_offline(True)
    await resident.page.reload()
    await resident.page.locator("[data-kept-vouchers]").wait_for(state="attached")
    await resident.page.evaluate("() => { window.stood = true; dispatchEvent(new Event('online')) }")
    await asyncio.sleep(FLICKERED)
    assert await resident.page.evaluate("() => window.stood")
    await resident.context.set_offline(False)
    await resident.page.locator(".balance-figure").wait_for()


async def test_a_rotating_code_goes_on_without_a_network(window: OpenWindow, town: ServedTown) -> None:
    voucher_id = await voucher_of(town, ROTATING)
    async with town.inside():
        row = await queries.find_voucher(voucher_id)
    assert row is not None
    issue = queries.issue_of(row)
    resident = await window("resident")
    resident.expect("ERR_INTERNET_DISCONNECTED")
    await opened(resident, voucher_id)
    await resident.page.locator(".qr svg").wait_for()
    first = codes.read(await scanned(resident))
    assert first is not None
    assert codes.is_good(first, issue, clock.now())
    await resident.context.set_offline(True)
    ahead = f"(() => {{ const real = Date.now; Date.now = () => real() + {LATER // timedelta(milliseconds=1)} }})()"
    await resident.page.add_init_script(ahead)
    await resident.page.reload()
    await resident.page.locator(".qr svg").wait_for()
    second = codes.read(await scanned(resident))
    assert second is not None
    assert codes.is_good(second, issue, clock.now() + LATER)
    assert not codes.is_good(second, issue, clock.now())
    assert "".join(await resident.page.locator(".code-long .code span").all_inner_texts()) == second.text


async def test_signing_out_leaves_nothing_on_the_phone(window: OpenWindow, town: ServedTown) -> None:
    voucher_id = await voucher_of(town, ROTATING)
    resident = await window("resident")
    await opened(resident, voucher_id)
    assert await resident.page.evaluate(KEPT) == [f"/code/{voucher_id}"]
    assert await resident.page.evaluate(KEYS) == [str(voucher_id)]
    await resident.open("/devices")
    async with resident.page.expect_navigation():
        await resident.page.click('form[action="/sign-out"] button, form[action="/sign-out/everywhere"] button')
    assert await resident.page.evaluate(KEPT) == []
    assert "qunzhifen" not in [
        each["name"] for each in await resident.page.evaluate("() => indexedDB.databases()")
    ] or not await resident.page.evaluate(KEYS)


async def test_a_voucher_is_given_back_after_a_question(window: OpenWindow, town: ServedTown) -> None:
    voucher_id = await voucher_of(town, PLAIN)
    resident = await window("resident")
    await resident.open(f"/vouchers/{voucher_id}")
    await resident.page.click('[data-open="cancel"]')
    assert together(await resident.check()) == ""
    async with resident.page.expect_navigation():
        await resident.page.click("dialog[open] button.btn-primary")
    assert "已取消" in await resident.text()
    assert (await resident.open(f"/code/{voucher_id}")).status == 200
    assert "已取消" in await resident.text()


async def test_nobody_sees_what_is_anothers(window: OpenWindow, town: ServedTown) -> None:
    voucher_id = await voucher_of(town, ROTATING)
    async with town.inside():
        entry = await db.fetchval(
            "SELECT id FROM points_transfer WHERE credit_id = $1 LIMIT 1", await db.fetchval(HOLDER, voucher_id)
        )
    other = await window("resident", nth=1)
    other.expect("404")
    for path in (
        f"/code/{voucher_id}",
        f"/vouchers/{voucher_id}",
        f"/vouchers/{voucher_id}/cancel",
        f"/points/{entry}",
    ):
        assert (await other.open(path)).status == 404, path
    secret = f"async () => (await fetch('/code/{voucher_id}/secret', {TOKEN})).status"
    assert await other.page.evaluate(secret) == 404


async def test_every_line_of_points_has_its_reason(window: OpenWindow, town: ServedTown) -> None:
    await award(town)
    resident = await window("resident")
    await resident.open("/points")
    await resident.page.click('section[aria-labelledby="month"] a.row:has(.plus)')
    said = await resident.text()
    for words in ("依据的规则", "第 1 版", "由谁核实", "变动后余额", "有效期至"):
        assert words in said
    assert together(await resident.check()) == ""
