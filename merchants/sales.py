"""Sales: what vouchers bought at a merchant's tills. The ledger says what is owed, a sale says for what.

Both are steps of the flow that redeems or undoes, in the package above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import db
from kit.errors import unreachable
from kit.ids import new_id

_RECORD = db.load_sql(__file__, "record_sales")
_UNDO = db.load_sql(__file__, "record_undo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One voucher's worth at one till, and who bears which part of it."""

    redemption_id: UUID
    merchant_id: UUID
    outlet_id: UUID | None
    till_id: UUID | None
    label_zh: str
    label_en: str
    value_fen: int
    merchant_fen: int
    town_fen: int
    sponsor_fen: int
    sold_at: datetime


async def record_sales(sales: Sequence[Sale]) -> None:
    """Write down what was sold, all of it in one statement (a step)."""
    if not sales:
        return
    rows = [
        (
            new_id(),
            sale.redemption_id,
            sale.merchant_id,
            sale.outlet_id,
            sale.till_id,
            sale.label_zh,
            sale.label_en,
            sale.value_fen,
            sale.merchant_fen,
            sale.town_fen,
            sale.sponsor_fen,
            sale.sold_at,
        )
        for sale in sales
    ]
    await db.current().execute(_RECORD, *(list(column) for column in zip(*rows, strict=True)))


async def record_undo(redemption_id: UUID, *, at: datetime) -> None:
    """Take a sale back by a negative one, which goes into the same statement or the next (a step)."""
    undone = await db.current().fetchval(_UNDO, new_id(), redemption_id, at)
    if undone is None:
        unreachable("an undone redemption has a sale")
