"""Residents as staff look them up: masked in lists, each one's page, and what is behind the mask with a reason.

Who looked is on record, for the resident to see. Outside of one's territory nobody exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from identity import audit, households, people
from identity.actor import Actor, covers_sql
from identity.areas import find_area
from identity.errors import AreaUnknown, HouseholdUnknown, PersonErased, PersonUnknown
from kit import clock, crypto, db

LOOKING: Final = ("operations_admin", "hotline", "village_verifier", "town_verifier", "county_verifier")
"""Who looks residents up, each in his territory."""
KEEPING: Final = ("operations_admin",)
"""Who registers them and changes their records."""
UNMASKING: Final = ("operations_admin", "hotline")

_LISTED = f"""
    SELECT person.id, person.name, person.status, person.phone_index IS NOT NULL AS has_phone, person.registered_at,
           area.path AS area_path, area.name_zh AS area_zh, area.name_en AS area_en, membership.household
    FROM identity_person AS person
    JOIN identity_area AS area ON area.id = person.area
    LEFT JOIN identity_household_membership AS membership ON membership.person = person.id AND membership.until IS NULL
    WHERE person.resident AND person.status <> 'erased'
        AND {covers_sql("$1", "area.path")}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whom one looks for: by the beginning of a name, the whole phone, an area."""

    name: str | None = None
    phone: str | None = None
    area_path: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Unmasked:
    """What the mask hides, for one look."""

    name: str
    phone: str | None


async def find_residents(actor: Actor, sought: Sought, after: tuple[str, UUID] | None, limit: int) -> Sequence[db.Row]:
    """Residents of the actor's territories, by name."""
    return await db.fetch(
        f"{_LISTED} AND ($2::text IS NULL OR person.name LIKE $2)"
        " AND ($3::bytea[] IS NULL OR person.phone_index = ANY ($3))"
        " AND ($4::text IS NULL OR area.path = $4 OR area.path LIKE $4 || '.%')"
        " AND ($5::text IS NULL OR person.status = $5)"
        " AND ($6::text IS NULL OR (person.name, person.id) > ($6, $7::uuid))"
        " ORDER BY person.name, person.id LIMIT $8",
        list(actor.territories(*LOOKING)),
        None if sought.name is None else _beginning(sought.name),
        None if sought.phone is None else crypto.blind_indexes("phone", sought.phone),
        sought.area_path,
        sought.status,
        *(after or (None, None)),
        limit,
    )


def _beginning(name: str) -> str:
    """A pattern for texts that begin so; what would be a wildcard is taken as written."""
    return name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


async def find_resident(actor: Actor, person_id: UUID) -> db.Row:
    """One resident whom the actor serves; for anybody else there is none."""
    row = await db.fetchrow(f"{_LISTED} AND person.id = $2", list(actor.territories(*LOOKING)), person_id)
    if row is None:
        raise PersonUnknown
    return row


@db.flow
async def unmask_resident(*, actor: Actor, person_id: UUID, why: str) -> Unmasked:
    """Look behind the mask of a resident's record, with a reason; the resident can see who looked.

    Moves: nothing.
    Answers: name and phone.
    Raises: PersonUnknown, when there is none in the actor's territory.
    """
    person = await _served(actor, person_id, *UNMASKING)
    phone = await people.phone_of(person_id)
    await audit.record(
        actor,
        action="person.unmasked",
        subject=("person", person_id),
        after={"shown": ["name", "phone"] if phone else ["name"]},
        why=why,
        person_id=person_id,
    )
    return Unmasked(person.name or "", phone)


@db.flow
async def register_resident(*, actor: Actor, person: people.NewPerson) -> UUID:
    """Register somebody of the actor's territory.

    Moves: nothing.
    Answers: the person's id.
    Raises: AreaUnknown, PhoneTaken, HouseholdUnknown.
    """
    area = await find_area(person.area_id)
    if area is None or not actor.covers(area.path, *KEEPING):
        raise AreaUnknown
    (person_id,) = await people.add_people(actor, [person], await clock.value_time(None))
    return person_id


@db.flow
async def change_resident_status(*, actor: Actor, person_id: UUID, status: people.ChosenStatus, why: str) -> None:
    """Change whether a resident of the actor's territory takes part.

    Moves: nothing.
    Answers: nothing.
    Raises: PersonUnknown, PersonErased.
    """
    await _served(actor, person_id, *KEEPING)
    await people.put_status(actor, person_id, status, why)


@db.flow
async def join_household(*, actor: Actor, person_id: UUID, with_person_id: UUID | None) -> None:
    """Let a resident live with another from now on, in a household of their own area, or by himself (None).

    A household is opened where the other one lives in none.

    Moves: nothing; what is unspent of a household's points stays with it.
    Answers: nothing.
    Raises: PersonUnknown, HouseholdUnknown (with himself, or with somebody of another area).
    """
    person = await _served(actor, person_id, *KEEPING)
    moment = await clock.value_time(None)
    if with_person_id is None:
        await households.put_into_household(actor, person_id, None, moment)
        return
    other = await _served(actor, with_person_id, *KEEPING)
    if other.id == person.id or other.area_path != person.area_path:
        raise HouseholdUnknown
    household_id = other.household_id
    if household_id is None:
        household = households.NewHousehold(area_id=other.area_id, members=[other.id])
        (household_id,) = await households.add_households(actor, [household], moment)
    await households.put_into_household(actor, person_id, household_id, moment)


async def _served(actor: Actor, person_id: UUID, *roles: str) -> people.PersonRow:
    person = await people.find_person(person_id)
    if person is None or not person.resident or not actor.covers(person.area_path, *roles):
        raise PersonUnknown
    if person.status == "erased":
        raise PersonErased
    return person
