"""Valkey may be away at any moment: nothing raises, limits say what they do, listeners come back by themselves."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit import embedded, live, redis
from kit.settings import Settings, read_settings

pytestmark = pytest.mark.stores

OPEN = redis.Limit(name="open", burst=3, seconds=60, when_away="open")
CLOSED = redis.Limit(name="closed", burst=3, seconds=60, when_away="closed")


class OwnValkey:
    """A Valkey of this test's own, to be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.server = embedded.start_valkey(settings)

    def kill(self) -> None:
        assert self.server.process is not None
        self.server.process.kill()
        self.server.process.wait()

    def start(self) -> None:
        self.server = embedded.start_valkey(self.settings)


@pytest.fixture
def valkey(tmp_path: Path, test_stores: Any) -> Iterator[OwnValkey]:
    settings = read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(tmp_path)})
    settings.embedded.sockets.mkdir(mode=0o700, exist_ok=True)
    own = OwnValkey(settings)
    yield own
    own.server.stop()


@pytest.fixture
async def connected(valkey: OwnValkey) -> AsyncIterator[OwnValkey]:
    await redis.open(valkey.settings.redis_url)
    yield valkey
    await redis.close()


async def test_values_are_cached_and_forgotten(connected: OwnValkey) -> None:
    assert await redis.try_set("a", "1", seconds=60)
    assert await redis.try_get("a") == b"1"
    assert await redis.try_delete("a")
    assert await redis.try_get("a") is None
    assert await redis.ping()


async def test_a_limit_is_exact_however_many_ask_at_once(connected: OwnValkey) -> None:
    verdicts = await asyncio.gather(*(redis.take(OPEN, "me") for _ in range(20)))
    assert sum(verdict.allowed for verdict in verdicts) == 3
    refused = next(verdict for verdict in verdicts if not verdict.allowed)
    assert 1 <= refused.retry_after <= 20
    assert (await redis.take(OPEN, "you")).left == 2


async def test_a_limit_fills_up_again_with_time(connected: OwnValkey) -> None:
    quick = redis.Limit(name="quick", burst=2, seconds=4, when_away="open")
    assert [(await redis.take(quick, "me")).allowed for _ in range(3)] == [True, True, False]
    await asyncio.sleep(2.1)
    assert (await redis.take(quick, "me")).allowed


async def test_without_valkey_nothing_raises_and_only_the_first_call_waits(connected: OwnValkey, *, full: bool) -> None:
    connected.kill()
    began = time.monotonic()
    for _ in range(200):
        assert await redis.try_get("a") is None
        assert not await redis.try_set("a", "1", seconds=1)
        await live.publish("person:1", {"kind": "x"})
    assert (await redis.take(OPEN, "me")).allowed
    assert not (await redis.take(CLOSED, "me")).allowed
    assert not await redis.ping()
    assert time.monotonic() - began < (2 if full else 20), "600 calls that each wait take minutes"


async def test_it_is_used_again_soon_after_it_is_back(connected: OwnValkey) -> None:
    connected.kill()
    assert not await redis.try_set("a", "1", seconds=60)
    connected.start()
    async with asyncio.timeout(20):
        while not await redis.try_set("a", "2", seconds=60):  # noqa: ASYNC110 - it is what is measured
            await asyncio.sleep(0.05)
    assert await redis.try_get("a") == b"2"


async def test_a_listener_hears_through_a_restart(connected: OwnValkey) -> None:
    heard: list[dict[str, Any]] = []

    async def hear() -> None:
        async for event in live.listen("person:1"):
            heard.append(event or {})  # noqa: PERF401 - it is read while it grows

    async def say_until_heard(kind: str) -> None:
        async with asyncio.timeout(30):
            while {"kind": kind} not in heard:
                await live.publish("person:1", {"kind": kind})
                await asyncio.sleep(0.05)

    listener = asyncio.create_task(hear())
    await say_until_heard("before")
    connected.kill()
    await asyncio.sleep(0.5)
    connected.start()
    await say_until_heard("after")
    listener.cancel()
    assert [each for each in heard if each in (live.INTERRUPTED, live.RECONNECTED)] == [
        live.INTERRUPTED,
        live.RECONNECTED,
    ]


async def test_nothing_said_for_a_while_is_no_interruption(
    connected: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "QUIET", 0.7)  # longer than a call may take
    events = live.listen("person:2")
    assert [await anext(events) for _ in range(2)] == [None, None]
    await events.aclose()  # type: ignore[attr-defined]
