"""How many one person may have in a period: when the period began. Pure."""

from datetime import date, datetime
from typing import Final

from kit.clock import business_day, day_start

PERIODS: Final = ("day", "month", "year", "ever")
_BEFORE_ALL = date(2000, 1, 1)


def period_start(period: str, moment: datetime) -> datetime:
    """The beginning, in Shanghai, of the day, month or year in which the moment falls."""
    today = business_day(moment)
    first = {
        "day": today,
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
        "ever": _BEFORE_ALL,
    }
    return day_start(first[period])
