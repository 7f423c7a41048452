"""Claw-back: within twelve months a bonus that proves false is taken back, its money and its points."""

from datetime import datetime
from uuid import UUID

from admin import bonuses
from admin.access import CLAWING_BACK_ROLE
from admin.bonuses import Bonus, BonusAnswer, lock_bonus_for
from admin.errors import BonusNotReady, ClawBackTooLate, PayoutInFlight
from admin.notice import bonus_transfer_id
from admin.queries import Share, shares_of
from identity import scheme
from identity.actor import Actor
from kit import clock, db
from kit.errors import unreachable
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from points import accounts, budget, ledger
from points.awards import Undo, reverse_stage
from points.errors import AlreadyDecided
from points.ledger import Label, Transfer
from points.months import month_number

_NEWEST_LINES = """
    SELECT DISTINCT ON (share.id) share.id, line.state
    FROM admin_bonus_share AS share LEFT JOIN admin_payout_line AS line ON line.share = share.id
    WHERE share.bonus = $1 ORDER BY share.id, line.id DESC
"""
_INSERT = """
    INSERT INTO admin_claw_back (id, share, taken_fen, owed_fen, at)
    SELECT claim.id, claim.share, claim.taken, claim.owed, $1
    FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[]) AS claim (id, share, taken, owed)
"""


@db.flow
async def claw_back_bonus(
    *, actor: Actor, bonus_id: UUID, reason: str, once: Once | None = None, at: datetime | None = None
) -> Answer[BonusAnswer]:
    """Take a bonus back: what was not paid out yet returns to the budget line, what was paid is owed.

    Moves: fen of unpaid shares from the payable accounts to the budget line (`claw_back`), GRD-HVI from the reporter.
    Answers: the bonus, clawed back.
    Raises: NotFound, BonusNotReady, AlreadyDecided, ConflictOfInterest, ClawBackTooLate, PayoutInFlight.
    """

    async def work() -> BonusAnswer:
        moment = await clock.value_time(at)
        bonus = await lock_bonus_for(actor, bonus_id, CLAWING_BACK_ROLE)
        if actor.kind != "person":
            raise NotFound
        if bonus.state in ("rejected", "clawed_back"):
            raise AlreadyDecided
        if bonus.payable_at is None:
            raise BonusNotReady(state=bonus.state)
        for person_id in (actor.id, *bonuses.stood_in_for(actor, CLAWING_BACK_ROLE)):
            await bonuses.check_interest(bonus_id, person_id, besides=("approver",))
        months = await scheme.number("bonus.clawback_months")
        if _months_and_days(moment, 0) > _months_and_days(bonus.payable_at, months):
            raise ClawBackTooLate(months=months)
        line_id = bonus.budget_line_id
        if line_id is None:
            unreachable("a payable bonus has its budget line")
        taken = await _take(bonus, line_id, moment)
        if bonus.participation_id is not None:
            await reverse_stage(actor, Undo(bonus.participation_id), code="clawed_back", at=moment)
        if taken:
            async with budget.open_lines([line_id]) as lines:
                lines.recover(line_id, taken)
        await bonuses.end_bonus(bonus, "clawed_back", by=actor.id, because=reason, at=moment)
        await bonuses.record(actor, bonus, "clawed_back")
        return await bonuses.answer_of(bonus_id)

    return await answered_once(once, work)


async def _take(bonus: Bonus, line_id: UUID, moment: datetime) -> int:
    """Take what is still ours to take, and write down what each person owes (a step); gives what was taken."""
    shares = await shares_of(bonus.id)
    rows = await db.current().fetch(_NEWEST_LINES, bonus.id)
    newest = {row["id"]: row["state"] for row in rows}
    if "exported" in newest.values():
        raise PayoutInFlight
    unpaid = [share for share in shares if newest[share.id] != "paid"]
    async with ledger.open_book([accounts.worker(share.person_id) for share in unpaid], at=moment) as book:
        for share in unpaid:
            book.post(_back(bonus, share, line_id))
    await db.current().execute(
        _INSERT,
        moment,
        [new_id() for _ in shares],
        [share.id for share in shares],
        [_fen(share) if share in unpaid else 0 for share in shares],
        [0 if share in unpaid else _fen(share) for share in shares],
    )
    return sum(_fen(share) for share in unpaid)


def _back(bonus: Bonus, share: Share, line_id: UUID) -> Transfer:
    return taken_back(
        (bonus.id, bonus.number), share_id=share.id, person_id=share.person_id, fen=_fen(share), line_id=line_id
    )


def taken_back(bonus: tuple[UUID, str], *, share_id: UUID, person_id: UUID, fen: int, line_id: UUID) -> Transfer:
    """The transfer that brings a share of a bonus (id, number) from its person's account back to the budget line."""
    bonus_id, number = bonus
    return Transfer(
        kind="claw_back",
        reference=share_id,
        amount=fen,
        debit=accounts.worker(person_id),
        credit=accounts.budget_line(line_id),
        label=Label(f"追回奖励 {number}", f"Bonus {number} taken back"),
        fact=("bonus", bonus_id),
        reverses=bonus_transfer_id(share_id),
    )


def _months_and_days(moment: datetime, later: int) -> tuple[int, int]:
    """The day so many months later, as something to compare."""
    day = clock.business_day(moment)
    return month_number(day) + later, day.day


def _fen(share: Share) -> int:
    return share.amount_fen or 0
