"""What was taken at the till on a day, and taking the last minute back."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK

from identity import scheme
from identity.actor import MERCHANT_ROLES, Actor
from identity.guards import allow
from kit import clock, paging, wire
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.wire import DayText, Id
from merchants import queries
from merchants.schemas import sale_out
from rewards import announcing
from rewards.schemas import UndoIn, UndoneOut, undone_out
from rewards.undoing import undo_redemption
from web.merchant.places import places_for
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, ways
from web.pages.forms import read_form
from web.pages.rendering import page

_ROWS = 50
_A_DAY = timedelta(days=1)


class SalesController(Controller):
    """The list of a day."""

    path = "/till"
    guards = (allow(*sorted(MERCHANT_ROLES)),)

    @get("/today")
    async def of_day(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        day: FromQuery[DayText | None] = None,
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """What was taken today, or on another day, newest first."""
        chosen = wire.day(day) if day else clock.business_day(clock.now())
        return await _list(request, actor, chosen, cursor)

    @post("/redemptions/{redemption_id:uuid}/undo", status_code=HTTP_200_OK)
    async def undo(
        self,
        request: AnyRequest,
        redemption_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Take a redemption of the last minute back."""
        reason = (await read_form(request, UndoIn)).accepted().reason
        once = keyed.once(undone_out, status=HTTP_200_OK)
        answer = await undo_redemption(actor=actor, redemption_id=redemption_id, reason=reason, once=once)
        await announcing.tell_undone(answer)
        try:
            done(answer, UndoneOut)
        except Refusal as refusal:
            return await _list(request, actor, clock.business_day(clock.now()), None, refusal)
        return see_other(request, "/till/today")


async def _list(
    request: AnyRequest, actor: Actor, day: date, cursor: str | None, refusal: Refusal | None = None
) -> Response[Any]:
    mine = actor.merchant_ids()
    scope = f"till sales:{actor.id}:{day}"
    between = (clock.day_start(day), clock.day_start(day + _A_DAY))
    rows = await queries.list_sales(mine, paging.after(cursor, scope, datetime, UUID), _ROWS + 1, between=between)
    sales = paging.page(
        rows,
        limit=_ROWS,
        scope=scope,
        position=lambda row: (row["sold_at"], row["id"]),
        show=lambda row: sale_out(row, language_for(request)),
    )
    undo_from = clock.now() - timedelta(seconds=await scheme.number("voucher.undo_seconds"))
    today = clock.business_day(clock.now())
    return page(
        request,
        "merchant/today.html",
        status_code=HTTP_200_OK if refusal is None else refusal.status,
        sales=sales.items,
        **ways("/till/today", Filters(cursor=cursor), sales.next_cursor, day=day),
        sold=await queries.sum_sales(mine, between),
        undo_from=undo_from,
        day=day,
        before=day - _A_DAY,
        after=day + _A_DAY if day < today else None,
        is_today=day == today,
        places=await places_for(request, actor),
        refused="" if refusal is None else refusal.detail(language_for(request)),
    )
