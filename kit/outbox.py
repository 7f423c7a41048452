"""The outbox: facts that others are told about, written in the transaction that made them.

A relay hands each event to the subscribers of its topic: at least once, and in order among the events of one key.
(The order is that of the rows; writers of one key that want it to be the order of their commits hold a lock on what
the key names, as every ledger account does.) A failing subscriber holds up its own key alone.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
import structlog

from kit import db, logs
from kit.errors import DatabaseAway, OutcomeUnknown

Payload = dict[str, Any]
S = TypeVar("S", bound=Callable[..., Awaitable[Any]])

LEASE = 60.0  # seconds that a relay has for the events that it took
_ERROR_LENGTH = 2_000
_LONGEST_PAUSE = 3_600.0
_KEPT = timedelta(days=7)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as its subscribers get it; `id` is the same whenever it comes again."""

    id: int
    topic: str
    key: str
    payload: Payload
    created_at: datetime
    attempts: int


_subscribers: dict[str, list[Callable[[Event], Awaitable[None]]]] = {}


def subscriber(topic: str) -> Callable[[S], S]:
    """Register somebody who is told about the facts of a topic; he bears being told twice."""

    def register(listener: S) -> S:
        _subscribers.setdefault(topic, []).append(listener)
        return listener

    return register


_APPEND = """
    INSERT INTO kit_outbox (topic, key, payload, created_at, due_at, attempts)
    SELECT line.topic, line.key, line.payload, now(), now(), 0
    FROM unnest($1::text[], $2::text[], $3::jsonb[]) WITH ORDINALITY AS line (topic, key, payload, place)
    ORDER BY line.place
"""


async def append(topic: str, *, key: str, payload: Payload) -> None:
    """Write a fact down with the change that made it (a step)."""
    await append_lines([(topic, key, payload)])


async def append_lines(lines: Sequence[tuple[str, str, Payload]]) -> None:
    """Write down many facts, each with its topic, key and payload (a step)."""
    if lines:
        await db.current().execute(
            _APPEND,
            [topic for topic, _, _ in lines],
            [key for _, key, _ in lines],
            [msgspec.json.encode(payload).decode() for _, _, payload in lines],
        )


# Only the oldest waiting event of a key is taken, so that no later one can overtake it.
_TAKE = """
    UPDATE kit_outbox SET due_at = now() + make_interval(secs => $2), attempts = attempts + 1
    WHERE id IN (
        SELECT waiting.id FROM kit_outbox AS waiting
        WHERE waiting.delivered_at IS NULL AND waiting.due_at <= now()
          AND NOT EXISTS (SELECT 1 FROM kit_outbox AS earlier
                          WHERE earlier.key = waiting.key AND earlier.delivered_at IS NULL AND earlier.id < waiting.id)
        ORDER BY waiting.due_at, waiting.id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, topic, key, payload, created_at, attempts
"""
_DELIVERED = """
    UPDATE kit_outbox SET delivered_at = now(), last_error = NULL
    WHERE id = $1 AND attempts = $2 AND delivered_at IS NULL
"""
_FAILED = """
    UPDATE kit_outbox SET due_at = now() + make_interval(secs => $4), last_error = $3
    WHERE id = $1 AND attempts = $2 AND delivered_at IS NULL
"""


async def hand_on(count: int = 100) -> int:
    """Take what is due, at most one event a key, and hand it to its subscribers; gives how many were delivered."""
    async with db.transaction() as connection:
        rows = await connection.fetch(_TAKE, count, LEASE)
    delivered = 0
    for row in sorted(rows, key=lambda row: row["id"]):
        event = Event(
            row["id"],
            row["topic"],
            row["key"],
            msgspec.json.decode(row["payload"]),
            row["created_at"],
            row["attempts"],
        )
        delivered += await _deliver(event)
    return delivered


async def _deliver(event: Event) -> bool:
    try:
        for listener in _subscribers.get(event.topic, ()):
            await asyncio.create_task(_told(listener, event), context=contextvars.Context())
    except (DatabaseAway, OutcomeUnknown):
        return False  # its lease ends and it is taken again
    except Exception as failure:  # noqa: BLE001 - whatever a subscriber raises is written down and tried again
        _log.warning("a subscriber failed", topic=event.topic, event_id=event.id, exc_info=failure)
        pause = min(2.0**event.attempts, _LONGEST_PAUSE)
        await _write(_FAILED, event, logs.described(failure)[:_ERROR_LENGTH], pause)
        return False
    await _write(_DELIVERED, event)
    return True


async def _told(listener: Callable[[Event], Awaitable[None]], event: Event) -> None:
    await listener(event)


async def _write(statement: str, event: Event, *values: object) -> None:
    async with db.transaction() as connection:
        await connection.execute(statement, event.id, event.attempts, *values)


async def relay() -> None:
    """Hand on everything that is due (the worker's ticker)."""
    while await hand_on():
        pass


async def sweep_delivered() -> int:
    """Delete the events that were delivered a week ago."""
    async with db.transaction() as connection:
        tag = await connection.execute("DELETE FROM kit_outbox WHERE delivered_at < now() - $1::interval", _KEPT)
    return int(tag.rpartition(" ")[2])
