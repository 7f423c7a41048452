"""Points by the month at whose end they expire: pure arithmetic, spent from the earliest month on.

A month is counted from year 0 (`month_number`), so that months add and compare as integers. What an account holds is
a mapping month → points; it has some 25 entries at most, and no entry is zero or less.
"""

from collections.abc import Mapping
from datetime import date

Months = Mapping[int, int]


def month_number(day: date) -> int:
    """The month of a day as one integer."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The day at whose end the points of this month expire."""
    return date.fromordinal(first_day(month + 1).toordinal() - 1)


def due(held: Months, today: date) -> dict[int, int]:
    """What has expired by today: the months that ended before this one."""
    this_month = month_number(today)
    return {month: points for month, points in held.items() if month < this_month}


def take(held: Months, points: int) -> tuple[dict[int, int], dict[int, int]]:
    """Take points from the earliest months: what is left, and what was taken from which month."""
    left: dict[int, int] = {}
    taken: dict[int, int] = {}
    for month in sorted(held):
        part = min(points, held[month])
        points -= part
        if part:
            taken[month] = part
        if part < held[month]:
            left[month] = held[month] - part
    if points:
        message = "more is taken than is held"
        raise ValueError(message)
    return left, taken


def add(held: Months, more: Months) -> dict[int, int]:
    """What is held after more was added."""
    total = dict(held)
    for month, points in more.items():
        total[month] = total.get(month, 0) + points
    return total


def restored(taken: Months, earliest: int) -> dict[int, int]:
    """Months to give refunded points back to: those they came from, but none before `earliest` (the grace)."""
    given: dict[int, int] = {}
    for month, points in taken.items():
        kept = max(month, earliest)
        given[kept] = given.get(kept, 0) + points
    return given


def from_row(first_month: int | None, by_month: list[int] | None) -> dict[int, int]:
    """Read what a row stores: the first month, and an array with one number for it and each month after it."""
    if first_month is None:
        return {}
    return {first_month + index: points for index, points in enumerate(by_month or ()) if points}


def to_row(held: Months) -> tuple[int | None, str]:
    """The two columns of a row; the array as PostgreSQL's text, since a list of ragged arrays cannot be sent."""
    if not held:
        return None, "{}"
    first = min(held)
    return first, f"{{{str([held.get(month, 0) for month in range(first, max(held) + 1)])[1:-1]}}}"
