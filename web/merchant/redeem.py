"""Where shops begin: the till."""

from typing import Any

from litestar import Controller, Response, get

from identity.actor import MERCHANT_ROLES
from identity.guards import allow
from web.pages.cookies import AnyRequest
from web.pages.rendering import page


class RedeemController(Controller):
    """The till."""

    path = "/till"
    guards = (allow(*sorted(MERCHANT_ROLES)),)

    @get("/")
    async def till(self, request: AnyRequest) -> Response[Any]:
        """The field for codes."""
        return page(request, "merchant/redeem.html")
