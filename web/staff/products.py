"""The shelf: every product of one's territory, new ones, changes, stock, photograph, on and off the shelf."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity.actor import Actor
from identity.areas import COUNTY, VILLAGE
from identity.guards import allow
from kit import files, paging
from kit.errors import EN, Refusal
from kit.keyed import Keyed
from kit.refusals import Stale
from kit.wire import Id, In, ShortText
from merchants.registry import partners_by_name
from rewards import assortment
from rewards.assortment import Sought
from rewards.editing import edit_product, put_product_picture, restock
from rewards.errors import ProductStateSame
from rewards.products import MANAGING, create_products, set_product_state
from rewards.queries import Kind, ProductState
from rewards.schemas import StockOut
from web.pages.addresses import see_other
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, any_chosen, read_filters, ways
from web.pages.forms import MISFIT, Form, NoFields, blank, read_form
from web.pages.pictures import picture_of
from web.pages.rendering import page
from web.staff.product_forms import ProductForm, differing, filled, product_of, stored_as_typed
from web.staff.territory import Within, area_field, area_named
from web.uploads import upload_picture

_LIST = "/staff/products"
_SHOWN = 20
_PICTURE_BYTES = files.MOST_BYTES + 64 * 1024


class ProductFilters(Filters):
    """Which products are shown."""

    q: ShortText | None = None
    kind: Kind | None = None
    state: ProductState | None = None


class StockChange(In):
    """So many pieces more, or fewer."""

    pieces: Annotated[int, Meta(ge=1, le=1_000_000)]
    direction: Literal["more", "fewer"]


class StateChange(In):
    """On the shelf, or off it."""

    state: Literal["open", "closed"]


class ProductsController(Controller):
    """Products."""

    path = _LIST
    guards = (allow(*MANAGING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list."""
        chosen = read_filters(request, ProductFilters)
        scope = f"staff products:{actor.id}:{chosen.q}:{chosen.kind}:{chosen.state}"
        after = paging.after(chosen.cursor, scope, datetime, UUID)
        sought = Sought(name=chosen.q, kind=chosen.kind, state=chosen.state)
        rows = await assortment.list_managed(actor, sought, after, _SHOWN + 1)
        shown = paging.page(
            rows, limit=_SHOWN, scope=scope, position=lambda row: (row["created_at"], row["id"]), show=lambda row: row
        )
        filtered = any_chosen(chosen)
        context: dict[str, Any] = {
            "rows": shown.items,
            **ways(_LIST, chosen, shown.next_cursor),
            "filters": chosen,
            "filtered": filtered,
            "picture": picture_of,
        }
        return page(request, "staff/products.html", form=blank(request), **context)

    @get("/new")
    async def blank_product(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form."""
        usual = {"merchant_percent": "0", "town_percent": "100", "voucher_days": "30", "min_level": "L1"}
        return await _form_page(None, request, actor, blank(request, kind="goods", **usual))

    @post("/", status_code=200)
    async def add(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Put it into the catalogue, on the shelf or as a draft."""

        async def work(typed: ProductForm) -> str:
            (product_id,) = await create_products(actor=actor, products=[product_of(typed)])
            return f"{_LIST}/{product_id}"

        form = await read_form(request, ProductForm, named=area_named(_within(actor)))
        return await carry_out(request, actor, form, work, partial(_form_page, None))

    @get("/{product_id:uuid}")
    async def one(self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One product with its stock, and what became of it."""
        return await _product_page(product_id, request, actor, blank(request))

    @get("/{product_id:uuid}/edit")
    async def edit(self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """The form with what is stored."""
        row = await assortment.find_managed(actor, product_id)
        stored = stored_as_typed(row, await assortment.merchants_named(product_id))
        return await _form_page(product_id, request, actor, filled(request, stored))

    @post("/{product_id:uuid}/edit", status_code=200)
    async def change(
        self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Keep the change, unless somebody else was faster."""
        form = await read_form(request, ProductForm, named=area_named(_within(actor)))
        if form.value is None:
            return await _form_page(product_id, request, actor, form, MISFIT)
        try:
            typed = form.value
            await edit_product(actor=actor, product_id=product_id, version=typed.version, product=product_of(typed))
        except Stale as stale:
            return await _stale_page(request, actor, product_id, form.refused(stale))
        except Refusal as refusal:
            return await _form_page(product_id, request, actor, form.refused(refusal), refusal.status)
        return see_other(request, f"{_LIST}/{product_id}")

    @post("/{product_id:uuid}/stock", status_code=200)
    async def stock(
        self,
        request: AnyRequest,
        product_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Pieces more or fewer, once however often it is tapped."""

        async def work(change: StockChange) -> str:
            pieces = change.pieces if change.direction == "more" else -change.pieces
            once = keyed.once(lambda left: StockOut(stock_left=left))
            done(await restock(actor=actor, product_id=product_id, pieces=pieces, once=once), StockOut)
            return f"{_LIST}/{product_id}"

        form = await read_form(request, StockChange)
        return await carry_out(request, actor, form, work, partial(_product_page, product_id))

    @post("/{product_id:uuid}/state", status_code=200)
    async def turn(self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """On the shelf or off it; sent again it changes nothing."""
        wanted = (await read_form(request, StateChange)).accepted().state
        with suppress(ProductStateSame):
            await set_product_state(actor=actor, product_id=product_id, state=wanted)
        return see_other(request, f"{_LIST}/{product_id}")

    @post("/{product_id:uuid}/picture", status_code=200, request_max_body_size=_PICTURE_BYTES)
    async def picture(
        self, request: AnyRequest, product_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """A photograph of its own; without one, the drawing of its category."""
        form = await read_form(request, NoFields, files=("picture",))
        sent = [each for each in form.files["picture"] if each.filename]

        async def work(_: NoFields) -> str:
            await assortment.find_managed(actor, product_id)
            file_id = await upload_picture(actor=actor, data=await sent[0].read()) if sent else None
            await put_product_picture(actor=actor, product_id=product_id, file_id=file_id)
            return f"{_LIST}/{product_id}"

        return await carry_out(request, actor, form, work, partial(_product_page, product_id))


async def _product_page(
    product_id: UUID, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    row = await assortment.find_managed(actor, product_id)
    context: dict[str, Any] = {
        "product": row,
        "picture": picture_of(row["kind"], row["name_zh"]),
        "merchants": await assortment.merchants_named(product_id),
        "vouchers": await assortment.vouchers_of(product_id),
    }
    return page(request, "staff/product.html", status_code=status_code, form=form, **context)


def _within(actor: Actor) -> Within:
    return Within(actor.territories(*MANAGING), (COUNTY, VILLAGE))


async def _form_page(
    product_id: UUID | None,
    request: AnyRequest,
    actor: Actor,
    form: Form[Any],
    status_code: int = 200,
    *,
    theirs: list[tuple[str, str, str]] | None = None,
) -> Response[Any]:
    language = language_for(request)
    partners = await partners_by_name(actor, *MANAGING)
    context: dict[str, Any] = {
        "product_id": product_id,
        "areas": await area_field(_within(actor), form),
        "partners": [(str(each["id"]), each["name_en" if language == EN else "name_zh"]) for each in partners],
        "theirs": theirs or [],
    }
    return page(request, "staff/product_form.html", status_code=status_code, form=form, **context)


async def _stale_page(request: AnyRequest, actor: Actor, product_id: UUID, form: Form[Any]) -> Response[Any]:
    """What was typed, beside what somebody else has stored; sent again, it is meant to replace that."""
    row = await assortment.find_managed(actor, product_id)
    stored = stored_as_typed(row, await assortment.merchants_named(product_id))
    theirs = differing(form, stored)
    again = replace(form, typed={**form.typed, "version": stored["version"]})
    return await _form_page(product_id, request, actor, again, Stale.status, theirs=theirs)
