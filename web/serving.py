"""The running server: granian's workers over the app, each of which ends when the command that started it is gone."""

import os
import signal
import socket
import time
from collections.abc import Callable

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from kit.embedded import end_with_parent
from kit.settings import Settings
from web.app import App, create_app
from web.wiring import collect_routes, load_job_handlers

_KILL_SECONDS = 3  # open event streams would hold up the end of a worker for ever
_START_SECONDS = 3.0
_QUICK_SECONDS = 10.0
_QUICK_FAILURES = 3


class PortTaken(RuntimeError):
    """Somebody else listens at the port."""


def application() -> App:
    """The app of one worker (granian calls this in the worker's process)."""
    end_with_parent(os.getppid(), signal.SIGKILL)
    return create_app()


def refuse_taken_port(host: str, port: int) -> None:
    """Say so in one sentence, before anything is started, when the port is in use."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise PortTaken(
                f"Port {port} on {host} is in use; choose another with PORT=… ({failure.strerror})."
            ) from failure


def serve(settings: Settings, *, host: str, when_ready: Callable[[], None]) -> None:
    """Serve until a signal ends it.

    granian replaces a worker that died, and gives up when one dies twice within seconds; then all workers start
    afresh, unless that goes on or they cannot start at all. The packages are imported here, once for all workers.
    """
    collect_routes()
    load_job_handlers()
    quick_failures = 0
    while True:
        server = _server(settings, host)
        if quick_failures == 0:
            server.on_startup(when_ready)
        started = time.monotonic()
        try:
            server.serve()
        except SystemExit:
            lived = time.monotonic() - started
            quick_failures = quick_failures + 1 if lived < _QUICK_SECONDS else 1
            if server.interrupt_signal or lived < _START_SECONDS or quick_failures >= _QUICK_FAILURES:
                raise
        else:
            return


def _server(settings: Settings, host: str) -> MPServer:
    return MPServer(
        "web.serving:application",
        factory=True,
        address=host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        backlog=2048,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=_KILL_SECONDS,
    )
