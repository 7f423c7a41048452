"""One's vouchers by what has become of them, each with its details, and giving an unused one back."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK

from identity.actor import Actor
from identity.guards import allow
from kit import db, paging
from kit.keyed import Keyed
from kit.refusals import NotFound
from kit.wire import Id
from points.queries import balances, now
from rewards import announcing, queries
from rewards.schemas import CancelledOut, cancelled_out
from rewards.vouchers import cancel_voucher
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, ways
from web.pages.rendering import page
from web.resident.shown import code_shown, voucher_shown

SHELVES: Final[tuple[queries.Shelf, ...]] = ("issued", "redeemed", "expired", "cancelled")
_PAGE = 20


class VouchersController(Controller):
    """Vouchers."""

    path = "/vouchers"
    guards = (allow("resident"),)

    @get("/")
    async def list_vouchers(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        shelf: Annotated[queries.Shelf, QueryParameter(name="state")] = "issued",
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """Those on one shelf."""
        scope = f"page of vouchers:{actor.id}:{shelf}"
        rows = await queries.list_shelf(actor.id, shelf, paging.after(cursor, scope, datetime, UUID), _PAGE + 1)
        moment, language = await now(), language_for(request)
        shown = paging.page(
            list(rows),
            limit=_PAGE,
            scope=scope,
            position=lambda row: (_place(row, shelf), row["id"]),
            show=lambda row: voucher_shown(row, moment, language),
        )
        counts = await queries.count_shelves(actor.id)
        turned = ways(self.path, Filters(cursor=cursor), shown.next_cursor, state=shelf)
        return page(
            request, "resident/vouchers.html", shown=shown, shelf=shelf, shelves=SHELVES, counts=counts, **turned
        )

    @get("/{voucher_id:uuid}")
    async def show(self, request: AnyRequest, voucher_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One of them with everything about it."""
        return await _page(request, "resident/voucher.html", voucher_id, actor)

    @get("/{voucher_id:uuid}/cancel")
    async def ask(self, request: AnyRequest, voucher_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask before it is given back, where no sheet can ask."""
        return await _page(request, "resident/voucher_cancel.html", voucher_id, actor)

    @post("/{voucher_id:uuid}/cancel", status_code=HTTP_200_OK)
    async def cancel(
        self,
        request: AnyRequest,
        voucher_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Give it back: its points return at once."""
        answer = await cancel_voucher(
            actor=actor, voucher_id=voucher_id, once=keyed.once(cancelled_out, status=HTTP_200_OK)
        )
        given_back = done(answer, CancelledOut)
        await announcing.tell_balance(actor.id)
        return see_other(request, f"/vouchers/{given_back.id}")


async def _page(request: AnyRequest, template: str, voucher_id: UUID, actor: Actor) -> Response[Any]:
    row = await queries.find_voucher(voucher_id)
    if row is None or row["person"] != actor.id:
        raise NotFound
    merchants = await queries.merchants_of([row["product"]])
    shown = code_shown(row, merchants[row["product"]], await now(), language_for(request))
    return page(
        request,
        template,
        shown=shown,
        voucher=shown.out,
        ended_at=row["ended_at"],
        balance=(await balances([actor.id]))[actor.id],
    )


def _place(row: db.Row, shelf: queries.Shelf) -> datetime:
    """Where it stands on its shelf."""
    place: datetime = row["expires_at"] if shelf == "issued" else row["ended_at"] or row["expires_at"]
    return place
