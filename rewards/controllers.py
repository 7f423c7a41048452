"""The catalogue, exchanges, vouchers and redemptions over HTTP."""

from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from identity.actor import Actor
from identity.errors import AreaUnknown, PersonUnknown
from identity.guards import allow
from kit import clock, db, paging
from kit.errors import raised
from kit.gather import Gatherer
from kit.keyed import Keyed
from kit.once import Answer
from kit.refusals import NotFound, refuses
from kit.wire import Id, Invalid
from merchants.errors import MerchantNotApproved, MerchantUnknown, TillUnknown
from points.errors import BudgetExhausted, InsufficientPoints
from rewards import announcing, assortment, codes, qr, queries
from rewards.errors import (
    AgeTooLow,
    AlreadyUndone,
    LevelTooLow,
    LimitReached,
    NotOpen,
    OutOfStock,
    ProductUnknown,
    ShortCodeLocked,
    StockTooLow,
    TillNeeded,
    UndoTooLate,
    VoucherAlreadyRedeemed,
    VoucherCancelled,
    VoucherExpired,
    VoucherUnknown,
    WrongMerchant,
)
from rewards.exchange import ON_BEHALF_ROLES, Exchanged, ExchangeLine, exchange_lines
from rewards.limits import period_start
from rewards.products import change_stock, create_products
from rewards.redemption import Redeemed, RedeemLine, preview_voucher, redeem_lines
from rewards.schemas import (
    CancelledOut,
    CreatedOut,
    ExchangeIn,
    ExchangeOut,
    PreviewOut,
    ProductIn,
    ProductOut,
    RedemptionOut,
    ScanIn,
    StateName,
    StockIn,
    StockOut,
    UndoIn,
    UndoneOut,
    VoucherLineOut,
    VoucherOut,
    cancelled_out,
    exchange_out,
    new_product,
    preview_out,
    product_out,
    redemption_out,
    undone_out,
    voucher_line_out,
    voucher_out,
)
from rewards.undoing import undo_redemption
from rewards.vouchers import cancel_voucher, refuse_ended

CLERKS = ("merchant_owner", "merchant_clerk")
_NOT_USABLE = (VoucherAlreadyRedeemed, VoucherExpired, VoucherCancelled)
_AT_THE_TILL = (VoucherUnknown, ShortCodeLocked, TillUnknown, TillNeeded, MerchantNotApproved)
_NEVER_KEPT = {"Cache-Control": "no-store"}


def _exchange_needs(line: ExchangeLine) -> Iterator[Hashable]:
    yield line.person_id
    if line.once is not None:
        yield line.once.reference


def _redemption_needs(line: RedeemLine) -> Iterator[Hashable]:
    if line.once is not None:
        yield line.once.reference
    code = codes.read(line.code)
    if code is not None and code.kind == "short":  # so that each wrong one is counted before the next is tried
        yield line.actor.id


exchange_gatherer: Gatherer[ExchangeLine, Answer[Exchanged]] = Gatherer(exchange_lines, conflicts=_exchange_needs)
redemption_gatherer: Gatherer[RedeemLine, Answer[Redeemed]] = Gatherer(redeem_lines, conflicts=_redemption_needs)
gatherers = [exchange_gatherer, redemption_gatherer]


@get("/api/products", guards=[allow()])
async def list_products(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[ProductOut]:
    """What points can be exchanged for where one lives, the cheapest first."""
    area_path = actor.area_path or ""
    scope = f"products:{area_path}"
    products = await queries.list_products(area_path, paging.after(cursor, scope, int, UUID), limit + 1)
    shown = await _shown(products, actor, language)
    return paging.page(
        products,
        limit=limit,
        scope=scope,
        position=lambda each: (each.points, each.id),
        show=lambda each: shown[each.id],
    )


@get("/api/products/{product_id:uuid}", guards=[allow()], opt=refuses(ProductUnknown))
async def show_product(
    product_id: FromPath[Id], actor: NamedDependency[Actor], language: NamedDependency[str]
) -> ProductOut:
    """One product."""
    product = (await queries.find_products([product_id])).get(product_id)
    if product is None or product.state == "draft" or not product.is_for(actor.area_path or ""):
        raise ProductUnknown
    return (await _shown([product], actor, language))[product_id]


@post("/api/products", guards=[allow("operations_admin")], opt=refuses(Invalid, MerchantUnknown, AreaUnknown))
async def add_product(data: JSONBody[ProductIn], actor: NamedDependency[Actor]) -> CreatedOut:
    """Put a product into the catalogue."""
    (product_id,) = await create_products(actor=actor, products=[new_product(data, value_fen=data.value_fen)])
    return CreatedOut(id=product_id)


@post(
    "/api/products/{product_id:uuid}/stock",
    guards=[allow("operations_admin")],
    status_code=HTTP_200_OK,
    opt=refuses(ProductUnknown, StockTooLow),
)
async def add_stock(product_id: FromPath[Id], data: JSONBody[StockIn], actor: NamedDependency[Actor]) -> StockOut:
    """Put pieces on the shelf, or take some off it."""
    return StockOut(stock_left=await change_stock(actor=actor, product_id=product_id, pieces=data.pieces))


@post(
    "/api/exchanges",
    guards=[allow("resident", *ON_BEHALF_ROLES)],
    opt=refuses(
        ProductUnknown,
        PersonUnknown,
        InsufficientPoints,
        OutOfStock,
        LimitReached,
        LevelTooLow,
        AgeTooLow,
        NotOpen,
        BudgetExhausted,
    ),
)
async def exchange(
    data: JSONBody[ExchangeIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[ExchangeOut]:
    """Exchange points for vouchers, for oneself or, as staff, for a resident whom one serves."""
    person_id = data.on_behalf_of or actor.id
    answer = await exchange_gatherer.submit(
        ExchangeLine(
            actor=actor,
            person_id=person_id,
            product_id=data.product_id,
            quantity=data.quantity,
            once=keyed.once(exchange_out, status=HTTP_201_CREATED, secret=True),
        )
    )
    await announcing.tell_balance(person_id)
    response: Response[ExchangeOut] = keyed.reply(answer)
    return response


@get("/api/me/vouchers", guards=[allow()])
async def list_vouchers(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    voucher_state: Annotated[StateName | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[VoucherLineOut]:
    """One's vouchers, newest first."""
    scope = f"vouchers:{actor.id}:{voucher_state}"
    after = paging.after(cursor, scope, datetime, UUID)
    rows = await queries.list_vouchers(actor.id, voucher_state, after, limit + 1)
    return paging.page(
        rows,
        limit=limit,
        scope=scope,
        position=lambda row: (row["issued_at"], row["id"]),
        show=lambda row: voucher_line_out(row, language),
    )


@get("/api/vouchers/{voucher_id:uuid}", guards=[allow()])
async def show_voucher(
    voucher_id: FromPath[Id], actor: NamedDependency[Actor], language: NamedDependency[str]
) -> Response[VoucherOut]:
    """A voucher of one's own, with its codes while it can be used."""
    row = await _own_voucher(voucher_id, actor)
    merchants = await queries.merchants_of([row["product"]])
    return Response(
        voucher_out(row, merchants[row["product"]], clock.now(), language), headers=_NEVER_KEPT, status_code=HTTP_200_OK
    )


@get(
    "/api/vouchers/{voucher_id:uuid}/qr.svg",
    guards=[allow()],
    media_type="image/svg+xml",
    opt=refuses(*_NOT_USABLE),
)
async def show_qr_svg(
    voucher_id: FromPath[Id],
    actor: NamedDependency[Actor],
    *,
    printed: Annotated[bool, QueryParameter(description="The code for paper, which does not rotate.")] = False,
) -> Response[bytes]:
    """The QR code of a voucher of one's own, as a picture that scales."""
    return Response(qr.svg(await _code(voucher_id, actor, printed=printed)), headers=_NEVER_KEPT)


@get(
    "/api/vouchers/{voucher_id:uuid}/qr.png",
    guards=[allow()],
    media_type="image/png",
    opt=refuses(*_NOT_USABLE),
)
async def show_qr_png(
    voucher_id: FromPath[Id],
    actor: NamedDependency[Actor],
    *,
    printed: Annotated[bool, QueryParameter(description="The code for paper, which does not rotate.")] = False,
) -> Response[bytes]:
    """The QR code of a voucher of one's own, as pixels."""
    return Response(qr.png(await _code(voucher_id, actor, printed=printed)), headers=_NEVER_KEPT)


@post(
    "/api/vouchers/{voucher_id:uuid}/cancel",
    guards=[allow("resident", *ON_BEHALF_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(*_NOT_USABLE),
)
async def cancel(
    voucher_id: FromPath[Id], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[CancelledOut]:
    """Give an unused voucher back: its points return with the expiry that they had."""
    answer = await cancel_voucher(
        actor=actor, voucher_id=voucher_id, once=keyed.once(cancelled_out, status=HTTP_200_OK)
    )
    response: Response[CancelledOut] = keyed.reply(answer)
    return response


@post(
    "/api/redemptions/preview",
    guards=[allow(*CLERKS)],
    status_code=HTTP_200_OK,
    opt=refuses(*_AT_THE_TILL),
)
async def preview(data: JSONBody[ScanIn], actor: NamedDependency[Actor], language: NamedDependency[str]) -> PreviewOut:
    """What a code stands for and whether it can be redeemed here; consumes nothing."""
    return preview_out(raised(await preview_voucher(actor=actor, code=data.code, till_id=data.till_id)), language)


@post(
    "/api/redemptions",
    guards=[allow(*CLERKS)],
    opt=refuses(WrongMerchant, *_NOT_USABLE, *_AT_THE_TILL),
)
async def redeem(
    data: JSONBody[ScanIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[RedemptionOut]:
    """Redeem a voucher by its code or its 12 digits; exactly one scan succeeds, the others say when and where."""
    answer = await redemption_gatherer.submit(
        RedeemLine(
            actor=actor,
            code=data.code,
            till_id=data.till_id,
            once=keyed.once(lambda redeemed: redemption_out(redeemed, keyed.language), status=HTTP_201_CREATED),
        )
    )
    await announcing.tell_redeemed(answer)
    response: Response[RedemptionOut] = keyed.reply(answer)
    return response


@post(
    "/api/redemptions/{redemption_id:uuid}/undo",
    guards=[allow(*CLERKS)],
    status_code=HTTP_200_OK,
    opt=refuses(UndoTooLate, AlreadyUndone),
)
async def undo(
    redemption_id: FromPath[Id], data: JSONBody[UndoIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[UndoneOut]:
    """Undo a redemption of one's own merchant within a minute."""
    answer = await undo_redemption(
        actor=actor,
        redemption_id=redemption_id,
        reason=data.reason,
        once=keyed.once(undone_out, status=HTTP_200_OK),
    )
    await announcing.tell_undone(answer)
    response: Response[UndoneOut] = keyed.reply(answer)
    return response


async def _shown(products: list[queries.ProductRow], actor: Actor, language: str) -> dict[UUID, ProductOut]:
    now = clock.now()
    had = await queries.count_in_force(
        [
            (actor.id, each.id, period_start(each.limit_period, now))
            for each in products
            if each.limit_period is not None
        ]
    )
    merchants = await queries.merchants_of([each.id for each in products])
    return {
        each.id: product_out(each, had.get((actor.id, each.id), 0), merchants[each.id], language) for each in products
    }


async def _own_voucher(voucher_id: UUID, actor: Actor) -> db.Row:
    row = await queries.find_voucher(voucher_id)
    if row is None or row["person"] != actor.id:
        raise NotFound
    return row


async def _code(voucher_id: UUID, actor: Actor, *, printed: bool) -> str:
    row = await _own_voucher(voucher_id, actor)
    await refuse_ended(row["id"], row["state"], row["expires_at"], clock.now())
    issue = queries.issue_of(row)
    return codes.printed(issue) if printed else codes.shown(issue, clock.now())


file_viewers = {"product": assortment.sees_product}
routes = [
    list_products,
    show_product,
    add_product,
    add_stock,
    exchange,
    list_vouchers,
    show_voucher,
    show_qr_svg,
    show_qr_png,
    cancel,
    preview,
    redeem,
    undo,
]
