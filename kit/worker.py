"""The worker: takes jobs, does them, and writes down what came of them.

Any number of workers on any number of machines take rows with `SKIP LOCKED`. A worker holds a job for a lease that it
renews while the handler runs; when the worker dies the lease ends and another one takes the job. The number of the
attempt is the fence: a worker that was thought dead cannot finish a job that another one has taken since.
"""

import asyncio
import contextvars
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from kit import clock, db, logs, redis
from kit.errors import DatabaseAway, OutcomeUnknown
from kit.jobs import WAKE, Payload, Ticker, enqueue_lines, registry

MAX_ATTEMPTS = 10
LEASE = 60.0  # seconds
POLL = 1.0  # seconds between looks when nobody wakes us
_ERROR_LENGTH = 2_000
_KEPT = timedelta(days=7)  # a finished job, and with it its dedupe key
_log = structlog.get_logger(__name__)


class UnknownJob(LookupError):
    """A job has a name that no package of this process handles."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that this worker has, until its lease ends; `attempts` tells it from a later taker's."""

    id: UUID
    name: str
    payload: Payload
    attempts: int


_TAKE = """
    UPDATE kit_job SET taken_until = now() + make_interval(secs => $2), attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM kit_job
        WHERE finished_at IS NULL AND coalesce(taken_until, run_at) <= now() AND name = ANY ($3::text[])
        ORDER BY coalesce(taken_until, run_at), id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, name, payload, attempts
"""
_RENEW = """
    UPDATE kit_job SET taken_until = now() + make_interval(secs => $3)
    WHERE id = $1 AND attempts = $2 AND finished_at IS NULL
"""
_DONE = """
    UPDATE kit_job SET state = 'done', finished_at = now(), last_error = NULL
    WHERE id = $1 AND attempts = $2 AND finished_at IS NULL
"""
_FAILED = """
    UPDATE kit_job
    SET last_error = $3, taken_until = NULL, run_at = now() + make_interval(secs => $4),
        state = CASE WHEN attempts >= $5 THEN 'dead' ELSE 'open' END,
        finished_at = CASE WHEN attempts >= $5 THEN now() END
    WHERE id = $1 AND attempts = $2 AND finished_at IS NULL
"""


async def take(count: int, *, lease: float = LEASE) -> list[Taken]:
    """Take up to so many jobs that are due and that this process can do."""
    async with db.transaction() as connection:
        rows = await connection.fetch(_TAKE, count, lease, list(registry.handlers))
    return [Taken(row["id"], row["name"], msgspec.json.decode(row["payload"]), row["attempts"]) for row in rows]


async def run(job: Taken, *, lease: float = LEASE) -> None:
    """Do a job in a context of its own, and write down what came of it."""
    renewing = asyncio.create_task(_renew(job, lease), context=contextvars.Context())
    try:
        await asyncio.create_task(_handle(job), context=contextvars.Context())
    except (DatabaseAway, OutcomeUnknown):
        _log.warning("a job waits for the database", job=job.name, id=str(job.id))
        return  # its lease ends and it is taken again
    except Exception as failure:  # noqa: BLE001 - whatever a handler raises is written down and tried again
        _log.warning("a job failed", job=job.name, id=str(job.id), attempt=job.attempts, exc_info=failure)
        await _write(_FAILED, job, logs.described(failure)[:_ERROR_LENGTH], _pause_after(job.attempts), MAX_ATTEMPTS)
    else:
        await _write(_DONE, job)
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def _handle(job: Taken) -> None:
    work = registry.handlers.get(job.name)
    if work is None:
        raise UnknownJob(job.name)
    await work(job.payload)


async def _renew(job: Taken, lease: float) -> None:
    while True:
        await asyncio.sleep(lease / 3)
        with suppress(DatabaseAway, OutcomeUnknown):
            await _write(_RENEW, job, lease)


async def _write(statement: str, job: Taken, *values: object) -> None:
    async with db.transaction() as connection:
        await connection.execute(statement, job.id, job.attempts, *values)


def _pause_after(attempts: int) -> float:
    """Seconds before the next attempt: 2, 4, 8 … up to an hour, a little spread out."""
    return min(2.0**attempts, 3600.0) * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not a secret


async def make_periodic() -> None:
    """Write the rows of the periodic jobs that are due now, each period's once over all machines."""
    now = clock.now()
    due = [(each.name, slot) for each in registry.periodic.values() if (slot := each.slot(now)) is not None]
    new = [each for each in due if each not in _made]
    if not new:
        return
    async with db.transaction():
        for name, slot in new:
            await enqueue_lines(name, [({"slot": slot}, f"period {slot}")])
    _made.difference_update([each for each in _made if each not in due])
    _made.update(new)


_made: set[tuple[str, str]] = set()
"""The periods whose rows this process knows to be there, so that it does not write them every second."""


async def sweep_finished() -> int:
    """Delete the jobs that were done a week ago; dead ones stay until somebody looks at them."""
    async with db.transaction() as connection:
        tag = await connection.execute(
            "DELETE FROM kit_job WHERE state = 'done' AND finished_at < now() - $1::interval", _KEPT
        )
    return int(tag.rpartition(" ")[2])


async def work(stop: asyncio.Event, *, concurrency: int = 4, lease: float = LEASE) -> None:
    """Be a worker until told to stop; jobs under way are finished first."""
    running: set[asyncio.Task[None]] = set()
    woken = asyncio.Event()
    helpers = [asyncio.create_task(_listen(woken))]
    helpers += [asyncio.create_task(_tick(each)) for each in registry.tickers.values()]
    try:
        while not stop.is_set():
            woken.clear()
            taken = await _look(concurrency - len(running), lease)
            for job in taken:
                task = asyncio.create_task(run(job, lease=lease), context=contextvars.Context())
                running.add(task)
                task.add_done_callback(running.discard)
                task.add_done_callback(lambda _: woken.set())
            if not taken or len(running) >= concurrency:
                await _wait_for(stop, woken)
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*running, *helpers, return_exceptions=True)


async def _look(room: int, lease: float) -> list[Taken]:
    """The next jobs; nothing while the database is away."""
    try:
        await make_periodic()
        return await take(room, lease=lease) if room > 0 else []
    except (DatabaseAway, OutcomeUnknown) as failure:
        _log.warning("the worker waits for the database", reason=type(failure).__name__)
        return []


async def _wait_for(stop: asyncio.Event, woken: asyncio.Event) -> None:
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(woken.wait())]
    await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


async def _listen(woken: asyncio.Event) -> None:
    """Hear the wake-ups of other processes; without Valkey the worker looks every second all the same."""
    async for message in redis.listen(WAKE):
        if message is not None:
            woken.set()


async def _tick(each: Ticker) -> None:
    while True:
        try:
            await asyncio.create_task(_called(each), context=contextvars.Context())
        except (DatabaseAway, OutcomeUnknown):
            _log.warning("a ticker waits for the database", ticker=each.name)
        except Exception as failure:  # noqa: BLE001 - the next tick comes whatever this one raised
            _log.error("a ticker failed", ticker=each.name, exc_info=failure)
        await asyncio.sleep(each.seconds)


async def _called(each: Ticker) -> None:
    await each.work()
