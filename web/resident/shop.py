"""The shop: what points can be exchanged for, what it costs before it is done, and what came of it."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_201_CREATED

from identity.actor import Actor
from identity.guards import allow
from kit import paging
from kit.errors import EN, Refusal
from kit.keyed import Keyed
from kit.wire import Id
from points.errors import InsufficientPoints
from rewards import announcing, queries
from rewards.controllers import exchange_gatherer
from rewards.exchange import ExchangeLine
from rewards.queries import Kind
from rewards.schemas import ExchangeOut, exchange_out
from rewards.shop import exchange_made, look_at, open_window
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, ways
from web.pages.pictures import picture_of
from web.pages.rendering import page

_SHOWN = 24


class ShopController(Controller):
    """Points become vouchers."""

    path = "/shop"
    guards = (allow("resident"),)

    @get("/")
    async def shop(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        kind: FromQuery[Kind | None] = None,
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """What is on the shelf, what one can afford first."""
        scope = f"shop:{actor.id}:{kind}"
        after = paging.after(cursor, scope, int, UUID)
        window = await open_window(actor, kind=kind, after=after, limit=_SHOWN + 1)
        shelf = paging.page(
            window.shown,
            limit=_SHOWN,
            scope=scope,
            position=lambda each: (each.product.points, each.product.id),
            show=lambda each: each,
        )
        return page(
            request,
            "resident/shop.html",
            balance=window.balance,
            shelf=shelf,
            kind=kind,
            kinds=get_args(Kind),
            **ways(self.path, Filters(cursor=cursor), shelf.next_cursor, kind=kind),
            **_words(request),
        )

    @get("/{product_id:uuid}")
    async def product(
        self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """One product, and the sheet that asks before it is done."""
        return await _product_page(request, actor, product_id, "resident/product.html")

    @get("/{product_id:uuid}/confirm")
    async def confirm(
        self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """The same question as a page, for browsers without scripts."""
        return await _product_page(request, actor, product_id, "resident/confirm.html")

    @post("/{product_id:uuid}/exchange", status_code=200)
    async def exchange(
        self,
        request: AnyRequest,
        product_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """One piece for points, once however often it is tapped."""
        once = keyed.once(exchange_out, status=HTTP_201_CREATED, secret=True)
        line = ExchangeLine(actor=actor, person_id=actor.id, product_id=product_id, once=once)
        answer = await exchange_gatherer.submit(line)
        await announcing.tell_balance(actor.id)
        try:
            made = done(answer, ExchangeOut)
        except Refusal as refusal:
            return _refused_page(request, product_id, refusal)
        return see_other(request, f"/shop/done/{made.id}")

    @get("/done/{exchange_id:uuid}")
    async def success(
        self, request: AnyRequest, exchange_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """It is done: its number, and the way to the code."""
        made = await exchange_made(actor, exchange_id)
        last = made.vouchers[0]["expires_at"] - timedelta(seconds=1) if made.vouchers else None
        return page(request, "resident/exchanged.html", made=made, use_until=last, **_words(request))


async def _product_page(request: AnyRequest, actor: Actor, product_id: UUID, template: str) -> Response[bytes]:
    window = await look_at(actor, product_id)
    merchants = (await queries.merchants_of([product_id]))[product_id]
    return page(
        request, template, balance=window.balance, shown=window.shown[0], merchants=merchants, **_words(request)
    )


def _refused_page(request: AnyRequest, product_id: UUID, refusal: Refusal) -> Response[bytes]:
    return page(
        request,
        "resident/not_exchanged.html",
        status_code=refusal.status,
        said=refusal.detail(language_for(request)),
        product_id=product_id,
        earn=isinstance(refusal, InsufficientPoints),
    )


def _words(request: AnyRequest) -> dict[str, Any]:
    """How things are named and drawn, for the template."""
    named = "name_en" if language_for(request) == EN else "name_zh"
    return {
        "name_of": lambda row: _field(row, named),
        "picture_of": lambda row: picture_of(_field(row, "kind"), _field(row, "name_zh")),
        "why_not": lambda refusal: refusal.detail(language_for(request)),
    }


def _field(row: Any, key: str) -> Any:
    return getattr(row, key) if hasattr(row, key) else row[key]
