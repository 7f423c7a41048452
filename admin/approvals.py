"""Approval: the people whom the matrix names say yes to the money; the last of them reserves it.

The steps below are shared by one approval and by a batch of them (`admin/batch_approval.py`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from admin import bonuses
from admin.access import APPROVING_ROLES
from admin.bonuses import Bonus, BonusAnswer, lock_bonus_for
from admin.errors import AmountDiffers, ApproverNotNamed, BonusNotReady, MonthlyCeiling
from admin.grading import (
    ROLE_OF_STEP,
    SPECIAL,
    ApprovalStep,
    Tier,
    amount_to_approve,
    approvals_missing,
    step_to_fill,
    tier_row,
)
from admin.queries import approvals_given, shares_of
from identity import scheme
from identity.actor import Actor
from identity.areas import at_level, find_area_by_path
from kit import clock, db
from kit.ids import new_id
from kit.money import fen_text, shared
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from kit.wire import Invalid
from points import accounts, budget, ledger
from points.errors import AlreadyDecided, BudgetExhausted

COUNTY = 1
_INSERT = """
    INSERT INTO admin_bonus_approval (id, bonus, approver, part, step, amount_fen, meeting_note, approved_at)
    VALUES ($1, $2, $3, 'approver', $4, $5, $6, $7)
"""
_AUTHORISE = """
    UPDATE admin_bonus
    SET state = 'approved', amount_fen = $2, budget_line = $3, ceiling_month = $4, approved_at = $5
    WHERE id = $1
"""
_AMOUNTS = """
    UPDATE admin_bonus_share AS share SET amount_fen = part.fen
    FROM unnest($1::uuid[], $2::bigint[]) AS part (id, fen) WHERE share.id = part.id
"""
_OF_THE_MONTH = """
    SELECT share.person, sum(share.amount_fen)::bigint AS fen
    FROM admin_bonus_share AS share JOIN admin_bonus AS bonus ON bonus.id = share.bonus
    WHERE share.person = ANY ($1::uuid[]) AND bonus.ceiling_month = $2
      AND bonus.state NOT IN ('rejected', 'clawed_back')
    GROUP BY share.person
"""


@db.flow
async def approve_bonus(
    *,
    actor: Actor,
    bonus_id: UUID,
    amount_fen: int | None = None,
    meeting_note: str | None = None,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[BonusAnswer]:
    """Say yes to the money at one of the steps that the matrix names for the bonus's tier.

    It stays `scored` until the last of them. Then the amount is divided, the ceiling of the month is checked for
    each person, the money is reserved from the budget line of the period, and the bonus is approved.
    Moves: with the last approval, fen of the budget line from free to reserved.
    Answers: the bonus and the approvals still missing.
    Raises: NotFound, BonusNotReady, AlreadyDecided, ApproverNotNamed, ConflictOfInterest, AmountDiffers,
        MonthlyCeiling, BudgetExhausted, Invalid.
    """

    async def work() -> BonusAnswer:
        moment = await clock.value_time(at)
        bonus = await lock_bonus_for(actor, bonus_id, *APPROVING_ROLES)
        if actor.kind != "person":
            raise NotFound
        if bonus.state == "nominated":
            raise BonusNotReady(state=bonus.state)
        if bonus.state != "scored" or bonus.tier is None:
            raise AlreadyDecided
        tier = tier_row(bonus.tier)
        given = [step for _, step in await approvals_given(bonus_id)]
        step = await join_step(actor, bonus, tier, given)
        fen = await _amount(bonus, tier, amount_fen)
        if step == "leader" and meeting_note is None:
            raise Invalid(
                ("/meeting_note", "meeting_note_missing", "请填写会议纪要编号。", "Name the minutes of the meeting.")
            )
        note = meeting_note if step == "leader" else None
        await say_yes(actor, bonus_id, step, fen, moment, note=note)
        if not approvals_missing(tier.approvals, [*given, step]):
            await authorise([(bonus, fen)], moment)
        await bonuses.record(actor, bonus, "approved", step=step, amount_fen=fen)
        return await bonuses.answer_of(bonus_id)

    return await answered_once(once, work)


async def join_step(actor: Actor, bonus: Bonus, tier: Tier, given: Sequence[str]) -> ApprovalStep:
    """The step that this person fills, with his part in the locked bonus taken (a step).

    Raises ApproverNotNamed, ConflictOfInterest, AlreadyDecided.
    """
    his = [step for step, role in ROLE_OF_STEP.items() if actor.covers(bonus.area_path, role)]
    if not any(step in tier.approvals for step in his):
        raise ApproverNotNamed
    await bonuses.join_judges(actor, bonus.id, "approver", *APPROVING_ROLES)
    step = step_to_fill(tier, given, his)
    if step is None:
        raise AlreadyDecided
    return step


async def say_yes(
    actor: Actor, bonus_id: UUID, step: ApprovalStep, fen: int, moment: datetime, *, note: str | None = None
) -> None:
    """Write one approval down (a step)."""
    await db.current().execute(_INSERT, new_id(), bonus_id, actor.id, step, fen, note, moment)


async def _amount(bonus: Bonus, tier: Tier, asked: int | None) -> int:
    """The amount that is approved: the matrix's, or within its range the one that all approvers name."""
    span = tier.amounts[bonus.bonus_class]
    named = await amount_named(bonus.id)
    fen = amount_to_approve(tier, bonus.bonus_class, named) if asked is None else asked
    if fen is None or not span.holds(fen):
        least, most = fen_text(span.least_fen), fen_text(span.most_fen)
        raise Invalid(
            (
                "/amount_fen",
                "amount_out_of_range",
                f"金额须在 {least} 至 {most} 元之间。",
                f"The amount must be {least} to {most} yuan.",
            )
        )
    if named is not None and fen != named:
        raise AmountDiffers(amount_fen=named)
    return fen


async def amount_named(bonus_id: UUID) -> int | None:
    """The amount that those who approved so far have named."""
    named: int | None = await db.current().fetchval(
        "SELECT min(amount_fen) FROM admin_bonus_approval WHERE bonus = $1", bonus_id
    )
    return named


async def authorise(decided: Sequence[tuple[Bonus, int]], moment: datetime) -> None:
    """Divide the amounts, check each person's month, reserve the money, for locked bonuses with every yes (a step).

    Raises BudgetExhausted, MonthlyCeiling.
    Locks: the worker accounts, in the order of their ids, so that two bonuses of one person come one after the
    other; then the budget lines.
    """
    month = f"{clock.business_day(moment):%Y-%m}"
    shares = {bonus.id: await shares_of(bonus.id) for bonus, _ in decided}
    parts = {bonus.id: shared(fen, [share.percent for share in shares[bonus.id]]) for bonus, fen in decided}
    people = {share.person_id for each in shares.values() for share in each}
    async with ledger.open_book([accounts.worker(person) for person in people], at=moment):
        asked = [
            (bonus, share.person_id, fen)
            for bonus, _ in decided
            if bonus.tier != SPECIAL
            for share, fen in zip(shares[bonus.id], parts[bonus.id], strict=True)
        ]
        await _check_month(asked, people, month)
    lines = await _lines_for(decided, moment)
    async with budget.open_lines(lines.values()) as opened:
        for bonus, fen in decided:
            opened.reserve(lines[bonus.id], fen)
    for bonus, fen in decided:
        await db.current().execute(_AMOUNTS, [share.id for share in shares[bonus.id]], parts[bonus.id])
        ceiling_month = None if bonus.tier == SPECIAL else month
        await db.current().execute(_AUTHORISE, bonus.id, fen, lines[bonus.id], ceiling_month, moment)


async def _lines_for(decided: Sequence[tuple[Bonus, int]], moment: datetime) -> dict[UUID, UUID]:
    """The budget line of each bonus; raises BudgetExhausted where nobody decided on one."""
    found: dict[tuple[str, bool], UUID | None] = {}
    lines = {}
    for bonus, fen in decided:
        place = (bonus.area_path, bonus.tier == SPECIAL)
        if place not in found:
            found[place] = await find_bonus_line(bonus.area_path, moment, special=place[1])
        line_id = found[place]
        if line_id is None:
            raise BudgetExhausted(left_fen=0, needed_fen=fen)
        lines[bonus.id] = line_id
    return lines


async def _check_month(asked: Iterable[tuple[Bonus, UUID, int]], people: Collection[UUID], month: str) -> None:
    """Raise MonthlyCeiling when a person's bonuses of the month would be over it (his account is locked)."""
    ceiling = await scheme.number("bonus.ceiling_month")
    rows = await db.current().fetch(_OF_THE_MONTH, list(people), month)
    sums = {row["person"]: row["fen"] for row in rows}
    for bonus, person_id, fen in asked:
        sums[person_id] = sums.get(person_id, 0) + fen
        if sums[person_id] > ceiling:
            raise MonthlyCeiling(ceiling_fen=ceiling, number=bonus.number)


async def find_bonus_line(area_path: str, moment: datetime, *, special: bool) -> UUID | None:
    """The county's budget line that a bonus approved now is paid from: the month's, else the year's."""
    county = await find_area_by_path(at_level(area_path, COUNTY) or area_path)
    if county is None:
        return None
    day = clock.business_day(moment)
    if special:
        return await budget.find_line(purpose="bonus_special", period=f"{day:%Y}", area_id=county.id)
    return await budget.find_line(purpose="bonus", period=f"{day:%Y-%m}", area_id=county.id) or await budget.find_line(
        purpose="bonus", period=f"{day:%Y}", area_id=county.id
    )


@db.flow
async def reject_bonus(
    *, actor: Actor, bonus_id: UUID, reason: str, once: Once | None = None, at: datetime | None = None
) -> Answer[BonusAnswer]:
    """Say no to a bonus, before it becomes payable.

    Moves: what was reserved for it back to its budget line.
    Answers: the bonus, rejected.
    Raises: NotFound, AlreadyDecided, ConflictOfInterest.
    """

    async def work() -> BonusAnswer:
        moment = await clock.value_time(at)
        bonus = await lock_bonus_for(actor, bonus_id, *APPROVING_ROLES)
        if actor.kind != "person":
            raise NotFound
        if bonus.state not in ("nominated", "scored", *bonuses.OPEN_STATES):
            raise AlreadyDecided
        await bonuses.join_judges(actor, bonus_id, "approver", *APPROVING_ROLES)
        if bonus.state in bonuses.OPEN_STATES and bonus.budget_line_id is not None and bonus.amount_fen is not None:
            async with budget.open_lines([bonus.budget_line_id]) as lines:
                lines.release(bonus.budget_line_id, bonus.amount_fen)
        await bonuses.end_bonus(bonus, "rejected", by=actor.id, because=reason, at=moment)
        await bonuses.record(actor, bonus, "rejected")
        return await bonuses.answer_of(bonus_id)

    return await answered_once(once, work)
