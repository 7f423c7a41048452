"""Settlement: what merchants sold in a month becomes one immutable statement each, and is paid once.

A statement equals its lines, the sales. What is corrected later goes into the next one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from identity import audit, scheme
from identity.actor import Actor
from kit import clock, db
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from merchants.errors import NothingToPay, PeriodNotOver, StatementAlreadyPaid, StatementUnknown
from points import accounts, ledger

_SETTLE = db.load_sql(__file__, "settle")
_LOCK = """
    SELECT id, merchant, number, state, town_fen + sponsor_fen AS payable_fen FROM merchants_statement WHERE id = $1
    FOR NO KEY UPDATE
"""
_SETTLERS_LOCK = 7_108_101


@dataclass(frozen=True, slots=True)
class Settled:
    """A statement that was made: whose, and of how many lines."""

    statement_id: UUID
    merchant_id: UUID
    lines: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A statement that was paid, and how much of it the public bore."""

    statement_id: UUID
    payable_fen: int
    paid_at: datetime


def month_before(day: date) -> str:
    """The month before the one of this day, as a period."""
    return (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def last_day(period: str) -> date:
    """The last day of a period; ValueError when it is no month."""
    first = date.fromisoformat(f"{period}-01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@db.flow
async def settle(
    *, actor: Actor, period: str, only: Collection[UUID] | None = None, at: datetime | None = None
) -> list[Settled]:
    """Make the statements of a month (`2026-11`) for all merchants, or only for some; doing it again makes none.

    Moves: nothing; what is owed was credited with every sale.
    Answers: the statements that were made.
    Raises: PeriodNotOver, until nothing sold in the period can be undone any more; ValueError when it is no month.
    """
    moment = await clock.value_time(at)
    ends_on = last_day(period)
    over_at = clock.day_start(ends_on + timedelta(days=1))
    if moment < over_at + timedelta(seconds=await scheme.number("voucher.undo_seconds")):
        raise PeriodNotOver
    await db.current().execute("SELECT pg_advisory_xact_lock($1)", _SETTLERS_LOCK)
    merchants = await db.current().fetch("SELECT DISTINCT merchant FROM merchants_sale WHERE statement IS NULL")
    wanted = [row["merchant"] for row in merchants if only is None or row["merchant"] in only]
    rows = await db.current().fetch(
        _SETTLE,
        period,
        ends_on,
        over_at,
        moment,
        [new_id() for _ in wanted],
        wanted,
    )
    settled = [Settled(row["id"], row["merchant"], row["lines"]) for row in rows]
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="statement.issued",
                subject=("statement", each.statement_id),
                after={"merchant": each.merchant_id, "period": period, "lines": each.lines},
            )
            for each in settled
        ],
    )
    return settled


@db.flow
async def pay_statement(
    *, actor: Actor, statement_id: UUID, receipt: str, once: Once | None = None, at: datetime | None = None
) -> Answer[Paid]:
    """Note that finance paid a statement.

    Moves: what the public bears of it, from the merchant to cash clearing.
    Answers: what was paid; refusals with 409 are answers too: StatementAlreadyPaid, NothingToPay.
    Raises: StatementUnknown.
    """
    moment = await clock.value_time(at)

    async def work() -> Paid:
        row = await db.current().fetchrow(_LOCK, statement_id)
        if row is None:
            raise StatementUnknown
        if row["state"] == "paid":
            raise StatementAlreadyPaid
        if row["payable_fen"] <= 0:
            raise NothingToPay
        await _pay_out(row, moment)
        await db.current().execute(
            "UPDATE merchants_statement SET state = 'paid', paid_at = $2, paid_by = $3, receipt = $4 WHERE id = $1",
            statement_id,
            moment,
            actor.id,
            receipt,
        )
        await audit.record(
            actor,
            action="statement.paid",
            subject=("statement", statement_id),
            before={"state": "issued"},
            after={"state": "paid", "receipt": receipt, "payable_fen": row["payable_fen"]},
        )
        return Paid(statement_id, row["payable_fen"], moment)

    return await answered_once(once, work)


async def _pay_out(row: db.Row, moment: datetime) -> None:
    merchant = accounts.merchant(row["merchant"])
    async with ledger.open_book([merchant], at=moment) as book:
        book.post(
            ledger.Transfer(
                kind="settlement",
                reference=row["id"],
                amount=row["payable_fen"],
                debit=merchant,
                credit=accounts.CLEARING,
                label=ledger.Label(f"结算单 {row['number']}", f"Settlement {row['number']}"),
                fact=("statement", row["id"]),
            )
        )
