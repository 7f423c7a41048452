"""What an approver looks at before he says yes: the matter with its pictures, who did what, and what looks odd.

Reads only; the flows decide, and decide again whether he may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from admin.bonus_lists import BonusListed, find_for_desk
from admin.queries import BonusSeen, read_bonus
from grid.access import IDENTITY_ROLES, reads
from grid.queries import EventSeen, read_event, sees_event
from identity.actor import Actor
from identity.people import PersonRow, find_people, mask_name
from kit import clock, db

LOOKED_BACK: Final = timedelta(days=365)
_OFTEN: Final = 3
_A_THIRD: Final = 3
_HAPPENED = """
    SELECT 'nominated' AS kind, nominated_by AS person, nominated_at AS at, NULL AS note
    FROM admin_bonus WHERE id = $1
    UNION ALL SELECT 'scored', assessor, scored_at, (truth + timeliness + harm + loop)::text
    FROM admin_bonus_score WHERE bonus = $1
    UNION ALL SELECT 'yes_' || step, approver, approved_at, meeting_note FROM admin_bonus_approval WHERE bonus = $1
    UNION ALL SELECT 'payable', NULL, payable_at, NULL FROM admin_bonus WHERE id = $1 AND payable_at IS NOT NULL
    UNION ALL SELECT 'exported', batch.made_by, batch.exported_at, batch.number
    FROM admin_payout_line AS line JOIN admin_payout_batch AS batch ON batch.id = line.batch
    JOIN admin_bonus_share AS share ON share.id = line.share WHERE share.bonus = $1
    UNION ALL SELECT line.state, NULL, line.decided_at, coalesce(line.receipt_number, line.reason)
    FROM admin_payout_line AS line JOIN admin_bonus_share AS share ON share.id = line.share
    WHERE share.bonus = $1 AND line.decided_at IS NOT NULL
    UNION ALL SELECT state, ended_by, ended_at, ended_because FROM admin_bonus WHERE id = $1 AND ended_at IS NOT NULL
    ORDER BY at
"""
_ALIKE = """
    WITH this AS (SELECT id, category, area, place, reporter, reported_at FROM grid_event WHERE id = $1),
         twins AS (
             SELECT DISTINCT twin.subject_id AS id FROM kit_file AS own
             JOIN kit_file AS twin ON twin.pixels_sha256 = own.pixels_sha256 AND twin.subject_kind = 'event'
             WHERE own.subject_kind = 'event' AND own.subject_id = $1 AND twin.subject_id <> $1)
    SELECT event.id, event.number, event.place, event.state, event.reported_at, event.identity_sealed,
           category.private, area.path AS area_path, bonus.id AS bonus_id, bonus.number AS bonus_number,
           bonus.state AS bonus_state, event.id IN (SELECT id FROM twins) AS same_picture,
           event.place = this.place AS same_place, event.reporter = this.reporter AS same_reporter
    FROM this
    JOIN grid_event AS event ON event.id <> this.id AND (
        event.id IN (SELECT id FROM twins)
        OR (event.area = this.area AND event.category = this.category
            AND event.reported_at BETWEEN this.reported_at - $2::interval AND this.reported_at + $2::interval))
    JOIN grid_category AS category ON category.code = event.category
    JOIN identity_area AS area ON area.id = event.area
    LEFT JOIN admin_bonus AS bonus ON bonus.event = event.id
    ORDER BY same_picture DESC, same_place DESC, bonus.id IS NULL, event.reported_at DESC LIMIT 6
"""
_MET = """
    SELECT judge.person, count(*)::int AS judged, count(*) FILTER (WHERE EXISTS (
               SELECT FROM admin_bonus_party AS reporter WHERE reporter.bonus = judge.bonus AND reporter.person = $2
                 AND reporter.part = 'reporter'))::int AS met
    FROM admin_bonus_party AS judge JOIN admin_bonus AS bonus ON bonus.id = judge.bonus
    WHERE judge.person = ANY ($1::uuid[]) AND judge.part IN ('nominator', 'assessor', 'approver')
      AND bonus.nominated_at >= $3 AND bonus.id <> $4
    GROUP BY judge.person
"""
_ALIKE_WITHIN: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of a bonus: what, by whom, when."""

    kind: str
    name: str | None
    at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Met:
    """How often somebody judged bonuses of this reporter in the last year, of all that he judged."""

    name: str
    himself: bool
    met: int
    judged: int

    @property
    def often(self) -> bool:
        """Whether the two meet so often that it is worth a second look."""
        return self.met >= _OFTEN and self.met * _A_THIRD >= self.judged


@dataclass(frozen=True, slots=True)
class Evidence:
    """A bonus with everything beside it."""

    listed: BonusListed
    bonus: BonusSeen
    event: EventSeen | None
    happened: tuple[Happened, ...]
    alike: tuple[db.Row, ...]
    met: tuple[Met, ...]
    noticed_until: date | None


async def read_evidence(actor: Actor, bonus_id: UUID) -> Evidence:
    """Everything about one bonus that the actor may see; raises NotFound."""
    listed = await find_for_desk(actor, bonus_id)
    bonus = await read_bonus(actor, bonus_id)
    event_id = listed.row["event_id"]
    event = await read_event(actor, event_id) if await sees_event(actor, event_id) else None
    happened = await db.fetch(_HAPPENED, bonus_id)
    people = await find_people([row["person"] for row in happened if row["person"]])
    alike = await db.fetch(_ALIKE, event_id, _ALIKE_WITHIN)
    return Evidence(
        listed=listed,
        bonus=bonus,
        event=event,
        happened=tuple(
            Happened(
                row["kind"], mask_name(people[row["person"]].name) if row["person"] else None, row["at"], row["note"]
            )
            for row in happened
        ),
        alike=tuple(
            row
            for row in alike
            if reads(actor, row["area_path"], private=row["private"], identity_sealed=row["identity_sealed"])
        ),
        met=await _met(actor, bonus, [row["person"] for row in happened if row["person"]]),
        noticed_until=bonus.row["noticed_until"],
    )


def _name(people: dict[UUID, PersonRow], person_id: UUID | None) -> str | None:
    return mask_name(people[person_id].name) if person_id is not None else None


async def _met(actor: Actor, bonus: BonusSeen, judges: Sequence[UUID]) -> tuple[Met, ...]:
    """How often the reporter and each of those who judge him met; not told of a tip whose teller is hidden."""
    reporter = next((each.share.person_id for each in bonus.shares if each.share.part == "reporter"), None)
    hidden = bonus.row["sealed"] and not actor.covers(bonus.row["area_path"], *IDENTITY_ROLES)
    if reporter is None or hidden:
        return ()
    people = list(dict.fromkeys([actor.id, *judges]))
    rows = await db.fetch(_MET, people, reporter, clock.now() - LOOKED_BACK, bonus.row["id"])
    found = {row["person"]: row for row in rows}
    names = await find_people(people)
    return tuple(
        Met(mask_name(names[person].name), person == actor.id, found[person]["met"], found[person]["judged"])
        for person in people
        if person in found and found[person]["met"] > 0
    )
