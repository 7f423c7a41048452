"""Reads for those who keep the shelf: every product of their territory in every state, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.actor import Actor, covers_sql
from kit import db
from rewards.errors import ProductUnknown
from rewards.products import MANAGING, require_managed
from rewards.queries import Kind, ProductState

_PRODUCT = """
    SELECT product.*, area.path AS area_path, area.name_zh AS area_zh, area.name_en AS area_en,
           stock.supplied, stock.remaining AS stock_left
    FROM rewards_product AS product
    LEFT JOIN identity_area AS area ON area.id = product.area
    LEFT JOIN rewards_stock AS stock ON stock.product = product.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which products one looks for."""

    name: str | None = None
    kind: Kind | None = None
    state: ProductState | None = None


async def list_managed(
    actor: Actor, sought: Sought, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The products of the actor's territories, and those for everybody, the newest first."""
    return await db.fetch(
        f"{_PRODUCT} WHERE (area.path IS NULL OR {covers_sql('$1', 'area.path')})"
        " AND ($2::text IS NULL OR strpos(product.name_zh, $2) > 0 OR strpos(lower(product.name_en), lower($2)) > 0)"
        " AND ($3::text IS NULL OR product.kind = $3) AND ($4::text IS NULL OR product.state = $4)"
        " AND ($5::timestamptz IS NULL OR (product.created_at, product.id) < ($5, $6::uuid))"
        " ORDER BY product.created_at DESC, product.id DESC LIMIT $7",
        list(actor.territories(*MANAGING)),
        sought.name,
        sought.kind,
        sought.state,
        *(after or (None, None)),
        limit,
    )


async def find_managed(actor: Actor, product_id: UUID) -> db.Row:
    """One product that the actor keeps; for anybody else there is none."""
    row = await db.fetchrow(f"{_PRODUCT} WHERE product.id = $1", product_id)
    if row is None:
        raise ProductUnknown
    require_managed(actor, row["area_path"])
    return row


async def merchants_named(product_id: UUID) -> Sequence[db.Row]:
    """The merchants whom a product names, whatever their state."""
    return await db.fetch(
        "SELECT merchant.id, merchant.name_zh, merchant.name_en, merchant.state"
        " FROM rewards_product_merchant AS honours"
        " JOIN merchants_merchant AS merchant ON merchant.id = honours.merchant"
        " WHERE honours.product = $1 ORDER BY merchant.name_zh, merchant.id",
        product_id,
    )


async def vouchers_of(product_id: UUID) -> dict[str, int]:
    """How many vouchers of a product are in each state."""
    rows = await db.fetch(
        "SELECT state, count(*) AS vouchers FROM rewards_voucher WHERE product = $1 GROUP BY state", product_id
    )
    return {row["state"]: row["vouchers"] for row in rows}


async def sees_product(actor: Actor, product_id: UUID) -> bool:
    """Whether somebody may see a product's photograph: who keeps the shelf, and everybody once it was on it."""
    state = await db.fetchval("SELECT state FROM rewards_product WHERE id = $1", product_id)
    return state is not None and (state != "draft" or actor.has(*MANAGING))
