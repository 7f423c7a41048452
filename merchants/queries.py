"""Reads of the merchants' package; every one that a merchant's staff may see takes the merchants that they work for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from identity.actor import covers_sql
from kit import db
from points import accounts

MerchantState = Literal["applied", "approved", "suspended", "closed"]


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A merchant as others read it."""

    id: UUID
    name_zh: str
    name_en: str
    area_path: str
    state: MerchantState

    @property
    def approved(self) -> bool:
        """Whether it is a partner now."""
        return self.state == "approved"


@dataclass(frozen=True, slots=True)
class TillRow:
    """A till with the outlet and the merchant that it belongs to."""

    id: UUID
    outlet_id: UUID
    merchant_id: UUID


@dataclass(frozen=True, slots=True)
class OwnTillRow:
    """A till as its clerks know it: in which outlet of which merchant it stands."""

    id: UUID
    name: str
    outlet_id: UUID
    outlet_zh: str
    outlet_en: str
    merchant_id: UUID
    merchant_zh: str
    merchant_en: str


@dataclass(frozen=True, slots=True)
class SoldRow:
    """What was taken in a time: undone ones are counted in both and their worth in neither."""

    taken: int
    undone: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What a merchant's account page shows, in fen."""

    merchant: MerchantRow
    payable_fen: int
    unsettled_fen: int
    sales: int
    value_fen: int
    merchant_fen: int
    town_fen: int
    sponsor_fen: int


async def find_merchants(merchant_ids: Sequence[UUID]) -> dict[UUID, MerchantRow]:
    """These merchants by id; unknown ones are left out."""
    rows = await db.fetch(
        "SELECT merchant.id, merchant.name_zh, merchant.name_en, area.path AS area_path, state"
        " FROM merchants_merchant AS merchant JOIN identity_area AS area ON area.id = merchant.area"
        " WHERE merchant.id = ANY ($1::uuid[])",
        merchant_ids,
    )
    found = {}
    for row in rows:
        found[row["id"]] = MerchantRow(row["id"], row["name_zh"], row["name_en"], row["area_path"], row["state"])
    return found


async def find_tills(till_ids: Sequence[UUID]) -> dict[UUID, TillRow]:
    """These tills by id; unknown ones are left out."""
    rows = await db.fetch(
        "SELECT till.id, outlet.id AS outlet_id, outlet.merchant"
        " FROM merchants_till AS till JOIN merchants_outlet AS outlet ON outlet.id = till.outlet"
        " WHERE till.id = ANY ($1::uuid[])",
        till_ids,
    )
    return {row["id"]: TillRow(row["id"], row["outlet_id"], row["merchant"]) for row in rows}


async def list_tills(merchant_ids: Sequence[UUID]) -> list[OwnTillRow]:
    """The tills of these merchants as far as they are partners, those of one outlet together."""
    rows = await db.fetch(
        "SELECT till.id, till.name, outlet.id AS outlet_id, outlet.name_zh AS outlet_zh, outlet.name_en AS outlet_en,"
        " merchant.id AS merchant_id, merchant.name_zh AS merchant_zh, merchant.name_en AS merchant_en"
        " FROM merchants_till AS till JOIN merchants_outlet AS outlet ON outlet.id = till.outlet"
        " JOIN merchants_merchant AS merchant ON merchant.id = outlet.merchant"
        " WHERE merchant.id = ANY ($1::uuid[]) AND merchant.state = 'approved'"
        " ORDER BY merchant.id, outlet.opened_at, outlet.id, till.opened_at, till.id LIMIT 500",
        merchant_ids,
    )
    return [OwnTillRow(**dict(row)) for row in rows]


async def find_account(merchant_id: UUID) -> AccountRow | None:
    """What the merchant is owed, what of it is on no statement yet, and who bore what of everything sold."""
    merchant = (await find_merchants([merchant_id])).get(merchant_id)
    if merchant is None:
        return None
    row = await db.fetchrow(
        "SELECT coalesce((SELECT balance FROM points_account WHERE id = $2), 0) AS payable_fen,"
        " coalesce(sum(town_fen + sponsor_fen) FILTER (WHERE statement IS NULL), 0)::bigint AS unsettled_fen,"
        " coalesce(sum(sign), 0)::bigint AS sales, coalesce(sum(value_fen), 0)::bigint AS value_fen,"
        " coalesce(sum(merchant_fen), 0)::bigint AS merchant_fen, coalesce(sum(town_fen), 0)::bigint AS town_fen,"
        " coalesce(sum(sponsor_fen), 0)::bigint AS sponsor_fen"
        " FROM merchants_sale WHERE merchant = $1",
        merchant_id,
        accounts.merchant(merchant_id).id,
    )
    return None if row is None else AccountRow(merchant, **dict(row))


async def list_pledges(merchant_id: UUID) -> Sequence[db.Row]:
    """The merchant's pledges, newest first; there are a few."""
    return await db.fetch(
        "SELECT id, goods_zh, goods_en, quantity, value_fen, state, proposed_at, signed_at"
        " FROM merchants_pledge WHERE merchant = $1 ORDER BY proposed_at DESC, id DESC LIMIT 100",
        merchant_id,
    )


async def list_sales(
    merchant_ids: Sequence[UUID],
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> Sequence[db.Row]:
    """What these merchants sold, newest first, a line for a redemption; `undone_at` from its negative sale."""
    return await db.fetch(
        db.load_sql(__file__, "list_sales"), merchant_ids, *(after or (None, None)), limit, *(between or (None, None))
    )


async def sum_sales(merchant_ids: Sequence[UUID], between: tuple[datetime, datetime]) -> SoldRow:
    """How many vouchers these merchants took in a time, what they were worth, and how many were undone again."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE sale.sign = 1) AS taken,"
        " count(*) FILTER (WHERE sale.sign = -1) AS undone, coalesce(sum(sale.value_fen), 0)::bigint AS value_fen"
        " FROM merchants_sale AS first JOIN merchants_sale AS sale ON sale.redemption_id = first.redemption_id"
        " WHERE first.merchant = ANY ($1::uuid[]) AND first.sign = 1 AND first.sold_at >= $2 AND first.sold_at < $3",
        merchant_ids,
        *between,
    )
    return SoldRow(0, 0, 0) if row is None else SoldRow(row["taken"], row["undone"], row["value_fen"])


async def list_statements(
    merchant_ids: Sequence[UUID], after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The statements of these merchants, newest first."""
    return await db.fetch(
        "SELECT * FROM merchants_statement WHERE merchant = ANY ($1::uuid[])"
        " AND ($2::timestamptz IS NULL OR (issued_at, id) < ($2, $3::uuid))"
        " ORDER BY issued_at DESC, id DESC LIMIT $4",
        merchant_ids,
        *(after or (None, None)),
        limit,
    )


async def find_statement(statement_id: UUID, merchant_ids: Sequence[UUID] | None = None) -> db.Row | None:
    """One statement, of these merchants only when they are given."""
    return await db.fetchrow(
        "SELECT * FROM merchants_statement WHERE id = $1 AND ($2::uuid[] IS NULL OR merchant = ANY ($2))",
        statement_id,
        merchant_ids,
    )


async def list_lines(statement_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[db.Row]:
    """The lines of a statement in the order in which they were sold."""
    return await db.fetch(
        "SELECT * FROM merchants_sale WHERE statement = $1"
        " AND ($2::timestamptz IS NULL OR (sold_at, id) > ($2, $3::uuid)) ORDER BY sold_at, id LIMIT $4",
        statement_id,
        *(after or (None, None)),
        limit,
    )


async def merchants_within(paths: Sequence[str]) -> list[UUID]:
    """The merchants that are registered in these areas or below them."""
    rows = await db.fetch(
        "SELECT merchant.id FROM merchants_merchant AS merchant JOIN identity_area AS area ON area.id = merchant.area"
        f" WHERE {covers_sql('$1', 'area.path')}",
        paths,
    )
    return [row["id"] for row in rows]
