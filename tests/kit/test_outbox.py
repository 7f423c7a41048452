"""The outbox: what is committed is handed on, at least once, in order for each key."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from kit import db, outbox

pytestmark = pytest.mark.stores

heard: list[tuple[str, int]] = []


@pytest.fixture(autouse=True)
def own_subscribers(database: str) -> Iterator[None]:
    before = dict(outbox._subscribers)
    outbox._subscribers.clear()
    heard.clear()
    yield
    outbox._subscribers.clear()
    outbox._subscribers.update(before)


async def say(key: str, *numbers: int) -> None:
    async with db.transaction():
        await outbox.append_lines([("test.said", key, {"n": number}) for number in numbers])


def listen() -> None:
    @outbox.subscriber("test.said")
    async def hear(event: outbox.Event) -> None:
        heard.append((event.key, event.payload["n"]))


async def test_what_is_rolled_back_is_never_told() -> None:
    listen()

    async def say_and_fail() -> None:
        async with db.transaction():
            await outbox.append("test.said", key="a", payload={"n": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await say_and_fail()
    await say("a", 2)
    await outbox.relay()
    assert heard == [("a", 2)]


async def test_each_key_is_told_in_order_by_many_relays_at_once() -> None:
    listen()
    for start in range(0, 30, 10):
        for key in "abc":
            await say(key, *range(start, start + 10))
    await asyncio.gather(*(outbox.relay() for _ in range(4)))
    await outbox.relay()
    for key in "abc":
        assert [number for who, number in heard if who == key] == list(range(30))


async def test_a_failing_subscriber_holds_up_its_own_key_alone(owner: "asyncpg.Connection") -> None:
    broken = True

    @outbox.subscriber("test.said")
    async def hear(event: outbox.Event) -> None:
        if broken and event.key == "a":
            raise ValueError("away")
        heard.append((event.key, event.payload["n"]))

    await say("a", 1, 2)
    await say("b", 1, 2)
    await outbox.relay()
    assert heard == [("b", 1), ("b", 2)]
    broken = False
    await owner.execute("UPDATE kit_outbox SET due_at = now()")
    await outbox.relay()
    assert heard[2:] == [("a", 1), ("a", 2)]


async def test_a_relay_that_dies_leaves_its_events_to_another(owner: "asyncpg.Connection") -> None:
    listen()
    await say("a", 1)
    async with db.transaction() as connection:
        assert len(await connection.fetch(outbox._TAKE, 10, 60)) == 1  # and then the relay is killed
    assert await outbox.hand_on() == 0
    await owner.execute("UPDATE kit_outbox SET due_at = now()")
    assert await outbox.hand_on() == 1
    assert heard == [("a", 1)]


async def test_delivered_events_go_after_a_week(owner: "asyncpg.Connection") -> None:
    listen()
    await say("a", 1, 2)
    await outbox.relay()
    await owner.execute(
        "UPDATE kit_outbox SET delivered_at = now() - interval '8 days' WHERE id = (SELECT min(id) FROM kit_outbox)"
    )
    assert await outbox.sweep_delivered() == 1
