"""The transcript in README.md is what really happens: a demo town is served, every line is run again and compared."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kit.settings import child_environment, read_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = README.split("```console\n")[1].split("```")[0]
MARK = "@@line@@"

# What differs from run to run, by shape; everything else must be the same.
VARIES = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<day>"),
    (re.compile(r'"code":"[A-Z2-7]{26}"'), '"code":"<code>"'),
    (re.compile(r'"short_code":"\d{12}"'), '"short_code":"<digits>"'),
    (re.compile(r'"balance_after": ?\d+'), '"balance_after":<balance>'),
]


def shape(text: str) -> str:
    for pattern, name in VARIES:
        text = pattern.sub(name, text)
    return text.strip()


def steps() -> list[tuple[str, str]]:
    """The commands of the transcript, each with the output that follows it."""
    found: list[tuple[str, str]] = []
    for line in CONSOLE.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif not line.startswith("# ") and found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


@pytest.fixture(scope="module")
def demo_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The demo town, served as `make run` serves it, on a port and in a data folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = tmp_path_factory.mktemp("demo")
    chosen = read_settings({"PORT": str(port), "QUNZHIFEN_DATA_DIR": str(data)})
    environment = child_environment(chosen)
    server = subprocess.Popen(
        [Path(sys.executable).parent / "qunzhifen", "serve", "--demo"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_served(f"http://127.0.0.1:{port}/readyz", server)
        yield environment
    finally:
        server.terminate()
        server.wait(20)


def _wait_until_served(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended before it served"
        try:
            if httpx.get(address).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("the demo town was not served in two minutes")


def play(environment: dict[str, str]) -> list[str]:
    """Run the commands in one shell, and give what each of them said."""
    script = "\n".join(f"{command}\necho; echo '{MARK}'" for command, _ in steps())
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{environment['PORT']}")
    script = script.replace(".venv/bin/qunzhifen", str(Path(sys.executable).parent / "qunzhifen"))
    said = subprocess.run(["bash", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return [part.strip() for part in said.stdout.split(MARK)[:-1]]


def test_the_transcript_is_what_really_happens(demo_town: dict[str, str]) -> None:
    shown = [output for _, output in steps()]
    assert sum(bool(output.strip()) for output in shown) >= 8, "the transcript shows what the commands say"
    assert [shape(text) for text in play(demo_town)] == [shape(text) for text in shown]
