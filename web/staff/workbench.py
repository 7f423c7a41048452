"""Where staff begin: what waits for them."""

from typing import Any

from litestar import Controller, Response, get

from identity.guards import allow
from web.pages.cookies import AnyRequest
from web.pages.navigation import WORKING_ROLES
from web.pages.rendering import page


class WorkbenchController(Controller):
    """The workbench."""

    path = "/staff"
    guards = (allow(*sorted(WORKING_ROLES)),)

    @get("/")
    async def workbench(self, request: AnyRequest) -> Response[Any]:
        """The queues."""
        return page(request, "staff/workbench.html")
