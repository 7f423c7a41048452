"""What stands in the place of a page that needs the network: a word, and the vouchers that this phone keeps."""

from typing import Any

from litestar import Controller, Response, get

from identity.guards import public
from web.pages.cookies import AnyRequest
from web.pages.rendering import page


class OfflineController(Controller):
    """The page that the service worker keeps; there is nothing of anybody in it."""

    guards = (public(),)

    @get("/offline")
    async def offline(self, request: AnyRequest) -> Response[Any]:
        """No network."""
        nobody: dict[str, Any] = {"signed_in": False, "actor": None, "csrf": "", "audiences": [], "nav": []}
        return page(request, "resident/offline.html", **nobody)
