"""Where residents begin: what they have."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from identity.actor import Actor
from identity.guards import allow
from points import queries
from web.pages.cookies import AnyRequest
from web.pages.rendering import page


class HomeController(Controller):
    """The first page."""

    guards = (allow("resident"),)

    @get("/")
    async def home(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """What can be spent now."""
        return page(request, "resident/home.html", wallet=await queries.wallet(actor.id))
