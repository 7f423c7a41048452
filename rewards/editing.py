"""Changing a product that is on the shelf: its terms, its merchants, its photograph. Vouchers that are out stay."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from identity.actor import Actor
from identity.audit import record
from kit import db, files
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from kit.refusals import Stale
from rewards.errors import ProductUnknown
from rewards.products import NewProduct, put_pieces, refuse_unfit, require_known, require_managed

_CODES: Final = (
    "kind", "points", "value_fen", "opens_at", "closes_at", "person_limit", "limit_period", "min_level", "min_age",
    "cash_like", "merchant_percent", "town_percent", "sponsor_percent", "voucher_days",
)  # fmt: skip
_LOCK = """
    SELECT product.*, area.path FROM rewards_product AS product
    LEFT JOIN identity_area AS area ON area.id = product.area WHERE product.id = $1 FOR NO KEY UPDATE OF product
"""
_CHANGE = """
    UPDATE rewards_product SET
        name_zh = $2, name_en = $3, kind = $4, points = $5, opens_at = $6, closes_at = $7, person_limit = $8,
        limit_period = $9, min_level = $10, min_age = $11, area = $12, cash_like = $13, value_fen = $14,
        merchant_percent = $15, town_percent = $16, sponsor_percent = $17, sponsor = $18, voucher_days = $19,
        version = version + 1
    WHERE id = $1 RETURNING version
"""


@db.flow
async def edit_product(*, actor: Actor, product_id: UUID, version: int, product: NewProduct) -> int:
    """Change a product's terms and who honours it; stock, state and photograph are changed by themselves.

    Moves: nothing; what has been exchanged keeps the terms of its day.
    Answers: the product's new version.
    Raises: ProductUnknown, Stale (somebody changed it since this version), MerchantUnknown, AreaUnknown, Invalid.
    """
    row = await _locked(actor, product_id)
    if row["version"] != version:
        raise Stale
    refuse_unfit(product, row["opens_at"])
    await require_known(actor, [product])
    changed: int = await db.current().fetchval(_CHANGE, product_id, *_values(product, row))
    await _put_merchants(product_id, product.merchants)
    await record(
        actor,
        action="product.changed",
        subject=("product", product_id),
        before={name: row[name] for name in _CODES if row[name] != getattr(product, name)},
        after={name: getattr(product, name) for name in _CODES if row[name] != getattr(product, name)},
    )
    return changed


@db.flow
async def put_product_picture(*, actor: Actor, product_id: UUID, file_id: UUID | None) -> None:
    """Give a product a photograph of its own, or (None) the drawing of its category again.

    Moves: nothing.
    Answers: nothing.
    Raises: ProductUnknown, FileUnknown.
    """
    row = await _locked(actor, product_id)
    if file_id is not None:
        await files.claim([file_id], owner_id=actor.id, subject=("product", product_id))
    await db.current().execute(
        "UPDATE rewards_product SET picture_id = $2, version = version + 1 WHERE id = $1", product_id, file_id
    )
    await record(
        actor,
        action="product.picture_changed",
        subject=("product", product_id),
        before={"picture": row["picture_id"]},
        after={"picture": file_id},
    )


@db.flow
async def restock(*, actor: Actor, product_id: UUID, pieces: int, once: Once | None = None) -> Answer[int]:
    """Put pieces on the shelf or take some off; of a product without an end, the pieces are counted from now on.

    Moves: nothing.
    Answers: how many are on the shelf now; StockTooLow (409) is an answer too.
    Raises: ProductUnknown.
    """

    async def work() -> int:
        await _locked(actor, product_id)
        await db.current().execute(
            "INSERT INTO rewards_stock (product, supplied, remaining) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
            product_id,
        )
        return await put_pieces(actor, product_id, pieces)

    return await answered_once(once, work)


async def _locked(actor: Actor, product_id: UUID) -> db.Row:
    row = await db.current().fetchrow(_LOCK, product_id)
    if row is None:
        raise ProductUnknown
    require_managed(actor, row["path"])
    return row


def _values(product: NewProduct, row: db.Row) -> tuple[object, ...]:
    return (
        product.name_zh,
        product.name_en,
        product.kind,
        product.points,
        product.opens_at or row["opens_at"],
        product.closes_at,
        product.person_limit,
        product.limit_period,
        product.min_level,
        product.min_age,
        product.area_id,
        product.cash_like,
        product.value_fen,
        product.merchant_percent,
        product.town_percent,
        product.sponsor_percent,
        product.sponsor,
        product.voucher_days,
    )


async def _put_merchants(product_id: UUID, merchants: Sequence[UUID]) -> None:
    wanted = sorted(set(merchants))
    await db.current().execute(
        "DELETE FROM rewards_product_merchant WHERE product = $1 AND NOT merchant = ANY ($2::uuid[])",
        product_id,
        wanted,
    )
    await db.current().execute(
        "INSERT INTO rewards_product_merchant (id, product, merchant)"
        " SELECT given.id, $1, given.merchant FROM unnest($2::uuid[], $3::uuid[]) AS given (id, merchant)"
        " ON CONFLICT DO NOTHING",
        product_id,
        [new_id() for _ in wanted],
        wanted,
    )
