"""The pure rules: caps, stages, levels, months and the credit score, without a database."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from points import credit_score, levels, months, reasons
from points.caps import Caps, Ceilings, Tally, Use, check, left
from points.credit_score import CreditEvent, add_months, counted_events, score
from points.errors import NOT_ALLOWED, OTHER_DOORS
from points.stages import is_two_stage, split_points, stage_points, stage_tenths

DAY = date(2026, 11, 30)
CEILINGS = Ceilings(100, 1_200)


def used(*uses: tuple[date, int, int]) -> Tally:
    tally = Tally()
    for day, units, points in uses:
        tally.add(Use(day, 7, units, points))
    return tally


@pytest.mark.parametrize(
    ("caps", "tally", "code", "next_day"),
    [
        (Caps(day=2), used((DAY, 2, 0)), "cap_day", date(2026, 12, 1)),
        (Caps(month=2), used((date(2026, 11, 1), 2, 0)), "cap_month", date(2026, 12, 1)),
        (Caps(quarter=1), used((date(2026, 10, 1), 1, 0)), "cap_quarter", date(2027, 1, 1)),
        (Caps(quarter=1), used((date(2026, 9, 30), 1, 0)), None, None),
        (Caps(year=1), used((date(2026, 1, 1), 1, 0)), "cap_year", date(2027, 1, 1)),
        (Caps(year=1), used((date(2025, 12, 31), 1, 0)), None, None),
        (Caps(day=1), used((DAY, 0, 0)), None, None),
        (Caps(), used((DAY, 1, 95)), "cap_day_global", date(2026, 12, 1)),
        (Caps(), used((DAY, 1, 90)), None, None),
        (Caps(), used(*((date(2026, 11, day), 1, 100) for day in range(1, 13))), "cap_month_global", date(2026, 12, 1)),
    ],
)
def test_a_cap_counts_by_its_period_and_says_when_it_begins_again(
    caps: Caps, tally: Tally, code: str | None, next_day: date | None
) -> None:
    reached = check(caps, CEILINGS, tally, tally, Use(DAY, 7, 1, 10))
    assert (reached and reached.code, reached and reached.next_eligible_on) == (code, next_day)


def test_a_cap_for_ever_never_begins_again() -> None:
    tally = Tally(ever={7: 1})
    assert check(Caps(once=1), CEILINGS, tally, tally, Use(DAY, 7, 1, 0)) == ("cap_once", None)


def test_hours_count_as_hours() -> None:
    tally = used((DAY, 3, 0))
    assert check(Caps(day=4), CEILINGS, tally, tally, Use(DAY, 7, 1, 0)) is None
    assert check(Caps(day=4), CEILINGS, tally, tally, Use(DAY, 7, 2, 0)) is not None
    assert left(Caps(day=4, month=40), tally, 7, DAY) == (1, 37)


def test_what_is_given_back_can_be_used_again() -> None:
    tally = used((DAY, 1, 10), (DAY, 1, 20))
    assert tally.remove(Use(DAY, 7, 1, 20))
    assert not tally.remove(Use(DAY, 7, 1, 20))
    assert tally.year(2026).uses == [334_0007_0001_0000010]


def test_a_use_of_another_action_or_day_is_left_in_peace() -> None:
    tally = used((DAY, 1, 10), (date(2026, 11, 29), 5, 10))
    tally.add(Use(DAY, 8, 9, 10))
    assert check(Caps(day=2), CEILINGS, tally, tally, Use(DAY, 7, 1, 0)) is None
    assert check(Caps(month=6), CEILINGS, tally, tally, Use(DAY, 7, 1, 0)) is not None


@pytest.mark.parametrize(("points", "first", "second"), [(2, 1, 1), (5, 1, 4), (15, 3, 12), (20, 4, 16), (100, 20, 80)])
def test_the_first_stage_is_a_fifth_and_at_least_one(points: int, first: int, second: int) -> None:
    assert (stage_points(points, "full", 1), stage_points(points, "full", 2)) == (first, second)


@given(st.integers(1, 10_000), st.sampled_from(["full", "new_evidence", "me_too"]))
def test_both_stages_are_the_whole(points: int, split: str) -> None:
    parts = [stage_points(points, split, stage) for stage in (1, 2)]  # type: ignore[arg-type]
    assert sum(parts) == stage_points(points, split, 0) == split_points(points, split)  # type: ignore[arg-type]
    assert min(parts) >= 0


def test_a_later_reporter_gets_forty_percent_half_up_and_a_me_too_one_point() -> None:
    assert [split_points(each, "new_evidence") for each in (5, 15, 20, 50)] == [2, 6, 8, 20]
    assert split_points(100, "me_too") == 1
    assert [stage_tenths(10, "full", 1), stage_tenths(10, "full", 2), stage_tenths(10, "me_too", 2)] == [0, 10, 0]


def test_reports_have_two_stages_and_their_confirmation_has_none() -> None:
    assert is_two_stage("RPT-HAZARD")
    assert not is_two_stage("RPT-CONFIRM")
    assert not is_two_stage("VOL-HOUR")


@pytest.mark.parametrize(
    ("verified_by", "points", "needed"),
    [("V0", 2, ""), ("V3", 30, "3"), ("V0+V3", 10, "3"), ("V2+V4", 100, "24"), ("V4", 100, "44"), ("V0", 100, "44")],
)
def test_a_hundred_points_take_two_people(verified_by: str, points: int, needed: str) -> None:
    assert levels.needed(verified_by, points, 100) == needed


def event(category: str, tenths: int, start: date, end: date, withdrawn: date | None = None) -> CreditEvent:
    return CreditEvent(
        id=UUID(int=tenths),
        action="X",
        category=category,
        tenths=tenths,
        counts_from=start,
        counts_until=end,
        withdrawn_on=withdrawn,
    )


YEAR = (date(2026, 1, 1), date(2027, 1, 1))


def test_nobody_is_below_the_base() -> None:
    assert score([], DAY) == credit_score.Score(600, "L1", 20)


def test_tenths_add_up_over_categories() -> None:
    assert score([event("a", 5, *YEAR), event("b", 5, *YEAR)], DAY).score == 601


def test_a_category_brings_eighty_at_most_and_the_top_is_a_thousand() -> None:
    assert score([event("a", 900, *YEAR), event("a", 901, *YEAR)], DAY).score == 680
    assert score([event(name, 800, *YEAR) for name in "abcdefgh"], DAY) == credit_score.Score(1000, "L5", None)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2025, 12, 31), 600), (date(2026, 1, 1), 610), (date(2026, 12, 31), 610), (date(2027, 1, 1), 600)],
)
def test_an_event_counts_from_its_day_until_the_day_before_its_end(on: date, expected: int) -> None:
    assert score([event("a", 100, *YEAR)], on).score == expected


def test_a_withdrawn_event_counts_up_to_the_day_before() -> None:
    events = [event("a", 100, *YEAR, date(2026, 6, 1))]
    assert [score(events, day).score for day in (date(2026, 5, 31), date(2026, 6, 1))] == [610, 600]


@pytest.mark.parametrize(("tenths", "level"), [(199, "L1"), (200, "L2"), (600, "L3"), (1200, "L4"), (2000, "L5")])
def test_levels_begin_at_their_scores(tenths: int, level: str) -> None:
    parts = [event(str(place), min(800, tenths - start), *YEAR) for place, start in enumerate(range(0, tenths, 800))]
    assert score(parts, DAY).level == level


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 900)), max_size=20))
def test_the_parts_that_count_are_the_score(parts: list[tuple[str, int]]) -> None:
    events = [event(category, tenths, *YEAR) for category, tenths in parts]
    counted = sum(each.counted for each in counted_events(events, DAY))
    assert score(events, DAY).score == min(1000, 600 + counted // 10)


def test_a_month_more_ends_on_the_same_day_or_the_first_of_the_next() -> None:
    assert add_months(date(2026, 11, 30), 12) == date(2027, 11, 30)
    assert add_months(date(2028, 2, 29), 12) == date(2029, 3, 1)


@given(st.dictionaries(st.integers(24_000, 24_060), st.integers(1, 500), max_size=26), st.integers(0, 2_000))
def test_points_are_taken_from_the_earliest_months_and_none_is_lost(held: dict[int, int], points: int) -> None:
    points = min(points, sum(held.values()))
    rest, taken = months.take(held, points)
    assert months.add(rest, taken) == held
    assert sum(taken.values()) == points
    assert not rest or not taken or max(taken) <= min(rest)


def test_every_code_has_both_languages() -> None:
    codes = {*NOT_ALLOWED, *(f"use_{door}" for door in OTHER_DOORS)}
    assert codes <= set(reasons.REASONS)
    assert all(chinese and english for chinese, english in reasons.REASONS.values())
