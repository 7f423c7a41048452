"""Award batches from several processes at once, as a server's workers send them: pgbench too uses every core."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
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
    """Awards a second of so many processes together, each for the residents of its own part of the city.

    So the systems of several towns send them. Two batches that bring awards for the same person wait for each other,
    which batches of the whole city's residents nearly always do.
    """
    loop = asyncio.get_running_loop()
    sent = (loop.run_in_executor(pool, _send, seconds, lines, part, count) for part in range(count))
    return sum(await asyncio.gather(*sent))


def _send(seconds: float, lines: int, part: int, parts: int) -> float:
    everybody = _Here.bench.residents
    own = replace(
        _Here.bench, residents=everybody[part * len(everybody) // parts : (part + 1) * len(everybody) // parts]
    )
    return _Here.loop.run(for_seconds(seconds, 1, lambda: own.awards(lines)))
