"""The inbox."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from identity import messages
from identity.actor import Actor
from identity.guards import allow
from identity.schemas import MessageOut
from kit import paging
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, ways
from web.pages.rendering import page

_SHOWN = 20
_ABOUT = {"participation": "/claims", "event": "/reports", "points": "/points", "voucher": "/vouchers", "login": "/me"}


class MessagesController(Controller):
    """What the scheme has told somebody."""

    path = "/messages"
    guards = (allow("resident"),)

    @get("/")
    async def inbox(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """All messages, the newest first, with those that were not read yet marked."""
        language = language_for(request)
        scope = f"messages {actor.id}"
        before = paging.after_one(cursor, scope, UUID)
        rows = await messages.inbox(actor.id, before=before, limit=_SHOWN + 1)
        found = paging.page(
            rows,
            limit=_SHOWN,
            scope=scope,
            position=lambda row: (row.id,),
            show=lambda row: MessageOut.of(row, language),
        )
        unread = await messages.count_unread(actor.id)
        turned = ways(self.path, Filters(cursor=cursor), found.next_cursor)
        return page(request, "resident/messages.html", inbox=found, unread=unread, about=_about, **turned)

    @post("/read", status_code=200)
    async def read(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Note that all of them were read."""
        await messages.read_messages(actor=actor)
        return see_other(request, "/messages")


def _about(kind: str) -> str:
    """Where the thing is that a kind of message speaks of; empty when there is no page of it."""
    return _ABOUT.get(kind.partition(".")[0], "")
