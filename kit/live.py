"""Live push: whoever has a page open hears at once that something changed. Hearing nothing loses nothing.

Messages are thin (what changed, not how): the listener reads the thing itself. Publishing never raises and never
waits for long; listening goes on by itself after a restart of Valkey. However many listen in a process, it has one
connection to Valkey for all of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from kit import redis

_CHANNEL = "live:"
_HELD = 64  # events that wait for a slow listener
Event = dict[str, Any]
RECONNECTED: Event = {"kind": "reconnected"}
"""Some events may not have been heard: read afresh."""
INTERRUPTED: Event = {"kind": "interrupted"}
"""Nothing is heard for now: ask from time to time, until `reconnected`."""
_Ear = asyncio.Queue[Event | None]


async def publish(channel: str, event: Event) -> None:
    """Tell whoever listens on the channel."""
    await redis.publish(_CHANNEL + channel, msgspec.json.encode(event))


async def listen(*channels: str) -> AsyncIterator[Event | None]:
    """The events of these channels as they come, until the process ends.

    None comes first, when it is sure to hear what is said from then on, and again now and then when nothing came.
    """
    ear: _Ear = asyncio.Queue(_HELD)
    hub = _hub_of_this_loop()
    try:
        await hub.add(ear, channels)
        yield None
        while True:
            event = None
            with suppress(TimeoutError):
                async with asyncio.timeout(redis.QUIET):
                    event = await ear.get()
                    if event is None:
                        return
            yield event
    finally:
        hub.remove(ear, channels)


async def close() -> None:
    """Let every listener of this process go, at its end."""
    await _hub_of_this_loop().close()


class _Hub:
    """Hears everything once, and hands each event to those who listen for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ears: dict[str, set[_Ear]] = {}
        self._hears = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def add(self, ear: _Ear, channels: tuple[str, ...]) -> None:
        """Give an ear what is said on these channels, from when this returns."""
        for channel in channels:
            self._ears.setdefault(channel, set()).add(ear)
        if self._task is None or self._task.done():
            self._hears.clear()
            self._task = asyncio.create_task(self._hear())
        await self._hears.wait()

    def remove(self, ear: _Ear, channels: tuple[str, ...]) -> None:
        """Forget an ear; when nobody listens any more, stop hearing."""
        for channel in channels:
            ears = self._ears.get(channel, set())
            ears.discard(ear)
            if not ears:
                self._ears.pop(channel, None)
        if not self._ears and self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """End every listening."""
        for ear in {each for ears in self._ears.values() for each in ears}:
            _put(ear, None)
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _hear(self) -> None:
        async for heard in redis.listen_to_all(_CHANNEL):
            self._hears.set()
            if heard is None:
                continue
            channel, message = heard
            if message in {redis.LOST, redis.DEAF}:
                for ear in {each for ears in self._ears.values() for each in ears}:
                    _put(ear, RECONNECTED if message == redis.LOST else INTERRUPTED)
            elif channel in self._ears:
                event = msgspec.json.decode(message)
                for ear in self._ears[channel]:
                    _put(ear, event)


def _put(ear: _Ear, event: Event | None) -> None:
    """Hand an event over; a listener that is too slow for them all is told that it missed some."""
    if ear.full():
        while not ear.empty():
            ear.get_nowait()
        ear.put_nowait(RECONNECTED)
    ear.put_nowait(event)


class _Installed:
    """The one hub of this process; tests have an event loop each."""

    hub: _Hub | None = None


_installed = _Installed()


def _hub_of_this_loop() -> _Hub:
    loop = asyncio.get_running_loop()
    if _installed.hub is None or _installed.hub.loop is not loop:
        _installed.hub = _Hub(loop)
    return _installed.hub
