"""The embedded stores: there when they are wanted, shared by commands, gone when their owner is."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import pytest

from kit import embedded
from kit.settings import APP_ROLE, OWNER_ROLE, Settings, child_environment, read_settings, settings

HOLD = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
from kit import embedded
from kit.settings import settings
with embedded.stores(settings()) as owned:
    print("owner" if owned else "guest", flush=True)
    time.sleep({seconds})
"""

ENDLESS = "EXPLAIN ANALYZE SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers"

STOP = """
import fcntl, time
from pathlib import Path
lock = Path("{lock}")
with lock.open("a") as held, lock.with_suffix(".users").open("a") as users:
    fcntl.flock(held, fcntl.LOCK_EX)
    fcntl.flock(users, fcntl.LOCK_EX)
    print("stopping", flush=True)
    time.sleep(1)
"""


@pytest.fixture
def chosen() -> Iterator[Settings]:
    """Settings of a data folder of this test's own."""
    programs = settings()
    folder = Path(tempfile.mkdtemp(prefix="qunzhifen-embedded-"))
    folder.chmod(0o711)
    environ = {"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(folder)}
    if programs.postgres_bin:
        environ["QUNZHIFEN_PG_BIN"] = str(programs.postgres_bin)
    if programs.redis_server:
        environ["QUNZHIFEN_REDIS_SERVER"] = str(programs.redis_server)
    made = read_settings(environ)
    yield made
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(made.embedded.sockets, ignore_errors=True)


@contextmanager
def hold(chosen: Settings, seconds: int = 60) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the stores for a while."""
    command = [sys.executable, "-c", HOLD.format(seconds=seconds)]
    with subprocess.Popen(command, env=child_environment(chosen), stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() in {"owner", "guest"}
        yield holder


@contextmanager
def endless_query(chosen: Settings) -> Iterator[Path]:
    """A backend that computes for ever, and writes nothing while it does: its folder under /proc."""
    psql = embedded.postgres_programs(chosen) / "psql"
    arguments = ["-X", "-A", "-t", "-h", str(chosen.embedded.sockets), "-U", OWNER_ROLE, "qunzhifen"]
    arguments += ["-c", "SELECT pg_backend_pid()", "-c", ENDLESS]  # one by one: the first is answered at once
    with subprocess.Popen([psql, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        try:
            assert client.stdout is not None
            backend = Path(f"/proc/{client.stdout.readline().strip()}")
            while b"EXPLAIN" not in (backend / "cmdline").read_bytes():  # its title says what it is at
                time.sleep(0.01)
            yield backend
        finally:
            client.kill()


def ended(process: Path) -> bool:
    """Whether a process is gone, or waits only for its new parent to take note of it."""
    try:
        return "State:\tZ" in (process / "status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return True


def gone(chosen: Settings, pid: int) -> bool:
    """Whether, within ten seconds, neither store answers and PostgreSQL's process has ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if ended(Path(f"/proc/{pid}")) and not embedded.running(chosen):
            return True
        time.sleep(0.05)
    return False


def postgres_pid(chosen: Settings) -> int:
    return int((chosen.embedded.postgres_data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_the_process_that_started_it(chosen: Settings, death: signal.Signals) -> None:
    with hold(chosen) as holder:
        pid = postgres_pid(chosen)
        holder.send_signal(death)
    assert gone(chosen, pid)


def test_the_stores_start_again_at_once_after_their_owner_was_killed(chosen: Settings) -> None:
    for _ in range(3):
        with hold(chosen) as holder:
            holder.kill()
    with embedded.stores(chosen) as owned:
        assert owned is not None
        assert embedded.running(chosen)


def test_a_pid_that_now_belongs_to_another_program_does_not_keep_the_server_from_starting(chosen: Settings) -> None:
    with embedded.stores(chosen):
        pid_file = chosen.embedded.postgres_data / "postmaster.pid"
        left = pid_file.read_text(encoding="utf-8").splitlines()
        status = pid_file.stat()
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n", encoding="utf-8")
    os.chown(pid_file, status.st_uid, status.st_gid)
    with embedded.stores(chosen):
        assert postgres_pid(chosen) != os.getpid()


def test_what_a_killed_server_left_running_has_ended_before_a_new_one_starts(chosen: Settings) -> None:
    with hold(chosen) as holder, endless_query(chosen) as backend:
        os.kill(postgres_pid(chosen), signal.SIGKILL)
        holder.kill()
        holder.wait()  # whoever comes while it is still dying takes its stores for running
        assert not ended(backend)
        with embedded.stores(chosen) as owned:
            assert owned is not None
            assert ended(backend), (backend / "status").read_text(encoding="utf-8")


def test_whoever_comes_while_the_owner_stops_takes_its_place(chosen: Settings) -> None:
    chosen.data_dir.mkdir(exist_ok=True)
    command = [sys.executable, "-c", STOP.format(lock=chosen.embedded.lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stopping:
        assert stopping.stdout is not None
        assert stopping.stdout.readline().strip() == "stopping"
        with embedded.stores(chosen) as owned:
            assert owned is not None
            assert embedded.running(chosen)


def test_a_second_command_uses_the_running_stores_and_leaves_them_running(chosen: Settings) -> None:
    with embedded.stores(chosen):
        with hold(chosen, seconds=0) as guest:
            pass
        assert guest.returncode == 0
        assert embedded.running(chosen)


def test_the_owner_does_not_take_the_stores_from_a_command_that_still_uses_them(chosen: Settings) -> None:
    said: list[str] = []
    with ExitStack() as guests, embedded.stores(chosen, say=said.append):
        guest = guests.enter_context(hold(chosen, seconds=1))
    assert guest.returncode == 0
    assert len(said) == 1


async def test_the_server_is_durable_and_has_our_two_roles(chosen: Settings) -> None:
    with embedded.stores(chosen):
        connection = await asyncpg.connect(chosen.migration_database_url)
        try:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                assert await connection.fetchval("SELECT current_setting($1)", name) == "on"
            assert await connection.fetchval("SELECT current_user::text") == OWNER_ROLE
            powers = await connection.fetchrow(
                "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = $1", APP_ROLE
            )
            assert not any(powers)
            assert await connection.fetchval("SELECT '群治分' ~ '治'")
            assert await connection.fetchval("SELECT current_setting('server_encoding')") == "UTF8"
        finally:
            await connection.close()


def test_only_the_servers_own_account_reaches_its_sockets(chosen: Settings) -> None:
    with embedded.stores(chosen):
        assert chosen.embedded.sockets.stat().st_mode & 0o077 == 0


def test_a_socket_folder_that_somebody_else_laid_is_refused(chosen: Settings) -> None:
    chosen.embedded.sockets.symlink_to("/tmp")  # noqa: S108
    with pytest.raises(embedded.StoresUnavailable, match="somebody else"), embedded.stores(chosen):
        pass
    chosen.embedded.sockets.unlink()


def test_programs_that_are_not_there_are_named(chosen: Settings) -> None:
    wanted = read_settings({"QUNZHIFEN_DATA_DIR": str(chosen.data_dir), "QUNZHIFEN_PG_BIN": "/nowhere/bin"})
    with pytest.raises(embedded.StoresUnavailable, match="/nowhere/bin"), embedded.stores(wanted):
        pass
