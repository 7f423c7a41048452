"""Reads for those who keep the partners: the merchants of their territory, with shops, tills and statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity.actor import Actor, covers_sql
from kit import db
from merchants.errors import MerchantUnknown
from merchants.queries import MerchantState

LOOKING: Final = ("operations_admin", "finance", "auditor", "system_admin", "security_admin")

_MERCHANT = """
    SELECT merchant.*, area.path AS area_path, area.name_zh AS area_zh, area.name_en AS area_en,
           (SELECT count(*) FROM merchants_outlet AS outlet WHERE outlet.merchant = merchant.id) AS outlets
    FROM merchants_merchant AS merchant JOIN identity_area AS area ON area.id = merchant.area
"""
_WITHIN = covers_sql("$1", "area.path")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which merchants one looks for."""

    name: str | None = None
    state: MerchantState | None = None


async def list_merchants(
    actor: Actor, sought: Sought, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The merchants of the actor's territories, the newest first."""
    return await db.fetch(
        f"{_MERCHANT} WHERE {_WITHIN} AND ($3::text IS NULL OR merchant.state = $3)"
        " AND ($2::text IS NULL OR strpos(merchant.name_zh, $2) > 0 OR strpos(lower(merchant.name_en), lower($2)) > 0)"
        " AND ($4::timestamptz IS NULL OR (merchant.registered_at, merchant.id) < ($4, $5::uuid))"
        " ORDER BY merchant.registered_at DESC, merchant.id DESC LIMIT $6",
        list(actor.territories(*LOOKING)),
        sought.name,
        sought.state,
        *(after or (None, None)),
        limit,
    )


async def find_merchant(actor: Actor, merchant_id: UUID) -> db.Row:
    """One merchant of the actor's territory; for anybody else there is none."""
    row = await db.fetchrow(
        f"{_MERCHANT} WHERE {_WITHIN} AND merchant.id = $2", list(actor.territories(*LOOKING)), merchant_id
    )
    if row is None:
        raise MerchantUnknown
    return row


async def outlets_of(merchant_id: UUID) -> Sequence[db.Row]:
    """A merchant's shops, each with the names of its tills."""
    return await db.fetch(
        "SELECT outlet.id, outlet.name_zh, outlet.name_en, area.name_zh AS area_zh, area.name_en AS area_en,"
        " coalesce(array_agg(till.name ORDER BY till.opened_at) FILTER (WHERE till.id IS NOT NULL), '{}') AS tills"
        " FROM merchants_outlet AS outlet JOIN identity_area AS area ON area.id = outlet.area"
        " LEFT JOIN merchants_till AS till ON till.outlet = outlet.id"
        " WHERE outlet.merchant = $1 GROUP BY outlet.id, area.id ORDER BY outlet.opened_at, outlet.id LIMIT 200",
        merchant_id,
    )


async def partners_by_name(actor: Actor, *roles: str) -> Sequence[db.Row]:
    """The partners of the actor's territories, for a choice."""
    return await db.fetch(
        "SELECT merchant.id, merchant.name_zh, merchant.name_en FROM merchants_merchant AS merchant"
        f" JOIN identity_area AS area ON area.id = merchant.area WHERE {_WITHIN} AND merchant.state = 'approved'"
        " ORDER BY merchant.name_zh, merchant.id LIMIT 500",
        list(actor.territories(*roles)),
    )


async def statements_within(
    paths: Sequence[str], state: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The statements of the merchants of these territories with their names, the newest first."""
    return await db.fetch(
        "SELECT statement.*, merchant.name_zh, merchant.name_en FROM merchants_statement AS statement"
        " JOIN merchants_merchant AS merchant ON merchant.id = statement.merchant"
        f" JOIN identity_area AS area ON area.id = merchant.area WHERE {_WITHIN}"
        " AND ($2::text IS NULL OR statement.state = $2)"
        " AND ($3::timestamptz IS NULL OR (statement.issued_at, statement.id) < ($3, $4::uuid))"
        " ORDER BY statement.issued_at DESC, statement.id DESC LIMIT $5",
        list(paths),
        state,
        *(after or (None, None)),
        limit,
    )
