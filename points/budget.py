"""Budget lines: public money for a purpose and a period, which stop hard.

A line is decided with an amount; exchanges and bonuses reserve from it, redemptions and payouts turn what was
reserved into paid. `reserved + paid <= amount` holds in every transaction, in the database too.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from kit import db
from kit.ids import new_id
from points.errors import BudgetExhausted

Purpose = Literal["town", "sponsor", "bonus", "bonus_special"]

_LOCK = """
    SELECT id, amount_fen, reserved_fen, paid_fen FROM points_budget_line
    WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_WRITE = """
    UPDATE points_budget_line AS line SET reserved_fen = page.reserved_fen, paid_fen = page.paid_fen
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS page (id, reserved_fen, paid_fen)
    WHERE line.id = page.id
"""
_OPEN = """
    INSERT INTO points_budget_line (id, purpose, area, sponsor, period, amount_fen, reserved_fen, paid_fen)
    VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
"""
_FIND = """
    SELECT id FROM points_budget_line
    WHERE purpose = $1 AND period = $2 AND area IS NOT DISTINCT FROM $3 AND sponsor IS NOT DISTINCT FROM $4
"""


@dataclass(slots=True)
class _Line:
    amount: int
    reserved: int
    paid: int
    changed: bool = False

    @property
    def left(self) -> int:
        return self.amount - self.reserved - self.paid


class Lines:
    """The locked budget lines of one transaction."""

    def __init__(self, lines: dict[UUID, _Line]) -> None:
        """Take the locked lines over."""
        self._lines = lines

    def left(self, line_id: UUID) -> int:
        """What can still be reserved, in fen."""
        return self._lines[line_id].left

    def reserve(self, line_id: UUID, fen: int) -> None:
        """Set money aside; raises BudgetExhausted when the line has less left."""
        line = self._lines[line_id]
        if line.left < fen:
            raise BudgetExhausted(left_fen=line.left, needed_fen=fen)
        self._change(line, reserved=fen)

    def release(self, line_id: UUID, fen: int) -> None:
        """Give reserved money back to the line (voucher cancelled or expired, bonus rejected)."""
        self._change(self._lines[line_id], reserved=-fen)

    def pay(self, line_id: UUID, fen: int) -> None:
        """Turn reserved money into paid; the caller posts the transfer from the line's account."""
        self._change(self._lines[line_id], reserved=-fen, paid=fen)

    def unpay(self, line_id: UUID, fen: int) -> None:
        """Undo a payment: the money is reserved again; the caller posts the reversing transfer."""
        self._change(self._lines[line_id], reserved=fen, paid=-fen)

    def recover(self, line_id: UUID, fen: int) -> None:
        """Bring a payment back to the line for good (bonus clawed back and repaid)."""
        self._change(self._lines[line_id], paid=-fen)

    @staticmethod
    def _change(line: _Line, *, reserved: int = 0, paid: int = 0) -> None:
        line.reserved += reserved
        line.paid += paid
        line.changed = True

    async def write(self) -> None:
        """Write the changed lines in one statement; done when the block of `open_lines` is left."""
        changed = [(line_id, line) for line_id, line in self._lines.items() if line.changed]
        if changed:
            await db.current().execute(
                _WRITE,
                [line_id for line_id, _ in changed],
                [line.reserved for _, line in changed],
                [line.paid for _, line in changed],
            )


@asynccontextmanager
async def open_lines(line_ids: Iterable[UUID]) -> AsyncIterator[Lines]:
    """Lock these budget lines, in the order of their ids, and write what changed at the end of the block (a step)."""
    wanted = list(set(line_ids))
    rows = await db.current().fetch(_LOCK, wanted) if wanted else []
    lines = Lines({row["id"]: _Line(row["amount_fen"], row["reserved_fen"], row["paid_fen"]) for row in rows})
    yield lines
    await lines.write()


async def open_line(
    *, purpose: Purpose, period: str, amount_fen: int, area_id: UUID | None = None, sponsor: str | None = None
) -> UUID:
    """Record a budget decision: so much money for this purpose, area or sponsor, and period (a step)."""
    line_id = new_id()
    await db.current().execute(_OPEN, line_id, purpose, area_id, sponsor, period, amount_fen)
    return line_id


async def find_line(
    *, purpose: Purpose, period: str, area_id: UUID | None = None, sponsor: str | None = None
) -> UUID | None:
    """The budget line for a purpose, a period (`2026`, `2026-11`) and an area or a sponsor."""
    found: UUID | None = await db.fetchval(_FIND, purpose, period, area_id, sponsor)
    return found
