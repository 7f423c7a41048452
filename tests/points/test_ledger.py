"""The ledger: value moves once, whole, from the earliest months, and never below zero."""

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from kit import db
from kit.clock import SHANGHAI
from kit.ids import new_id
from points import accounts, credit_score, months
from points.awards import AwardLine, award_lines
from points.errors import InsufficientPoints
from points.expiry import expire_points
from points.ledger import Label, Posted, Transfer, open_book
from points.queries import balances, credit_events, credit_of, wallet
from tests.points.conftest import NOON, SYSTEM, Town, rows

LATER = datetime(2028, 12, 1, 0, 0, 1, tzinfo=SHANGHAI)
"""A second into the month after the one in which points of NOON expire."""


def exchange(town: Town, points: int, reference: UUID | None = None) -> Transfer:
    return Transfer(
        kind="exchange",
        reference=reference or new_id(),
        amount=points,
        debit=accounts.person(town["lan"]),
        credit=accounts.ESCROW,
        label=Label("兑换", "Exchange"),
        fact=("voucher", new_id()),
    )


async def post(town: Town, *transfers: Transfer, at: datetime = NOON) -> list[Posted]:
    async with db.transaction(), open_book([accounts.person(town["lan"])], at=at) as book:
        return [book.post(each) for each in transfers]


async def account(town: Town) -> db.Row:
    (row,) = await rows("SELECT * FROM points_account WHERE id = $1", town["lan"])
    return row


async def test_a_transfer_happens_once(town: Town) -> None:
    await town.award("lan")
    reference = new_id()
    await post(town, exchange(town, 10, reference))
    with pytest.raises(asyncpg.UniqueViolationError):
        await post(town, exchange(town, 10, reference))
    assert (await account(town))["balance"] == 20


async def test_a_persons_points_move_only_in_ways_that_his_statement_names(town: Town) -> None:
    await town.award("lan")
    strange = exchange(town, 10)
    strange.kind = "novelty"
    with pytest.raises(AssertionError, match="statement"):
        await post(town, strange)


async def test_nobody_spends_more_than_he_has_and_nothing_is_half_done(town: Town) -> None:
    await town.award("lan")
    with pytest.raises(InsufficientPoints):
        await post(town, exchange(town, 20), exchange(town, 20))
    assert (await account(town))["version"] == 1


async def test_points_are_spent_from_the_month_that_expires_first(town: Town) -> None:
    await town.award("lan", at=NOON - timedelta(days=31))
    await town.award("lan")
    (spent,) = await post(town, exchange(town, 40))
    october, november = months.month_number(date(2028, 10, 1)), months.month_number(date(2028, 11, 1))
    assert spent.by_month == {october: 30, november: 10}


async def test_expired_points_cannot_be_spent_though_no_job_ran(town: Town) -> None:
    await town.award("lan")
    assert (await balances([town["lan"]], NOON))[town["lan"]] == 30
    assert (await balances([town["lan"]], LATER))[town["lan"]] == 0
    assert (await wallet(town["lan"], LATER)).expiring == []
    with pytest.raises(InsufficientPoints):
        await post(town, exchange(town, 1), at=LATER)


async def test_points_of_a_month_are_there_in_its_last_second(town: Town) -> None:
    await town.award("lan")
    await post(town, exchange(town, 30), at=datetime(2028, 11, 30, 23, 59, 59, tzinfo=SHANGHAI))


async def test_the_job_takes_expired_points_once(town: Town) -> None:
    await town.award("lan")
    await town.award("hong")
    done = await expire_points(at=LATER)
    assert (done.accounts, done.points) == (2, 60)
    assert await expire_points(at=LATER) == type(done)(0, 0)
    assert [row["amount"] for row in await rows("SELECT amount FROM points_transfer WHERE kind = 'expiry'")] == [30, 30]


async def test_a_refund_gives_the_months_back_with_some_grace(town: Town) -> None:
    await town.award("lan", at=NOON - timedelta(days=31))
    await town.award("lan")
    (spent,) = await post(town, exchange(town, 40))
    grace = months.month_number(date(2028, 11, 1))
    refund = Transfer(
        kind="refund",
        reference=spent.transfer.reference,
        amount=40,
        debit=accounts.ESCROW,
        credit=accounts.person(town["lan"]),
        label=Label("退回", "Refund"),
        fact=spent.transfer.fact,
        reverses=spent.transfer.id,
        given=months.restored(spent.by_month, grace),
    )
    (back,) = await post(town, refund)
    assert back.by_month == {grace: 40}
    assert (await account(town))["balance"] == 60


async def test_a_transfer_is_reversed_once(town: Town) -> None:
    await town.award("lan", times=2)
    (award, _) = await rows("SELECT id FROM points_transfer ORDER BY credit_version")
    reversal = {"debit": accounts.person(town["lan"]), "credit": accounts.ISSUE, "reverses": award["id"]}
    with pytest.raises(asyncpg.UniqueViolationError):
        await post(
            town,
            *(
                Transfer(
                    kind="award_reversal",
                    reference=new_id(),
                    amount=30,
                    label=Label("更正", "Correction"),
                    fact=("test", new_id()),
                    **reversal,
                )
                for _ in range(2)
            ),
        )


async def test_a_merchant_is_credited_many_times_in_one_book(town: Town) -> None:
    merchant, line = accounts.merchant(new_id()), accounts.budget_line(new_id())
    async with db.transaction() as connection:
        await connection.execute(
            "INSERT INTO points_budget_line (id, purpose, period, amount_fen, reserved_fen, paid_fen)"
            " VALUES ($1, 'town', '2026', 10000, 0, 600)",
            line.id,
        )
        async with open_book([merchant], at=NOON) as book:
            sales = [book.post(sale(merchant, line, fen)) for fen in (100, 200, 300)]
    assert [(each.credit_version, each.credit_balance) for each in sales] == [(1, 100), (2, 300), (3, 600)]


def sale(merchant: accounts.Account, line: accounts.Account, fen: int) -> Transfer:
    return Transfer(
        kind="sale",
        reference=new_id(),
        amount=fen,
        debit=line,
        credit=merchant,
        label=Label("销售", "Sale"),
        fact=("redemption", new_id()),
    )


async def test_replaying_the_credit_events_gives_the_shown_score(town: Town) -> None:
    await town.award("lan", times=5)
    await town.award("lan", "LRN-PUBLIC", times=3)
    events = (await credit_events([town["lan"]]))[town["lan"]]
    for day in (date(2026, 11, 19), date(2026, 11, 20), date(2027, 11, 19), date(2027, 11, 20)):
        assert await credit_of(town["lan"], day) == credit_score.score(events, day)
    assert [(await credit_of(town["lan"], day)).score for day in (date(2026, 11, 19), date(2026, 11, 20))] == [600, 611]


@pytest.mark.parametrize("table", ["points_transfer", "points_decision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_what_was_written_stays_written(
    town: Town, owner: "asyncpg.Connection", table: str, statement: str
) -> None:
    await town.award("lan")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.execute(statement.format(table))
    async with db.reading() as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement.format(table))


async def test_an_award_writes_two_rows(town: Town) -> None:
    """A transfer and a participation; the account keeps what the caps count, and the audit entry is shared."""
    lines = [
        AwardLine(person_id=town[name], action="VOL-SKILL", occurred_at=NOON - timedelta(hours=1), reference=name)
        for name in town.people
    ]
    await award_lines(actor=SYSTEM, lines=lines, at=NOON, trusted=True)
    counts = await rows(
        "SELECT (SELECT count(*) FROM points_transfer), (SELECT count(*) FROM points_participation),"
        " (SELECT count(*) FROM points_usage), (SELECT count(*) FROM points_decision),"
        " (SELECT count(*) FROM identity_audit_entry WHERE action = 'awards.sent')"
    )
    assert tuple(counts[0]) == (11, 11, 0, 0, 1)
