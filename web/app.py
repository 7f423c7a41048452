"""The ASGI application of the product."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.types import Receive, Scope, Send

from identity.guards import provide_actor
from kit import db, live, logs, redis
from kit.gather import Gatherer
from web import edge
from web.bodies import StrictBody
from web.bounds import keep_bounds
from web.health import refuse_unsafe_database
from web.keys import provide_keyed, provide_language
from web.pages.problem_pages import answer_problem, know_reader
from web.pages.router import page_router
from web.wiring import collect_gatherers, collect_page_routes, collect_routes, load_job_handlers

BODY_LIMIT = 256 * 1024


class App(Litestar):
    """Litestar, with the edge around everything it answers, its own 404 and 405 included."""

    async def __call__(self, scope: Scope | Any, receive: Receive | Any, send: Send | Any) -> None:
        """Take one connection of the server."""
        if scope["type"] == "http":
            await edge.serve(super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app() -> App:
    """The app with the routes of all packages."""
    logs.configure()
    load_job_handlers()
    return assemble(
        routes=collect_routes(),
        pages=collect_page_routes(),
        gatherers=collect_gatherers(),
        dependencies={
            "actor": Provide(provide_actor, sync_to_thread=False),
            "keyed": Provide(provide_keyed),
            "language": Provide(provide_language, sync_to_thread=False),
        },
    )


def assemble(
    *,
    routes: Sequence[Any],
    pages: Sequence[Any] = (),
    gatherers: Sequence[Gatherer[Any, Any]] = (),
    dependencies: Mapping[str, Provide],
) -> App:
    """An app of these routes and pages, with everything that holds for all of them."""

    @asynccontextmanager
    async def stores(_: Litestar) -> AsyncIterator[None]:
        await db.open_pool()
        await redis.open()
        try:
            await refuse_unsafe_database()
            yield
        finally:
            for gatherer in gatherers:
                await gatherer.drain()
            await live.close()
            await redis.close()
            await db.close_pool()

    keep_bounds(routes)
    return App(
        route_handlers=[*routes, page_router(pages)],
        dependencies=dict(dependencies),
        dto=StrictBody,
        return_dto=None,
        exception_handlers={Exception: answer_problem},
        after_exception=[know_reader],
        lifespan=[stores],
        logging_config=None,  # kit.logs has configured it; web.problems logs what is unexpected
        openapi_config=None,  # web.openapi makes and serves the document
        request_max_body_size=BODY_LIMIT,
        debug=False,
    )
