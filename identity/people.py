"""People: one person is one record, for life. Registering, changing status, and finding them again.

Steps and queries for the packages above: `find_person`, `find_people`, `find_standings`, `find_person_by_phone`,
`require_person`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from identity import audit, households, person_keys
from identity.actor import Actor
from identity.areas import require_areas
from identity.errors import PersonErased, PersonUnknown, PhoneTaken
from identity.masks import mask_name, mask_phone
from kit import clock, crypto, db
from kit.ids import new_id

__all__ = [
    "ChosenStatus",
    "NewPerson",
    "PersonRow",
    "Standing",
    "add_people",
    "find_people",
    "find_person",
    "find_person_by_phone",
    "find_standings",
    "mask_name",
    "mask_phone",
    "phone_of",
    "put_status",
    "register_people",
    "register_person",
    "require_person",
    "set_person_status",
]

Status = Literal["active", "disabled", "moved_away", "deceased", "erased"]
ChosenStatus = Literal["active", "disabled", "moved_away", "deceased"]
Sex = Literal["female", "male"]


class PersonRow(NamedTuple):
    """A person as others read him; the name is None once the record is erased."""

    id: UUID
    name: str | None
    status: Status
    resident: bool
    area_id: UUID
    area_path: str
    household_id: UUID | None
    birth_year: int | None
    sex: Sex | None
    language: str

    @property
    def active(self) -> bool:
        """Whether he can take part."""
        return self.status == "active"


class Standing(NamedTuple):
    """Whether a person takes part, and where."""

    id: UUID
    status: Status
    resident: bool
    area_id: UUID
    area_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A person to be registered; only phone and area are asked for, and not even the phone of everybody."""

    name: str
    area_id: UUID
    phone: str | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    resident: bool = True
    language: str = "zh-CN"
    household_id: UUID | None = None
    id: UUID | None = None


async def find_person(person_id: UUID) -> PersonRow | None:
    """One person."""
    return (await find_people([person_id])).get(person_id)


async def find_people(person_ids: Sequence[UUID]) -> dict[UUID, PersonRow]:
    """These people by id, in one statement; unknown ones are left out."""
    rows = await db.fetch(db.load_sql(__file__, "find_people"), db.array(person_ids))
    return {row[0]: PersonRow._make(row) for row in rows}


async def find_standings(person_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """How these people stand, in one statement; unknown ones are left out."""
    rows = await db.fetch(db.load_sql(__file__, "find_standings"), db.array(person_ids))
    return {row[0]: Standing._make(row) for row in rows}


async def find_person_by_phone(phone: str) -> PersonRow | None:
    """The person with this phone."""
    person_id = await db.fetchval(
        "SELECT id FROM identity_person WHERE phone_index = any($1::bytea[])", crypto.blind_indexes("phone", phone)
    )
    return await find_person(person_id) if person_id else None


async def phone_of(person_id: UUID) -> str | None:
    """A person's phone in plain, for sending to it; None when there is none."""
    row = await db.fetchrow("SELECT phone_sealed, data_key FROM identity_person WHERE id = $1", person_id)
    if row is None or row["phone_sealed"] is None:
        return None
    key = person_keys.unwrapped_key(person_id, row["data_key"])
    return crypto.open_under(key, row["phone_sealed"], phone_place(person_id)).decode()


async def require_person(person_id: UUID) -> PersonRow:
    """One person, who must exist."""
    person = await find_person(person_id)
    if person is None:
        raise PersonUnknown
    return person


@db.flow
async def register_person(*, actor: Actor, person: NewPerson, at: datetime | None = None) -> UUID:
    """Register a person, in his household when he is known to live in one.

    Moves: nothing.
    Answers: the person's id.
    Raises: PhoneTaken, AreaUnknown, HouseholdUnknown.
    """
    (person_id,) = await add_people(actor, [person], await clock.value_time(at))
    return person_id


@db.flow
async def register_people(*, actor: Actor, people: Sequence[NewPerson], at: datetime | None = None) -> list[UUID]:
    """Register many people at once, as imports and the demo town do.

    Moves: nothing.
    Answers: their ids, in the order given.
    Raises: PhoneTaken (when any phone is registered already, nobody is), AreaUnknown, HouseholdUnknown.
    """
    return await add_people(actor, people, await clock.value_time(at))


async def add_people(actor: Actor, people: Sequence[NewPerson], moment: datetime) -> list[UUID]:
    """Register people and write it down (a step)."""
    await require_areas({each.area_id for each in people})
    ids = [each.id or new_id() for each in people]
    keys = [crypto.new_key() for _ in people]
    known = await db.current().fetchval(
        "SELECT count(*) FROM identity_person WHERE phone_index = any($1::bytea[])",
        [index for each in people if each.phone for index in crypto.blind_indexes("phone", each.phone)],
    )
    if known:
        raise PhoneTaken
    added = await db.current().fetch(
        db.load_sql(__file__, "add_people"),
        ids,
        [each.name for each in people],
        [_sealed_phone(person_id, key, each.phone) for person_id, key, each in zip(ids, keys, people, strict=True)],
        [crypto.blind_index("phone", each.phone) if each.phone else None for each in people],
        [each.birth_year for each in people],
        [each.sex for each in people],
        [each.area_id for each in people],
        [each.resident for each in people],
        [each.language for each in people],
        [person_keys.wrapped_key(person_id, key) for person_id, key in zip(ids, keys, strict=True)],
        moment,
    )
    if len(added) != len(people):
        raise PhoneTaken
    housed = [(p, each.household_id) for p, each in zip(ids, people, strict=True) if each.household_id]
    await households.add_members(housed, moment)
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="person.registered",
                subject=("person", person_id),
                after={"area": each.area_id},
                person_id=person_id,
            )
            for person_id, each in zip(ids, people, strict=True)
        ],
    )
    return ids


def _sealed_phone(person_id: UUID, key: bytes, phone: str | None) -> bytes | None:
    if phone is None:
        return None
    return crypto.seal_under(key, phone.encode(), phone_place(person_id))


def phone_place(person_id: UUID) -> crypto.Place:
    """Where a person's phone is sealed."""
    return ("identity_person", "phone_sealed", person_id)


@db.flow
async def set_person_status(*, actor: Actor, person_id: UUID, status: ChosenStatus, why: str) -> None:
    """Change whether a person can take part; it acts on his next request.

    Moves: nothing. Whoever is no longer active is signed out everywhere.
    Answers: nothing.
    Raises: PersonUnknown, PersonErased.
    """
    await put_status(actor, person_id, status, why)


async def put_status(actor: Actor, person_id: UUID, status: ChosenStatus, why: str) -> None:
    """Change a person's status and write it down (a step)."""
    before = await db.current().fetchval("SELECT status FROM identity_person WHERE id = $1 FOR UPDATE", person_id)
    if before is None:
        raise PersonUnknown
    if before == "erased":
        raise PersonErased
    await db.current().execute("UPDATE identity_person SET status = $2 WHERE id = $1", person_id, status)
    if status != "active":
        await db.current().execute(
            "UPDATE identity_session SET revoked_at = now(), revoked_because = 'disabled'"
            " WHERE person = $1 AND revoked_at IS NULL",
            person_id,
        )
    await audit.record(
        actor,
        action="person.status_changed",
        subject=("person", person_id),
        before={"status": before},
        after={"status": status},
        why=why,
        person_id=person_id,
    )
