"""Vouchers that nobody uses give their points back: to the months they came from, once, whoever asks."""

import asyncio
from datetime import timedelta

import pytest

from identity.actor import Actor, RoleHeld
from kit import clock, db
from kit.errors import Refusal
from kit.once import result_of
from kit.refusals import NotFound
from points import months
from rewards.errors import VoucherAlreadyRedeemed, VoucherCancelled, VoucherExpired
from rewards.vouchers import cancel_voucher, expire_vouchers
from tests.rewards.conftest import EARLY, LATE, START, Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


async def held(shop: Shop) -> dict[int, int]:
    row = await db.fetchrow("SELECT first_month, by_month FROM points_account WHERE id = $1", shop.residents[0])
    assert row is not None
    return months.from_row(row["first_month"], row["by_month"])


async def test_points_come_back_to_the_months_they_were_taken_from(shop: Shop) -> None:
    voucher = (await shop.buy(product=await shop.product(points=350))).vouchers[0]
    assert await held(shop) == {LATE: START - 350}
    await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id)
    assert await held(shop) == {EARLY: 300, LATE: START - 300}


async def test_points_that_would_have_expired_come_back_with_thirty_days_of_grace(shop: Shop) -> None:
    product = await shop.product(points=350, voucher_days=120)
    voucher = (await shop.buy(product=product)).vouchers[0]
    late = clock.day_start(months.first_day(EARLY + 1)) + timedelta(days=9)
    back = result_of(await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id, at=late))
    assert back.balance_after == START
    assert await held(shop) == {EARLY + 2: 300, LATE: START - 300}


async def test_a_cancelled_voucher_frees_its_piece_its_money_and_its_place_in_the_limit(shop: Shop) -> None:
    product = await shop.product(stock=1, person_limit=1)
    voucher = (await shop.buy(product=product)).vouchers[0]
    await cancel_voucher(actor=shop.resident(), voucher_id=voucher.id)
    assert await shop.budget("town") == (0, 0)
    assert len((await shop.buy(product=product)).vouchers) == 1


async def test_a_used_or_ended_voucher_is_not_cancelled(shop: Shop) -> None:
    used, old = (await shop.buy(quantity=2)).vouchers
    await shop.redeem(used.code)
    with pytest.raises(VoucherAlreadyRedeemed):
        await cancel_voucher(actor=shop.resident(), voucher_id=used.id)
    with pytest.raises(VoucherExpired):
        await cancel_voucher(actor=shop.resident(), voucher_id=old.id, at=old.expires_at)


async def test_nobody_cancels_the_voucher_of_another(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    for actor in (shop.resident(1), shop.clerk()):
        with pytest.raises(NotFound):
            await cancel_voucher(actor=actor, voucher_id=voucher.id)
    hotline = Actor(id=shop.clerks["barber"], kind="person", name="热线", roles=(RoleHeld("hotline", "lyx"),))
    assert result_of(await cancel_voucher(actor=hotline, voucher_id=voucher.id)).points == 50


async def test_expired_vouchers_give_everything_back_once(shop: Shop) -> None:
    for number in range(3):
        await shop.buy(number, quantity=2)
    used = await shop.redeem((await shop.buy(3)).vouchers[0].code)
    end = clock.day_start(clock.business_day(clock.now()) + timedelta(days=31))
    assert await expire_vouchers(at=end - timedelta(seconds=1)) == 0
    assert [await expire_vouchers(at=end, limit=4) for _ in range(3)] == [4, 2, 0]
    states = await db.fetch("SELECT state, count(*) AS n FROM rewards_voucher GROUP BY state")
    assert {row["state"]: row["n"] for row in states} == {"expired": 6, "redeemed": 1}
    assert await shop.budget("town") == (0, 250)
    assert used.value_fen == 500
    assert await db.fetchval("SELECT remaining FROM rewards_stock WHERE product = $1", shop.meal) == 99


async def test_cancelling_expiring_and_redeeming_at_once_end_in_one_of_them(shop: Shop) -> None:
    vouchers = [each for number in range(5) for each in (await shop.buy(number, quantity=2)).vouchers]
    end = vouchers[0].expires_at

    async def cancelled(number: int) -> str:
        try:
            await cancel_voucher(actor=shop.resident(number // 2), voucher_id=vouchers[number].id)
        except (VoucherCancelled, VoucherExpired, VoucherAlreadyRedeemed) as refusal:
            return refusal.code
        return "cancelled"

    async def redeemed(number: int) -> str:
        try:
            await shop.redeem(vouchers[number].code)
        except Refusal as refusal:
            return refusal.code
        return "redeemed"

    outcomes = await asyncio.gather(
        *(cancelled(number) for number in range(10)),
        *(redeemed(number) for number in range(10)),
        expire_vouchers(at=end, limit=3),
        expire_vouchers(at=end, limit=3),
    )
    ended = [each for each in outcomes if each in {"cancelled", "redeemed"}]
    expired = sum(each for each in outcomes if isinstance(each, int))
    assert len(ended) + expired == 10
    assert await db.fetchval("SELECT count(*) FROM rewards_voucher WHERE state = 'issued'") == 0
