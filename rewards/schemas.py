"""Products, exchanges, vouchers and redemptions on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import asdict

from kit import db
from kit.errors import ZH
from kit.wire import Count, Fen, Id, In, Instant, Name, Out, Percent, Points, Quantity, ShortText
from rewards import codes
from rewards.exchange import Exchanged
from rewards.products import NewProduct
from rewards.queries import Kind, Period, ProductRow, ProductState, VoucherState, issue_of
from rewards.redemption import Preview, Redeemed
from rewards.undoing import Undone
from rewards.vouchers import Cancelled

Level = Annotated[str, Meta(pattern="^L[1-5](?![\\s\\S])", examples=["L1"])]
Label = Annotated[str, Meta(examples=["五元餐券"])]
Masked = Annotated[str, Meta(examples=["张*三"])]
LongCode = Annotated[str, Meta(examples=["46KYFXBA5GCT3N25UCJP3M44MQ"])]
ShortCode = Annotated[str, Meta(examples=["384774152842"])]
TypedCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^(?![\s\S]*[\u0000-\u001f\u007f])[\s\S]*\S",
        description="What was scanned, or the 12 digits; spaces, hyphens, small letters and full width do no harm.",
        examples=["46KYFXBA5GCT3N25UCJP3M44MQ"],
    ),
]
StateName = Annotated[VoucherState, Meta(examples=["issued"])]


class MerchantBrief(Out):
    """A merchant that honours a product."""

    id: Id
    name: Label


class ProductOut(Out):
    """A product. `stock_left` and `left_for_me` are null where there is no end."""

    id: Id
    name: Label
    kind: Kind
    points: Points
    value_fen: Fen
    stock_left: Count | None
    left_for_me: Count | None
    min_level: Level
    min_age: Count | None
    opens_at: Instant
    closes_at: Instant | None
    merchants: list[MerchantBrief]


class ProductTerms(In):
    """A product as clients and the desk put it; what a piece is worth, the ones write in fen, the other in yuan."""

    name_zh: Name
    name_en: Name
    kind: Kind
    points: Points
    merchant_percent: Percent
    town_percent: Percent
    sponsor_percent: Percent = 0
    sponsor: Name | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    stock: Count | None = None
    person_limit: Quantity | None = None
    limit_period: Period | None = None
    min_level: Level = "L1"
    min_age: Annotated[int, Meta(ge=1, le=120)] | None = None
    area_id: Id | None = None
    cash_like: bool = False
    voucher_days: Annotated[int, Meta(ge=1, le=3_660)] = 30
    merchants: Annotated[list[Id], Meta(max_length=500)] = field(default_factory=list)


class ProductIn(ProductTerms):
    """A new product; the three percents make a hundred."""

    value_fen: Fen


class CreatedOut(Out):
    """What was made."""

    id: Id


class StockIn(In):
    """How many pieces more (or, negative, fewer) are on the shelf."""

    pieces: Annotated[int, Meta(ge=-1_000_000, le=1_000_000, examples=[20])]


class StockOut(Out):
    """How many are on the shelf now."""

    stock_left: Count


class ExchangeIn(In):
    """What the resident wants; staff name the resident for whom they act."""

    product_id: Id
    quantity: Quantity = 1
    on_behalf_of: Id | None = None


class IssuedVoucherOut(Out):
    """A voucher as it was issued; one whose code rotates has no short code."""

    id: Id
    code: LongCode
    short_code: ShortCode | None
    expires_at: Instant


class ExchangeOut(Out):
    """What an exchange gave."""

    id: Id
    vouchers: list[IssuedVoucherOut]
    points: Points
    balance_after: Points


class VoucherLineOut(Out):
    """A voucher in the holder's list."""

    id: Id
    product_id: Id
    product: Label
    points: Points
    value_fen: Fen
    state: StateName
    issued_at: Instant
    expires_at: Instant
    redeemed_at: Instant | None
    merchant: Label | None


class VoucherOut(VoucherLineOut):
    """A voucher of one's own. The codes are there while it can be used; a rotating one is good for about a minute."""

    merchants: list[MerchantBrief]
    code: LongCode | None
    short_code: ShortCode | None
    printed_code: LongCode | None
    rotates_every: Count | None


class CancelledOut(Out):
    """A voucher that was given back."""

    id: Id
    state: Literal["cancelled"]
    points: Points
    balance_after: Points


class ScanIn(In):
    """A code at a till; `till_id` is needed by clerks of several merchants."""

    code: TypedCode
    till_id: Id | None = None


class WhyNotOut(Out):
    """Why a voucher cannot be redeemed here and now."""

    code: Annotated[str, Meta(examples=["voucher_expired"])]
    detail: str


class PreviewOut(Out):
    """What a code stands for; nothing was consumed."""

    product: Label
    value_fen: Fen
    holder: Masked | None
    expires_at: Instant
    redeemable: bool
    why_not: WhyNotOut | None


class RedemptionOut(Out):
    """A voucher that was used; the till may undo it until `undo_until`."""

    id: Id
    voucher_id: Id
    product: Label
    value_fen: Fen
    holder: Masked
    redeemed_at: Instant
    undo_until: Instant


class UndoIn(In):
    """Why it is undone."""

    reason: ShortText


class UndoneOut(Out):
    """A redemption that was undone; the voucher is issued again, or expired if its days ended meanwhile."""

    id: Id
    voucher_id: Id
    voucher_state: StateName
    undone_at: Instant


def _named(zh: str, en: str, language: str) -> str:
    return zh if language == ZH else en


def merchants_out(rows: Sequence[db.Row], language: str) -> list[MerchantBrief]:
    """The merchants that honour a product."""
    return [MerchantBrief(id=row["id"], name=_named(row["name_zh"], row["name_en"], language)) for row in rows]


def product_out(product: ProductRow, had: int, merchants: Sequence[db.Row], language: str) -> ProductOut:
    """A product as somebody sees it who has had so many of it in this period."""
    return ProductOut(
        id=product.id,
        name=_named(product.name_zh, product.name_en, language),
        kind=product.kind,
        points=product.points,
        value_fen=product.value_fen,
        stock_left=product.stock_left,
        left_for_me=None if product.person_limit is None else max(0, product.person_limit - had),
        min_level=f"L{product.min_level}",
        min_age=product.min_age,
        opens_at=product.opens_at,
        closes_at=product.closes_at,
        merchants=merchants_out(merchants, language),
    )


def new_product(terms: ProductTerms, *, value_fen: int, state: ProductState = "open") -> NewProduct:
    """The product that a member of staff wants to put into the catalogue."""
    return NewProduct(
        name_zh=terms.name_zh,
        name_en=terms.name_en,
        kind=terms.kind,
        points=terms.points,
        value_fen=value_fen,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        stock=terms.stock,
        person_limit=terms.person_limit,
        limit_period=terms.limit_period,
        min_level=int(terms.min_level[1:]),
        min_age=terms.min_age,
        area_id=terms.area_id,
        cash_like=terms.cash_like,
        merchant_percent=terms.merchant_percent,
        town_percent=terms.town_percent,
        sponsor_percent=terms.sponsor_percent,
        sponsor=terms.sponsor,
        voucher_days=terms.voucher_days,
        merchants=tuple(terms.merchants),
        state=state,
    )


def exchange_out(exchanged: Exchanged) -> ExchangeOut:
    """What an exchange gave."""
    return ExchangeOut(
        id=exchanged.id,
        vouchers=[
            IssuedVoucherOut(id=each.id, code=each.code, short_code=each.short_code, expires_at=each.expires_at)
            for each in exchanged.vouchers
        ],
        points=exchanged.points,
        balance_after=exchanged.balance_after,
    )


def voucher_line_out(row: db.Row, language: str) -> VoucherLineOut:
    """A voucher in the holder's list."""
    return VoucherLineOut(
        id=row["id"],
        product_id=row["product"],
        product=_named(row["name_zh"], row["name_en"], language),
        points=row["points"],
        value_fen=row["value_fen"],
        state=row["state"],
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        redeemed_at=row["redeemed_at"],
        merchant=_named(row["merchant_zh"], row["merchant_en"], language),
    )


def voucher_out(row: db.Row, merchants: Sequence[db.Row], moment: datetime, language: str) -> VoucherOut:
    """A voucher with its codes, as its holder sees it."""
    usable = row["state"] == "issued"
    issue = issue_of(row)
    return VoucherOut(
        **asdict(voucher_line_out(row, language)),
        merchants=merchants_out(merchants, language),
        code=codes.shown(issue, moment) if usable else None,
        short_code=codes.short(issue) if usable else None,
        printed_code=codes.printed(issue) if usable else None,
        rotates_every=codes.ROTATES_EVERY if row["rotating"] else None,
    )


def cancelled_out(cancelled: Cancelled) -> CancelledOut:
    """A voucher that was given back."""
    return CancelledOut(
        id=cancelled.id, state="cancelled", points=cancelled.points, balance_after=cancelled.balance_after
    )


def preview_out(preview: Preview, language: str) -> PreviewOut:
    """What a code stands for."""
    refusal = preview.refusal
    return PreviewOut(
        product=_named(preview.product.name_zh, preview.product.name_en, language),
        value_fen=preview.value_fen,
        holder=preview.holder,
        expires_at=preview.expires_at,
        redeemable=refusal is None,
        why_not=None if refusal is None else WhyNotOut(code=refusal.code, detail=refusal.detail(language)),
    )


def redemption_out(redeemed: Redeemed, language: str) -> RedemptionOut:
    """A voucher that was used."""
    return RedemptionOut(
        id=redeemed.id,
        voucher_id=redeemed.voucher_id,
        product=_named(redeemed.product.name_zh, redeemed.product.name_en, language),
        value_fen=redeemed.value_fen,
        holder=redeemed.holder,
        redeemed_at=redeemed.redeemed_at,
        undo_until=redeemed.undo_until,
    )


def undone_out(undone: Undone) -> UndoneOut:
    """A redemption that was undone."""
    return UndoneOut(
        id=undone.id, voucher_id=undone.voucher_id, voucher_state=undone.voucher_state, undone_at=undone.undone_at
    )
