"""Each person's own key: what is sealed under it is gone for ever once the key is dropped.

Rows that may never change (transfers, decisions, audit) hold personal values only in this form, so that a person can
be erased while every chain and every balance stays whole.
"""

from uuid import UUID

from identity.errors import PersonUnknown
from kit import crypto, db


def wrapped_key(person_id: UUID, key: bytes) -> bytes:
    """A person's key as his row keeps it."""
    return crypto.seal(key, _place(person_id))


def unwrapped_key(person_id: UUID, wrapped: bytes) -> bytes:
    """A person's key, out of his row."""
    return crypto.open_sealed(wrapped, _place(person_id))


async def seal_for_person(person_id: UUID, value: bytes, *, place: crypto.Place) -> bytes:
    """Seal a value under a person's own key."""
    key = await _key(person_id)
    if key is None:
        raise PersonUnknown
    return crypto.seal_under(key, value, place)


async def open_for_person(person_id: UUID, sealed: bytes, *, place: crypto.Place) -> bytes | None:
    """Read what was sealed under a person's key; None once the person is erased."""
    key = await _key(person_id)
    return None if key is None else crypto.open_under(key, sealed, place)


async def _key(person_id: UUID) -> bytes | None:
    wrapped = await db.fetchval("SELECT data_key FROM identity_person WHERE id = $1", person_id)
    return None if wrapped is None else unwrapped_key(person_id, wrapped)


def _place(person_id: UUID) -> crypto.Place:
    return ("identity_person", "data_key", person_id)
