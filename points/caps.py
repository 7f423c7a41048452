"""Caps: how often an action counts in a day, month, quarter, year or for ever, and the global ceilings. Pure.

A subject (a person, or a household where the rule says so) has one tally a month, a list of uses. Every award and
every pending claim is a use; a refused one gives it back. A day is the day on which the act happened, in Shanghai.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from points.months import first_day, month_number


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps of one rule; None where a period has none."""

    day: int | None = None
    month: int | None = None
    quarter: int | None = None
    year: int | None = None
    once: int | None = None


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The global caps, in points of the actions that count to them."""

    day: int
    month: int


class Use(NamedTuple):
    """One award: on which day, of which action (by number), how many units, how many points for the global caps."""

    day: date
    action: int
    units: int
    points: int


class CapReached(NamedTuple):
    """Which cap stands in the way, and from when on another act can count."""

    code: str
    next_eligible_on: date | None


@dataclass(slots=True)
class MonthTally:
    """The uses of one month as parallel lists, as the database keeps them."""

    days: list[int] = field(default_factory=list)
    actions: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    changed: bool = False
    id: UUID | None = None

    def add(self, use: Use) -> None:
        """Count a use."""
        self.days.append(use.day.day)
        self.actions.append(use.action)
        self.units.append(use.units)
        self.points.append(use.points)
        self.changed = True

    def remove(self, use: Use) -> bool:
        """Give a use back; says whether it was there."""
        wanted = (use.day.day, use.action, use.units, use.points)
        for place, found in enumerate(zip(self.days, self.actions, self.units, self.points, strict=True)):
            if found == wanted:
                for column in (self.days, self.actions, self.units, self.points):
                    del column[place]
                self.changed = True
                return True
        return False

    def of_action(self, action: int) -> int:
        """Units of an action in the month."""
        return sum(units for each, units in zip(self.actions, self.units, strict=True) if each == action)

    def of_action_on(self, action: int, day: int) -> int:
        """Units of an action on a day of the month."""
        rows = zip(self.days, self.actions, self.units, strict=True)
        return sum(units for on, each, units in rows if each == action and on == day)

    def points_on(self, day: int) -> int:
        """Points for the global cap on a day of the month."""
        return sum(points for on, points in zip(self.days, self.points, strict=True) if on == day)


@dataclass(slots=True)
class Tally:
    """What a subject has used: a tally a month, and per action how often ever, where a rule asks for it."""

    months: dict[int, MonthTally] = field(default_factory=dict)
    ever: dict[int, int] = field(default_factory=dict)

    def month(self, month: int) -> MonthTally:
        """The tally of a month; an empty one is made where there is none."""
        found = self.months.get(month)
        if found is None:
            found = self.months[month] = MonthTally()
        return found

    def add(self, use: Use) -> None:
        """Count a use."""
        self.month(month_number(use.day)).add(use)
        if use.action in self.ever:
            self.ever[use.action] += use.units

    def remove(self, use: Use) -> bool:
        """Give a use back; says whether it was there."""
        return self.month(month_number(use.day)).remove(use)

    def of_action(self, action: int, first_month: int, count: int) -> int:
        """Units of an action in some months on end."""
        months = (self.months.get(month) for month in range(first_month, first_month + count))
        return sum(tally.of_action(action) for tally in months if tally is not None)


def months_needed(caps: Caps, day: date) -> range:
    """The months whose tallies decide about an act on this day."""
    month = month_number(day)
    if caps.year is not None:
        return range(month - month % 12, month - month % 12 + 12)
    if caps.quarter is not None:
        return range(month - month % 3, month - month % 3 + 3)
    return range(month, month + 1)


def check(caps: Caps, ceilings: Ceilings, tally: Tally, personal: Tally, use: Use) -> CapReached | None:
    """The first cap that one more use would break, the longest period first; None when all hold.

    `tally` belongs to the subject of the rule's caps, `personal` to the person, whom the global caps count.
    """
    day, month = use.day, month_number(use.day)
    if caps.once is not None and tally.ever.get(use.action, 0) + use.units > caps.once:
        return CapReached("cap_once", None)
    year, quarter = month - month % 12, month - month % 3
    if caps.year is not None and tally.of_action(use.action, year, 12) + use.units > caps.year:
        return CapReached("cap_year", first_day(year + 12))
    if caps.quarter is not None and tally.of_action(use.action, quarter, 3) + use.units > caps.quarter:
        return CapReached("cap_quarter", first_day(quarter + 3))
    of_month = tally.months.get(month)
    if of_month is None:
        of_month = MonthTally()
    if caps.month is not None and of_month.of_action(use.action) + use.units > caps.month:
        return CapReached("cap_month", first_day(month + 1))
    if caps.day is not None and of_month.of_action_on(use.action, day.day) + use.units > caps.day:
        return CapReached("cap_day", day + timedelta(days=1))
    return _check_global(ceilings, personal.months.get(month), use) if use.points else None


def _check_global(ceilings: Ceilings, of_month: MonthTally | None, use: Use) -> CapReached | None:
    if of_month is None:
        of_month = MonthTally()
    if sum(of_month.points) + use.points > ceilings.month:
        return CapReached("cap_month_global", first_day(month_number(use.day) + 1))
    if of_month.points_on(use.day.day) + use.points > ceilings.day:
        return CapReached("cap_day_global", use.day + timedelta(days=1))
    return None


def left(caps: Caps, tally: Tally, action: int, day: date) -> tuple[int | None, int | None]:
    """How many more units count on this day and in this month; None where no cap is set."""
    of_month = tally.months.get(month_number(day)) or MonthTally()
    month_left = None if caps.month is None else max(0, caps.month - of_month.of_action(action))
    if caps.day is None:
        return None, month_left
    day_left = max(0, caps.day - of_month.of_action_on(action, day.day))
    return day_left if month_left is None else min(day_left, month_left), month_left
