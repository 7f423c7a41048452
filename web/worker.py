"""The background worker: jobs, periodic jobs, tickers and the outbox of all packages, until it is told to stop."""

import asyncio
import signal

from kit import worker
from web.wiring import load_job_handlers


async def be_worker(*, concurrency: int = 4) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished first. The pool and Valkey are open already."""
    load_job_handlers()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await worker.work(stop, concurrency=concurrency)
