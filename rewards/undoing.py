"""Undoing a redemption: within a minute, by the merchant that made it; everything goes back the way it came."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from identity import scheme
from identity.actor import Actor
from identity.audit import record
from kit import clock, db
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from merchants.sales import record_undo
from points import accounts, budget, ledger
from points.errors import InsufficientPoints
from rewards.errors import AlreadyUndone, UndoTooLate
from rewards.holding import (
    HeldVoucher,
    budget_lines,
    end_vouchers,
    give_back,
    grace_month,
    lock_vouchers,
    taken_for,
)
from rewards.queries import VoucherState
from rewards.stock import Shelves, open_shelves
from rewards.vouchers import EXPIRED

LABEL = ledger.Label("撤销核销", "Redemption undone")

_FIND = "SELECT voucher, merchant, redeemed_at, undone_at FROM rewards_redemption WHERE id = $1"
_TRANSFERS = """
    SELECT kind, id FROM points_transfer
    WHERE kind IN ('redemption', 'sale', 'sale_sponsor') AND reference = $1
"""
_UNDO = """
    UPDATE rewards_redemption SET undone_at = $2, undone_by = $3, undo_reason = $4 WHERE id = $1
"""
_ISSUED_AGAIN = "UPDATE rewards_voucher SET state = 'issued', ended_at = NULL WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Undone:
    """A redemption that was undone, and what became of its voucher: issued again, or expired meanwhile."""

    id: UUID
    voucher_id: UUID
    voucher_state: VoucherState
    undone_at: datetime


@db.flow
async def undo_redemption(
    *, actor: Actor, redemption_id: UUID, reason: str, once: Once | None = None, at: datetime | None = None
) -> Answer[Undone]:
    """Undo a redemption at the till.

    Moves: the points from redeemed to escrow, the public shares from the merchant back to their budget lines; writes
    a negative sale. A voucher whose days are over gives its points back at once.
    Answers: the voucher's state; refusals with 409 are answers too: UndoTooLate, AlreadyUndone.
    Raises: NotFound, when the redemption is another merchant's.
    """
    moment = await clock.value_time(at)

    async def work() -> Undone:
        voucher, merchant_id = await _lock(actor, redemption_id, moment)
        expired = voucher.expires_at <= moment
        try:
            await _move_back(voucher, redemption_id, merchant_id, moment, expired=expired)
        except InsufficientPoints:  # the merchant was paid for it within the minute: nothing is left to take back
            raise UndoTooLate(seconds=await scheme.number("voucher.undo_seconds")) from None
        await db.current().execute(_UNDO, redemption_id, moment, actor.id, reason)
        if expired:
            await end_vouchers([voucher], "expired", moment)
        else:
            await db.current().execute(_ISSUED_AGAIN, voucher.id)
            voucher.state = "issued"
        await record_undo(redemption_id, at=moment)
        await record(
            actor,
            action="voucher.redemption_undone",
            subject=("voucher", voucher.id),
            before={"state": "redeemed", "redemption": redemption_id},
            after={"state": voucher.state},
            why=reason,
            person_id=voucher.person_id,
        )
        return Undone(redemption_id, voucher.id, voucher.state, moment)

    return await answered_once(once, work)


async def _lock(actor: Actor, redemption_id: UUID, moment: datetime) -> tuple[HeldVoucher, UUID]:
    """The voucher, locked, of a redemption that can be undone now, and the merchant that made it."""
    seen = await db.current().fetchrow(_FIND, redemption_id)
    if seen is None or not (actor.kind == "system" or seen["merchant"] in actor.merchant_ids()):
        raise NotFound
    voucher = (await lock_vouchers([seen["voucher"]]))[seen["voucher"]]
    redemption = await db.current().fetchrow(_FIND, redemption_id)  # again: it may have been undone while we waited
    if redemption is None or redemption["undone_at"] is not None:
        raise AlreadyUndone
    seconds = await scheme.number("voucher.undo_seconds")
    if moment > redemption["redeemed_at"] + timedelta(seconds=seconds):
        raise UndoTooLate(seconds=seconds)
    return voucher, redemption["merchant"]


async def _move_back(
    voucher: HeldVoucher, redemption_id: UUID, merchant_id: UUID, moment: datetime, *, expired: bool
) -> None:
    rows = await db.current().fetch(_TRANSFERS, redemption_id)
    made = {row["kind"]: row["id"] for row in rows}
    touched = [accounts.merchant(merchant_id)] if voucher.funding else []
    if expired:
        touched.append(accounts.person(voucher.person_id))
    async with (
        ledger.open_book(touched, at=moment) as book,
        open_shelves([voucher.product_id] if expired else []) as shelves,
        budget.open_lines(budget_lines([voucher])) as money,
    ):
        if voucher.points:
            book.post(
                ledger.Transfer(
                    kind="redemption_undo",
                    reference=redemption_id,
                    amount=voucher.points,
                    debit=accounts.REDEEMED,
                    credit=accounts.ESCROW,
                    label=LABEL,
                    fact=("redemption", redemption_id),
                    reverses=made["redemption"],
                )
            )
        for kind, line_id, fen in voucher.funding:
            money.unpay(line_id, fen)
            book.post(
                ledger.Transfer(
                    kind=f"{kind}_undo",
                    reference=redemption_id,
                    amount=fen,
                    debit=accounts.merchant(merchant_id),
                    credit=accounts.budget_line(line_id),
                    label=LABEL,
                    fact=("redemption", redemption_id),
                    reverses=made[kind],
                )
            )
        if expired:
            await _expire(voucher, moment, book, shelves, money)


async def _expire(
    voucher: HeldVoucher, moment: datetime, book: ledger.Book, shelves: Shelves, money: budget.Lines
) -> None:
    """The voucher's days ended while it was redeemed: its points go back at once."""
    taken = (await taken_for([voucher.id])).get(voucher.id)
    earliest = await grace_month(moment)
    give_back(voucher, taken, earliest, book=book, shelves=shelves, money=money, label=EXPIRED)
