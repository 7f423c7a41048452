"""Clocks in words: how long a step has left, or since when it is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit import clock
from web.pages.texts import Key, catalogue

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SOON = timedelta(hours=2)
_MINUTES = Key("due.over_minutes"), Key("due.left_minutes")
_HOURS = Key("due.over_hours"), Key("due.left_hours")
_DAYS = Key("due.over_days"), Key("due.left_days")


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
        late, ahead, number = _MINUTES[0], _MINUTES[1], max(1, int(span.total_seconds()) // 60)
    elif span < 2 * _DAY:
        late, ahead, number = _HOURS[0], _HOURS[1], int(span / _HOUR)
    else:
        late, ahead, number = _DAYS[0], _DAYS[1], span.days
    return Due(words.plural(late if over else ahead, number), tone)
