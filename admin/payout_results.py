"""What the bank says about a batch: paid with a receipt, failed, or returned later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from admin.access import FINANCE_ROLE
from admin.claw_back import taken_back
from admin.payouts import BATCH_LOCK, restate
from admin.queries import BatchAnswer, batch_in_territory, read_batch
from identity import audit
from identity.actor import Actor
from kit import clock, db
from kit.ids import derived_id
from kit.once import Answer, Once, answered_once
from kit.wire import Invalid
from points import accounts, budget, ledger
from points.errors import AlreadyDecided
from points.ledger import Book, Label, Transfer

Outcome = Literal["paid", "failed", "returned"]

_LINES = """
    SELECT line.id, line.share AS share_id, line.state, line.amount_fen, line.receipt_number, share.bonus AS bonus_id,
           share.person AS person_id, bonus.number AS bonus_number, bonus.budget_line AS budget_line_id,
           bonus.state = 'clawed_back' AS clawed_back
    FROM admin_payout_line AS line JOIN admin_bonus_share AS share ON share.id = line.share
    JOIN admin_bonus AS bonus ON bonus.id = share.bonus
    WHERE line.batch = $1 ORDER BY bonus.id, line.id FOR NO KEY UPDATE OF bonus, line
"""
_WRITE = """
    UPDATE admin_payout_line AS line
    SET state = result.state, receipt_number = coalesce(line.receipt_number, result.receipt_number),
        reason = result.reason, decided_at = $2
    FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[]) AS result (id, state, receipt_number, reason)
    WHERE line.id = result.id
"""


@dataclass(frozen=True, slots=True)
class LineResult:
    """The bank's word on one line; a paid one has its receipt."""

    line_id: UUID
    outcome: Outcome
    receipt_number: str | None = None
    reason: str | None = None


@db.flow
async def record_results(
    *,
    actor: Actor,
    batch_id: UUID,
    results: Sequence[LineResult],
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[BatchAnswer]:
    """Take the bank's results for some or all lines of a batch; the same result again changes nothing.

    Moves: for each paid line fen from the person's payable account to cash clearing (`payout`); for a paid line that
    is returned the same way back (`payout_return`), and on to the budget line (`claw_back`) when the bonus was
    clawed back meanwhile.
    Answers: the batch as it stands now.
    Raises: NotFound, Invalid, AlreadyDecided.
    """

    async def work() -> BatchAnswer:
        moment = await clock.value_time(at)
        await batch_in_territory(actor, batch_id, FINANCE_ROLE)
        await db.current().execute("SELECT pg_advisory_xact_lock($1)", BATCH_LOCK)
        lines = {row["id"]: row for row in await db.current().fetch(_LINES, batch_id)}
        await _check(results, lines)
        changed = [each for each in results if lines[each.line_id]["state"] != each.outcome]
        people = {lines[each.line_id]["person_id"] for each in changed}
        async with ledger.open_book([accounts.worker(person) for person in people], at=moment) as book:
            for each in changed:
                _move(book, lines[each.line_id], each)
        await _recover([line for each in changed if (line := lines[each.line_id])["clawed_back"]])
        await _write(changed, moment)
        ended = {line["bonus_id"] for line in lines.values() if line["clawed_back"]}
        for bonus_id in sorted({lines[each.line_id]["bonus_id"] for each in changed} - ended):
            await restate(bonus_id)
        await audit.record_lines(
            actor,
            [
                audit.AuditLine(
                    action=f"payout.{each.outcome}",
                    subject=("payout_line", each.line_id),
                    before={"state": lines[each.line_id]["state"]},
                    after={"state": each.outcome, "receipt": each.receipt_number},
                )
                for each in changed
            ],
        )
        return await read_batch(batch_id)

    return await answered_once(once, work)


async def _check(results: Sequence[LineResult], lines: dict[UUID, db.Row]) -> None:
    """Raise Invalid for a foreign line or a receipt that is missing or used, AlreadyDecided for a contradiction."""
    receipts = [each.receipt_number for each in results if each.receipt_number]
    rows = await db.current().fetch(
        "SELECT id, receipt_number FROM admin_payout_line WHERE receipt_number = ANY ($1::text[])", receipts
    )
    used = {row["receipt_number"]: row["id"] for row in rows}
    for place, each in enumerate(results):
        line = lines.get(each.line_id)
        if line is None or sum(other.line_id == each.line_id for other in results) > 1:
            raise Invalid(
                (f"/results/{place}/line_id", "line_unknown", "批次中没有这一行。", "Not a line of this batch.")
            )
        if each.outcome == "paid" and not each.receipt_number:
            raise Invalid(
                (f"/results/{place}/receipt_number", "receipt_missing", "请填写回单号。", "A paid line has a receipt.")
            )
        taken = used.get(each.receipt_number or "", each.line_id) != each.line_id
        if taken or (each.receipt_number and receipts.count(each.receipt_number) > 1):
            raise Invalid(
                (
                    f"/results/{place}/receipt_number",
                    "receipt_taken",
                    "回单号已被使用。",
                    "The receipt was used before.",
                )
            )
        allowed = line["state"] == "exported" or (line["state"], each.outcome) == ("paid", "returned")
        same = line["state"] == each.outcome and line["receipt_number"] in (None, each.receipt_number)
        if not allowed and not same:
            raise AlreadyDecided


def _move(book: Book, line: db.Row, result: LineResult) -> None:
    """Post what a result moves: only money that went out or came back after it had gone out."""
    worker = accounts.worker(line["person_id"])
    if result.outcome == "paid":
        book.post(
            Transfer(
                id=_payout_transfer_id(line["id"]),
                kind="payout",
                reference=line["id"],
                amount=line["amount_fen"],
                debit=worker,
                credit=accounts.CLEARING,
                label=Label("奖励已发放", "Bonus paid out"),
                fact=("payout_line", line["id"]),
            )
        )
    elif line["state"] == "paid":
        book.post(
            Transfer(
                kind="payout_return",
                reference=line["id"],
                amount=line["amount_fen"],
                debit=accounts.CLEARING,
                credit=worker,
                label=Label("银行退回", "Returned by the bank"),
                fact=("payout_line", line["id"]),
                reverses=_payout_transfer_id(line["id"]),
            )
        )
        if line["clawed_back"]:  # what he owed has come back by itself
            book.post(
                taken_back(
                    (line["bonus_id"], line["bonus_number"]),
                    share_id=line["share_id"],
                    person_id=line["person_id"],
                    fen=line["amount_fen"],
                    line_id=line["budget_line_id"],
                )
            )


async def _recover(returned: Sequence[db.Row]) -> None:
    """Let the budget lines have what came back of bonuses that were clawed back."""
    async with budget.open_lines([line["budget_line_id"] for line in returned]) as lines:
        for line in returned:
            lines.recover(line["budget_line_id"], line["amount_fen"])


async def _write(changed: Sequence[LineResult], moment: datetime) -> None:
    await db.current().execute(
        _WRITE,
        [each.line_id for each in changed],
        moment,
        [each.outcome for each in changed],
        [each.receipt_number if each.outcome == "paid" else None for each in changed],
        [each.reason for each in changed],
    )


def _payout_transfer_id(line_id: UUID) -> UUID:
    return derived_id("payout transfer", line_id)
