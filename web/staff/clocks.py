"""Clocks in words: how long a step has left, or since when it is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit import clock
from web.pages.texts import catalogue

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in words, with how it is coloured: bad when it is over, waiting when it is near."""

    text: str
    tone: str


def due_words(due_at: datetime | None, language: str) -> Due | None:
    """What a deadline means now; None where there is none."""
    if due_at is None:
        return None
    left = due_at - clock.now()
    over = left < timedelta()
    tone = "bad" if over else "waiting" if left < _SOON else ""
    words, span = catalogue(language), abs(left)
    if span < _HOUR:
        minutes = max(1, int(span.total_seconds()) // 60)
        return Due(words.plural("due.over_minutes" if over else "due.left_minutes", minutes), tone)
    if span < 2 * _DAY:
        hours = int(span / _HOUR)
        return Due(words.plural("due.over_hours" if over else "due.left_hours", hours), tone)
    days = span.days
    return Due(words.plural("due.over_days" if over else "due.left_days", days), tone)
