"""Clocks: until when each step of an event must be done. Pure.

A category gives two times at severity 1, 3 and 5: how long acceptance may take, and how long closing may. Severity 2
lies halfway between 1 and 3, severity 4 halfway between 3 and 5, rounded down to whole minutes. The times run day
and night; a hazard knows no office hours.

- From the report: acceptance is due after the acceptance time of the severity that the reporter proposed.
- From acceptance (or reopening): sending it to somebody is due after the acceptance time again, handling and the
  answer to the reporter are due after the closing time, whoever has it by then.
- From the answer: the reporter has so many days to rate it (`event.autoclose_days`), then it closes by itself.
- A step is due soon when so many percent of its time are left (`event.due_soon`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class CategoryTimes:
    """Minutes at severity 1, 3 and 5."""

    accept: tuple[int, int, int]
    close: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that the current step has."""

    begins: datetime
    due: datetime


def minutes_at(given: tuple[int, int, int], severity: int) -> int:
    """The minutes at any severity, from those given at 1, 3 and 5."""
    mild, middle, worst = given
    return (mild, (mild + middle) // 2, middle, (middle + worst) // 2, worst)[severity - 1]


def acceptance(times: CategoryTimes, severity: int, reported_at: datetime) -> Clock:
    """Until when a report must be accepted or refused."""
    return Clock(reported_at, reported_at + timedelta(minutes=minutes_at(times.accept, severity)))


def dispatching(times: CategoryTimes, severity: int, accepted_at: datetime) -> Clock:
    """Until when an accepted or reopened event must be sent to somebody."""
    return Clock(accepted_at, accepted_at + timedelta(minutes=minutes_at(times.accept, severity)))


def closing(times: CategoryTimes, severity: int, accepted_at: datetime) -> Clock:
    """Until when an accepted or reopened event must be handled and answered for."""
    return Clock(accepted_at, accepted_at + timedelta(minutes=minutes_at(times.close, severity)))


def rating(autoclose_days: int, fed_back_at: datetime) -> Clock:
    """Until when the reporter may rate; then the event closes by itself."""
    return Clock(fed_back_at, fed_back_at + timedelta(days=autoclose_days))


def is_due_soon(clock: Clock, now: datetime, percent_left: int) -> bool:
    """Whether at most so many percent of the time are left."""
    return (clock.due - now) * 100 <= (clock.due - clock.begins) * percent_left
