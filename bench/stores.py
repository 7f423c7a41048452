"""The server that everything is measured on: the embedded PostgreSQL, durable, with the same settings for all."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from kit import embedded
from kit.settings import Settings, child_environment, install_settings, read_settings

DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "6GB",
    "effective_cache_size": "16GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "on",
    "track_io_timing": "off",
}
BUILDING = {**DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""While the city is built nothing is measured, and a crash would only mean building it again."""
_ANSWER_SECONDS = 30.0


class ServerSilent(RuntimeError):
    """The HTTP server did not answer; its log says why."""


def bench_settings(folder: Path) -> Settings:
    """Settings of a process that works on the bench's own stores."""
    told = {"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(folder), "PORT": str(_free_port())}
    chosen = read_settings(told)
    install_settings(chosen)
    return chosen


@contextmanager
def stores(chosen: Settings, postgres_settings: dict[str, str]) -> Iterator[None]:
    """Have PostgreSQL and Valkey running with these settings."""
    with embedded.stores(chosen, postgres_settings=postgres_settings) as owned:
        if owned is None:
            raise embedded.StoresUnavailable(f"another process uses {chosen.data_dir}")
        yield


def superuser_url(chosen: Settings, database: str = "qunzhifen") -> str:
    """The address of a database for the superuser."""
    return chosen.embedded.database_url(embedded.SUPERUSER, database)


async def require_durable(chosen: Settings) -> None:
    """Refuse to measure a server that may lose what it acknowledged."""
    connection = await asyncpg.connect(superuser_url(chosen))
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            if await connection.fetchval("SELECT current_setting($1)", name) != "on":
                raise embedded.StoresUnavailable(f"{name} is not on")
    finally:
        await connection.close()


@contextmanager
def http_server(chosen: Settings, *, workers: int) -> Iterator[str]:
    """The real server in a process of its own; gives its address."""
    parent = os.getpid()
    words = ["-m", "web.commands", "serve", "--no-background", "--workers", str(workers), "--port", str(chosen.port)]
    log = chosen.data_dir / "server.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=child_environment(chosen),
            start_new_session=True,
            preexec_fn=lambda: embedded.end_with_parent(parent, signal.SIGKILL),  # noqa: PLW1509 - one system call
        )
    try:
        _wait_for(f"http://127.0.0.1:{chosen.port}/livez", server, log)
        yield f"http://127.0.0.1:{chosen.port}"
    finally:
        server.terminate()
        server.wait(15)


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _ANSWER_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline or server.poll() is not None:
                raise ServerSilent(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.05)


def remove(chosen: Settings) -> None:
    """Leave nothing behind."""
    shutil.rmtree(chosen.embedded.postgres_data.resolve(), ignore_errors=True)
    shutil.rmtree(chosen.embedded.sockets, ignore_errors=True)
    shutil.rmtree(chosen.data_dir, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
