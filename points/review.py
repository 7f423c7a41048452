"""What a verifier reads before he decides: the act with what proves it, its rule, and what stands against his deciding.

Reads only; `points.verification` decides, and decides again whether he may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from identity.actor import Actor
from identity.people import PersonRow, find_people, find_person
from kit import db, files
from kit.errors import Refusal, unreachable
from points import caps, queries, verifiers
from points.errors import NOT_ALLOWED
from points.rules import Action, Rule, rule_book
from points.usage import read_this_year

LOOKED_BACK = timedelta(days=90)
_SHOWN = 5
_OFTEN = 5
_A_FIFTH = 5
_ONE = "SELECT household_id, rule_version_id, occurred_on FROM points_participation WHERE id = $1"
_DECIDED = """
    SELECT person_id, level, outcome, code, decided_at FROM points_decision
    WHERE participation_id = $1 AND outcome <> 'not_allowed' ORDER BY decided_at, id
"""
_MET = """
    SELECT count(*)::int AS confirmed, count(*) FILTER (WHERE done.person_id = $2)::int AS his
    FROM points_decision AS decision JOIN points_participation AS done ON done.id = decision.participation_id
    WHERE decision.person_id = $1 AND decision.decided_at >= $3 AND decision.outcome = 'accepted'
"""


@dataclass(frozen=True, slots=True)
class Met:
    """How often a verifier confirmed for one person lately, of all that he confirmed."""

    his: int
    confirmed: int

    @property
    def often(self) -> bool:
        """Whether the two meet so often that it is worth a second look."""
        return self.his >= _OFTEN and self.his * _A_FIFTH >= self.confirmed


@dataclass(frozen=True, slots=True)
class Deciding:
    """One decision about it: by whom, at which level, with what outcome and when."""

    name: str | None
    level: int | None
    outcome: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A participation as its verifier reads it; `forbidden` says why he may not decide, before he tries."""

    row: db.Row
    action: Action
    rule: Rule | None
    pictures: tuple[UUID, ...]
    left: tuple[int | None, int | None]
    earlier: Sequence[db.Row]
    met: Met
    decisions: tuple[Deciding, ...]
    forbidden: Refusal | None

    @property
    def last_step(self) -> bool:
        """Whether the next yes pays it."""
        return bool(len(self.row["levels"]) - self.row["steps_done"] == 1)


async def review_participation(actor: Actor, participation_id: UUID) -> Review:
    """One participation for somebody who may see it; raises NotFound."""
    row = await queries.read_participation(actor, participation_id)
    own = await db.fetchrow(_ONE, participation_id)
    person = await find_person(row["person_id"])
    if own is None or person is None:
        unreachable("a participation that was read has its person")
    action = (await rule_book()).action(row["action"])
    rule = action.version(own["rule_version_id"]) if own["rule_version_id"] else None
    earlier = await queries.own_participations(row["person_id"], before=None, limit=_SHOWN + 1)
    return Review(
        row=row,
        action=action,
        rule=rule,
        pictures=tuple(each.id for each in await files.rows_of("participation", participation_id)),
        left=await _left(own, row, action, rule),
        earlier=[each for each in earlier if each["id"] != participation_id][:_SHOWN],
        met=await _met(actor, row["person_id"]),
        decisions=await _decisions(participation_id),
        forbidden=await _forbidden(actor, row, person),
    )


async def _left(own: db.Row, row: db.Row, action: Action, rule: Rule | None) -> tuple[int | None, int | None]:
    """What is left of the day's and the month's caps, this one counted already."""
    if rule is None:
        return None, None
    subject = own["household_id"] or row["person_id"]
    tallies = await read_this_year([subject], own["occurred_on"].year)
    return caps.left(rule.caps, tallies[subject], action.number, own["occurred_on"])


async def _met(actor: Actor, person_id: UUID) -> Met:
    since = await queries.now() - LOOKED_BACK
    found = await db.fetchrow(_MET, actor.id, person_id, since)
    return Met(found["his"], found["confirmed"]) if found is not None else Met(0, 0)


async def _decisions(participation_id: UUID) -> tuple[Deciding, ...]:
    rows = await db.fetch(_DECIDED, participation_id)
    people = await find_people([row["person_id"] for row in rows if row["person_id"]])
    return tuple(
        Deciding(
            people[row["person_id"]].name if row["person_id"] else None,
            row["level"],
            row["outcome"],
            row["code"],
            row["decided_at"],
        )
        for row in rows
    )


async def _forbidden(actor: Actor, row: db.Row, person: PersonRow) -> Refusal | None:
    """Why this verifier may not fill the next step; None when he may, or when nothing is left to be decided."""
    if row["state"] != "pending":
        return None
    households = await verifiers.households_stood_in_for(actor)
    found = verifiers.level_for(actor, person, row["area_path"], int(row["levels"][row["steps_done"]]), households)
    if isinstance(found, str):
        return NOT_ALLOWED[found]()
    return NOT_ALLOWED["same_person"]() if actor.id in await verifiers.who_accepted(row["id"]) else None
