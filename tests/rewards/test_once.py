"""A request that is sent again gets the first answer, byte for byte; the codes in it are stored encrypted."""

import pytest

from kit import db
from kit.errors import Refusal
from kit.once import Once, result_of
from rewards.exchange import exchange_lines
from rewards.redemption import RedeemLine, redeem_lines
from rewards.undoing import undo_redemption
from rewards.vouchers import cancel_voucher
from tests.rewards.conftest import Shop, once

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


def plain(key: str, body: bytes = b"{}") -> Once:
    return once(key, body=body, secret=False)


async def test_an_exchange_is_answered_again_byte_for_byte_and_its_codes_are_sealed(shop: Shop) -> None:
    (first,) = await exchange_lines([shop.line(once=once("a"))])
    (again,) = await exchange_lines([shop.line(once=once("a"))])
    assert (again.rendered, again.result) == (first.rendered, None)
    assert again.rendered.status == 201
    code = result_of(first).vouchers[0].code.encode()
    assert code in again.rendered.body
    stored = await db.fetchrow("SELECT body, sealed FROM kit_once_answer")
    assert stored is not None
    assert stored["sealed"]
    assert code not in stored["body"]


async def test_a_batch_mixes_new_keys_answered_ones_and_lines_without_a_key(shop: Shop) -> None:
    (first,) = await exchange_lines([shop.line(0, once=once("a"))])
    answers = await exchange_lines([shop.line(1, once=once("b")), shop.line(0, once=once("a")), shop.line(2)])
    assert answers[1].rendered == first.rendered
    assert [answer.result is not None for answer in answers] == [True, False, True]
    assert await db.fetchval("SELECT count(*) FROM rewards_exchange") == 3


async def test_a_409_is_kept_and_another_refusal_is_not(shop: Shop) -> None:
    gone = await shop.product(stock=0)
    (first,) = await exchange_lines([shop.line(product=gone, once=once("a"))])
    async with db.transaction() as connection:
        await connection.execute("UPDATE rewards_stock SET supplied = 1, remaining = 1 WHERE product = $1", gone)
    (again,) = await exchange_lines([shop.line(product=gone, once=once("a"))])
    assert (first.rendered.status, again.rendered) == (409, first.rendered)
    (unknown,) = await exchange_lines([shop.line(product=shop.areas["lyx"], once=once("b"))])
    (mended,) = await exchange_lines([shop.line(once=once("b"))])
    assert (unknown.rendered.status, mended.rendered.status) == (404, 201)


async def test_a_key_that_was_used_for_something_else_is_refused(shop: Shop) -> None:
    await exchange_lines([shop.line(once=once("a"))])
    (other,) = await exchange_lines([shop.line(once=once("a", body=b"{2}"))])
    assert other.rendered.status == 422
    assert await db.fetchval("SELECT count(*) FROM rewards_exchange") == 1


async def test_a_scan_an_undo_and_a_cancelling_are_answered_again(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    scan = RedeemLine(actor=shop.clerk(), code=voucher.code, once=plain("scan"))
    second = RedeemLine(actor=shop.clerk(), code=voucher.code, once=plain("second"))
    (used,) = await redeem_lines([scan])
    (refused,) = await redeem_lines([second])
    redemption = result_of(used).id

    async def undo() -> object:
        return (
            await undo_redemption(actor=shop.clerk(), redemption_id=redemption, reason="x", once=plain("undo"))
        ).rendered

    async def cancel() -> object:
        return (await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id, once=plain("cancel"))).rendered

    undone, cancelled = await undo(), await cancel()
    assert [answer.rendered for answer in await redeem_lines([scan, second])] == [used.rendered, refused.rendered]
    assert isinstance(refused.result, Refusal)
    assert (await undo(), await cancel()) == (undone, cancelled)
    assert await db.fetchval("SELECT state FROM rewards_voucher") == "cancelled"


async def test_a_wrong_short_code_is_counted_and_its_key_is_free_again(shop: Shop) -> None:
    line = RedeemLine(actor=shop.clerk(), code="000000000001", once=plain("a"))
    for _ in range(2):
        (answer,) = await redeem_lines([line])
        assert answer.rendered.status == 404
    assert await db.fetchval("SELECT count(*) FROM rewards_short_code_try") == 2
