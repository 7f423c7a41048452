"""Live push: whoever has a page open hears at once that something changed. Hearing nothing loses nothing.

Messages are thin (what changed, not how): the listener reads the thing itself. Publishing never raises and never
waits for long; listening goes on by itself after a restart of Valkey.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from kit import redis

_CHANNEL = "live:"
RECONNECTED: dict[str, Any] = {"kind": "reconnected"}
"""Some events may not have been heard: read afresh."""


async def publish(channel: str, event: dict[str, Any]) -> None:
    """Tell whoever listens on the channel."""
    await redis.publish(_CHANNEL + channel, msgspec.json.encode(event))


async def listen(*channels: str) -> AsyncIterator[dict[str, Any] | None]:
    """The events of these channels as they come; None now and then, when nothing came."""
    async for message in redis.listen(*(_CHANNEL + channel for channel in channels)):
        if message is None:
            yield None
        elif message == redis.LOST:
            yield RECONNECTED
        else:
            yield msgspec.json.decode(message)
