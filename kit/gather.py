"""Adaptive group commit: while one batch is being written the next one gathers. No timer, no lost millisecond.

An idle gatherer sends a single request at once; a busy one sends what has come together meanwhile. Under load many
requests therefore share one transaction and one flush of the log, which is what makes the hot flows fast.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from kit.errors import DatabaseAway, OutcomeUnknown

Line = TypeVar("Line")
Outcome = TypeVar("Outcome")


class Gatherer(Generic[Line, Outcome]):
    """Turns concurrent single requests into lists for a hot flow.

    `flow` takes a list of lines and answers one outcome a line. `conflicts` names what a line needs for itself
    (the account that it debits, its idempotency key): two lines that name the same thing go into different batches,
    so that each sees the other's result as if they had come one after the other.
    """

    def __init__(
        self,
        flow: Callable[[Sequence[Line]], Awaitable[Sequence[Outcome]]],
        *,
        conflicts: Callable[[Line], Iterable[Hashable]],
        size: int = 512,
    ) -> None:
        """Gather for this hot flow, at most `size` lines a batch."""
        self._flow = flow
        self._conflicts = conflicts
        self._size = size
        self._waiting: deque[tuple[Line, asyncio.Future[Outcome]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, line: Line) -> Outcome:
        """Wait for the outcome of one line; the caller going away does not stop it."""
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, answered))
        if self._writer is None or self._writer.done():
            # A fresh context: the writer's transactions are its own, not those of the request that woke it.
            self._writer = asyncio.create_task(self._write(), context=contextvars.Context())
        return await asyncio.shield(answered)

    async def drain(self) -> None:
        """Wait until everything that was submitted is answered (at shutdown)."""
        if self._writer is not None and not self._writer.done():
            await asyncio.wait([self._writer])

    async def _write(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            lines = [line for line, _ in batch]
            try:
                outcomes = await self._flow(lines)
            except DatabaseAway as away:
                for _, answered in batch:
                    _settle(answered, away)
            except Exception as failure:  # noqa: BLE001 - whatever it was, each line gets its own second chance
                await self._one_by_one(batch, failure)
            else:
                for (_, answered), outcome in zip(batch, outcomes, strict=True):
                    if not answered.done():
                        answered.set_result(outcome)

    def _next_batch(self) -> list[tuple[Line, asyncio.Future[Outcome]]]:
        batch: list[tuple[Line, asyncio.Future[Outcome]]] = []
        later: list[tuple[Line, asyncio.Future[Outcome]]] = []
        taken: set[Hashable] = set()
        while self._waiting and len(batch) < self._size:
            entry = self._waiting.popleft()
            needs = set(self._conflicts(entry[0]))
            if taken & needs:
                later.append(entry)
            else:
                batch.append(entry)
            taken |= needs
        self._waiting.extendleft(reversed(later))
        return batch

    async def _one_by_one(self, batch: list[tuple[Line, asyncio.Future[Outcome]]], failure: Exception) -> None:
        """Keep one bad line from failing its neighbours. Hot flows do nothing twice, so a repeat is safe.

        When the database goes away meanwhile nobody waits for it line after line; and if the batch was lost at its
        COMMIT, nobody is told that nothing was changed.
        """
        if len(batch) == 1:
            _settle(batch[0][1], failure)
            return
        away: Exception | None = None
        for line, answered in batch:
            if away is not None:
                _settle(answered, away)
                continue
            try:
                (outcome,) = await self._flow([line])
            except DatabaseAway as own:
                away = failure if isinstance(failure, OutcomeUnknown) else own
                _settle(answered, away)
            except Exception as own:  # noqa: BLE001 - handed to the one who asked
                _settle(answered, own)
            else:
                if not answered.done():
                    answered.set_result(outcome)


def _settle(answered: "asyncio.Future[Outcome]", failure: Exception) -> None:
    if not answered.done():
        answered.set_exception(failure)
