"""Jobs: in the transaction that asks for them, by one worker at a time, again after a failure or a crash."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from kit import db, jobs, worker
from kit.jobs import Registry

pytestmark = pytest.mark.stores

done: list[Any] = []


@pytest.fixture(autouse=True)
def own_handlers(database: str) -> Iterator[None]:
    before = replace(jobs.registry)
    install(Registry())
    done.clear()
    worker._made.clear()
    yield
    install(before)


def install(wanted: Registry) -> None:
    jobs.registry.handlers = wanted.handlers
    jobs.registry.periodic = wanted.periodic
    jobs.registry.tickers = wanted.tickers


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await seen():  # noqa: ASYNC110 - it looks at the database
            await asyncio.sleep(0.02)


async def ask(name: str, *payloads: dict[str, Any], dedupe: str | None = None, run_at: datetime | None = None) -> None:
    async with db.transaction():
        for payload in payloads:
            await jobs.enqueue(name, payload, dedupe=dedupe, run_at=run_at)


async def work_all(**options: Any) -> None:
    while taken := await worker.take(10, **options):
        await asyncio.gather(*(worker.run(job) for job in taken))


async def states() -> list[tuple[str, int]]:
    rows = await db.fetch("SELECT state, attempts FROM kit_job ORDER BY id")
    return [(row["state"], row["attempts"]) for row in rows]


async def test_a_job_is_there_when_its_transaction_commits_and_never_otherwise() -> None:
    @jobs.handler("test.note")
    async def note(payload: jobs.Payload) -> None:
        done.append(payload["n"])

    async def ask_and_fail() -> None:
        async with db.transaction():
            await jobs.enqueue("test.note", {"n": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_fail()
    await ask("test.note", {"n": 2})
    await work_all()
    assert done == [2]
    assert await states() == [("done", 1)]


async def test_asking_outside_of_a_transaction_is_a_mistake() -> None:
    with pytest.raises(db.OutsideTransaction):
        await jobs.enqueue("test.note", {})


async def test_many_workers_run_each_job_exactly_once() -> None:
    @jobs.handler("test.count")
    async def count(payload: jobs.Payload) -> None:
        done.append(payload["n"])
        await asyncio.sleep(0.001)

    await ask("test.count", *({"n": n} for n in range(200)))
    stop = asyncio.Event()
    workers = [asyncio.create_task(worker.work(stop, concurrency=3)) for _ in range(4)]

    async def all_done() -> bool:
        return bool(await db.fetchval("SELECT count(*) = 200 FROM kit_job WHERE state = 'done'"))

    await until(all_done)
    stop.set()
    await asyncio.gather(*workers)
    assert sorted(done) == list(range(200))


async def test_without_the_skip_of_locked_rows_and_the_lease_a_job_would_run_twice(owner: "asyncpg.Connection") -> None:
    """The control: a taker that only reads what is open sees a job that another one has."""

    @jobs.handler("test.slow")
    async def slow(_payload: jobs.Payload) -> None:
        done.append("ran")

    await ask("test.slow", {})
    (taken,) = await worker.take(5)
    assert await worker.take(5) == []
    assert len(await owner.fetch("SELECT id FROM kit_job WHERE state = 'open'")) == 1  # what the naive taker would take
    await worker.run(taken)
    assert done == ["ran"]


async def test_a_worker_that_dies_leaves_its_job_to_another(owner: "asyncpg.Connection") -> None:
    @jobs.handler("test.crash")
    async def crash(payload: jobs.Payload) -> None:
        done.append(payload)

    await ask("test.crash", {})
    (lost,) = await worker.take(1)  # and then the worker is killed
    assert await worker.take(1) == []
    await owner.execute("UPDATE kit_job SET taken_until = now()")
    (again,) = await worker.take(1)
    assert (again.id, again.attempts) == (lost.id, 2)
    await worker.run(again)
    await worker._write(worker._FAILED, lost, "late word of the dead", 0.0, 10)  # the fence holds
    assert await states() == [("done", 2)]


async def test_a_lease_is_renewed_while_the_handler_works(owner: "asyncpg.Connection") -> None:
    enough = asyncio.Event()

    @jobs.handler("test.long")
    async def long(_payload: jobs.Payload) -> None:
        await enough.wait()
        done.append("long")

    await ask("test.long", {})
    (taken,) = await worker.take(1, lease=3)
    first_end = await owner.fetchval("SELECT taken_until FROM kit_job")
    running = asyncio.create_task(worker.run(taken, lease=3))

    async def renewed() -> bool:
        return bool(await owner.fetchval("SELECT taken_until > $1 FROM kit_job", first_end))

    await until(renewed)
    assert await worker.take(1) == []
    enough.set()
    await running
    assert done == ["long"]


async def test_a_failure_is_written_down_and_tried_again_later_until_it_is_dead(owner: "asyncpg.Connection") -> None:
    @jobs.handler("test.fail")
    async def fail(_payload: jobs.Payload) -> None:
        raise ValueError("no luck")

    await ask("test.fail", {})
    await work_all()
    row = await db.fetchrow("SELECT state, last_error, run_at > now() + interval '1 second' AS later FROM kit_job")
    assert row is not None
    assert (row["state"], row["later"]) == ("open", True)
    assert "no luck" in row["last_error"]
    for _ in range(worker.MAX_ATTEMPTS):
        await owner.execute("UPDATE kit_job SET run_at = now() WHERE state = 'open'")
        await work_all()
    assert await states() == [("dead", worker.MAX_ATTEMPTS)]


async def test_a_job_waits_for_its_time_and_one_key_is_taken_once() -> None:
    @jobs.handler("test.later")
    async def later(_payload: jobs.Payload) -> None:
        done.append(1)

    await ask("test.later", {}, run_at=datetime.now(UTC) + timedelta(hours=1))
    await ask("test.later", {}, dedupe="same")
    await ask("test.later", {}, dedupe="same")
    await work_all()
    assert done == [1]


async def test_periodic_jobs_are_made_once_a_period_over_all_workers() -> None:
    @jobs.every("test.hourly", minutes=60)
    async def hourly(payload: jobs.Payload) -> None:
        done.append(payload["slot"])

    @jobs.daily("test.never_today", at="23:59:59.999999")
    async def never_today(_payload: jobs.Payload) -> None:
        done.append("too early")

    for _ in range(3):
        worker._made.clear()  # as another process
        await worker.make_periodic()
    await work_all()
    assert len(done) == 1


async def test_a_daily_job_is_due_from_its_time_in_shanghai() -> None:
    @jobs.daily("test.daily", at="00:20")
    async def daily(_payload: jobs.Payload) -> None:
        done.append(1)

    slot = jobs.registry.periodic["test.daily"].slot
    assert slot(datetime(2026, 3, 4, 16, 19, tzinfo=UTC)) is None
    assert slot(datetime(2026, 3, 4, 16, 20, tzinfo=UTC)) == "2026-03-05"
    assert slot(datetime(2026, 3, 5, 15, 59, tzinfo=UTC)) == "2026-03-05"


async def test_tickers_go_on_after_a_failure() -> None:
    @jobs.ticker("test.tick", seconds=0.01)
    async def tick() -> None:
        done.append(1)
        raise ValueError("next time")

    stop = asyncio.Event()
    running = asyncio.create_task(worker.work(stop))

    async def ticked_thrice() -> bool:
        return len(done) >= 3

    await until(ticked_thrice)
    stop.set()
    await running


async def test_finished_jobs_go_after_a_week_and_dead_ones_stay(owner: "asyncpg.Connection") -> None:
    await ask("test.gone", {}, {})
    await owner.execute(
        "UPDATE kit_job SET finished_at = now() - interval '8 days',"
        " state = CASE WHEN id = (SELECT min(id::text)::uuid FROM kit_job) THEN 'dead' ELSE 'done' END"
    )
    assert await worker.sweep_finished() == 1
    assert [state for state, _ in await states()] == ["dead"]
