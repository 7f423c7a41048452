"""Scoring: assessors mark a nominated bonus; from the second one on the mean decides its tier."""

from datetime import datetime
from uuid import UUID

from admin import bonuses
from admin.access import SCORING_ROLE
from admin.bonuses import Bonus, BonusAnswer, lock_bonus_for
from admin.grading import LEAST_ASSESSORS, Marks, mean_tenths, tier_of
from admin.queries import approvals_given
from identity.actor import Actor
from kit import clock, db
from kit.ids import new_id
from kit.refusals import NotFound
from points.errors import AlreadyDecided

BELOW_60 = "评分低于 60 分 / scored below 60"
_INSERT = """
    INSERT INTO admin_bonus_score (id, bonus, assessor, part, truth, timeliness, harm, loop, scored_at)
    VALUES ($1, $2, $3, 'assessor', $4, $5, $6, $7, $8)
"""


@db.flow
async def score_bonus(
    *,
    actor: Actor,
    bonus_id: UUID,
    truth: int,
    timeliness: int,
    harm: int,
    loop: int,
    at: datetime | None = None,
) -> BonusAnswer:
    """Mark a bonus as an assessor; the second mark grades it, later ones grade it again until somebody approves.

    Moves: nothing. A mean below 60 rejects the bonus.
    Answers: the bonus: nominated, scored or rejected.
    Raises: NotFound, AlreadyDecided, ConflictOfInterest.
    """
    moment = await clock.value_time(at)
    bonus = await lock_bonus_for(actor, bonus_id, SCORING_ROLE)
    if actor.kind != "person":
        raise NotFound
    if bonus.state not in ("nominated", "scored") or await approvals_given(bonus_id):
        raise AlreadyDecided
    await bonuses.join_judges(actor, bonus_id, "assessor", SCORING_ROLE)
    await db.current().execute(_INSERT, new_id(), bonus_id, actor.id, truth, timeliness, harm, loop, moment)
    rows = await db.current().fetch(
        "SELECT truth, timeliness, harm, loop FROM admin_bonus_score WHERE bonus = $1", bonus_id
    )
    state = bonus.state if len(rows) < LEAST_ASSESSORS else await _grade(bonus, [Marks(**row) for row in rows], moment)
    await bonuses.record(actor, bonus, state, total=truth + timeliness + harm + loop)
    return await bonuses.answer_of(bonus_id)


async def _grade(bonus: Bonus, marks: list[Marks], moment: datetime) -> str:
    """Write the mean and the tier, or reject the bonus; gives the state."""
    mean = mean_tenths(marks)
    tier = tier_of(mean)
    if tier is None:
        await bonuses.end_bonus(bonus, "rejected", by=None, because=BELOW_60, at=moment)
    await db.current().execute(
        "UPDATE admin_bonus SET mean_tenths = $2, tier = $3,"
        " state = CASE WHEN state = 'rejected' THEN state ELSE 'scored' END WHERE id = $1",
        bonus.id,
        mean,
        tier.number if tier else None,
    )
    return "scored" if tier else "rejected"
