"""Which packages the app is made of, and what each of them brings: routes, gatherers, job handlers.

Every package that is named here must be there with the modules it promises: an app that starts without one of them
would answer 404 where people expect their points, so a missing module keeps it from starting.

A package's `controllers` name their handlers in `routes` and, when it has hot flows, its `gatherers`; its `jobs`
module registers job handlers and outbox subscribers by being imported. `file_viewers` of the `controllers` say who may
see the files of the package's things.
"""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any
from uuid import UUID

from identity.actor import Actor
from kit.gather import Gatherer

FileViewer = Callable[[Actor, UUID], Awaitable[bool]]
"""Whether this actor may see the files of the thing with this id."""

PACKAGES = ("identity", "points", "merchants", "rewards", "grid", "admin", "web")
PAGES = ("web.pages", "web.resident", "web.merchant", "web.staff")
WORKING = ("kit.upkeep", *(f"{package}.jobs" for package in PACKAGES if package != "web"))


def _controllers() -> Iterator[ModuleType]:
    return (import_module(f"{package}.controllers") for package in PACKAGES)


def collect_routes() -> list[Any]:
    """The route handlers of all packages."""
    return [route for module in _controllers() for route in module.routes]


def collect_page_routes() -> list[Any]:
    """The handlers of all pages: what they share, and those of each audience."""
    return [route for package in PAGES for route in import_module(f"{package}.controllers").routes]


def collect_gatherers() -> list[Gatherer[Any, Any]]:
    """The gatherers before hot flows, to be drained at shutdown."""
    return [gatherer for module in _controllers() for gatherer in getattr(module, "gatherers", ())]


def load_job_handlers() -> None:
    """Make every package's job handlers and outbox subscribers known to this process."""
    for name in WORKING:
        import_module(name)


def collect_file_viewers() -> dict[str, FileViewer]:
    """By the kind of thing that a file was claimed for: who may see it besides its owner."""
    return {kind: viewer for module in _controllers() for kind, viewer in getattr(module, "file_viewers", {}).items()}
