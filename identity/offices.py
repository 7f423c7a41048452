"""Reads of who holds which role where, until when, and who stands in for whom; and the keys of other systems."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from identity.actor import covers_sql
from kit import db

_HELD = """
    SELECT held.id, held.person, held.role, held.merchant_id, held.starts_at, held.ends_at, person.name AS person_name,
           person.status, area.path, area.name_zh AS area_zh, area.name_en AS area_en
    FROM identity_role_held AS held
    JOIN identity_person AS person ON person.id = held.person
    LEFT JOIN identity_area AS area ON area.id = held.area
    WHERE (held.ends_at IS NULL OR held.ends_at > now())
"""
_WITHIN = covers_sql("$1", "area.path")


async def list_held(
    paths: Sequence[str],
    *,
    role: str | None = None,
    name: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[db.Row]:
    """Who holds a role for an area within these territories, the newest first."""
    return await db.fetch(
        f"{_HELD} AND {_WITHIN} AND ($2::text IS NULL OR held.role = $2)"
        " AND ($3::text IS NULL OR starts_with(person.name, $3))"
        " AND ($4::timestamptz IS NULL OR (held.starts_at, held.id) < ($4, $5::uuid))"
        " ORDER BY held.starts_at DESC, held.id DESC LIMIT $6",
        list(paths),
        role,
        name,
        *(after or (None, None)),
        limit,
    )


async def held_by(person_id: UUID) -> Sequence[db.Row]:
    """Every role that a person holds now or from later on."""
    return await db.fetch(f"{_HELD} AND held.person = $1 ORDER BY held.starts_at, held.id", person_id)


async def working_for(merchant_id: UUID) -> Sequence[db.Row]:
    """The owners and clerks of a merchant."""
    return await db.fetch(f"{_HELD} AND held.merchant_id = $1 ORDER BY held.role DESC, held.starts_at", merchant_id)


async def stand_ins_within(paths: Sequence[str]) -> Sequence[db.Row]:
    """Who stands in for whom in these territories, today or later."""
    return await db.fetch(
        "SELECT stand.id, stand.person, stand.stand_in, stand.starts_on, stand.ends_on, person.name AS person_name,"
        " other.name AS stand_in_name FROM identity_stand_in AS stand"
        " JOIN identity_person AS person ON person.id = stand.person"
        " JOIN identity_person AS other ON other.id = stand.stand_in"
        " JOIN identity_area AS area ON area.id = person.area"
        f" WHERE stand.ended_at IS NULL AND stand.ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date AND {_WITHIN}"
        " ORDER BY stand.starts_on, stand.id LIMIT 200",
        list(paths),
    )


async def api_keys_within(paths: Sequence[str]) -> Sequence[db.Row]:
    """The keys of other systems that send for these territories, the newest first."""
    return await db.fetch(
        "SELECT key.id, key.name, key.shown, key.actions, key.enabled, key.created_at, area.path,"
        " area.name_zh AS area_zh, area.name_en AS area_en"
        " FROM identity_api_key AS key JOIN identity_area AS area ON area.id = key.area"
        f" WHERE {_WITHIN} ORDER BY key.enabled DESC, key.created_at DESC LIMIT 200",
        list(paths),
    )
