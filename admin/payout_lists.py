"""Payouts and budgets as the desk lists them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admin.access import BUDGET_READING_ROLES, FINANCE_ROLE, PAYOUT_READING_ROLES
from identity.actor import Actor, covers_sql
from kit import db

_REACHED = covers_sql("$1", "area.path")
_BATCHES: Final = f"""
    SELECT batch.id, batch.number, batch.exported_at, batch.lines, batch.amount_fen, batch.checksum,
           count(*) FILTER (WHERE line.state = 'exported')::int AS open,
           count(*) FILTER (WHERE line.state = 'paid')::int AS paid,
           count(*) FILTER (WHERE line.state IN ('failed', 'returned'))::int AS failed
    FROM admin_payout_batch AS batch
    JOIN admin_payout_line AS line ON line.batch = batch.id
    JOIN admin_bonus_share AS share ON share.id = line.share
    JOIN admin_bonus AS bonus ON bonus.id = share.bonus
    JOIN identity_area AS area ON area.id = bonus.area
    WHERE ($2::timestamptz IS NULL OR (batch.exported_at, batch.id) < ($2, $3::uuid))
    GROUP BY batch.id HAVING bool_and({_REACHED})
    ORDER BY batch.exported_at DESC, batch.id DESC LIMIT $4
"""
_WAITING: Final = f"""
    SELECT count(*)::int AS shares, coalesce(sum(amount_fen), 0)::bigint AS fen, count(replaces)::int AS again
    FROM ({db.load_sql(__file__, "payable_shares").partition("FOR NO KEY UPDATE")[0]}) AS payable
"""
_BUDGETS: Final = f"""
    SELECT line.id, line.purpose, line.period, line.sponsor, line.amount_fen, line.reserved_fen, line.paid_fen,
           area.path AS area_path
    FROM points_budget_line AS line LEFT JOIN identity_area AS area ON area.id = line.area
    WHERE (area.path IS NULL OR {_REACHED})
      AND ($2::text IS NULL OR line.purpose = $2)
      AND ($3::text IS NULL OR line.period = $3)
      AND ($4::text IS NULL OR area.path = $4 OR area.path LIKE $4 || '.%')
      AND ($5::uuid IS NULL OR line.id < $5)
    ORDER BY line.id DESC LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the next batch would hold: how many payments, how much, and how many of them are tried again."""

    shares: int
    fen: int
    again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFilter:
    """Which budget lines are wanted."""

    purpose: str | None = None
    period: str | None = None
    area_path: str | None = None


async def list_batches(actor: Actor, *, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[db.Row]:
    """The batches of the actor's territory, newest first, with what became of their lines."""
    exported_at, batch_id = after or (None, None)
    return await db.fetch(_BATCHES, list(actor.territories(*PAYOUT_READING_ROLES)), exported_at, batch_id, limit)


async def waiting_payments(actor: Actor) -> Waiting:
    """What the actor's next batch would hold now."""
    row = await db.fetchrow(_WAITING, list(actor.territories(FINANCE_ROLE)), actor.id)
    return Waiting(**row) if row else Waiting(0, 0, 0)


async def list_budget_lines(actor: Actor, wanted: BudgetFilter, *, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """Budget lines of the actor's territory, newest first; those of sponsors belong to no area."""
    return await db.fetch(
        _BUDGETS,
        list(actor.territories(*BUDGET_READING_ROLES)),
        wanted.purpose,
        wanted.period,
        wanted.area_path,
        before,
        limit,
    )
