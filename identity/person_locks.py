"""Locking people, so that what is decided about one of them is decided by one transaction at a time."""

from collections.abc import Collection
from uuid import UUID

from identity.errors import PersonUnknown
from kit import db


async def lock_people(person_ids: Collection[UUID]) -> None:
    """Lock these people, who must exist, in the order of their ids (a step).

    Rows of others may still point at them meanwhile: only their own roles, households and status wait.
    """
    wanted = list(set(person_ids))
    found = await db.current().fetch(
        "SELECT id FROM identity_person WHERE id = any($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", wanted
    )
    if len(found) != len(wanted):
        raise PersonUnknown
