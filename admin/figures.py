"""What waits for payment, and which public money is nearly used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admin.access import BUDGET_READING_ROLES, FINANCE_ROLE
from identity.actor import Actor, covers_sql
from kit import clock, db

NEARLY: Final = 80
_PAYABLE = f"""
    SELECT count(*)::int AS waiting, coalesce(sum(bonus.amount_fen), 0)::bigint AS fen, min(bonus.payable_at) AS oldest
    FROM admin_bonus AS bonus JOIN identity_area AS area ON area.id = bonus.area
    WHERE bonus.state = 'payable' AND {covers_sql("$1", "area.path")}
"""
_NEARLY_USED = f"""
    SELECT line.id, line.purpose, line.period, line.sponsor, line.amount_fen,
           line.amount_fen - line.reserved_fen - line.paid_fen AS left_fen,
           (100 * (line.reserved_fen + line.paid_fen) / line.amount_fen)::int AS percent
    FROM points_budget_line AS line LEFT JOIN identity_area AS area ON area.id = line.area
    WHERE line.period = ANY ($2::text[]) AND line.amount_fen > 0
      AND 100 * (line.reserved_fen + line.paid_fen) >= $3::bigint * line.amount_fen
      AND (area.path IS NULL OR {covers_sql("$1", "area.path")})
    ORDER BY percent DESC, line.id LIMIT 20
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """Bonuses that can be paid: how many, how much together, since when."""

    waiting: int
    fen: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearlyUsed:
    """A budget line of this month or year of which most is reserved or paid."""

    id: UUID
    purpose: str
    period: str
    sponsor: str | None
    amount_fen: int
    left_fen: int
    percent: int


async def payable(actor: Actor) -> Payable:
    """What finance can put into a file for the bank now."""
    row = await db.fetchrow(_PAYABLE, list(actor.territories(FINANCE_ROLE)))
    return Payable(**row) if row is not None else Payable(waiting=0, fen=0, oldest=None)


async def nearly_used(actor: Actor) -> Sequence[NearlyUsed]:
    """The lines of today's periods in the actor's territory of which so many percent are used."""
    today = clock.business_day(clock.now())
    periods = [f"{today:%Y-%m}", f"{today:%Y}"]
    rows = await db.fetch(_NEARLY_USED, list(actor.territories(*BUDGET_READING_ROLES)), periods, NEARLY)
    return [NearlyUsed(**row) for row in rows]
