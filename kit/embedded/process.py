"""One server process of ours: started, waited for, stopped, and never left behind.

On Linux the kernel tells the server of our death, so that neither Ctrl-C nor kill -9 leaves one running.
"""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kit.settings import EmbeddedPaths

START_SECONDS = 60.0
_SOCKET_PATH_LIMIT = 107
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class StoresUnavailable(RuntimeError):
    """An embedded store cannot be started or found; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The account a server runs as; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that change to this account."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(slots=True)
class Server:
    """One running program."""

    name: str
    arguments: Sequence[str]
    log: Path
    answers: Callable[[], bool]
    quit_signal: signal.Signals
    death_signal: signal.Signals
    """What the kernel sends it when our process dies."""
    process_options: Mapping[str, Any] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Run it and wait until it answers."""
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C reaches the terminal's own processes only; we stop this one ourselves
                preexec_fn=lambda: end_with_parent(parent, self.death_signal),  # noqa: PLW1509 - one system call, no lock
                **self.process_options,
            )
        wait_until(self.answers, f"{self.name} does not answer; see {self.log}", alive=self.process)

    def stop(self) -> None:
        """Stop it in good order, or at once when that takes too long."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.quit_signal)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)


def wheel_folder(module: str) -> Path:
    """Where an installed package lies, without importing it."""
    found = find_spec(module)
    if found is None or found.origin is None:
        raise StoresUnavailable(f"the package {module} is not installed; give DATABASE_URL and REDIS_URL instead")
    return Path(found.origin).parent


def server_user(data: Path) -> ServerUser:
    """Ourselves; for root the account that owns the data already, else postgres or nobody."""
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    if data.exists() and (owner := data.stat().st_uid) != 0:
        entry = pwd.getpwuid(owner)
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StoresUnavailable("PostgreSQL does not run as root and there is no account postgres or nobody to run it as")


def can_enter(path: Path, user: ServerUser) -> bool:
    """Whether this account may reach the path; a home folder often lets nobody in."""
    return (
        not user.popen or subprocess.run(["/usr/bin/test", "-x", str(path)], check=False, **user.popen).returncode == 0
    )


def make_socket_folder(paths: EmbeddedPaths, user: ServerUser) -> None:
    """Make the folder of the sockets, for the server's account alone: who reaches a socket is let in."""
    longest = paths.sockets / ".s.PGSQL.5432.lock"
    if len(os.fsencode(longest)) > _SOCKET_PATH_LIMIT:
        raise StoresUnavailable(f"the path {longest} is too long for a socket")
    paths.sockets.mkdir(mode=0o700, exist_ok=True)
    refuse_foreign(paths.sockets, {os.geteuid(), user.uid})
    if user.popen:
        os.chown(paths.sockets, user.uid, user.gid)
    paths.sockets.chmod(0o700)


def refuse_foreign(path: Path, owners: set[int]) -> None:
    """Stop if a path in a shared folder was laid there by somebody else."""
    status = path.lstat()
    if status.st_uid not in owners or path.is_symlink():
        raise StoresUnavailable(f"{path} belongs to somebody else; remove it")


def end_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """Have the kernel send this new process a signal when its parent dies (Linux)."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:
            os._exit(1)


def socket_answers(address: Path, question: bytes, answer: bytes) -> bool:
    """Whether a server listens at the socket and, where a question is given, answers it like this."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(address))
            if not question:
                return True
            connection.sendall(question)
            return connection.recv(64).startswith(answer)
        except OSError:
            return False


def wait_until(ready: Callable[[], bool], otherwise: str, *, alive: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until it is ready; raise when it takes too long or the process has ended."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline or (alive is not None and alive.poll() is not None):
            raise StoresUnavailable(otherwise)
        time.sleep(0.02)
