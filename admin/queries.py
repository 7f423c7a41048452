"""Reads of bonuses, notices, budgets: rows ready to be shown, with names masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admin import sealing
from admin.access import BUDGET_READING_ROLES, STAFF_ROLES
from grid.access import IDENTITY_ROLES, JUDGING_ROLES, reads
from identity.actor import Actor, covers_sql
from identity.people import PersonRow, find_people, mask_name
from kit import db
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
      AND {covers_sql("$1", "area.path")}
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
_BUDGETS = f"""
    SELECT line.id, line.purpose, line.area AS area_id, area.path AS area_path, line.sponsor, line.period,
           line.amount_fen, line.reserved_fen, line.paid_fen
    FROM points_budget_line AS line LEFT JOIN identity_area AS area ON area.id = line.area
    WHERE ($2::uuid IS NULL OR line.id < $2)
      AND (area.path IS NULL OR {covers_sql("$1", "area.path")})
    ORDER BY line.id DESC LIMIT $3
"""
_READ_LINES = """
    SELECT line.id, line.position, bonus.number AS bonus_number, share.person AS person_id, line.amount_fen,
           line.state, line.replaces, line.receipt_number, line.reason
    FROM admin_payout_line AS line
    JOIN admin_bonus_share AS share ON share.id = line.share
    JOIN admin_bonus AS bonus ON bonus.id = share.bonus
    WHERE line.batch = $1 ORDER BY line.position
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What one person gets of a bonus."""

    id: UUID
    person_id: UUID
    part: str
    percent: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """One payment of a batch."""

    id: UUID
    position: int
    bonus_number: str
    person_id: UUID
    amount_fen: int
    state: str
    replaces: UUID | None
    receipt_number: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """A batch with its payments."""

    id: UUID
    number: str
    checksum: str
    exported_at: datetime
    amount_fen: int
    lines: tuple[LineAnswer, ...]


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """The file for the bank."""

    name: str
    content: bytes
    checksum: str


@dataclass(frozen=True, slots=True)
class ShareSeen:
    """A share with its person's masked name, or none where the tip is sealed."""

    share: Share
    name: str | None


@dataclass(frozen=True, slots=True)
class BonusSeen:
    """One bonus as staff see it; the summary is none for those who may not read a matter told in confidence."""

    row: db.Row
    summary: str | None
    shares: tuple[ShareSeen, ...]
    scores: tuple[db.Row, ...]
    approvals: tuple[tuple[UUID, str], ...]
    people: dict[UUID, PersonRow]

    def name_of(self, person_id: UUID) -> str:
        """The masked name of somebody who decided."""
        return mask_name(self.people[person_id].name)


async def shares_of(bonus_id: UUID) -> list[Share]:
    """Who gets how much, in the order of nomination."""
    rows = await db.fetch(
        "SELECT id, person AS person_id, part, percent, amount_fen FROM admin_bonus_share WHERE bonus = $1 ORDER BY id",
        bonus_id,
    )
    return [Share(**row) for row in rows]


async def approvals_given(bonus_id: UUID) -> list[tuple[UUID, str]]:
    """Who has approved at which step."""
    rows = await db.fetch(
        "SELECT approver, step FROM admin_bonus_approval WHERE bonus = $1 ORDER BY approved_at, id", bonus_id
    )
    return [(row["approver"], row["step"]) for row in rows]


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
    return BonusSeen(
        row=row,
        summary=sealing.open_summary(bonus_id, row["summary"], row["summary_sealed"]) if _is_told(actor, row) else None,
        shares=tuple(ShareSeen(share, None if hidden else mask_name(people[share.person_id].name)) for share in shares),
        scores=tuple(scores),
        approvals=tuple(approvals),
        people=people,
    )


def _is_told(actor: Actor, row: db.Row) -> bool:
    """Whether the actor reads what the bonus is for; told in confidence, only who judges it or may read the event."""
    private = row["summary_sealed"] is not None
    return (
        not (private or row["sealed"])
        or actor.covers(row["area_path"], *JUDGING_ROLES)
        or reads(actor, row["area_path"], private=private, identity_sealed=row["sealed"])
    )


async def list_notices(*, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """The bonuses that are up for everybody to read, newest first."""
    return await db.fetch(_NOTICES, before, limit)


async def list_budgets(actor: Actor, *, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """Budget lines of the actor's territory, newest first; those of sponsors belong to no area."""
    return await db.fetch(_BUDGETS, list(actor.territories(*BUDGET_READING_ROLES)), before, limit)


async def read_batch(batch_id: UUID) -> BatchAnswer:
    """A batch with its lines; raises NotFound."""
    row = await db.fetchrow(
        "SELECT id, number, checksum, exported_at, amount_fen FROM admin_payout_batch WHERE id = $1", batch_id
    )
    if row is None:
        raise NotFound
    lines = await db.fetch(_READ_LINES, batch_id)
    return BatchAnswer(**row, lines=tuple(LineAnswer(**line) for line in lines))


async def payout_file_of(batch_id: UUID) -> PayoutFile:
    """The file of a batch, the same bytes whenever it is asked for; raises NotFound."""
    row = await db.fetchrow("SELECT number, checksum, file_sealed FROM admin_payout_batch WHERE id = $1", batch_id)
    if row is None:
        raise NotFound
    content = sealing.open_file(batch_id, row["file_sealed"])
    return PayoutFile(f"payout-{row['number']}.csv", content, row["checksum"])


async def batch_in_territory(actor: Actor, batch_id: UUID, *roles: str) -> None:
    """Raise NotFound when a line of the batch is of an area that the actor's roles do not reach."""
    rows = await db.fetch(
        "SELECT DISTINCT area.path FROM admin_payout_line AS line"
        " JOIN admin_bonus_share AS share ON share.id = line.share JOIN admin_bonus AS bonus ON bonus.id = share.bonus"
        " JOIN identity_area AS area ON area.id = bonus.area WHERE line.batch = $1",
        batch_id,
    )
    if not rows or not all(actor.covers(row["path"], *roles) for row in rows):
        raise NotFound
