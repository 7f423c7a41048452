"""Changes of roles by two people: one asks, a security administrator who is somebody else confirms.

So it is with giving a role, taking one, and naming a stand-in, who gets all roles of the absent. Until it is confirmed
nothing has changed. Steps for the package above, whose merchants have an area that is not known here: `ask_for_role`,
`ask_for_taking`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from identity import audit
from identity.actor import MERCHANT_ROLES, Actor, covers_sql
from identity.areas import AreaRow, find_area
from identity.errors import (
    AreaUnknown,
    DaysInThePast,
    PersonUnknown,
    RoleHeldAlready,
    RoleNeedsPlace,
    RoleRequestDecided,
    RoleRequestOpen,
    RoleRequestUnknown,
    RoleUnknown,
    SecondPersonNeeded,
)
from identity.person_locks import lock_people
from identity.roles import RoleGrant, give_roles, put_stand_in, refuse_impossible, take_role
from kit import clock, db
from kit.ids import new_id

ASKING: Final = ("operations_admin", "system_admin", "security_admin")
"""Who asks for changes of roles within his territory."""
DECIDING: Final = ("security_admin",)

Kind = Literal["grant", "revoke", "stand_in"]
State = Literal["open", "confirmed", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request is about."""

    kind: Kind
    person_id: UUID
    area_id: UUID
    role: str | None = None
    merchant_id: UUID | None = None
    ends_at: datetime | None = None
    held_id: UUID | None = None
    stand_in_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@db.flow
async def request_role(
    *, actor: Actor, person_id: UUID, role: str, area_id: UUID, ends_at: datetime | None = None, why: str
) -> UUID:
    """Ask that a person be given a role for an area.

    Moves: nothing; the role is given once another person confirms.
    Answers: the request's id.
    Raises: AreaUnknown, RoleUnknown, RoleNeedsPlace, OwnRoles, PersonUnknown, DaysInThePast, RoleHeldAlready,
        RoleRequestOpen.
    """
    area = await _own_area(actor, area_id)
    if role in MERCHANT_ROLES:
        raise RoleNeedsPlace
    return await ask_for_role(actor, person_id, role, area=area, merchant_id=None, ends_at=ends_at, why=why)


async def ask_for_role(
    actor: Actor,
    person_id: UUID,
    role: str,
    *,
    area: AreaRow,
    merchant_id: UUID | None,
    ends_at: datetime | None,
    why: str,
) -> UUID:
    """Ask for a role, for an area or for a merchant that lies in it (a step)."""
    given = None if merchant_id is not None else area.id
    refuse_impossible(actor, RoleGrant(person_id=person_id, role=role, area_id=given, merchant_id=merchant_id))
    if ends_at is not None and ends_at <= clock.now():
        raise DaysInThePast
    await lock_people([person_id])
    held = await db.current().fetchval(
        "SELECT true FROM identity_role_held WHERE person = $1 AND role = $2 AND coalesce(area, merchant_id) = $3"
        " AND (ends_at IS NULL OR ends_at > now())",
        person_id,
        role,
        merchant_id or area.id,
    )
    if held:
        raise RoleHeldAlready
    asked = Asked(
        kind="grant", person_id=person_id, area_id=area.id, role=role, merchant_id=merchant_id, ends_at=ends_at
    )
    return await _ask(actor, asked, why)


@db.flow
async def request_revocation(*, actor: Actor, role_id: UUID, why: str) -> UUID:
    """Ask that a role be taken from somebody; a merchant's is asked for where merchants are known.

    Moves: nothing; the role counts until another person confirms.
    Answers: the request's id.
    Raises: RoleUnknown, AreaUnknown, SecondPersonNeeded, RoleRequestOpen.
    """
    area_id = await db.current().fetchval("SELECT area FROM identity_role_held WHERE id = $1", role_id)
    if area_id is None:
        raise RoleUnknown
    return await ask_for_taking(actor, role_id, area=await _own_area(actor, area_id), merchant_id=None, why=why)


async def ask_for_taking(actor: Actor, role_id: UUID, *, area: AreaRow, merchant_id: UUID | None, why: str) -> UUID:
    """Ask that a role be taken (a step)."""
    held = await db.current().fetchrow(
        "SELECT person, role FROM identity_role_held WHERE id = $1 AND merchant_id IS NOT DISTINCT FROM $2"
        " AND (ends_at IS NULL OR ends_at > now())",
        role_id,
        merchant_id,
    )
    if held is None:
        raise RoleUnknown
    asked = Asked(
        kind="revoke",
        person_id=held["person"],
        area_id=area.id,
        role=held["role"],
        merchant_id=merchant_id,
        held_id=role_id,
    )
    return await _ask(actor, asked, why)


@db.flow
async def request_stand_in(
    *, actor: Actor, person_id: UUID, stand_in_id: UUID, starts_on: date, ends_on: date, why: str
) -> UUID:
    """Ask that somebody act with another's roles from one day to another.

    Moves: nothing; he does so once another person confirms.
    Answers: the request's id.
    Raises: PersonUnknown, DaysInThePast, SecondPersonNeeded, RoleRequestOpen.
    """
    if ends_on < starts_on or ends_on < clock.business_day(clock.now()):
        raise DaysInThePast
    if stand_in_id == person_id:
        raise SecondPersonNeeded
    await lock_people([person_id, stand_in_id])
    area_id = await db.current().fetchval("SELECT area FROM identity_person WHERE id = $1", person_id)
    area = await _own_area(actor, area_id)
    asked = Asked(
        kind="stand_in",
        person_id=person_id,
        area_id=area.id,
        stand_in_id=stand_in_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    return await _ask(actor, asked, why)


async def _ask(actor: Actor, asked: Asked, why: str) -> UUID:
    if actor.id in {asked.person_id, asked.stand_in_id}:
        raise SecondPersonNeeded
    request_id = new_id()
    try:
        async with db.savepoint():
            await db.current().execute(
                "INSERT INTO identity_role_request (id, kind, person, role, area, merchant_id, ends_at, held, stand_in,"
                " starts_on, ends_on, why, state, requested_by, requested_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open', $13, now())",
                request_id,
                asked.kind,
                asked.person_id,
                asked.role,
                asked.area_id,
                asked.merchant_id,
                asked.ends_at,
                asked.held_id,
                asked.stand_in_id,
                asked.starts_on,
                asked.ends_on,
                why,
                actor.id,
            )
    except asyncpg.UniqueViolationError:
        raise RoleRequestOpen from None
    await audit.record(
        actor,
        action="role_request.made",
        subject=("role_request", request_id),
        after={"kind": asked.kind, "role": asked.role, "area": asked.area_id, "merchant": asked.merchant_id},
        why=why,
        person_id=asked.person_id,
    )
    return request_id


@db.flow
async def confirm_role_request(*, actor: Actor, request_id: UUID) -> None:
    """Confirm a change of roles that somebody else asked for; it is done in the same moment.

    Moves: nothing.
    Answers: nothing.
    Raises: RoleRequestUnknown, RoleRequestDecided, SecondPersonNeeded, and what giving, taking or standing in refuses:
        RolesConflict, RoleUnknown, StandInOverlaps.
    """
    row = await _open_request(actor, request_id)
    await _decide(actor, row, "confirmed", None)
    if row["kind"] == "grant":
        grant = RoleGrant(
            person_id=row["person"],
            role=row["role"],
            area_id=row["area"] if row["merchant_id"] is None else None,
            merchant_id=row["merchant_id"],
            ends_at=row["ends_at"],
        )
        await give_roles(actor, [grant], row["why"])
    elif row["kind"] == "revoke":
        await take_role(actor, row["held"], row["why"])
    else:
        await put_stand_in(actor, row["person"], row["stand_in"], row["starts_on"], row["ends_on"])


@db.flow
async def refuse_role_request(*, actor: Actor, request_id: UUID, why: str) -> None:
    """Refuse a change of roles, with a reason; nothing changes.

    Moves: nothing.
    Answers: nothing.
    Raises: RoleRequestUnknown, RoleRequestDecided, SecondPersonNeeded.
    """
    await _decide(actor, await _open_request(actor, request_id), "refused", why)


@db.flow
async def withdraw_role_request(*, actor: Actor, request_id: UUID) -> None:
    """Take one's own request back.

    Moves: nothing.
    Answers: nothing.
    Raises: RoleRequestUnknown, RoleRequestDecided.
    """
    row = await db.current().fetchrow("SELECT * FROM identity_role_request WHERE id = $1 FOR UPDATE", request_id)
    if row is None or row["requested_by"] != actor.id:
        raise RoleRequestUnknown
    if row["state"] != "open":
        raise RoleRequestDecided
    await _decide(actor, row, "withdrawn", None)


async def _open_request(actor: Actor, request_id: UUID) -> db.Row:
    """The request, locked, for one who may decide about it."""
    row = await db.current().fetchrow(
        "SELECT request.*, area.path FROM identity_role_request AS request"
        " JOIN identity_area AS area ON area.id = request.area WHERE request.id = $1 FOR UPDATE OF request",
        request_id,
    )
    if row is None or not actor.covers(row["path"], *DECIDING):
        raise RoleRequestUnknown
    if row["state"] != "open":
        raise RoleRequestDecided
    if actor.id in {row["requested_by"], row["person"], row["stand_in"]}:
        raise SecondPersonNeeded
    return row


async def _decide(actor: Actor, row: db.Row, state: State, why: str | None) -> None:
    await db.current().execute(
        "UPDATE identity_role_request SET state = $2, decided_by = $3, decided_at = now(), decided_why = $4"
        " WHERE id = $1",
        row["id"],
        state,
        actor.id,
        why,
    )
    await audit.record(
        actor,
        action=f"role_request.{state}",
        subject=("role_request", row["id"]),
        before={"state": "open"},
        after={"state": state},
        why=why,
        person_id=row["person"],
    )


async def _own_area(actor: Actor, area_id: UUID) -> AreaRow:
    area = await find_area(area_id)
    if area is None or not actor.covers(area.path, *ASKING):
        raise AreaUnknown
    return area


async def list_role_requests(
    paths: Sequence[str], *, only_open: bool, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The requests of these territories, the newest first, with the names of who is concerned."""
    return await db.fetch(
        "SELECT request.*, area.path, area.name_zh AS area_zh, area.name_en AS area_en, person.name AS person_name,"
        " stand_in.name AS stand_in_name, asker.name AS asker_name, decider.name AS decider_name"
        " FROM identity_role_request AS request JOIN identity_area AS area ON area.id = request.area"
        " JOIN identity_person AS person ON person.id = request.person"
        " JOIN identity_person AS asker ON asker.id = request.requested_by"
        " LEFT JOIN identity_person AS stand_in ON stand_in.id = request.stand_in"
        " LEFT JOIN identity_person AS decider ON decider.id = request.decided_by"
        f" WHERE {covers_sql('$1', 'area.path')}"
        " AND (NOT $2 OR request.state = 'open')"
        " AND ($3::timestamptz IS NULL OR (request.requested_at, request.id) < ($3, $4::uuid))"
        " ORDER BY request.requested_at DESC, request.id DESC LIMIT $5",
        list(paths),
        only_open,
        *(after or (None, None)),
        limit,
    )


async def require_person_of(actor: Actor, person_id: UUID) -> db.Row:
    """Somebody whose roles the actor may look at: of his territory, or holding a role in it."""
    row = await db.fetchrow(
        "SELECT person.id, person.name, person.status, person.resident, area.path, area.name_zh, area.name_en,"
        " login.name AS login, login.enabled AS login_open, login.password_hash IS NOT NULL AS login_set_up,"
        " login.totp_sealed IS NOT NULL AS second_factor"
        " FROM identity_person AS person JOIN identity_area AS area ON area.id = person.area"
        " LEFT JOIN identity_login AS login ON login.person = person.id WHERE person.id = $1",
        person_id,
    )
    if row is None or not actor.covers(row["path"], *ASKING, "auditor"):
        raise PersonUnknown
    return row
