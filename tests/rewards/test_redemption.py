"""Redeeming at the till: the whole loop, and every way in which it is refused."""

from datetime import timedelta

import asyncpg
import pytest

from identity.actor import Actor, RoleHeld
from kit import clock, db
from kit.errors import Refusal
from kit.ids import new_id
from kit.once import result_of
from kit.refusals import NotFound
from merchants.errors import TillUnknown
from rewards import codes, queries
from rewards.errors import (
    AlreadyUndone,
    ShortCodeLocked,
    TillNeeded,
    UndoTooLate,
    VoucherAlreadyRedeemed,
    VoucherCancelled,
    VoucherExpired,
    VoucherUnknown,
    WrongMerchant,
)
from rewards.redemption import Preview, RedeemLine, preview_voucher, redeem_lines
from rewards.undoing import undo_redemption
from rewards.vouchers import cancel_voucher, expire_vouchers
from tests.rewards.conftest import START, Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


async def test_the_whole_loop_from_exchange_to_cancelling(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]

    seen = await preview_voucher(actor=shop.clerk(), code=voucher.code)
    assert isinstance(seen, Preview)
    assert (seen.product.name_zh, seen.value_fen, seen.holder, seen.refusal) == ("五元餐券", 500, "张*三", None)

    used = await shop.redeem(voucher.code)
    assert (used.voucher_id, used.value_fen, used.holder) == (voucher.id, 500, "张*三")
    assert used.undo_until - used.redeemed_at == timedelta(seconds=60)
    assert await shop.budget("town") == (0, 250)
    merchant = shop.merchants["noodles"]
    assert await db.fetchval("SELECT balance FROM points_account WHERE id = $1", merchant) == 350

    with pytest.raises(VoucherAlreadyRedeemed) as second:
        await shop.redeem(voucher.code)
    assert second.value.data["merchant"] == "老王面馆"
    assert second.value.data["redeemed_at"] == used.redeemed_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
    assert "老王面馆" in second.value.detail()

    undone = result_of(await undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="拿错了"))
    assert (undone.voucher_id, undone.voucher_state) == (voucher.id, "issued")
    assert await shop.budget("town") == (250, 0)
    assert await db.fetchval("SELECT balance FROM points_account WHERE id = $1", merchant) == 0
    with pytest.raises(AlreadyUndone):
        await undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="再来一次")

    back = result_of(await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id))
    assert (back.points, back.balance_after) == (50, START)
    assert await shop.budget("town") == (0, 0)
    with pytest.raises(VoucherCancelled):
        await shop.redeem(voucher.code)
    with pytest.raises(VoucherCancelled):
        await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id)


async def test_a_voucher_is_redeemed_again_after_an_undo(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    first = await shop.redeem(voucher.code)
    await undo_redemption(actor=shop.clerk(), redemption_id=first.id, reason="拿错了")
    again = await shop.redeem(str(voucher.short_code))
    assert again.voucher_id == voucher.id
    signs = await db.fetch("SELECT sign FROM merchants_sale ORDER BY id")
    assert [row["sign"] for row in signs] == [1, -1, 1]


async def test_of_two_tills_in_one_batch_the_first_gets_the_voucher(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    line = RedeemLine(actor=shop.clerk(), code=voucher.code)
    first, second, third = await redeem_lines([line, line, line])
    assert result_of(first).voucher_id == voucher.id
    assert isinstance(second.result, VoucherAlreadyRedeemed)
    assert isinstance(third.result, VoucherAlreadyRedeemed)
    assert second.result.data["merchant"] == "老王面馆"


async def test_each_reason_has_its_own_refusal(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    with pytest.raises(WrongMerchant):
        await shop.redeem(voucher.code, "barber")
    with pytest.raises(VoucherUnknown):
        await shop.redeem("A" * 26)
    with pytest.raises(VoucherUnknown):
        await shop.redeem("https://example.com/")
    with pytest.raises(VoucherExpired):  # no job has run
        await shop.redeem(voucher.code, at=voucher.expires_at)
    assert (await shop.redeem(voucher.code, at=voucher.expires_at - timedelta(seconds=1))).voucher_id == voucher.id


async def test_a_short_code_means_nothing_at_other_merchants(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    with pytest.raises(VoucherUnknown):
        await shop.redeem(str(voucher.short_code), "barber")
    assert (await shop.redeem(f" {codes.grouped(str(voucher.short_code))} ")).voucher_id == voucher.id


async def test_five_wrong_short_codes_lock_them_for_a_quarter_of_an_hour(shop: Shop) -> None:
    voucher, other = (await shop.buy(quantity=2)).vouchers
    now = clock.now()
    for guess in range(5):
        with pytest.raises(VoucherUnknown):
            await shop.redeem(f"{guess:012d}", at=now)
    with pytest.raises(ShortCodeLocked) as refused:
        await shop.redeem(str(voucher.short_code), at=now)
    assert refused.value.data["retry_after"] == 900
    seen = await preview_voucher(actor=shop.clerk(), code=str(voucher.short_code))
    assert isinstance(seen, ShortCodeLocked)
    assert (await shop.redeem(voucher.code, at=now)).voucher_id == voucher.id  # scanning goes on
    later = now + timedelta(minutes=15, seconds=1)
    assert (await shop.redeem(str(other.short_code), at=later)).voucher_id == other.id


async def test_a_preview_counts_wrong_short_codes_too_and_consumes_nothing(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    for guess in range(5):
        assert isinstance(await preview_voucher(actor=shop.clerk(), code=f"{guess:012d}"), VoucherUnknown)
    assert isinstance(await preview_voucher(actor=shop.clerk(), code=str(voucher.short_code)), ShortCodeLocked)
    seen = await preview_voucher(actor=shop.clerk("barber"), code=voucher.code)
    assert isinstance(seen, Preview)
    assert (type(seen.refusal), seen.holder) == (WrongMerchant, None)
    assert await db.fetchval("SELECT count(*) FROM rewards_redemption") == 0


async def test_cash_like_goods_are_redeemed_by_the_rotating_code_or_the_printed_one(shop: Shop) -> None:
    card = await shop.product(cash_like=True)
    first, second = (await shop.buy(product=card, quantity=2)).vouchers
    assert (len(first.code), first.short_code) == (24, None)
    with pytest.raises(VoucherUnknown):  # a picture of the screen from before
        await shop.redeem(first.code, at=clock.now() + timedelta(minutes=3))
    assert (await shop.redeem(first.code)).voucher_id == first.id
    row = await queries.find_voucher(second.id)
    assert row is not None
    printed = codes.printed(queries.issue_of(row))
    assert (await shop.redeem(printed, at=clock.now() + timedelta(days=3))).voucher_id == second.id


async def test_undo_ends_after_its_minute_and_is_for_the_same_merchant(shop: Shop) -> None:
    used = await shop.redeem((await shop.buy()).vouchers[0].code)
    with pytest.raises(NotFound):
        await undo_redemption(actor=shop.clerk("barber"), redemption_id=used.id, reason="x")
    with pytest.raises(NotFound):
        await undo_redemption(actor=shop.clerk(), redemption_id=new_id(), reason="x")
    late = used.redeemed_at + timedelta(seconds=60, microseconds=1)
    with pytest.raises(UndoTooLate):
        await undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="x", at=late)
    assert (
        result_of(
            await undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="x", at=used.undo_until)
        ).voucher_state
        == "issued"
    )


async def test_a_voucher_whose_days_ended_meanwhile_expires_when_it_is_undone(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    used = await shop.redeem(voucher.code, at=voucher.expires_at - timedelta(seconds=5))
    undone = result_of(
        await undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="x", at=voucher.expires_at)
    )
    assert undone.voucher_state == "expired"
    assert await db.fetchval("SELECT balance FROM points_account WHERE id = $1", shop.residents[0]) == START
    assert await shop.budget("sponsor") == (0, 0)
    assert await expire_vouchers(at=voucher.expires_at) == 0


async def test_a_clerk_of_two_merchants_names_the_till(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    both = Actor(
        id=shop.clerks["noodles"],
        kind="person",
        name="店员",
        roles=tuple(RoleHeld("merchant_clerk", None, each) for each in shop.merchants.values()),
    )
    asked = [
        RedeemLine(actor=both, code=voucher.code),
        RedeemLine(actor=shop.clerk("barber"), code=voucher.code, till_id=shop.tills["noodles"]),
        RedeemLine(actor=both, code=voucher.code, till_id=new_id()),
        RedeemLine(actor=both, code=voucher.code, till_id=shop.tills["noodles"]),
    ]
    outcomes = [each.result for each in await redeem_lines(asked)]
    assert [type(each) for each in outcomes[:3] if isinstance(each, Refusal)] == [TillNeeded, TillUnknown, TillUnknown]
    row = await db.fetchrow("SELECT till, clerk_id FROM rewards_redemption")
    assert row is not None
    assert (row["till"], row["clerk_id"]) == (shop.tills["noodles"], shop.clerks["noodles"])


async def test_the_database_itself_lets_a_voucher_go_no_other_way(shop: Shop, owner: "asyncpg.Connection") -> None:
    voucher = (await shop.buy()).vouchers[0]
    await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id)
    for statement in (
        "UPDATE rewards_voucher SET state = 'issued', ended_at = NULL",
        "UPDATE rewards_voucher SET points = 1",
        "DELETE FROM rewards_voucher",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await owner.execute(statement)
