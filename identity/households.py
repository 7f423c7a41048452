"""Households: who lives together, from when until when. Nobody verifies, assesses or approves for his own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.areas import require_areas
from identity.errors import HouseholdUnknown
from identity.person_locks import lock_people
from kit import clock, db
from kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHousehold:
    """A household to be opened, with the people who live in it."""

    area_id: UUID
    name: str | None = None
    members: Sequence[UUID] = ()


async def members_of(household_id: UUID) -> list[UUID]:
    """Who lives in a household now."""
    rows = await db.fetch(
        "SELECT person FROM identity_household_membership WHERE household = $1 AND until IS NULL ORDER BY since, id",
        household_id,
    )
    return [row["person"] for row in rows]


async def households_of(person_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The households in which these people live now; those who live in none are left out."""
    rows = await db.fetch(
        "SELECT person, household FROM identity_household_membership WHERE person = ANY ($1::uuid[]) AND until IS NULL",
        person_ids,
    )
    return {row["person"]: row["household"] for row in rows}


@db.flow
async def open_household(
    *, actor: Actor, area_id: UUID, name: str | None = None, members: Sequence[UUID] = (), at: datetime | None = None
) -> UUID:
    """Open a household; its members leave the ones in which they lived.

    Moves: nothing.
    Answers: the household's id.
    Raises: AreaUnknown, PersonUnknown.
    """
    household = NewHousehold(area_id=area_id, name=name, members=members)
    (household_id,) = await add_households(actor, [household], await clock.value_time(at))
    return household_id


@db.flow
async def open_households(
    *, actor: Actor, households: Sequence[NewHousehold], at: datetime | None = None
) -> list[UUID]:
    """Open many households at once, as imports and the demo town do.

    Moves: nothing.
    Answers: their ids, in the order given.
    Raises: AreaUnknown, PersonUnknown.
    """
    return await add_households(actor, households, await clock.value_time(at))


@db.flow
async def move_household(
    *, actor: Actor, person_id: UUID, household_id: UUID | None, at: datetime | None = None
) -> None:
    """Let a person leave the household in which he lives and join another, or none.

    Moves: nothing; what he contributed to a household's points and is unspent is the points package's to give back.
    Answers: nothing.
    Raises: PersonUnknown, HouseholdUnknown.
    """
    await put_into_household(actor, person_id, household_id, await clock.value_time(at))


async def put_into_household(actor: Actor, person_id: UUID, household_id: UUID | None, moment: datetime) -> None:
    """Let a person live in this household from now on, or in none (a step)."""
    connection = db.current()
    await lock_people([person_id])
    before = await connection.fetchval(
        "SELECT household FROM identity_household_membership WHERE person = $1 AND until IS NULL", person_id
    )
    if before == household_id:
        return
    await _end_memberships([person_id], moment)
    if household_id:
        await add_members([(person_id, household_id)], moment)
    await audit.record(
        actor,
        action="person.moved_household",
        subject=("person", person_id),
        before={"household": before},
        after={"household": household_id},
        person_id=person_id,
    )


async def add_members(members: Sequence[tuple[UUID, UUID]], moment: datetime) -> None:
    """Let people (person, household) live in households from now on (a step)."""
    connection = db.current()
    if not members:
        return
    added = await connection.fetch(
        "INSERT INTO identity_household_membership (id, person, household, since)"
        " SELECT given.id, given.person, household.id, $4"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS given (id, person, household)"
        " JOIN identity_household AS household ON household.id = given.household RETURNING id",
        [new_id() for _ in members],
        [person for person, _ in members],
        [household for _, household in members],
        moment,
    )
    if len(added) != len(members):
        raise HouseholdUnknown


async def add_households(actor: Actor, households: Sequence[NewHousehold], moment: datetime) -> list[UUID]:
    """Open households and let their members live there (a step)."""
    await require_areas({each.area_id for each in households})
    ids = [new_id() for _ in households]
    await db.current().execute(
        "INSERT INTO identity_household (id, area, name, opened_at)"
        " SELECT *, $4 FROM unnest($1::uuid[], $2::uuid[], $3::text[])",
        ids,
        [each.area_id for each in households],
        [each.name for each in households],
        moment,
    )
    members = [(person, id_) for id_, each in zip(ids, households, strict=True) for person in each.members]
    await lock_people([person for person, _ in members])
    await _end_memberships([person for person, _ in members], moment)
    await add_members(members, moment)
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="household.opened",
                subject=("household", id_),
                after={"area": each.area_id, "members": each.members},
            )
            for id_, each in zip(ids, households, strict=True)
        ],
    )
    return ids


async def _end_memberships(person_ids: Sequence[UUID], moment: datetime) -> None:
    if person_ids:
        await db.current().execute(
            "UPDATE identity_household_membership SET until = greatest($2, since)"
            " WHERE person = any($1::uuid[]) AND until IS NULL",
            person_ids,
            moment,
        )
