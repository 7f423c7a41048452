"""The running server: granian's workers over the app, each of which ends when the command that started it is gone."""

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from kit.embedded import end_with_parent
from kit.embedded.process import Server
from kit.settings import Settings
from web.app import App, create_app
from web.pages.assets import manifest
from web.pages.rendering import compile_templates
from web.wiring import collect_page_routes, collect_routes, load_job_handlers

_KILL_SECONDS = 3  # open event streams would hold up the end of a worker for ever
_START_SECONDS = 3.0
_QUICK_SECONDS = 10.0
_QUICK_FAILURES = 3
_LOOK_SECONDS = 0.5
_ASK_SECONDS = 0.1
_LONGEST_PAUSE = 30.0
_log = structlog.get_logger(__name__)


class PortTaken(RuntimeError):
    """Somebody else listens at the port."""


def application() -> App:
    """The app of one worker (granian calls this in the worker's process)."""
    end_with_parent(os.getppid(), signal.SIGKILL)
    app = create_app()
    keep_memory_still()
    return app


def keep_memory_still() -> None:
    """Search less for circles: what a process has made at its start stays, and a batch's rows die young without any."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
    `when_ready` is called once, in a thread of its own, after the first answer.
    """
    collect_routes()
    collect_page_routes()
    load_job_handlers()
    if settings.production:
        manifest()  # without what browsers load there is nothing to serve
        compile_templates()
    quick_failures = 0
    while True:
        server = _server(settings, host)
        if quick_failures == 0:
            asking = threading.Thread(
                target=_wait_for_an_answer, args=(host, settings.port, when_ready), name="first answer", daemon=True
            )
            server.on_startup(asking.start)
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


def _wait_for_an_answer(host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Ask until a worker answers, whatever it says: granian tells when it starts them, not when they serve."""
    while True:
        asking = HTTPConnection(host, port, timeout=_LOOK_SECONDS)
        try:
            asking.request("GET", "/livez")
            asking.getresponse()
        except (OSError, HTTPException):
            time.sleep(_ASK_SECONDS)
        else:
            when_ready()
            return
        finally:
            asking.close()


@contextmanager
def kept_running(beside: Server) -> Iterator[None]:
    """Run another process of ours beside the server, and start it again when it ends alone; later if it ends at once.

    One thread starts, watches and stops it: the kernel ends a child with the thread that started it.
    """
    leaving = threading.Event()
    watcher = threading.Thread(target=_keep, args=(beside, leaving), name=beside.name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        leaving.set()
        watcher.join()


def _keep(beside: Server, leaving: threading.Event) -> None:
    pause = _LOOK_SECONDS
    while not leaving.is_set():
        started = time.monotonic()
        try:
            beside.start()
        except OSError as failure:
            _log.error("a process could not be started", process=beside.name, reason=failure.strerror)
        while beside.process is not None and beside.process.poll() is None:
            if leaving.wait(_LOOK_SECONDS):
                beside.stop()
                return
        status = None if beside.process is None else beside.process.returncode
        pause = _LOOK_SECONDS if time.monotonic() - started > _QUICK_SECONDS else min(pause * 2, _LONGEST_PAUSE)
        _log.warning("a process ended and is started again", process=beside.name, status=status, pause=pause)
        leaving.wait(pause)


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
