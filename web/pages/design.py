"""The design system on one page, where pages are being written or shown; real towns do not have it."""

from typing import Any

from litestar import Response, get

from identity.guards import public
from kit.refusals import NotFound
from kit.settings import settings
from web.pages.cookies import AnyRequest
from web.pages.rendering import page


@get("/design", guards=[public()])
async def show_design(request: AnyRequest) -> Response[Any]:
    """Every component in every state."""
    if settings().production:
        raise NotFound
    return page(request, "design/index.html")
