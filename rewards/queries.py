"""Reads of the rewards' package."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kit import db
from rewards.codes import Issue

_PRODUCT = """
    SELECT product.id, product.name_zh, product.name_en, kind, points, opens_at, closes_at, person_limit, limit_period,
           min_level, min_age, area.path AS area_path, cash_like, value_fen, merchant_percent, town_percent,
           sponsor_percent, sponsor, voucher_days, state, stock.remaining AS stock_left, picture_id
    FROM rewards_product AS product
    LEFT JOIN identity_area AS area ON area.id = product.area
    LEFT JOIN rewards_stock AS stock ON stock.product = product.id
"""
_VOUCHER = """
    SELECT voucher.id, voucher.exchange, voucher.product, voucher.person, voucher.points, voucher.value_fen,
           voucher.rotating, voucher.key_id, voucher.issue_number, voucher.state, voucher.issued_at,
           voucher.expires_at, voucher.ended_at, product.name_zh, product.name_en, product.kind AS product_kind,
           redemption.redeemed_at, merchant.name_zh AS merchant_zh, merchant.name_en AS merchant_en
    FROM rewards_voucher AS voucher
    JOIN rewards_product AS product ON product.id = voucher.product
    LEFT JOIN rewards_redemption AS redemption ON redemption.voucher = voucher.id AND redemption.undone_at IS NULL
    LEFT JOIN merchants_merchant AS merchant ON merchant.id = redemption.merchant
"""
_SHELF = """
    CASE WHEN voucher.state = 'issued' AND voucher.expires_at <= kit_value_time() THEN 'expired' ELSE voucher.state END
"""

Kind = Literal["goods", "service", "privilege", "donation", "loan"]
Period = Literal["day", "month", "year", "ever"]
ProductState = Literal["draft", "open", "closed"]
Shelf = Literal["issued", "redeemed", "expired", "cancelled"]
"""Where a voucher lies for its holder: one whose days are over has expired, whether or not the job has run."""
VoucherState = Literal["issued", "redeemed", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with what is left of it (None: no end)."""

    id: UUID
    name_zh: str
    name_en: str
    kind: Kind
    points: int
    opens_at: datetime
    closes_at: datetime | None
    person_limit: int | None
    limit_period: Period | None
    min_level: int
    min_age: int | None
    area_path: str | None
    cash_like: bool
    value_fen: int
    merchant_percent: int
    town_percent: int
    sponsor_percent: int
    sponsor: str | None
    voucher_days: int
    state: ProductState
    stock_left: int | None
    picture_id: UUID | None = None

    @property
    def shares(self) -> tuple[int, int, int]:
        """Who pays which percent of its worth: merchant, town, sponsor."""
        return (self.merchant_percent, self.town_percent, self.sponsor_percent)

    def is_open(self, moment: datetime) -> bool:
        """Whether it can be exchanged at this moment."""
        return self.state == "open" and self.opens_at <= moment and (self.closes_at is None or moment < self.closes_at)

    def is_for(self, area_path: str) -> bool:
        """Whether people of this area may have it."""
        return self.area_path is None or area_path == self.area_path or area_path.startswith(f"{self.area_path}.")


async def find_products(product_ids: Sequence[UUID]) -> dict[UUID, ProductRow]:
    """These products by id; unknown ones are left out."""
    rows = await db.fetch(f"{_PRODUCT} WHERE product.id = ANY ($1::uuid[])", product_ids)
    return {row["id"]: ProductRow(**row) for row in rows}


async def list_products(
    area_path: str, after: tuple[int, UUID] | None, limit: int, *, kind: Kind | None = None
) -> list[ProductRow]:
    """What people of an area may exchange points for, of one kind or of all, the cheapest first."""
    rows = await db.fetch(
        f"{_PRODUCT} WHERE product.state = 'open'"
        " AND (product.closes_at IS NULL OR product.closes_at > now())"
        " AND (area.path IS NULL OR area.path = $1 OR $1 LIKE area.path || '.%')"
        " AND ($2::integer IS NULL OR (product.points, product.id) > ($2, $3::uuid))"
        " AND ($5::text IS NULL OR product.kind = $5)"
        " ORDER BY product.points, product.id LIMIT $4",
        area_path,
        *(after or (None, None)),
        limit,
        kind,
    )
    return [ProductRow(**row) for row in rows]


async def merchants_of(product_ids: Sequence[UUID]) -> dict[UUID, list[db.Row]]:
    """The approved merchants that honour each product: id and names."""
    rows = await db.fetch(
        "SELECT honours.product, merchant.id, merchant.name_zh, merchant.name_en"
        " FROM rewards_product_merchant AS honours"
        " JOIN merchants_merchant AS merchant ON merchant.id = honours.merchant AND merchant.state = 'approved'"
        " WHERE honours.product = ANY ($1::uuid[]) ORDER BY merchant.name_zh, merchant.id",
        product_ids,
    )
    found: dict[UUID, list[db.Row]] = {product_id: [] for product_id in product_ids}
    for row in rows:
        found[row["product"]].append(row)
    return found


async def count_in_force(asked: Sequence[tuple[UUID, UUID, datetime]]) -> dict[tuple[UUID, UUID], int]:
    """How many vouchers each (person, product) has of those issued since the moment; none where left out."""
    if not asked:
        return {}
    columns = [list(column) for column in zip(*asked, strict=True)]
    rows = await db.fetch(db.load_sql(__file__, "count_in_force"), *columns)
    return {(row["person"], row["product"]): row["vouchers"] for row in rows}


async def list_vouchers(
    person_id: UUID, state: VoucherState | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """A person's vouchers, newest first."""
    return await db.fetch(
        f"{_VOUCHER} WHERE voucher.person = $1 AND ($2::text IS NULL OR voucher.state = $2)"
        " AND ($3::timestamptz IS NULL OR (voucher.issued_at, voucher.id) < ($3, $4::uuid))"
        " ORDER BY voucher.issued_at DESC, voucher.id DESC LIMIT $5",
        person_id,
        state,
        *(after or (None, None)),
        limit,
    )


async def count_shelves(person_id: UUID) -> dict[Shelf, int]:
    """How many vouchers a person has on each shelf."""
    rows = await db.fetch(
        f"SELECT {_SHELF} AS shelf, count(*) AS vouchers FROM rewards_voucher AS voucher WHERE person = $1 GROUP BY 1",
        person_id,
    )
    return {row["shelf"]: row["vouchers"] for row in rows}


async def list_shelf(
    person_id: UUID, shelf: Shelf, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """A person's vouchers on a shelf: what can be used by the nearest expiry, what has ended by the newest end."""
    place = "voucher.expires_at" if shelf == "issued" else "coalesce(voucher.ended_at, voucher.expires_at)"
    beyond, order = (">", "ASC") if shelf == "issued" else ("<", "DESC")
    return await db.fetch(
        f"{_VOUCHER} WHERE voucher.person = $1 AND {_SHELF} = $2"
        f" AND ($3::timestamptz IS NULL OR ({place}, voucher.id) {beyond} ($3, $4::uuid))"
        f" ORDER BY {place} {order}, voucher.id {order} LIMIT $5",
        person_id,
        shelf,
        *(after or (None, None)),
        limit,
    )


def shelf_of(row: db.Row, moment: datetime) -> Shelf:
    """Where a voucher lies at a moment."""
    state: Shelf = row["state"]
    return "expired" if state == "issued" and row["expires_at"] <= moment else state


async def find_voucher(voucher_id: UUID) -> db.Row | None:
    """One voucher with its product and, when it was redeemed, when and where."""
    return await db.fetchrow(f"{_VOUCHER} WHERE voucher.id = $1", voucher_id)


def issue_of(row: db.Row) -> Issue:
    """What the code of a voucher's row is derived from."""
    return Issue(row["id"], row["issue_number"], row["key_id"], row["rotating"])


async def redemptions_in_force(voucher_ids: Sequence[UUID]) -> Sequence[db.Row]:
    """When and where these vouchers were redeemed, as far as it was not undone."""
    return await db.fetch(
        "SELECT redemption.voucher, redemption.redeemed_at, merchant.name_zh AS merchant_zh"
        " FROM rewards_redemption AS redemption"
        " JOIN merchants_merchant AS merchant ON merchant.id = redemption.merchant"
        " WHERE redemption.voucher = ANY ($1::uuid[]) AND redemption.undone_at IS NULL",
        voucher_ids,
    )


async def honoured(product_ids: Sequence[UUID], merchant_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Which of these (product, merchant) belong together: the merchant takes the product's vouchers."""
    rows = await db.fetch(
        "SELECT product, merchant FROM rewards_product_merchant"
        " WHERE product = ANY ($1::uuid[]) AND merchant = ANY ($2::uuid[])",
        product_ids,
        merchant_ids,
    )
    return {(row["product"], row["merchant"]) for row in rows}
