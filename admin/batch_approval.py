"""Batch approval: an approver says yes to many bonuses at once, and signs what he saw, with his authenticator.

He signs each bonus with the amount and the approvals that were missing when he looked, and with them how many they
are and what they come to. When anything of that is not so any more, or one of them is not for him to approve, the
differences are said and none is approved. A leader, who brings the minutes of a meeting, approves one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from admin.access import APPROVING_ROLES
from admin.approvals import amount_named, authorise, join_step, say_yes
from admin.bonuses import Bonus, lock_bonuses
from admin.errors import ApproverNotNamed, ChangedSinceSeen, ConflictOfInterest, MonthlyCeiling
from admin.grading import ApprovalStep, amount_to_approve, approvals_missing, tier_row
from admin.queries import approvals_given
from identity import audit
from identity.actor import Actor
from identity.audit import AuditLine
from identity.errors import BadCredentials, TooManyWrongTries
from identity.sign_in import confirm_totp
from kit import clock, db
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from kit.wire import Invalid
from points.errors import AlreadyDecided, BudgetExhausted

MOST_AT_ONCE = 200
What = Literal[
    "gone", "state", "amount", "approvals", "conflict", "not_named", "already_approved", "meeting_note", "ceiling"
]


@dataclass(frozen=True, slots=True)
class Seen:
    """One bonus as the approver saw it: what it is worth, and whose yes was missing."""

    bonus_id: UUID
    amount_fen: int
    approvals_missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchApproved:
    """What a batch came to: how many yeses, how much money, and how many bonuses have the last of theirs."""

    id: UUID
    count: int
    sum_fen: int
    approved: int


@dataclass(slots=True)
class _Yes:
    """One yes that is being given."""

    bonus: Bonus
    step: ApprovalStep
    fen: int
    missing: tuple[ApprovalStep, ...]


@dataclass(slots=True)
class _Compared:
    """What of the batch can be approved, and what is not as it was seen."""

    yeses: list[_Yes] = field(default_factory=list)
    differences: list[dict[str, object]] = field(default_factory=list)

    def differs(self, seen: Seen, bonus: Bonus | None, what: What, before: object = None, now: object = None) -> None:
        """Note a difference."""
        number = bonus.number if bonus else None
        self.differences.append({"id": str(seen.bonus_id), "number": number, "what": what, "seen": before, "now": now})


@db.flow
async def approve_bonuses(
    *,
    actor: Actor,
    seen: Sequence[Seen],
    count: int,
    sum_fen: int,
    totp_code: str,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[BatchApproved]:
    """Say yes to all of these bonuses, or to none of them.

    Moves: with the last approval of each, fen of its budget line from free to reserved.
    Answers: the batch; BadCredentials, TooManyWrongTries, ChangedSinceSeen, BudgetExhausted (returned, so that the
        try is kept and its code used up; nothing is approved).
    Raises: NotFound, Invalid.
    """

    async def work() -> BatchApproved | BadCredentials | TooManyWrongTries | ChangedSinceSeen | BudgetExhausted:
        moment = await clock.value_time(at)
        if actor.kind != "person":
            raise NotFound
        _check_signature(seen, count, sum_fen)
        refusal = await confirm_totp(actor, totp_code)
        if refusal is not None:
            return refusal
        try:
            async with db.savepoint():
                return await _approve_all(actor, seen, sum_fen, moment)
        except (ChangedSinceSeen, BudgetExhausted) as stopped:
            return stopped

    return await answered_once(once, work)


def _check_signature(seen: Sequence[Seen], count: int, sum_fen: int) -> None:
    """Raise Invalid when the count or the sum is not that of what is listed, or one is listed twice."""
    if len({each.bonus_id for each in seen}) != len(seen) or count != len(seen):
        raise Invalid(("/count", "count_differs", "笔数与所列奖励不符。", "The count is not that of what is listed."))
    if sum_fen != sum(each.amount_fen for each in seen):
        raise Invalid(("/sum_fen", "sum_differs", "金额合计与所列奖励不符。", "The sum is not that of what is listed."))


async def _approve_all(actor: Actor, seen: Sequence[Seen], sum_fen: int, moment: datetime) -> BatchApproved:
    """Give every yes, reserve what is complete, write it all down; raises ChangedSinceSeen, BudgetExhausted."""
    found = await _compared(actor, seen)
    if found.differences:
        raise ChangedSinceSeen(found.differences)
    for yes in found.yeses:
        await say_yes(actor, yes.bonus.id, yes.step, yes.fen, moment)
    complete = [(yes.bonus, yes.fen) for yes in found.yeses if not yes.missing]
    try:
        await authorise(complete, moment)
    except MonthlyCeiling as over:
        (stopped,) = [yes.bonus for yes in found.yeses if yes.bonus.number == over.data["number"]]
        said = next(each for each in seen if each.bonus_id == stopped.id)
        found.differs(said, stopped, "ceiling", now=over.data["ceiling_fen"])
        raise ChangedSinceSeen(found.differences) from over
    batch = BatchApproved(new_id(), len(seen), sum_fen, len(complete))
    await audit.record_lines(actor, [*(_line(yes, batch.id) for yes in found.yeses), _batch_line(batch, found.yeses)])
    return batch


async def _compared(actor: Actor, seen: Sequence[Seen]) -> _Compared:
    """Lock the bonuses, and hold what is there now against what was seen."""
    locked = await lock_bonuses([each.bonus_id for each in seen])
    found = _Compared()
    for each in seen:
        bonus = locked.get(each.bonus_id)
        if bonus is None or not actor.covers(bonus.area_path, *APPROVING_ROLES):
            found.differs(each, None, "gone")
        elif bonus.state != "scored" or bonus.tier is None:
            found.differs(each, bonus, "state", "scored", bonus.state)
        else:
            await _compare(actor, each, bonus, bonus.tier, found)
    return found


async def _compare(actor: Actor, seen: Seen, bonus: Bonus, tier_number: int, found: _Compared) -> None:
    """Note the yes for a bonus that waits for approvals, or every way in which it differs."""
    tier = tier_row(tier_number)
    given = [step for _, step in await approvals_given(bonus.id)]
    missing = approvals_missing(tier.approvals, given)
    fen = amount_to_approve(tier, bonus.bonus_class, await amount_named(bonus.id))
    before = len(found.differences)
    if fen != seen.amount_fen:
        found.differs(seen, bonus, "amount", seen.amount_fen, fen)
    if missing != seen.approvals_missing:
        found.differs(seen, bonus, "approvals", list(seen.approvals_missing), list(missing))
    try:
        step = await join_step(actor, bonus, tier, given)
    except ConflictOfInterest:
        found.differs(seen, bonus, "conflict")
    except ApproverNotNamed:
        found.differs(seen, bonus, "not_named")
    except AlreadyDecided:
        found.differs(seen, bonus, "already_approved")
    else:
        if step == "leader":
            found.differs(seen, bonus, "meeting_note")
        if fen is not None and len(found.differences) == before:
            found.yeses.append(_Yes(bonus, step, fen, approvals_missing(tier.approvals, [*given, step])))


def _line(yes: _Yes, batch_id: UUID) -> AuditLine:
    """The entry of one bonus, as a single approval writes it, with the batch."""
    return AuditLine(
        action="bonus.approved",
        subject=("bonus", yes.bonus.id),
        before={"state": yes.bonus.state},
        after={"state": "approved", "step": yes.step, "amount_fen": yes.fen, "batch": str(batch_id)},
    )


def _batch_line(batch: BatchApproved, yeses: Sequence[_Yes]) -> AuditLine:
    """What was signed."""
    return AuditLine(
        action="bonus.batch_approved",
        subject=("bonus_batch", batch.id),
        after={
            "count": batch.count,
            "sum_fen": batch.sum_fen,
            "approved": batch.approved,
            "bonuses": [str(yes.bonus.id) for yes in yeses],
        },
    )
