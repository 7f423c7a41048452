"""Days, times, numbers, points and money as the reader writes them. Days are Shanghai's."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_skeleton

from kit import clock
from kit.calendar import load_calendar
from kit.clock import SHANGHAI
from kit.money import fen_text, tenths_text
from web.pages.texts import Catalogue

_JUST_NOW = timedelta(minutes=1)
_AN_HOUR = timedelta(hours=1)
_FEN = 100


class Formats:
    """How one language writes things down; its methods are the filters of the templates."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Write in the language of this catalogue."""
        self._catalogue = catalogue
        # The day comes before the month in English as it is read here: 22 Nov.
        self._locale = "zh_CN" if catalogue.locale.language == "zh" else "en_GB"

    def number(self, value: float) -> str:
        """1234 as 1,234."""
        return f"{value:,}"

    def points(self, value: int) -> str:
        """A change of points with its sign: +5, −1,200."""
        return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):,}"

    def yuan(self, fen: int) -> str:
        """Money from fen: ¥1,250.50; whole yuan without the fen: ¥12."""
        whole, rest = divmod(abs(fen), _FEN)
        sign = "−" if fen < 0 else ""
        return f"{sign}¥{whole:,}" if rest == 0 else f"{sign}¥{whole:,}{fen_text(rest)[1:]}"

    def tenths(self, value: int) -> str:
        """Credit from tenths: 15 as 1.5."""
        return tenths_text(value).replace("-", "−")

    def day(self, value: date) -> str:
        """A day: 11月22日 / 22 Nov; with its year when that is not this one."""
        on = clock.business_day(value) if isinstance(value, datetime) else value
        this_year = on.year == clock.business_day(clock.now()).year
        return self._skeleton("MMMd" if this_year else "yMMMd", on)

    def weekday(self, value: date) -> str:
        """The day of the week: 周日 / Sun."""
        return self._skeleton("E", clock.business_day(value) if isinstance(value, datetime) else value)

    def month(self, value: date) -> str:
        """A month: 2026年11月 / Nov 2026."""
        return self._skeleton("yMMM", clock.business_day(value) if isinstance(value, datetime) else value)

    def time(self, value: datetime) -> str:
        """A time of day: 14:05."""
        return f"{value.astimezone(SHANGHAI):%H:%M}"

    def moment(self, value: datetime) -> str:
        """A day with its time: 11月22日 14:05."""
        return f"{self.day(value)} {self.time(value)}"

    def ago(self, value: datetime) -> str:
        """How long ago, as people say it: 刚刚, 5 分钟前, 今天 14:05, 昨天 14:05, 11月20日 14:05."""
        now = clock.now()
        if value <= now and now - value < _JUST_NOW:
            return self._catalogue.text("time.just_now")
        if value <= now and now - value < _AN_HOUR:
            return self._catalogue.plural("time.minutes_ago", int((now - value).total_seconds()) // 60)
        days = (clock.business_day(now) - clock.business_day(value)).days
        if days == 0:
            return self._catalogue.text("time.today", time=self.time(value))
        if days == 1:
            return self._catalogue.text("time.yesterday", time=self.time(value))
        return self.moment(value)

    def iso(self, value: date) -> str:
        """For machines, in `<time datetime=…>`, at Shanghai's offset."""
        return (value.astimezone(SHANGHAI) if isinstance(value, datetime) else value).isoformat()

    def _skeleton(self, skeleton: str, on: date) -> str:
        return _written(skeleton, on.year, on.month, on.day, self._locale)


@lru_cache(4_096)  # a list of forty lines names a few days forty times
def _written(skeleton: str, year: int, month: int, day: int, locale: str) -> str:
    return format_skeleton(skeleton, datetime(year, month, day, tzinfo=SHANGHAI), SHANGHAI, locale=locale)


FILTERS = ("number", "points", "yuan", "tenths", "day", "weekday", "month", "time", "moment", "ago", "iso")


async def working_days_left(until: date) -> int:
    """How many working days a deadline leaves from today on, by the county's calendar; below zero when it is over."""
    today = clock.business_day(clock.now())
    calendar = await load_calendar()
    if until < today:
        return -calendar.working_days_between(until, today)
    return calendar.working_days_between(today, until)
