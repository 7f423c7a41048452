"""What holds for every page: it is no part of the API's description, and its faults and keys are those of a browser."""

from collections.abc import Iterable
from typing import Any

from litestar import Router
from litestar.di import Provide

from identity.guards import PAGE
from web.bounds import keep_bounds
from web.pages.cookies import language_for
from web.pages.doing_once import provide_page_keyed


def page_router(routes: Iterable[Any]) -> Router:
    """These routes as pages."""
    handlers = list(routes)
    keep_bounds(handlers)
    return Router(
        path="/",
        route_handlers=handlers,
        include_in_schema=False,
        opt={PAGE: True},
        dependencies={
            "keyed": Provide(provide_page_keyed),
            "language": Provide(language_for, sync_to_thread=False),
        },
    )
