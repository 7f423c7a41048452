"""Settlement: a statement equals its lines, never changes, and is paid once."""

import asyncio
from datetime import date, datetime, timedelta

import asyncpg
import pytest

from identity.actor import Actor
from kit import clock, db
from kit.once import result_of
from merchants import queries
from merchants.errors import NothingToPay, PeriodNotOver, StatementAlreadyPaid, StatementUnknown
from merchants.settlement import last_day, month_before, pay_statement, settle
from points import months
from rewards.redemption import Redeemed
from rewards.undoing import undo_redemption
from tests.rewards.conftest import SYSTEM, THIS_MONTH, Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]

MIDNIGHT = clock.day_start(months.first_day(THIS_MONTH + 1))
PERIOD, NEXT_PERIOD = (f"{months.first_day(each):%Y-%m}" for each in (THIS_MONTH, THIS_MONTH + 1))
AFTER = MIDNIGHT + timedelta(hours=2, minutes=30)
FINANCE = Actor.system("finance")


async def sell(shop: Shop, at: datetime, merchant: str = "noodles", product: str = "") -> Redeemed:
    product_id = await shop.product(
        merchants=tuple(shop.merchants.values()), opens_at=MIDNIGHT - timedelta(days=60), stock=None
    )
    voucher = (await shop.buy(product=product_id, at=at - timedelta(hours=1))).vouchers[0]
    return await shop.redeem(voucher.code, merchant, at=at)


async def test_a_statement_has_the_lines_of_its_month_and_adds_them_up(shop: Shop) -> None:
    for hours in (30, 20, 10):
        await sell(shop, MIDNIGHT - timedelta(hours=hours))
    await sell(shop, MIDNIGHT - timedelta(hours=5), "barber")
    await sell(shop, MIDNIGHT + timedelta(minutes=1))
    made = await settle(actor=SYSTEM, period=PERIOD, at=AFTER)
    assert {each.merchant_id: each.lines for each in made} == {
        shop.merchants["noodles"]: 3,
        shop.merchants["barber"]: 1,
    }
    (row,) = await queries.list_statements([shop.merchants["noodles"]], None, 10)
    assert (row["lines"], row["value_fen"], row["merchant_fen"], row["town_fen"], row["sponsor_fen"]) == (
        3,
        1500,
        450,
        750,
        300,
    )
    lines = await queries.list_lines(row["id"], None, 10)
    assert sum(line["value_fen"] for line in lines) == row["value_fen"]
    assert await settle(actor=SYSTEM, period=PERIOD, at=AFTER) == []
    following = await settle(actor=SYSTEM, period=NEXT_PERIOD, at=AFTER + timedelta(days=31))
    assert [each.lines for each in following] == [1]


async def test_a_sale_undone_after_midnight_is_on_the_same_statement(shop: Shop) -> None:
    used = await sell(shop, MIDNIGHT - timedelta(seconds=20))
    await undo_redemption(
        actor=shop.clerk(), redemption_id=used.id, reason="拿错了", at=MIDNIGHT + timedelta(seconds=20)
    )
    (made,) = await settle(actor=SYSTEM, period=PERIOD, at=AFTER)
    assert made.lines == 2
    with pytest.raises(NothingToPay):
        await pay_statement(actor=FINANCE, statement_id=made.statement_id, receipt="1")


async def test_nothing_is_settled_while_it_can_be_undone(shop: Shop) -> None:
    await sell(shop, MIDNIGHT - timedelta(seconds=20))
    with pytest.raises(PeriodNotOver):
        await settle(actor=SYSTEM, period=PERIOD, at=MIDNIGHT + timedelta(seconds=59))
    assert len(await settle(actor=SYSTEM, period=PERIOD, at=MIDNIGHT + timedelta(seconds=60))) == 1


async def test_a_line_that_comes_late_goes_into_the_next_statement(shop: Shop) -> None:
    await sell(shop, MIDNIGHT - timedelta(hours=3))
    await settle(actor=SYSTEM, period=PERIOD, at=AFTER)
    await sell(shop, MIDNIGHT - timedelta(hours=2))
    assert await settle(actor=SYSTEM, period=PERIOD, at=AFTER) == []
    (made,) = await settle(actor=SYSTEM, period=NEXT_PERIOD, at=AFTER + timedelta(days=31))
    assert made.lines == 1


async def test_settlers_at_once_make_each_statement_once(shop: Shop) -> None:
    for hours in range(1, 6):
        await sell(shop, MIDNIGHT - timedelta(hours=hours), "noodles" if hours % 2 else "barber")
    made = await asyncio.gather(*(settle(actor=SYSTEM, period=PERIOD, at=AFTER) for _ in range(8)))
    assert sorted(len(each) for each in made) == [0, 0, 0, 0, 0, 0, 0, 2]
    numbers = await db.fetch("SELECT number FROM merchants_statement ORDER BY number")
    assert [row["number"] for row in numbers] == [f"{PERIOD}-0001", f"{PERIOD}-0002"]


async def test_a_statement_is_paid_once_and_clears_what_is_owed(shop: Shop) -> None:
    await sell(shop, MIDNIGHT - timedelta(hours=3))
    (made,) = await settle(actor=SYSTEM, period=PERIOD, at=AFTER)
    before = await queries.find_account(shop.merchants["noodles"])
    assert before is not None
    assert (before.payable_fen, before.unsettled_fen, before.merchant_fen) == (350, 0, 150)
    paid = result_of(await pay_statement(actor=FINANCE, statement_id=made.statement_id, receipt="R-1"))
    assert paid.payable_fen == 350
    after = await queries.find_account(shop.merchants["noodles"])
    assert after is not None
    assert after.payable_fen == 0
    with pytest.raises(StatementAlreadyPaid):
        await pay_statement(actor=FINANCE, statement_id=made.statement_id, receipt="R-2")
    with pytest.raises(StatementUnknown):
        await pay_statement(actor=FINANCE, statement_id=shop.meal, receipt="R-2")


async def test_the_database_itself_keeps_sales_and_statements(shop: Shop, owner: "asyncpg.Connection") -> None:
    await sell(shop, MIDNIGHT - timedelta(hours=3))
    await settle(actor=SYSTEM, period=PERIOD, at=AFTER)
    for statement in (
        "UPDATE merchants_sale SET value_fen = 0, merchant_fen = 0, town_fen = 0, sponsor_fen = 0",
        "UPDATE merchants_sale SET statement = NULL",
        "DELETE FROM merchants_sale",
        "UPDATE merchants_statement SET lines = 9",
        "DELETE FROM merchants_statement",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await owner.execute(statement)


def test_months_are_named_and_end_where_the_calendar_says() -> None:
    assert month_before(date(2027, 1, 15)) == "2026-12"
    assert [last_day(each).day for each in ("2026-02", "2028-02", "2026-12")] == [28, 29, 31]
    with pytest.raises(ValueError, match="month must be"):
        last_day("2026-13")
