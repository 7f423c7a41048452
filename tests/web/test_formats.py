"""Days, times, numbers and money as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from kit import db
from kit.calendar import set_calendar_day
from kit.clock import SHANGHAI
from web.pages.formats import Formats, working_days_left
from web.pages.texts import catalogue

ZH, EN = Formats(catalogue("zh-CN")), Formats(catalogue("en"))
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai


@pytest.mark.parametrize(
    ("ago", "chinese", "english"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(minutes=5), "5 分钟前", "5 minutes ago"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(hours=2), "今天 12:30", "today 12:30"),
        (timedelta(hours=15), "昨天 23:30", "yesterday 23:30"),
        (timedelta(days=2), "11月20日 14:30", "20 Nov 14:30"),
        (timedelta(days=365), "2025年11月22日 14:30", "22 Nov 2025 14:30"),
        (timedelta(minutes=-5), "今天 14:35", "today 14:35"),
    ],
)
def test_a_moment_is_said_as_people_say_it(ago: timedelta, chinese: str, english: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ZH.ago(NOW - ago) == chinese
        assert EN.ago(NOW - ago) == english


def test_days_are_shanghais() -> None:
    late = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)  # five past midnight, the day after
    with time_machine.travel(NOW, tick=False):
        assert ZH.moment(late) == "11月23日 00:05"
        assert EN.day(date(2026, 11, 22)) == "22 Nov"
        assert ZH.day(late.astimezone(SHANGHAI)) == "11月23日"
        assert ZH.month(late) == "2026年11月"
        assert (ZH.weekday(date(2026, 11, 22)), EN.weekday(date(2026, 11, 22))) == ("周日", "Sun")
        assert ZH.iso(late) == "2026-11-23T00:05:00+08:00"


def test_figures_carry_their_sign_and_their_groups() -> None:
    assert ZH.number(1234567) == "1,234,567"
    assert [ZH.points(each) for each in (5, 0, -1200)] == ["+5", "0", "−1,200"]
    assert [ZH.yuan(each) for each in (1200, 125050, 5, -250)] == ["¥12", "¥1,250.50", "¥0.05", "−¥2.50"]
    assert [ZH.tenths(each) for each in (15, 20, -5)] == ["1.5", "2", "−0.5"]


async def test_a_deadline_counts_the_countys_working_days(database: str) -> None:
    with time_machine.travel(NOW, tick=False):  # a Sunday
        assert await working_days_left(date(2026, 11, 24)) == 2
        assert await working_days_left(date(2026, 11, 20)) == 0
        assert await working_days_left(date(2026, 11, 19)) == -1
        async with db.transaction():
            await set_calendar_day(date(2026, 11, 23), working=False, why="snow")
        assert await working_days_left(date(2026, 11, 24)) == 1
