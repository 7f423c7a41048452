"""Reads of bonuses, notices, budgets: rows ready to be shown, with names masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admin.bonuses import STAFF_ROLES, Share, approvals_given, shares_of
from admin.grading import ApprovalStep, approvals_missing, tier_row
from admin.nomination import summary_place
from grid.access import IDENTITY_ROLES
from identity.actor import Actor
from identity.people import PersonRow, find_people, mask_name
from kit import crypto, db
from kit.refusals import NotFound

_COLUMNS = """
    bonus.id, bonus.number, bonus.event AS event_id, event.number AS event_number, bonus.area AS area_id,
    area.path AS area_path, bonus.bonus_class, bonus.summary, bonus.summary_sealed, bonus.sealed, bonus.state,
    bonus.nominated_at, bonus.mean_tenths, bonus.tier, bonus.amount_fen, bonus.approved_at, bonus.noticed_on,
    bonus.noticed_until, bonus.notice_estimated, bonus.payable_at, bonus.ended_because,
    ARRAY(SELECT given.step FROM admin_bonus_approval AS given WHERE given.bonus = bonus.id
          ORDER BY given.approved_at, given.id) AS approvals
"""
_FROM = """
    FROM admin_bonus AS bonus JOIN grid_event AS event ON event.id = bonus.event
    JOIN identity_area AS area ON area.id = bonus.area
"""
_LIST = f"""
    SELECT {_COLUMNS} {_FROM}
    WHERE ($2::text IS NULL OR bonus.state = $2)
      AND ($3::timestamptz IS NULL OR (bonus.nominated_at, bonus.id) < ($3, $4::uuid))
      AND EXISTS (
          SELECT FROM unnest($1::text[]) AS territory (path)
          WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
    ORDER BY bonus.nominated_at DESC, bonus.id DESC LIMIT $5
"""
_ONE = f"""
    SELECT {_COLUMNS} {_FROM}
    WHERE bonus.id = $1
"""
_SCORES = """
    SELECT assessor, truth, timeliness, harm, loop, scored_at FROM admin_bonus_score WHERE bonus = $1
    ORDER BY scored_at, id
"""
_NOTICES = """
    SELECT bonus.id, bonus.number, bonus.bonus_class, bonus.tier, bonus.amount_fen, bonus.noticed_on,
           bonus.noticed_until, array_agg(person.name ORDER BY share.id) AS names
    FROM admin_bonus AS bonus
    JOIN admin_bonus_share AS share ON share.bonus = bonus.id
    JOIN identity_person AS person ON person.id = share.person
    WHERE bonus.state = 'noticed' AND NOT bonus.sealed AND ($1::uuid IS NULL OR bonus.id < $1)
    GROUP BY bonus.id ORDER BY bonus.id DESC LIMIT $2
"""
_BUDGETS = """
    SELECT line.id, line.purpose, line.area AS area_id, area.path AS area_path, line.sponsor, line.period,
           line.amount_fen, line.reserved_fen, line.paid_fen
    FROM points_budget_line AS line LEFT JOIN identity_area AS area ON area.id = line.area
    WHERE ($2::uuid IS NULL OR line.id < $2)
      AND (area.path IS NULL OR EXISTS (
          SELECT FROM unnest($1::text[]) AS territory (path)
          WHERE area.path = territory.path OR area.path LIKE territory.path || '.%'))
    ORDER BY line.id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class ShareSeen:
    """A share with its person's masked name, or none where the tip is sealed."""

    share: Share
    name: str | None


@dataclass(frozen=True, slots=True)
class BonusSeen:
    """One bonus as staff see it."""

    row: db.Row
    summary: str
    shares: tuple[ShareSeen, ...]
    scores: tuple[db.Row, ...]
    approvals: tuple[tuple[UUID, str], ...]
    people: dict[UUID, PersonRow]

    def name_of(self, person_id: UUID) -> str:
        """The masked name of somebody who decided."""
        return mask_name(self.people[person_id].name)


def missing_of(row: db.Row) -> tuple[ApprovalStep, ...]:
    """The approvals that a scored bonus still waits for."""
    if row["state"] != "scored":
        return ()
    return approvals_missing(tier_row(row["tier"]).approvals, row["approvals"])


async def list_bonuses(
    actor: Actor, *, state: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """Bonuses of the actor's territory, newest first."""
    nominated_at, bonus_id = after or (None, None)
    return await db.fetch(_LIST, list(actor.territories(*STAFF_ROLES)), state, nominated_at, bonus_id, limit)


async def read_bonus(actor: Actor, bonus_id: UUID) -> BonusSeen:
    """One bonus with its shares, marks and approvals; raises NotFound."""
    row = await db.fetchrow(_ONE, bonus_id)
    if row is None or not actor.covers(row["area_path"], *STAFF_ROLES):
        raise NotFound
    shares = await shares_of(bonus_id)
    scores = await db.fetch(_SCORES, bonus_id)
    approvals = await approvals_given(bonus_id)
    people = await find_people(
        [
            *(share.person_id for share in shares),
            *(score["assessor"] for score in scores),
            *(approver for approver, _ in approvals),
        ]
    )
    hidden = row["sealed"] and not actor.covers(row["area_path"], *IDENTITY_ROLES)
    sealed = row["summary_sealed"]
    summary = crypto.open_sealed(sealed, summary_place(bonus_id)).decode() if sealed else row["summary"]
    return BonusSeen(
        row=row,
        summary=summary,
        shares=tuple(ShareSeen(share, None if hidden else mask_name(people[share.person_id].name)) for share in shares),
        scores=tuple(scores),
        approvals=tuple(approvals),
        people=people,
    )


async def list_notices(*, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """The bonuses that are up for everybody to read, newest first."""
    return await db.fetch(_NOTICES, before, limit)


async def list_budgets(actor: Actor, *, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """Budget lines of the actor's territory, newest first; those of sponsors belong to no area."""
    return await db.fetch(_BUDGETS, list(actor.territories("finance", "county_approver", "auditor")), before, limit)
