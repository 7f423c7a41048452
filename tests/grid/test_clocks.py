"""The pure rules of events: clocks and states."""

from datetime import UTC, datetime, timedelta

import pytest

from grid import clocks
from grid.clocks import CategoryTimes, Clock
from grid.errors import EventNotReady
from grid.states import BEFORE, check_closing, check_step

TIMES = CategoryTimes(accept=(480, 120, 15), close=(4320, 1440, 240))
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "accept", "close"), [(1, 480, 4320), (2, 300, 2880), (3, 120, 1440), (4, 67, 840), (5, 15, 240)]
)
def test_severities_two_and_four_lie_halfway_between_the_given_ones(severity: int, accept: int, close: int) -> None:
    assert clocks.minutes_at(TIMES.accept, severity) == accept
    assert clocks.minutes_at(TIMES.close, severity) == close


def test_the_clocks_of_the_steps_begin_where_the_case_stands() -> None:
    assert clocks.acceptance(TIMES, 5, NOW).due == NOW + timedelta(minutes=15)
    assert clocks.dispatching(TIMES, 3, NOW).due == NOW + timedelta(hours=2)
    assert clocks.closing(TIMES, 3, NOW).due == NOW + timedelta(hours=24)
    assert clocks.rating(7, NOW).due == NOW + timedelta(days=7)


def test_a_step_is_due_soon_when_a_quarter_of_its_time_is_left() -> None:
    clock = Clock(NOW, NOW + timedelta(hours=4))
    assert not clocks.is_due_soon(clock, NOW + timedelta(hours=2, minutes=59), 25)
    assert clocks.is_due_soon(clock, NOW + timedelta(hours=3), 25)


def test_every_step_names_the_states_it_follows_and_refuses_all_others() -> None:
    states = {state for before in BEFORE.values() for state in before} | {"refused"}
    for step, before in BEFORE.items():
        for state in states:
            if state in before:
                check_step(state, step)  # type: ignore[arg-type]
            else:
                with pytest.raises(EventNotReady):
                    check_step(state, step)  # type: ignore[arg-type]


def test_a_case_that_nobody_can_rate_closes_without_a_rating() -> None:
    check_closing("fed_back", can_be_rated=False)
    with pytest.raises(EventNotReady):
        check_closing("fed_back", can_be_rated=True)
