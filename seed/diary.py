"""The diary of the half year: what happens when. Things happen in the order of their moments, whoever noted them.

Money and points know the order of time: what was earned in May is spent in June. So no part of the seed writes its
own history from end to end; each notes its happenings here, and a happening notes what follows from it.
"""

import heapq
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import count

Happening = Callable[[datetime], Awaitable[None]]


class Diary:
    """Happenings by their moment; what would lie behind the last moment does not happen any more."""

    def __init__(self, last: datetime) -> None:
        """Open a diary that ends at this moment."""
        self.last = last
        self._pages: list[tuple[datetime, int, Happening]] = []
        self._order = count()

    def note(self, moment: datetime, happening: Happening) -> None:
        """Let something happen at a moment."""
        if moment <= self.last:
            heapq.heappush(self._pages, (moment, next(self._order), happening))

    def note_every(self, days: int, first: datetime, happening: Happening, *, until: datetime | None = None) -> None:
        """Let something happen again and again."""
        moment = first
        while moment <= (until or self.last):
            self.note(moment, happening)
            moment += timedelta(days=days)

    async def live_until(self, moment: datetime) -> None:
        """Let everything happen up to this moment."""
        while self._pages and self._pages[0][0] <= moment:
            when, _, happening = heapq.heappop(self._pages)
            await happening(when)


def weeks(first: datetime, last: datetime) -> Iterator[datetime]:
    """The ends of all weeks, the last of them the end of everything."""
    while first + timedelta(days=7) < last:
        first += timedelta(days=7)
        yield first
    yield last
