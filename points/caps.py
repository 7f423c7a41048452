"""Caps: how often an action counts in a day, month, quarter, year or for ever, and the global ceilings. Pure.

A subject (a person, or a household where the rule says so) has one tally a year, a list of uses. Every award and
every pending claim is a use; a refused one gives it back. A day is the day on which the act happened, in Shanghai.

A use is kept as one number that can be read in decimal, `326 0012 0001 0000010`: on the 326th day of the year, of
action 12, one unit, 10 points for the global caps. Uses are compared, added and given back by the number alone.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from points.months import first_day, last_day, month_number

_DAY: Final = 10**15
_ACTION: Final = 10**11
_UNIT: Final = 10**7


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of one rule; None where a period has none."""

    day: int | None = None
    month: int | None = None
    quarter: int | None = None
    year: int | None = None
    once: int | None = None


class Ceilings(NamedTuple):
    """The global caps, in points of the actions that count to them."""

    day: int
    month: int


class Use(msgspec.Struct, frozen=True, gc=False):
    """One award: on which day, of which action (by number), how many units, how many points for the global caps."""

    day: date
    action: int
    units: int
    points: int


class CapReached(NamedTuple):
    """Which cap stands in the way, and from when on another act can count."""

    code: str
    next_eligible_on: date | None


class Period(NamedTuple):
    """A stretch of one year: the least number that a use in it can have, the least after it, and the day after it."""

    name: str
    first: int
    end: int
    following: date


@lru_cache(maxsize=1024)
def _periods(day: date) -> tuple[Period, Period, Period, Period]:
    """The year, quarter, month and day in which a day lies."""
    month = month_number(day)
    spans = (("year", month - month % 12, 12), ("quarter", month - month % 3, 3), ("month", month, 1))
    year, quarter, in_month = (
        _period(name, first_day(first), last_day(first + count - 1)) for name, first, count in spans
    )
    return year, quarter, in_month, _period("day", day, day)


def _period(name: str, first: date, last: date) -> Period:
    begins, ends = first.timetuple().tm_yday, last.timetuple().tm_yday
    return Period(name, begins * _DAY, (ends + 1) * _DAY, last + timedelta(days=1))


@dataclass(slots=True)
class YearTally:
    """The uses of one year, as the database keeps them."""

    uses: list[int] = field(default_factory=list)
    changed: bool = False

    def add(self, use: Use) -> None:
        """Count a use."""
        self.uses.append(_packed(use))
        self.changed = True

    def remove(self, use: Use) -> bool:
        """Give a use back; says whether it was there."""
        packed = _packed(use)
        if packed not in self.uses:
            return False
        self.uses.remove(packed)
        self.changed = True
        return True

    def within(self, period: Period) -> list[int]:
        """The uses of a period."""
        first, end = period.first, period.end
        return [use for use in self.uses if first <= use < end]


@dataclass(slots=True)
class Tally:
    """What a subject has used: a tally a year, and per action how often ever, where a rule asks for it."""

    years: dict[int, YearTally] = field(default_factory=dict)
    ever: dict[int, int] = field(default_factory=dict)

    def year(self, year: int) -> YearTally:
        """The tally of a year; an empty one is made where there is none."""
        found = self.years.get(year)
        if found is None:
            found = self.years[year] = YearTally()
        return found

    def add(self, use: Use) -> None:
        """Count a use."""
        self.year(use.day.year).add(use)
        if use.action in self.ever:
            self.ever[use.action] += use.units

    def remove(self, use: Use) -> bool:
        """Give a use back; says whether it was there."""
        return self.year(use.day.year).remove(use)


def _packed(use: Use) -> int:
    return _periods(use.day)[3].first + use.action * _ACTION + use.units * _UNIT + use.points


def _units(uses: list[int], action: int) -> int:
    return sum([use // _UNIT % 10_000 for use in uses if use // _ACTION % 10_000 == action])


def check(caps: Caps, ceilings: Ceilings, tally: Tally, personal: Tally, use: Use) -> CapReached | None:
    """The first cap that one more use would break, the longest period first; None when all hold.

    `tally` belongs to the subject of the rule's caps, `personal` to the person, whom the global caps count.
    """
    if caps.once is not None and tally.ever.get(use.action, 0) + use.units > caps.once:
        return CapReached("cap_once", None)
    of_year = tally.year(use.day.year)
    for most, period in zip((caps.year, caps.quarter, caps.month, caps.day), _periods(use.day), strict=True):
        if most is not None and _units(of_year.within(period), use.action) + use.units > most:
            return CapReached(f"cap_{period.name}", period.following)
    return _check_global(ceilings, personal.year(use.day.year), use) if use.points else None


def _check_global(ceilings: Ceilings, of_year: YearTally, use: Use) -> CapReached | None:
    _, _, month, day = _periods(use.day)
    for most, period in ((ceilings.month, month), (ceilings.day, day)):
        if sum([counted % _UNIT for counted in of_year.within(period)]) + use.points > most:
            return CapReached(f"cap_{period.name}_global", period.following)
    return None


def left(caps: Caps, tally: Tally, action: int, day: date) -> tuple[int | None, int | None]:
    """How many more units count on this day and in this month; None where no cap is set."""
    of_year = tally.year(day.year)
    _, _, month, today = _periods(day)
    day_left, month_left = (
        None if most is None else max(0, most - _units(of_year.within(period), action))
        for most, period in ((caps.day, today), (caps.month, month))
    )
    if day_left is None or month_left is None:
        return day_left, month_left
    return min(day_left, month_left), month_left
