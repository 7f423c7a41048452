"""Vouchers that a transaction holds locked, and giving one back: points, stock and money, each exactly once (steps)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from identity import scheme
from kit import clock, db
from kit.errors import unreachable
from points import accounts, budget, ledger, months
from rewards import codes
from rewards.queries import VoucherState
from rewards.stock import Shelves

_LOCK = db.load_sql(__file__, "lock_vouchers")
_EXCHANGED = """
    SELECT transfer.reference AS voucher, transfer.id, transfer.first_month, transfer.by_month
    FROM points_transfer AS transfer WHERE transfer.kind = 'exchange' AND transfer.reference = ANY ($1::uuid[])
"""
_END = """
    UPDATE rewards_voucher SET state = $2, ended_at = $3 WHERE id = ANY ($1::uuid[]) AND state <> $2 RETURNING id
"""


@dataclass(slots=True)
class HeldVoucher:
    """A voucher whose row is locked; `state` is kept true while a batch works on it."""

    id: UUID
    product_id: UUID
    person_id: UUID
    points: int
    value_fen: int
    merchant_fen: int
    town_line: UUID | None
    town_fen: int
    sponsor_line: UUID | None
    sponsor_fen: int
    issue: codes.Issue
    state: VoucherState
    expires_at: datetime

    @property
    def funding(self) -> list[tuple[str, UUID, int]]:
        """Where its money is set aside: the kind of the sale's transfer, the budget line, and how much."""
        shares = (("sale", self.town_line, self.town_fen), ("sale_sponsor", self.sponsor_line, self.sponsor_fen))
        return [(kind, line_id, fen) for kind, line_id, fen in shares if line_id is not None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What an exchange took: the transfer, and the months the points came from."""

    transfer_id: UUID
    by_month: months.Months


async def lock_vouchers(voucher_ids: Iterable[UUID]) -> dict[UUID, HeldVoucher]:
    """Lock these vouchers in the order of their ids; unknown ones are left out (a step)."""
    wanted = list(set(voucher_ids))
    return held(await db.current().fetch(_LOCK, wanted)) if wanted else {}


def held(rows: Sequence[db.Row]) -> dict[UUID, HeldVoucher]:
    """The vouchers of rows that were read with a lock."""
    return {
        row["id"]: HeldVoucher(
            row["id"],
            row["product"],
            row["person"],
            row["points"],
            row["value_fen"],
            row["merchant_fen"],
            row["town_line"],
            row["town_fen"],
            row["sponsor_line"],
            row["sponsor_fen"],
            codes.Issue(row["id"], row["issue_number"], row["key_id"], row["rotating"]),
            row["state"],
            row["expires_at"],
        )
        for row in rows
    }


def budget_lines(vouchers: Iterable[HeldVoucher]) -> set[UUID]:
    """The budget lines on which money is set aside for these vouchers."""
    return {line_id for voucher in vouchers for _, line_id, _ in voucher.funding}


async def taken_for(voucher_ids: Iterable[UUID]) -> dict[UUID, Taken]:
    """What the exchange of each voucher took; vouchers without a price are left out (a step)."""
    rows = await db.current().fetch(_EXCHANGED, list(voucher_ids))
    return {row["voucher"]: Taken(row["id"], months.from_row(row["first_month"], row["by_month"])) for row in rows}


async def grace_month(moment: datetime) -> int:
    """The earliest month in which points that are given back expire (a step)."""
    days = await scheme.number("points.refund_grace_days")
    return months.month_number(clock.business_day(moment) + timedelta(days=days))


def give_back(
    voucher: HeldVoucher,
    taken: Taken | None,
    earliest: int,
    *,
    book: ledger.Book,
    shelves: Shelves,
    money: budget.Lines,
    label: ledger.Label,
) -> None:
    """Points from escrow to the holder with their expiry, the piece to its shelf, the money to its lines."""
    if voucher.points:
        if taken is None:
            unreachable("a voucher with a price has its exchange in the ledger")
        book.post(
            ledger.Transfer(
                kind="refund",
                reference=voucher.id,
                amount=voucher.points,
                debit=accounts.ESCROW,
                credit=accounts.person(voucher.person_id),
                label=label,
                fact=("voucher", voucher.id),
                reverses=taken.transfer_id,
                given=months.restored(taken.by_month, earliest),
            )
        )
    shelves.put_back(voucher.product_id, 1)
    for _, line_id, fen in voucher.funding:
        money.release(line_id, fen)


async def end_vouchers(vouchers: Sequence[HeldVoucher], state: VoucherState, moment: datetime) -> None:
    """Write that these vouchers ended like this (a step)."""
    ended = await db.current().fetch(_END, [voucher.id for voucher in vouchers], state, moment)
    if len(ended) != len(vouchers):
        unreachable("a locked voucher changed its state")
    for voucher in vouchers:
        voucher.state = state
