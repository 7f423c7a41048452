"""Who may verify what: the levels that roles give, and whom nobody verifies for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity.actor import Actor, RoleHeld, covers
from identity.people import PersonRow, find_people
from kit import db
from points.levels import LEVEL_OF_ROLE, TOWN, VERIFIER_ROLES

HIGHEST: Final = 5

_ACCEPTED = """
    SELECT person_id, outcome, decided_at FROM points_decision
    WHERE participation_id = $1 AND outcome IN ('accepted', 'recalled') ORDER BY decided_at, id
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A confirmation that stands."""

    person_id: UUID | None
    decided_at: datetime


async def households_stood_in_for(actor: Actor) -> Mapping[UUID, UUID | None]:
    """The people for whom the actor stands in, with their households: their conflicts are his."""
    ids = {role.standing_in_for for role in actor.held(*VERIFIER_ROLES) if role.standing_in_for is not None}
    known = await find_people(list(ids)) if ids else {}
    return {person_id: person.household_id for person_id, person in known.items()}


def level_for(
    actor: Actor, person: PersonRow, area_path: str, needed: int, stood_in_for: Mapping[UUID, UUID | None]
) -> int | str:
    """The level at which the actor may verify for a person, or the code of what forbids it."""
    household = person.household_id
    if actor.id == person.id:
        return "own_participation"
    if household is not None and actor.household_id == household:
        return "same_household"
    here = [
        role for role in actor.held(*VERIFIER_ROLES) if role.area_path is not None and covers(role.area_path, area_path)
    ]
    if not here:
        return "outside_area"
    high = [role for role in here if LEVEL_OF_ROLE[role.role] >= needed]
    if not high:
        return "verifier_level"
    conflicts = [_conflict(role, person, stood_in_for) for role in high]
    free = [LEVEL_OF_ROLE[role.role] for role, conflict in zip(high, conflicts, strict=True) if conflict is None]
    return min(free) if free else next(each for each in conflicts if each is not None)


def _conflict(role: RoleHeld, person: PersonRow, stood_in_for: Mapping[UUID, UUID | None]) -> str | None:
    if LEVEL_OF_ROLE[role.role] >= TOWN and role.reports_to == person.id:
        return "direct_superior"
    absent = role.standing_in_for
    if absent is None:
        return None
    if absent == person.id:
        return "own_participation"
    same = person.household_id is not None and stood_in_for.get(absent) == person.household_id
    return "same_household" if same else None


async def _standing(participation_id: UUID) -> list[Accepted]:
    standing: list[Accepted] = []
    for row in await db.fetch(_ACCEPTED, participation_id):
        if row["outcome"] == "accepted":
            standing.append(Accepted(row["person_id"], row["decided_at"]))
        else:
            standing.pop()
    return standing


async def who_accepted(participation_id: UUID) -> Collection[UUID | None]:
    """Who has confirmed a step of a participation and not recalled it."""
    return {each.person_id for each in await _standing(participation_id)}


async def last_accepted(participation_id: UUID) -> Accepted | None:
    """The newest confirmation that stands."""
    standing = await _standing(participation_id)
    return standing[-1] if standing else None
