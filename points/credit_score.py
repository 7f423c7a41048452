"""The credit score (参与信用分): one pure function of a resident's events and a day.

Base and floor 600, top 1000, plus events only. Each event counts from its day until the day before its end, unless
it was withdrawn; one category adds at most 80 at a time; fractions add up in tenths. The page, the API and the loan
certificate all call `score`, so replaying the events gives the shown score for any date, past or future.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

BASE: Final = 600
TOP: Final = 1000
CATEGORY_CEILING: Final = 80
LEVEL_STARTS: Final = (600, 620, 660, 720, 800)
LEVEL_NAMES: Final = {"L1": "启航", "L2": "热心", "L3": "可信", "L4": "骨干", "L5": "榜样"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEvent:
    """A contribution to the score; `id` is the transfer that brought it."""

    id: UUID
    action: str
    category: str
    tenths: int
    counts_from: date
    counts_until: date
    withdrawn_on: date | None = None
    rule_version_id: UUID | None = None
    rule_version: int = 1
    verified_by: str = "V0"

    def counts(self, on: date) -> bool:
        """Whether it is live on this day."""
        return self.counts_from <= on < self.counts_until and (self.withdrawn_on is None or on < self.withdrawn_on)


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its level and what is missing to the next one (None on the highest)."""

    score: int
    level: str
    to_next_level: int | None


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event and how much of it counts: less than all of it where its category is at its ceiling."""

    event: CreditEvent
    counted: int


def score(events: Iterable[CreditEvent], on: date, *, ceiling: int = CATEGORY_CEILING) -> Score:
    """The score on a day."""
    return _graded(sum(each.counted for each in counted_events(events, on, ceiling=ceiling)))


def counted_events(
    events: Iterable[CreditEvent], on: date, *, ceiling: int = CATEGORY_CEILING
) -> Sequence[CountedEvent]:
    """Every event with the tenths that count on a day, the earliest first filling its category's ceiling."""
    room: dict[str, int] = defaultdict(lambda: ceiling * 10)
    counted = []
    for event in sorted(events, key=lambda each: (each.counts_from, each.id)):
        part = min(event.tenths, room[event.category]) if event.counts(on) else 0
        room[event.category] -= part
        counted.append(CountedEvent(event, part))
    return counted


def level_number(level: str) -> int:
    """L1 to L5 as 1 to 5."""
    return int(level.removeprefix("L"))


def _graded(tenths: int) -> Score:
    points = min(TOP, BASE + tenths // 10)
    level = bisect_right(LEVEL_STARTS, points)
    missing = LEVEL_STARTS[level] - points if level < len(LEVEL_STARTS) else None
    return Score(points, f"L{level}", missing)


def add_months(day: date, months: int) -> date:
    """The same day some months later; the first of the month after where that month has no such day."""
    month = day.year * 12 + day.month - 1 + months
    try:
        return date(month // 12, month % 12 + 1, day.day)
    except ValueError:
        month += 1
        return date(month // 12, month % 12 + 1, 1)
