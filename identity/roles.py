"""Roles: who holds which one for which territory or merchant, from when until when, and who stands in.

Nobody changes his own roles. System administrator, security administrator and auditor are different people. A role
that was taken no longer counts on the next request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from identity import audit
from identity.actor import MERCHANT_ROLES, ROLES, Actor, RoleHeld
from identity.areas import require_areas
from identity.errors import OwnRoles, RoleNeedsPlace, RolesConflict, RoleUnknown, StandInOverlaps
from identity.person_locks import lock_people
from kit import db
from kit.ids import new_id

KEPT_APART = ("system_admin", "security_admin", "auditor")
# Whoever stands in for somebody, today or later, is counted with the absent's offices too.
_JOINED = """
    WITH standing_in AS (
        SELECT stand_in AS acting, person AS absent FROM identity_stand_in
        WHERE ended_at IS NULL AND ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date
    ), office AS (
        SELECT person, role FROM identity_role_held
        WHERE role = any($2::text[]) AND (ends_at IS NULL OR ends_at > now())
    ), acting AS (
        SELECT person, role FROM office
        UNION SELECT standing_in.acting, office.role FROM standing_in JOIN office ON office.person = standing_in.absent
    )
    SELECT true FROM acting
    WHERE person = any($1::uuid[]) OR person IN (SELECT acting FROM standing_in WHERE absent = any($1::uuid[]))
    GROUP BY person HAVING count(DISTINCT role) > 1 LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGrant:
    """A role to be given: a merchant's role names its merchant, any other its area."""

    person_id: UUID
    role: str
    area_id: UUID | None = None
    merchant_id: UUID | None = None
    reports_to: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


async def roles_of(person_id: UUID) -> list[RoleHeld]:
    """The roles that a person holds now, not counting those he stands in for."""
    rows = await db.fetch(db.load_sql(__file__, "roles_of"), person_id)
    return [RoleHeld(**row) for row in rows]


async def people_with_role(role: str, *, covering: str | None = None, within: str | None = None) -> list[UUID]:
    """Active people who hold a role now: for an area that covers a path, or for areas within one."""
    rows = await db.fetch(
        "SELECT DISTINCT held.person FROM identity_role_held AS held"
        " JOIN identity_person AS person ON person.id = held.person AND person.status = 'active'"
        " LEFT JOIN identity_area AS area ON area.id = held.area"
        " WHERE held.role = $1 AND held.starts_at <= now() AND (held.ends_at IS NULL OR held.ends_at > now())"
        " AND ($2::text IS NULL OR area.path = $2 OR $2 LIKE area.path || '.%')"
        " AND ($3::text IS NULL OR area.path = $3 OR area.path LIKE $3 || '.%') ORDER BY held.person",
        role,
        covering,
        within,
    )
    return [row["person"] for row in rows]


@db.flow
async def grant_role(
    *,
    actor: Actor,
    person_id: UUID,
    role: str,
    area_id: UUID | None = None,
    merchant_id: UUID | None = None,
    reports_to: UUID | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    why: str | None = None,
) -> UUID:
    """Give a person a role.

    Moves: nothing.
    Answers: the id of the role held; the one he has when he holds just this role already.
    Raises: RoleUnknown, RoleNeedsPlace, OwnRoles, RolesConflict, PersonUnknown, AreaUnknown.
    """
    grant = RoleGrant(
        person_id=person_id,
        role=role,
        area_id=area_id,
        merchant_id=merchant_id,
        reports_to=reports_to,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    (role_id,) = await give_roles(actor, [grant], why)
    return role_id


@db.flow
async def grant_roles(*, actor: Actor, grants: Sequence[RoleGrant], why: str | None = None) -> list[UUID]:
    """Give many roles at once, as imports and the demo town do.

    Moves: nothing.
    Answers: the ids of the roles held, in the order given.
    Raises: RoleUnknown, RoleNeedsPlace, OwnRoles, RolesConflict, PersonUnknown, AreaUnknown.
    """
    return await give_roles(actor, grants, why)


async def give_roles(actor: Actor, grants: Sequence[RoleGrant], why: str | None) -> list[UUID]:
    """Give these roles and write them down (a step)."""
    for each in grants:
        refuse_impossible(actor, each)
    await require_areas({each.area_id for each in grants if each.area_id})
    people = sorted({each.person_id for each in grants})
    await lock_people(people)
    rows = await db.current().fetch(
        "INSERT INTO identity_role_held (id, person, role, area, merchant_id, reports_to, starts_at, ends_at)"
        " SELECT id, person, role, area, merchant_id, reports_to, coalesce(starts_at, now()), ends_at"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[],"
        " $8::timestamptz[]) AS given (id, person, role, area, merchant_id, reports_to, starts_at, ends_at)"
        " ON CONFLICT (person, role, coalesce(area, merchant_id)) WHERE ends_at IS NULL"
        " DO UPDATE SET reports_to = excluded.reports_to RETURNING id, person, role, area, merchant_id",
        [new_id() for _ in grants],
        [each.person_id for each in grants],
        [each.role for each in grants],
        [each.area_id for each in grants],
        [each.merchant_id for each in grants],
        [each.reports_to for each in grants],
        [each.starts_at for each in grants],
        [each.ends_at for each in grants],
    )
    await _refuse_joined_offices(people)
    ids = [row["id"] for row in rows]  # RETURNING keeps the order of the rows inserted
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="role.granted",
                subject=("role_held", role_id),
                after={"role": each.role, "area": each.area_id, "merchant": each.merchant_id, "until": each.ends_at},
                why=why,
                person_id=each.person_id,
            )
            for role_id, each in zip(ids, grants, strict=True)
        ],
    )
    return ids


def refuse_impossible(actor: Actor, grant: RoleGrant) -> None:
    """Refuse what no request can make right (a rule)."""
    if grant.role not in ROLES or grant.role == "resident":  # being a resident is a fact of the person's record
        raise RoleUnknown
    if (grant.merchant_id is not None) != (grant.role in MERCHANT_ROLES):
        raise RoleNeedsPlace
    if (grant.area_id is None) != (grant.role in MERCHANT_ROLES):
        raise RoleNeedsPlace
    if actor.kind == "person" and actor.id == grant.person_id:
        raise OwnRoles


async def _refuse_joined_offices(people: Sequence[UUID]) -> None:
    if await db.current().fetchval(_JOINED, people, list(KEPT_APART)):
        raise RolesConflict


@db.flow
async def revoke_role(*, actor: Actor, role_id: UUID, why: str) -> None:
    """Take a role; it no longer counts on the next request.

    Moves: nothing.
    Answers: nothing; taking it again changes nothing.
    Raises: RoleUnknown, OwnRoles.
    """
    await take_role(actor, role_id, why)


async def take_role(actor: Actor, role_id: UUID, why: str) -> None:
    """Take a role and write it down (a step)."""
    row = await db.current().fetchrow(
        "SELECT person, role, ends_at IS NULL OR ends_at > now() AS in_force"
        " FROM identity_role_held WHERE id = $1 FOR UPDATE",
        role_id,
    )
    if row is None:
        raise RoleUnknown
    if actor.kind == "person" and actor.id == row["person"]:
        raise OwnRoles
    if not row["in_force"]:
        return
    await db.current().execute(
        "UPDATE identity_role_held SET ends_at = greatest(now(), starts_at) WHERE id = $1", role_id
    )
    await audit.record(
        actor,
        action="role.revoked",
        subject=("role_held", role_id),
        before={"role": row["role"]},
        why=why,
        person_id=row["person"],
    )


@db.flow
async def name_stand_in(*, actor: Actor, person_id: UUID, stand_in_id: UUID, starts_on: date, ends_on: date) -> UUID:
    """Let somebody act with a person's roles from one day to another, both included.

    The one who stands in has his own conflicts and those of the absent.

    Moves: nothing.
    Answers: the id of the arrangement.
    Raises: PersonUnknown, StandInOverlaps, RolesConflict.
    """
    return await put_stand_in(actor, person_id, stand_in_id, starts_on, ends_on)


async def put_stand_in(actor: Actor, person_id: UUID, stand_in_id: UUID, starts_on: date, ends_on: date) -> UUID:
    """Put somebody in another's place and write it down (a step)."""
    await lock_people([person_id, stand_in_id])
    overlaps = await db.current().fetchval(
        "SELECT true FROM identity_stand_in WHERE person = $1 AND ended_at IS NULL"
        " AND starts_on <= $3 AND ends_on >= $2 LIMIT 1",
        person_id,
        starts_on,
        ends_on,
    )
    if overlaps:
        raise StandInOverlaps
    stand_in_row_id = new_id()
    await db.current().execute(
        "INSERT INTO identity_stand_in (id, person, stand_in, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5)",
        stand_in_row_id,
        person_id,
        stand_in_id,
        starts_on,
        ends_on,
    )
    await _refuse_joined_offices([stand_in_id])
    await audit.record(
        actor,
        action="stand_in.named",
        subject=("stand_in", stand_in_row_id),
        after={"stand_in": stand_in_id, "starts_on": starts_on, "ends_on": ends_on},
        person_id=person_id,
    )
    return stand_in_row_id


@db.flow
async def end_stand_in(*, actor: Actor, stand_in_row_id: UUID) -> None:
    """End a stand-in's time early.

    Moves: nothing.
    Answers: nothing.
    Raises: RoleUnknown.
    """
    person_id = await db.current().fetchval(
        "UPDATE identity_stand_in SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING person",
        stand_in_row_id,
    )
    if person_id is None:
        raise RoleUnknown
    await audit.record(actor, action="stand_in.ended", subject=("stand_in", stand_in_row_id), person_id=person_id)
