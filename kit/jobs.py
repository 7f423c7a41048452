"""Jobs: work outside of a request, asked for in the transaction that makes it necessary.

A job is a row of `kit_job`, which the workers of `kit.worker` take. A handler is run *at least* once and must bear
being run again. Valkey only wakes a worker that would otherwise look every second.

Handlers are registered by name, each package's in its `jobs` module:

    @jobs.handler("identity.send_sms")          one job a row, from `enqueue`
    @jobs.every("kit.sweep", minutes=60)        a job for each hour, whoever makes it first
    @jobs.daily("points.expire", at="00:20")    a job for each business day, from that time in Shanghai
    @jobs.ticker("identity.seal", seconds=1)    no row: called in every worker, which sorts it out by its own lock
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, TypeVar

import msgspec

from kit import clock, db, redis
from kit.ids import new_id

Payload = dict[str, Any]
Handler = Callable[[Payload], Awaitable[None]]
H = TypeVar("H", bound=Callable[..., Awaitable[Any]])

WAKE = "jobs:wake"
"""The channel on which workers are woken."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that makes itself: `slot` names the period that a moment falls into, or None when it is not yet due."""

    name: str
    slot: Callable[[datetime], str | None]


@dataclass(frozen=True, slots=True)
class Ticker:
    """Something that every worker does again and again, with no row."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Registry:
    """What the packages have registered."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    periodic: dict[str, Periodic] = field(default_factory=dict)
    tickers: dict[str, Ticker] = field(default_factory=dict)


registry = Registry()


def handler(name: str) -> Callable[[H], H]:
    """Register the handler of the jobs with this name."""

    def register(work: H) -> H:
        registry.handlers[name] = work
        return work

    return register


def every(name: str, *, minutes: int) -> Callable[[H], H]:
    """Register a job that is done once in each stretch of so many minutes, over all machines."""

    def register(work: H) -> H:
        registry.handlers[name] = work
        registry.periodic[name] = Periodic(name, lambda now: str(int(now.timestamp()) // (minutes * 60)))
        return work

    return register


def daily(name: str, *, at: str) -> Callable[[H], H]:
    """Register a job that is done once for each business day, from this time in Shanghai ("00:20")."""
    begins = time.fromisoformat(at)

    def slot(now: datetime) -> str | None:
        local = now.astimezone(clock.SHANGHAI)
        return local.date().isoformat() if local.time() >= begins else None

    def register(work: H) -> H:
        registry.handlers[name] = work
        registry.periodic[name] = Periodic(name, slot)
        return work

    return register


def ticker(name: str, *, seconds: float) -> Callable[[H], H]:
    """Register something that every worker calls every so many seconds."""

    def register(work: H) -> H:
        registry.tickers[name] = Ticker(name, seconds, work)
        return work

    return register


_ENQUEUE = """
    INSERT INTO kit_job (id, name, payload, dedupe, state, created_at, run_at, attempts)
    SELECT line.id, $1, line.payload, line.dedupe, 'open', now(), coalesce($2::timestamptz, now()), 0
    FROM unnest($3::uuid[], $4::jsonb[], $5::text[]) AS line (id, payload, dedupe)
    ON CONFLICT DO NOTHING
"""


async def enqueue(name: str, payload: Payload, *, dedupe: str | None = None, run_at: datetime | None = None) -> None:
    """Ask for a job in this transaction (a step). The same name and `dedupe` key are asked for once."""
    await enqueue_lines(name, [(payload, dedupe)], run_at=run_at)


async def enqueue_lines(name: str, lines: list[tuple[Payload, str | None]], *, run_at: datetime | None = None) -> None:
    """Ask for many jobs of one name, each with its payload and its dedupe key (a step)."""
    if not lines:
        return
    payloads = [msgspec.json.encode(payload).decode() for payload, _ in lines]
    await db.current().execute(
        _ENQUEUE, name, run_at, [new_id() for _ in lines], payloads, [dedupe for _, dedupe in lines]
    )
    if run_at is None:
        _wake_soon()


class _Waking:
    """Whether a wake-up is already on its way from this process."""

    task: "asyncio.Task[None] | None" = None


def _wake_soon() -> None:
    """Wake a worker a moment from now, when the transaction has most likely committed; once for many jobs."""
    if _Waking.task is None or _Waking.task.done():
        _Waking.task = asyncio.create_task(_wake(), context=contextvars.Context())


async def _wake() -> None:
    await asyncio.sleep(0.02)
    await redis.publish(WAKE, b"")
