"""Identifiers are made in the application, so that PostgreSQL 15 and later serve alike."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import uuid_utils
from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811 - a UUID as well, and not to be mistaken for it


def new_id() -> UUID:
    """A UUIDv7: unique without asking anybody, and ordered by time, which keeps indexes dense."""
    return id_of(uuid_utils.uuid7().bytes)


def first_id_of(moment: datetime) -> UUID:
    """The least id that could have been made at a moment: from here on walks whoever wants what is newer."""
    milliseconds = int(moment.timestamp() * 1000)
    return id_of(milliseconds.to_bytes(6) + b"\x70" + bytes(1) + b"\x80" + bytes(7))


def id_of(raw: bytes) -> UUID:
    """Sixteen bytes as a UUID of the driver's own class, as the ids are that come from the database.

    It is a UUID in every respect, compared in a third of the time and written out in a tenth.
    """
    made: UUID = DriverUUID(raw)
    return made


def derived_id(*parts: object) -> UUID:
    """The same UUID for the same parts, for ever: the identity of a fact that is named by other facts."""
    digest = bytearray(sha256("\x1f".join(map(str, parts)).encode()).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x80  # RFC 9562 version 8: a digest of our own
    digest[8] = (digest[8] & 0x3F) | 0x80
    return id_of(bytes(digest))
