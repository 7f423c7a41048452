"""Award batches from several processes at once, as a server's workers send them: pgbench too uses every core."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from random import Random
from uuid import UUID

import uvloop

from bench.contestants import Bench, for_seconds
from kit import db
from kit.settings import Settings, install_settings
from web.serving import keep_memory_still


class _Here:
    """What a process keeps between its turns."""

    loop: asyncio.Runner
    bench: Bench


@contextmanager
def workers(chosen: Settings, count: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes that are ready to send awards."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn, initializer=_get_ready, initargs=(chosen,)) as pool:
        yield pool


def _get_ready(chosen: Settings) -> None:
    install_settings(chosen)
    _Here.loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    residents = _Here.loop.run(_open())
    _Here.bench = Bench(residents=residents, draw=Random())
    keep_memory_still()  # as the served workers do; the list of all residents is the bench's own weight


async def _open() -> list[UUID]:
    await db.open_pool(size=8)
    return await all_residents()


async def all_residents() -> list[UUID]:
    """Everybody who takes part."""
    return [row["id"] for row in await db.fetch("SELECT id FROM identity_person WHERE resident ORDER BY id")]


async def awards_of_processes(pool: ProcessPoolExecutor, seconds: float, *, lines: int, count: int) -> float:
    """Awards a second of so many processes together."""
    loop = asyncio.get_running_loop()
    rates = await asyncio.gather(*(loop.run_in_executor(pool, _send, seconds, lines) for _ in range(count)))
    return sum(rates)


def _send(seconds: float, lines: int) -> float:
    return _Here.loop.run(for_seconds(seconds, 1, lambda: _Here.bench.awards(lines)))
