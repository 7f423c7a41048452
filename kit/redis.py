"""Valkey (or Redis): cache, limits and live push. It may be away at any moment; nothing here breaks a request.

Nothing of value lives in it. Every call gives up after a fraction of a second and then leaves it alone for a moment,
so that an outage costs the first request a pause and the others nothing. A limit says itself what it does meanwhile.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kit.settings import settings

T = TypeVar("T")

AWAY = (RedisError, OSError, asyncio.TimeoutError)
_PATIENCE = 0.5  # seconds for one call
_PAUSE = 1.0  # seconds without asking again after a failure
_LISTENING_PAUSE = 0.3  # seconds before listening again
QUIET = 5.0  # seconds with nothing said after which a listener is given None
LOST = b""
"""What a listener is given after an interruption."""
DEAF = b"\x00"
"""What a listener to all is given when an interruption begins."""
_log = structlog.get_logger(__name__)
_FAILURES = Counter("qunzhifen_redis_failures_total", "Calls that Valkey did not answer.")


class _Client:
    """The connection of this process, and until when it is left alone."""

    redis: "Redis | None" = None
    left_alone_until: float = 0.0


_client = _Client()


async def open(url: str | None = None) -> None:  # noqa: A001 - read as redis.open()
    """Make the client; connections are made as they are needed, and again when they were lost."""
    await close()
    _client.redis = Redis.from_url(
        url or settings().redis_url,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        health_check_interval=15,
    )
    _client.left_alone_until = 0.0


async def close() -> None:
    """Let the connections go."""
    client, _client.redis = _client.redis, None
    if client is not None:
        try:
            await client.aclose()
        except AWAY as failure:
            _log.info("valkey was away at closing", reason=str(failure))


async def tried(call: Callable[["Redis"], Awaitable[T]]) -> T | None:
    """What the call gives, or None when Valkey is away."""
    loop = asyncio.get_running_loop()
    if _client.redis is None or loop.time() < _client.left_alone_until:
        return None
    try:
        async with asyncio.timeout(_PATIENCE * 2):
            return await call(_client.redis)
    except AWAY as failure:
        _FAILURES.inc()
        _client.left_alone_until = loop.time() + _PAUSE
        _log.warning("valkey is away", reason=type(failure).__name__)
        return None


async def ping() -> bool:
    """Whether it answers, asked afresh (readiness)."""
    if _client.redis is None:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            return bool(await _client.redis.ping())
    except AWAY:
        return False


async def try_get(key: str) -> bytes | None:
    """A cached value; None when there is none, or Valkey is away."""
    value = await tried(lambda client: client.get(key))
    return value.encode() if isinstance(value, str) else value


async def try_set(key: str, value: bytes | str, *, seconds: int) -> bool:
    """Cache a value for a while; False when Valkey is away."""
    return bool(await tried(lambda client: client.set(key, value, ex=seconds)))


async def try_delete(*keys: str) -> bool:
    """Forget values; False when Valkey is away, so never rely on it for what must be gone."""
    return await tried(lambda client: client.delete(*keys)) is not None


# Generic cell rate: one number a key, the moment at which the bucket is empty again. Exact over all processes.
_GCRA = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local emission = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local empty_at = tonumber(redis.call('GET', KEYS[1]) or now)
if empty_at < now then empty_at = now end
local after = empty_at + emission
local wait = after - burst * emission - now
if wait > 0 then return {0, 0, wait} end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, math.floor((burst * emission - (after - now)) / emission), 0}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `burst` at once, and `burst` again over `seconds`; `when_away` is what it does without Valkey."""

    name: str
    burst: int
    seconds: float
    when_away: Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may happen, how many more may at once, and in how many seconds one may again."""

    allowed: bool
    left: int
    retry_after: int


async def take(limit: Limit, who: str) -> Verdict:
    """Take one from the limit of this caller, in a single round trip."""
    emission = limit.seconds * 1_000_000 / limit.burst

    async def ask(client: "Redis") -> Any:
        return await client.eval(_GCRA, 1, f"limit:{limit.name}:{who}", str(emission), str(limit.burst))

    answer = await tried(ask)
    if answer is None:
        is_open = limit.when_away == "open"
        return Verdict(is_open, limit.burst if is_open else 0, 0 if is_open else math.ceil(_PAUSE))
    allowed, left, wait = (int(part) for part in answer)
    return Verdict(bool(allowed), left, math.ceil(wait / 1_000_000))


async def publish(channel: str, message: bytes) -> bool:
    """Send to whoever listens now; False when Valkey is away and nobody heard it."""
    return await tried(lambda client: client.publish(channel, message)) is not None


async def listen(*channels: str) -> AsyncIterator[bytes | None]:
    """The messages of these channels as they come, for ever, through any restart of Valkey.

    None comes at once when it listens and then now and then, so that the listener can see whether anybody still waits
    for it; `LOST` comes once after an interruption, because what was said meanwhile was not heard.
    """
    async for heard in _heard(lambda subscription: subscription.subscribe(*channels)):
        yield None if heard is None or heard[1] == DEAF else heard[1]


async def listen_to_all(prefix: str) -> AsyncIterator[tuple[str, bytes] | None]:
    """The messages of every channel that begins like this, each with the rest of its channel's name."""
    async for heard in _heard(lambda subscription: subscription.psubscribe(f"{prefix}*")):
        yield None if heard is None else (heard[0].removeprefix(prefix), heard[1])


async def _heard(subscribe: Callable[[Any], Awaitable[Any]]) -> AsyncIterator[tuple[str, bytes] | None]:
    interrupted = False
    while True:
        if _client.redis is None:
            interrupted = True
            yield None
            await asyncio.sleep(_LISTENING_PAUSE)
            continue
        subscription = _client.redis.pubsub(ignore_subscribe_messages=True)
        try:
            await subscribe(subscription)
            yield ("", LOST) if interrupted else None
            interrupted = False
            while True:
                message = await subscription.get_message(timeout=QUIET)
                yield None if message is None else (message["channel"].decode(), message["data"])
        except AWAY:
            yield None if interrupted else ("", DEAF)
            interrupted = True
            await asyncio.sleep(_LISTENING_PAUSE)
        finally:
            with suppress(*AWAY):
                await subscription.aclose()  # type: ignore[no-untyped-call]
