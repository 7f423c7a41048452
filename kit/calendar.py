"""Working days in China: the published calendar, the county's own corrections, and weekdays where both are silent.

The published calendar covers the years that the State Council has announced. A deadline that reaches beyond them is
counted by weekdays and says that it is estimated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar

from kit import db

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day, and whether a part of the way to it had no published calendar."""

    on: date
    estimated: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days with the county's corrections."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        return self._look_up(day)[0]

    def add_working_days(self, on: date, count: int) -> Deadline:
        """The working day that is `count` working days after `on`; the day itself does not count."""
        day, estimated = on, False
        while count > 0:
            day += timedelta(days=1)
            working, known = self._look_up(day)
            estimated |= not known
            count -= working
        return Deadline(day, estimated)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after the one day, up to and with the other."""
        return sum(self.is_working(after + timedelta(days=step)) for step in range(1, (until - after).days + 1))

    def _look_up(self, day: date) -> tuple[bool, bool]:
        """Whether it is a working day, and whether anybody has said so."""
        if day in self.overrides:
            return self.overrides[day], True
        try:
            return chinese_calendar.is_workday(day), True
        except NotImplementedError:
            return day.weekday() < _SATURDAY, False


def last_published_year() -> int:
    """The last year that the published calendar knows (for `doctor`)."""
    years: set[int] = {day.year for day in chinese_calendar.constants.holidays}
    return max(years)


async def load_calendar() -> Calendar:
    """The calendar with the corrections of the county's table."""
    rows = await db.fetch("SELECT day, working FROM kit_calendar_day")
    return Calendar({row["day"]: row["working"] for row in rows})


async def add_working_days(on: date, count: int) -> Deadline:
    """The working day that is `count` working days after `on`, by the calendar in force."""
    return (await load_calendar()).add_working_days(on, count)


async def set_calendar_day(day: date, *, working: bool, why: str) -> None:
    """Declare a day as working or free, against the published calendar (a step)."""
    await db.current().execute(
        "INSERT INTO kit_calendar_day (day, working, why, set_at) VALUES ($1, $2, $3, now())"
        " ON CONFLICT (day) DO UPDATE SET working = excluded.working, why = excluded.why, set_at = excluded.set_at",
        day,
        working,
        why,
    )
