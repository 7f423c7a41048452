"""`qunzhifen serve`: heals killed workers, and leaves nothing behind however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kit import embedded
from kit.settings import Settings, child_environment, read_settings
from tests.ports import free_port

PATIENCE = 60.0  # seconds; nothing here measures time, a loaded machine only takes longer


@dataclass(frozen=True, slots=True)
class Served:
    """A running `qunzhifen serve`."""

    process: "subprocess.Popen[bytes]"
    settings: Settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def answers(self, *, within: float) -> bool:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            try:
                return httpx.get(f"{self.url}/livez", timeout=2).status_code == httpx.codes.OK
            except httpx.TransportError:
                time.sleep(0.05)
        return False

    def children(self) -> list[int]:
        """The processes under it, with what each of them runs."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]

    def workers(self) -> list[int]:
        """Those that answer requests."""
        return self.running(b"serve")

    def background(self) -> list[int]:
        """Those that do the background work."""
        return self.running(b"worker")

    def running(self, word: bytes) -> list[int]:
        """The children whose command has this word."""
        return [pid for pid in self.children() if word in words_of(pid)]


def words_of(pid: int) -> list[bytes]:
    """What a process runs; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


@pytest.fixture(scope="module")
def chosen() -> Iterator[Settings]:
    """Settings of a data folder and a port of these tests' own; each of them leaves the stores stopped."""
    folder = Path(tempfile.mkdtemp(prefix="qunzhifen-serve-"))
    folder.chmod(0o711)
    made = read_settings(
        {
            "QUNZHIFEN_ENV": "test",
            "QUNZHIFEN_DATA_DIR": str(folder),
            "PORT": str(free_port()),
            "QUNZHIFEN_WORKERS": "2",
        }
    )
    yield made
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(made.embedded.sockets, ignore_errors=True)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "web.commands", *words]


@contextmanager
def served(chosen: Settings) -> Iterator[Served]:
    """Serve, and see that nothing is left at the end."""
    said = chosen.data_dir / "serve.log"
    with (
        said.open("wb") as log,
        subprocess.Popen(command("serve"), env=child_environment(chosen), stdout=log, stderr=log) as process,
    ):
        try:
            running = Served(process, chosen)
            assert eventually(lambda: b"Serving on" in said.read_bytes()), said.read_text()
            assert httpx.get(f"{running.url}/livez").status_code == httpx.codes.OK, "it said so before it answered"
            yield running
        finally:
            if process.poll() is None:
                process.terminate()


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def eventually(true: Callable[[], bool]) -> bool:
    """Whether it becomes true while anybody would still wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def all_gone(pids: list[int]) -> bool:
    return eventually(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize("death", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_is_left(chosen: Settings, death: signal.Signals) -> None:
    with served(chosen) as running:
        assert eventually(lambda: len(running.children()) == 5)  # two stores, the background worker, two that answer
        everything = running.children()
        running.process.send_signal(death)
        running.process.wait(PATIENCE)
        assert all_gone(everything)
        assert not embedded.running(chosen)


def test_killed_workers_are_replaced_and_verify_works_beside_them(chosen: Settings) -> None:
    with served(chosen) as running:
        killed = running.workers() + running.background()
        assert len(killed) == 3  # two that answer and the one in the background
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: len(set(running.background()) - set(killed)) == 1)
        assert eventually(lambda: len(set(running.workers()) - set(killed)) == 2)
        assert running.answers(within=PATIENCE)
        verified = subprocess.run(command("verify"), env=child_environment(chosen), check=False, capture_output=True)
        assert verified.returncode == 0, verified.stderr
        assert b" 0 broken" in verified.stdout
        assert running.answers(within=PATIENCE), "verify left the server and its stores running"


def test_a_port_in_use_is_said_in_one_sentence(chosen: Settings) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that is gone had it a moment ago
        other.bind(("127.0.0.1", chosen.port))
        other.listen()
        refused = subprocess.run(command("serve"), env=child_environment(chosen), check=False, capture_output=True)
    assert refused.returncode == 1
    assert refused.stderr.decode().count("\n") == 1
    assert str(chosen.port) in refused.stderr.decode()


def test_a_wrong_option_exits_with_two(chosen: Settings) -> None:
    wrong = subprocess.run(command("verify", "--no"), env=child_environment(chosen), check=False, capture_output=True)
    assert wrong.returncode == 2
