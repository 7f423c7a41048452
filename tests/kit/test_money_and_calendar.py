"""Money divides exactly, working days are China's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import calendar, db
from kit.calendar import Calendar, Deadline
from kit.money import fen_text, parse_fen, shared, tenths_text


def test_amounts_read_as_people_write_them() -> None:
    assert [fen_text(n) for n in (0, 5, 1250, -1205)] == ["0.00", "0.05", "12.50", "-12.05"]
    assert [tenths_text(n) for n in (0, 5, 15, 20, -15)] == ["0", "0.5", "1.5", "2", "-1.5"]
    assert [parse_fen(text) for text in ("12.5", "12", " 0.05 ", "-1.00")] == [1250, 1200, 5, -100]
    assert [parse_fen(text) for text in ("", "1.234", "1e3", "十元", "1,000")] == [None] * 5


@given(st.integers(0, 10**12), st.lists(st.integers(0, 100), min_size=1, max_size=3))
def test_shares_sum_to_the_whole(total: int, raw: list[int]) -> None:
    percents = [min(each, 33) for each in raw]
    percents.append(100 - sum(percents))
    parts = shared(total, percents)
    assert sum(parts) == total
    assert all(abs(part - total * percent / 100) < 1 for part, percent in zip(parts, percents, strict=True))


def test_shares_must_make_a_hundred() -> None:
    with pytest.raises(ValueError, match="hundred"):
        shared(100, [50, 40])


def test_the_published_calendar_knows_holidays_and_made_up_days() -> None:
    china = Calendar()
    assert not china.is_working(date(2026, 10, 1))
    assert china.is_working(date(2026, 2, 14))  # a Saturday that is worked for the Spring Festival
    assert china.add_working_days(date(2025, 9, 30), 1) == Deadline(date(2025, 10, 9), estimated=False)


def test_the_county_s_table_comes_before_the_published_calendar() -> None:
    county = Calendar({date(2026, 3, 5): False})
    assert county.add_working_days(date(2026, 3, 4), 1).on == date(2026, 3, 6)


def test_a_year_without_a_published_calendar_counts_weekdays_and_says_so() -> None:
    year = calendar.last_published_year() + 5
    friday = next(date(year, 6, d) for d in range(1, 8) if date(year, 6, d).weekday() == 4)
    found = Calendar().add_working_days(friday, 1)
    assert found.estimated
    assert found.on.weekday() == 0


def test_counting_back_gives_what_was_counted() -> None:
    start = date(2026, 4, 1)
    deadline = Calendar().add_working_days(start, 7).on
    assert Calendar().working_days_between(start, deadline) == 7


async def test_a_day_set_by_the_county_is_in_force_at_once(database: str) -> None:
    async with db.transaction():
        await calendar.set_calendar_day(date(2026, 3, 5), working=False, why="台风")
        await calendar.set_calendar_day(date(2026, 3, 5), working=False, why="台风停工")
    assert (await calendar.add_working_days(date(2026, 3, 4), 1)).on == date(2026, 3, 6)
