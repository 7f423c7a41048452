"""Adaptive group commit: requests that come together are written together, each with its own outcome."""

import asyncio
from collections.abc import Sequence

import pytest

from kit.errors import DatabaseAway, OutcomeUnknown
from kit.gather import Gatherer


class Spoiled(Exception):
    """One line that no batch survives."""


def gatherer(batches: list[list[int]], *, spoiled: int = -1) -> Gatherer[int, int]:
    async def double(lines: Sequence[int]) -> list[int]:
        batches.append(list(lines))
        await asyncio.sleep(0.005)
        if spoiled in lines:
            raise Spoiled
        return [line * 2 for line in lines]

    return Gatherer(double, conflicts=lambda line: [line % 100], size=64)


async def test_a_single_request_is_written_at_once() -> None:
    batches: list[list[int]] = []
    assert await gatherer(batches).submit(3) == 6
    assert batches == [[3]]


async def test_what_comes_while_a_batch_is_written_shares_the_next_one() -> None:
    batches: list[list[int]] = []
    gather = gatherer(batches)
    outcomes = await asyncio.gather(*[gather.submit(number) for number in range(50)])
    assert outcomes == [number * 2 for number in range(50)]
    assert len(batches) <= 2


async def test_two_lines_that_need_the_same_thing_are_never_in_one_batch() -> None:
    batches: list[list[int]] = []
    gather = gatherer(batches)
    await asyncio.gather(*[gather.submit(number * 100) for number in range(5)])
    assert batches == [[0], [100], [200], [300], [400]]


async def test_a_batch_is_never_larger_than_its_size() -> None:
    batches: list[list[int]] = []
    gather = gatherer(batches)
    await asyncio.gather(*[gather.submit(number) for number in range(100)])
    assert max(map(len, batches)) <= 64


async def test_one_bad_line_does_not_fail_its_neighbours() -> None:
    gather = gatherer([], spoiled=7)
    outcomes = await asyncio.gather(*[gather.submit(number) for number in range(10)], return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Spoiled)] == [0, 2, 4, 6, 8, 10, 12, 16, 18]
    assert isinstance(outcomes[7], Spoiled)


async def test_a_batch_lost_at_its_commit_is_never_said_to_have_changed_nothing() -> None:
    batches: list[int] = []

    async def lose(lines: Sequence[int]) -> list[int]:
        batches.append(len(lines))
        await asyncio.sleep(0.005)
        raise OutcomeUnknown if len(lines) > 1 else DatabaseAway

    gather = Gatherer(lose, conflicts=lambda line: [line])
    outcomes = await asyncio.gather(*[gather.submit(number) for number in range(5)], return_exceptions=True)
    assert [type(each) for each in outcomes] == [OutcomeUnknown] * 5
    assert batches == [5, 1]  # one line found the database away; the others did not wait for it too


async def test_a_caller_that_goes_away_does_not_stop_its_line() -> None:
    batches: list[list[int]] = []
    gather = gatherer(batches)
    caller = asyncio.create_task(gather.submit(1))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await gather.drain()
    assert batches == [[1]]
