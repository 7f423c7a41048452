"""API keys: other systems that send awards, each for the actions that its key lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.areas import find_area
from identity.errors import ApiKeyUnknown, AreaUnknown
from identity.tokens import API_KEY_PREFIX, digest, new_secret
from kit import db
from kit.ids import new_id

KEEPING: Final = ("system_admin",)
"""Who makes and disables keys for his territory."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was made; the key itself is shown this once."""

    id: UUID
    key: str


@db.flow
async def create_api_key(*, actor: Actor, name: str, actions: Sequence[str], area_id: UUID) -> NewApiKey:
    """Make a key for another system, for these actions within this area.

    Moves: nothing.
    Answers: the key, which is kept only as its digest.
    Raises: AreaUnknown, when there is none in the actor's territory.
    """
    area = await find_area(area_id)
    if area is None or not actor.covers(area.path, *KEEPING):
        raise AreaUnknown
    made = NewApiKey(new_id(), new_secret(API_KEY_PREFIX))
    await db.current().execute(
        "INSERT INTO identity_api_key (id, name, digest, shown, actions, area, enabled, created_at)"
        " VALUES ($1, $2, $3, $4, $5::text[], $6, true, now())",
        made.id,
        name,
        digest(made.key),
        made.key[:_SHOWN],
        list(actions),
        area_id,
    )
    await audit.record(
        actor,
        action="api_key.created",
        subject=("api_key", made.id),
        after={"actions": list(actions), "area": area_id},
    )
    return made


@db.flow
async def disable_api_key(*, actor: Actor, key_id: UUID, why: str) -> None:
    """Disable a key; it is refused from the next request on.

    Moves: nothing.
    Answers: nothing.
    Raises: ApiKeyUnknown, when there is none in the actor's territory.
    """
    path = await db.current().fetchval(
        "SELECT area.path FROM identity_api_key AS key JOIN identity_area AS area ON area.id = key.area"
        " WHERE key.id = $1",
        key_id,
    )
    if path is None or not actor.covers(path, *KEEPING):
        raise ApiKeyUnknown
    await db.current().execute("UPDATE identity_api_key SET enabled = false WHERE id = $1", key_id)
    await audit.record(actor, action="api_key.disabled", subject=("api_key", key_id), why=why)
