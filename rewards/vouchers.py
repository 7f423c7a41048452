"""Vouchers that nobody uses: cancelled by their holders, or expired. Their points come back by themselves, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.actor import Actor
from identity.audit import AuditLine, record, record_lines
from identity.people import find_person
from kit import clock, db
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from points import accounts, budget, ledger
from rewards import queries
from rewards.errors import VoucherAlreadyRedeemed, VoucherCancelled, VoucherExpired
from rewards.exchange import ON_BEHALF_ROLES
from rewards.holding import (
    HeldVoucher,
    budget_lines,
    end_vouchers,
    give_back,
    grace_month,
    held,
    lock_vouchers,
    taken_for,
)
from rewards.queries import VoucherState
from rewards.stock import open_shelves

CANCELLED = ledger.Label("兑换取消，积分退回", "Voucher cancelled, points given back")
EXPIRED = ledger.Label("券已过期，积分退回", "Voucher expired, points given back")
_DUE = db.load_sql(__file__, "lock_due_vouchers")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A voucher that was given back, and what its holder can spend now."""

    id: UUID
    points: int
    balance_after: int


@db.flow
async def cancel_voucher(
    *, actor: Actor, voucher_id: UUID, once: Once | None = None, at: datetime | None = None
) -> Answer[Cancelled]:
    """Give an unused voucher back.

    Moves: its points from escrow to the holder, with the expiry they had; frees its money and its piece.
    Answers: the points and the balance; refusals with 409 are answers too: VoucherAlreadyRedeemed, VoucherExpired,
    VoucherCancelled.
    Raises: NotFound, when it is not the actor's own nor of a resident whom he serves.
    """
    moment = await clock.value_time(at)

    async def work() -> Cancelled:
        voucher = (await lock_vouchers([voucher_id])).get(voucher_id)
        if voucher is None or not await _may_cancel(actor, voucher):
            raise NotFound
        await refuse_ended(voucher.id, voucher.state, voucher.expires_at, moment)
        balance = await _give_back_all([voucher], "cancelled", CANCELLED, moment)
        await record(
            actor,
            action="voucher.cancelled",
            subject=("voucher", voucher_id),
            before={"state": "issued"},
            after={"state": "cancelled", "points": voucher.points},
            person_id=voucher.person_id,
        )
        return Cancelled(voucher_id, voucher.points, balance[voucher.person_id])

    return await answered_once(once, work)


@db.flow
async def expire_vouchers(*, limit: int = 500, at: datetime | None = None) -> int:
    """Expire vouchers whose days are over; call it again until it answers 0.

    Moves: their points from escrow back to the holders, with the expiry they had; frees money and pieces.
    Answers: how many vouchers were expired.
    Raises: nothing of its own.
    """
    moment = await clock.value_time(at)
    due = list(held(await db.current().fetch(_DUE, moment, limit)).values())
    if not due:
        return 0
    await _give_back_all(due, "expired", EXPIRED, moment)
    await record_lines(
        Actor.system("expiry"),
        [
            AuditLine(
                action="voucher.expired",
                subject=("voucher", voucher.id),
                before={"state": "issued"},
                after={"state": "expired", "points": voucher.points},
                person_id=voucher.person_id,
            )
            for voucher in due
        ],
    )
    return len(due)


async def _give_back_all(
    vouchers: Sequence[HeldVoucher], state: VoucherState, label: ledger.Label, moment: datetime
) -> dict[UUID, int]:
    """Give locked vouchers back and end them; answers the holders' balances."""
    taken = await taken_for([voucher.id for voucher in vouchers])
    earliest = await grace_month(moment)
    holders = {voucher.person_id: accounts.person(voucher.person_id) for voucher in vouchers}
    async with (
        ledger.open_book(holders.values(), at=moment) as book,
        open_shelves(voucher.product_id for voucher in vouchers) as shelves,
        budget.open_lines(budget_lines(vouchers)) as money,
    ):
        for voucher in vouchers:
            give_back(voucher, taken.get(voucher.id), earliest, book=book, shelves=shelves, money=money, label=label)
        balances = {person_id: book.balance(account) for person_id, account in holders.items()}
    await end_vouchers(vouchers, state, moment)
    return balances


async def _may_cancel(actor: Actor, voucher: HeldVoucher) -> bool:
    if actor.id == voucher.person_id:
        return True
    person = await find_person(voucher.person_id)
    return person is not None and actor.covers(person.area_path, *ON_BEHALF_ROLES)


async def refuse_ended(voucher_id: UUID, state: str, expires_at: datetime, moment: datetime) -> None:
    """Raise why a voucher cannot be used any more, if it cannot."""
    if state == "redeemed":
        raise (await already_redeemed([voucher_id]))[voucher_id]
    if state == "cancelled":
        raise VoucherCancelled
    if state == "expired" or expires_at <= moment:
        raise VoucherExpired


async def already_redeemed(voucher_ids: Sequence[UUID]) -> dict[UUID, VoucherAlreadyRedeemed]:
    """When and where each of these vouchers was redeemed, as the refusal of a second scan."""
    rows = await queries.redemptions_in_force(voucher_ids) if voucher_ids else []
    return {row["voucher"]: second_scan(row["redeemed_at"], row["merchant_zh"]) for row in rows}


def second_scan(redeemed_at: datetime, merchant: str) -> VoucherAlreadyRedeemed:
    """What the second one to scan is told."""
    local = redeemed_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
    return VoucherAlreadyRedeemed(redeemed_at=local, merchant=merchant)
