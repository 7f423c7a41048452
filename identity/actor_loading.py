"""Who sends this request: from the bearer token or a page's session to an actor, in one statement.

Nothing is cached: a person who was disabled, a role that was taken, a session or a key that was revoked no longer
counts on the next request.
"""

from uuid import UUID

import msgspec

from identity.actor import STAFF_ROLES, Actor, RoleHeld
from identity.errors import TokenInvalid
from identity.tokens import API_KEY_PREFIX, digest, read_access
from kit import db

_HeldRow = tuple[str, str | None, UUID | None, UUID | None, UUID | None]
_held_rows = msgspec.json.Decoder(list[_HeldRow])
_STAFF = sorted(STAFF_ROLES)


async def load_actor(bearer: str, *, request_id: str | None = None, source: str | None = None) -> Actor:
    """The actor behind a bearer token; raises TokenInvalid."""
    if bearer.startswith(API_KEY_PREFIX):
        return await _integration(bearer, request_id, source)
    claims = read_access(bearer)
    return await load_person(claims.person_id, claims.session_id, request_id=request_id, source=source)


async def load_person(
    person_id: UUID, session_id: UUID, *, request_id: str | None = None, source: str | None = None
) -> Actor:
    """The person of a session that is still good, with every role that counts now; raises TokenInvalid."""
    row = await db.fetchrow(db.load_sql(__file__, "load_person"), session_id, person_id, _STAFF)
    if row is None:
        raise TokenInvalid
    roles = tuple(RoleHeld(*each) for each in _held_rows.decode(row["roles"]))
    if row["resident"]:
        roles = (RoleHeld("resident", row["area_path"]), *roles)
    return Actor(
        id=row["id"],
        kind="person",
        name=row["name"],
        roles=roles,
        area_path=row["area_path"],
        household_id=row["household_id"],
        language=row["language"],
        request_id=request_id,
        source=source,
        session_id=session_id,
    )


async def _integration(key: str, request_id: str | None, source: str | None) -> Actor:
    row = await db.fetchrow(
        "SELECT key.id, key.name, key.actions, area.path FROM identity_api_key AS key"
        " JOIN identity_area AS area ON area.id = key.area WHERE key.digest = $1 AND key.enabled",
        digest(key),
    )
    if row is None:
        raise TokenInvalid
    return Actor(
        id=row["id"],
        kind="integration",
        name=row["name"],
        area_path=row["path"],
        actions=frozenset(row["actions"]),
        request_id=request_id,
        source=source,
    )
