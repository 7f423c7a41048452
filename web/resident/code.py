"""The code of a voucher, full screen: shown, kept for when there is no network, and turned into ✔ when it was used."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_204_NO_CONTENT

from identity.actor import Actor
from identity.guards import allow
from identity.masks import mask_name
from kit.refusals import NotFound
from kit.wire import Id, Instant, Out, encode
from points.queries import now
from rewards import queries
from rewards.handing_out import hand_out_secret
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.rendering import fragment, page
from web.resident.shown import CodeShown, code_shown, voucher_shown

_MOST = 50
_KEEP = {"Keep-Offline": "voucher"}
"""Tells the service worker that it may keep this page; what says nothing is not kept."""


class OwnSecretOut(Out):
    """What a phone computes a rotating code from, and the server's time for its steps."""

    finder: str
    secret: str
    rotates_every: int
    now: Instant


class CodeController(Controller):
    """Showing codes."""

    path = "/code"
    guards = (allow("resident"),)

    @get("/")
    async def choose(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Which voucher, when there are several; the only one is shown at once."""
        rows = await queries.list_shelf(actor.id, "issued", None, _MOST + 1)
        if len(rows) == 1:
            return see_other(request, f"/code/{rows[0]['id']}")
        moment, language = await now(), language_for(request)
        nearest = [voucher_shown(row, moment, language) for row in rows[:_MOST]]
        return page(request, "resident/codes.html", vouchers=nearest, more=len(rows) > _MOST)

    @get("/{voucher_id:uuid}")
    async def show(self, request: AnyRequest, voucher_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """The code, for the till to scan or for the clerk to type."""
        shown = await _shown(request, voucher_id, actor)
        headers = _KEEP if shown.kept else None
        return page(request, "resident/code.html", headers=headers, nav=[], **_context(shown, actor))

    @get("/{voucher_id:uuid}/now")
    async def changed(
        self,
        request: AnyRequest,
        voucher_id: FromPath[Id],
        actor: NamedDependency[Actor],
        seen: FromQuery[queries.Shelf | None] = None,
    ) -> Response[Any]:
        """What stands there now, for the open page; nothing when that is what it shows already."""
        shown = await _shown(request, voucher_id, actor)
        if shown.shelf == seen:
            return Response(None, status_code=HTTP_204_NO_CONTENT)
        return fragment(request, "resident/code.html", block="voucher", **_context(shown, actor))

    @post("/{voucher_id:uuid}/secret", status_code=200)
    async def secret(self, voucher_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[bytes]:
        """What the holder's phone needs to go on without a network."""
        own = await hand_out_secret(actor=actor, voucher_id=voucher_id)
        told = OwnSecretOut(
            finder=own.finder,
            secret=b64encode(own.secret).decode(),
            rotates_every=own.rotates_every,
            now=own.moment,
        )
        return Response(encode(told), media_type="application/json")


async def _shown(request: AnyRequest, voucher_id: UUID, actor: Actor) -> CodeShown:
    row = await queries.find_voucher(voucher_id)
    if row is None or row["person"] != actor.id:
        raise NotFound
    merchants = await queries.merchants_of([row["product"]])
    return code_shown(row, merchants[row["product"]], await now(), language_for(request))


def _context(shown: CodeShown, actor: Actor) -> dict[str, Any]:
    return {"shown": shown, "voucher": shown.out, "holder": mask_name(actor.name)}
