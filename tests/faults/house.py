"""The house under fault: durable stores of its own, and the real server as processes that can be killed.

The harness itself owns the stores, so that it can start them again after it killed them. The server is told of them
by `DATABASE_URL` and `REDIS_URL`, as an operator's server would be.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx

from kit import embedded
from kit.settings import APP_ROLE, Settings, child_environment, install_settings, read_settings
from tests.ports import free_port
from web.migrate import migrate

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
SERVER = ("-m", "web.commands", "serve")
"""The server as an operator starts it; a seeded bug puts another module in its place."""


@dataclass(slots=True, kw_only=True)
class House:
    """Stores and server of one run."""

    settings: Settings
    postgres_settings: Mapping[str, str]
    server_words: tuple[str, ...]
    workers: int
    port: int
    postgres: embedded.Server | None = None
    valkey: embedded.Server | None = None
    server: "subprocess.Popen[bytes] | None" = None
    struck_ns: int = 0
    """When something was killed last."""
    # A child's death signal follows the thread that started it: one thread starts all, and lives as long as they do.
    hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    def database_url(self, role: str = embedded.SUPERUSER) -> str:
        """The address of the product's database for one role."""
        return self.settings.embedded.database_url(role)

    async def by_hand(self, work: Callable[[], T]) -> T:
        """Do something that blocks beside the clients, in the one thread that starts processes."""
        return await asyncio.get_running_loop().run_in_executor(self.hands, work)

    async def open(self) -> None:
        """Start the stores and lay the schema; the server comes when the town is built."""
        await self.by_hand(self._start_postgres)
        await self.by_hand(self._start_valkey)
        await migrate(self.settings)

    async def close(self) -> None:
        """Stop everything and remove it."""
        await self.by_hand(self._stop)
        self.hands.shutdown()
        shutil.rmtree(self.settings.data_dir.resolve(), ignore_errors=True)
        data = self.settings.embedded.postgres_data
        shutil.rmtree(data.resolve(), ignore_errors=True)
        shutil.rmtree(self.settings.embedded.sockets, ignore_errors=True)

    async def serve(self) -> None:
        """Start the server and wait until it answers."""
        await self.by_hand(self._start_server)
        await self.until_alive()

    async def until_alive(self, *, seconds: float = 60) -> None:
        """Wait until a worker answers."""
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as probe:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await probe.get("/livez")).status_code == 200:
                        return
                if time.monotonic() > deadline or self._server_ended():
                    raise RuntimeError(f"the server does not answer; its log:\n{self.log_tail()}")
                await asyncio.sleep(0.05)

    async def until_postgres(self) -> None:
        """Wait until the database takes a connection."""
        while True:
            try:
                connection = await asyncpg.connect(self.database_url(APP_ROLE), timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return

    async def kill_postgres(self) -> None:
        """Send SIGKILL to the postmaster and all its children, and start it again as a supervisor would."""

        def work() -> None:
            assert self.postgres is not None
            assert self.postgres.process is not None
            postmaster = self.postgres.process.pid
            self._kill([postmaster, *children_of(postmaster)])
            self.postgres.process.wait()
            self._start_postgres()

        await self.by_hand(work)

    async def kill_valkey(self, *, restart: bool = True) -> None:
        """Send SIGKILL to Valkey; it comes back empty."""

        def work() -> None:
            assert self.valkey is not None
            assert self.valkey.process is not None
            self._kill([self.valkey.process.pid])
            self.valkey.process.wait()
            if restart:
                self._start_valkey()

        await self.by_hand(work)

    async def flush_valkey(self) -> None:
        """Everything in Valkey is forgotten, while it runs."""
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_unix_connection(self.settings.embedded.sockets / "valkey.sock")
            writer.write(b"FLUSHALL\r\n")
            await writer.drain()
            await reader.readline()
            writer.close()
        self.struck_ns = time.monotonic_ns()

    def app_workers(self) -> list[int]:
        """The processes that answer requests: the children of the server but for its background worker."""
        assert self.server is not None
        return [pid for pid in children_of(self.server.pid) if not _command(pid).endswith(b"\0worker\0")]

    async def kill_worker(self, which: int) -> None:
        """Send SIGKILL to one app worker; the server replaces it by itself."""
        workers = self.app_workers()
        assert workers, "a fault that cannot be injected is a failure"
        self._kill([workers[which % len(workers)]])

    async def kill_server(self) -> None:
        """Send SIGKILL to the server's first process, whose workers end with it, and start it again."""

        def work() -> None:
            assert self.server is not None
            self._kill([self.server.pid])
            self.server.wait()
            _wait_for_free(self.port)  # its workers end a moment after it
            self._start_server()

        await self.by_hand(work)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines that the server said."""
        path = self.settings.data_dir / "server.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def _kill(self, pids: list[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.struck_ns = time.monotonic_ns()

    def _start_postgres(self) -> None:
        self.postgres = embedded.start_postgres(self.settings, self.postgres_settings)

    def _start_valkey(self) -> None:
        self.valkey = embedded.start_valkey(self.settings)

    def _start_server(self) -> None:
        chosen = replace(self.settings, embedded_database=False, embedded_redis=False)
        parent = os.getpid()
        words = (*self.server_words, "--port", str(self.port), "--workers", str(self.workers))
        with (self.settings.data_dir / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                [sys.executable, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**child_environment(chosen), "PYTHONPATH": str(ROOT)},
                start_new_session=True,
                preexec_fn=lambda: embedded.end_with_parent(parent, signal.SIGKILL),  # noqa: PLW1509 - one system call
            )

    def _server_ended(self) -> bool:
        return self.server is not None and self.server.poll() is not None

    def _stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.wait(10)
            if self.server.poll() is None:
                self._kill([self.server.pid])
                self.server.wait()
        for store in (self.valkey, self.postgres):
            if store is not None:
                store.stop()


def new_house(
    *,
    postgres_settings: Mapping[str, str] | None = None,
    server_words: tuple[str, ...] = SERVER,
    workers: int = 2,
    unsafe: bool = False,
) -> House:
    """A house in a folder of its own; `unsafe` lets the server start on a database that is not durable."""
    folder = Path(tempfile.mkdtemp(prefix="qunzhifen-faults-"))
    folder.chmod(0o711)
    port = free_port()
    told = {"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(folder), "PORT": str(port)}
    if unsafe:
        told["ALLOW_UNSAFE_DATABASE"] = "1"
    settings = read_settings(told)
    install_settings(settings)
    return House(
        settings=settings,
        postgres_settings=postgres_settings or {},
        server_words=server_words,
        workers=workers,
        port=port,
    )


def _wait_for_free(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return
        if time.monotonic() > deadline:
            raise RuntimeError("the workers of a server that was killed go on")
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == pid and after_name[0] != "Z":
                found.append(int(entry.name))
    return found


def _command(pid: int) -> bytes:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
