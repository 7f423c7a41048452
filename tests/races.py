"""For the controls of races: without its guard a step must have read what another one has read too, whatever the load.

A control that only hopes for two readers at once passes or fails with the weather. These make them meet.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 20.0


class Meeting:
    """Where each waits until so many are here; whoever comes later walks through."""

    def __init__(self, size: int) -> None:
        self._missing = size
        self._all_here = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the others; a TimeoutError says that a guard kept them away."""
        self._missing -= 1
        if self._missing <= 0:
            self._all_here.set()
        await asyncio.wait_for(self._all_here.wait(), PATIENCE)


def meet_after(step: Callable[P, Awaitable[R]], *, size: int = 2) -> Callable[P, Awaitable[R]]:
    """The step, after which the first callers wait for each other."""
    meeting = Meeting(size)

    async def together(*given: P.args, **named: P.kwargs) -> R:
        found = await step(*given, **named)
        await meeting.wait()
        return found

    return together


def meet_inside(
    block: Callable[P, AbstractAsyncContextManager[R]], *, size: int = 2
) -> Callable[P, AbstractAsyncContextManager[R]]:
    """The block, inside of which the first callers wait for each other before they go on."""
    meeting = Meeting(size)

    @asynccontextmanager
    async def together(*given: P.args, **named: P.kwargs) -> AsyncIterator[R]:
        async with block(*given, **named) as opened:
            await meeting.wait()
            yield opened

    return together
