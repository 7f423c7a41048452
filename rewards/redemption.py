"""Redemption at the till: a voucher becomes goods, exactly once however many tills scan it.

`redeem_lines` is a hot flow: a list in, one outcome a line out, one transaction. The voucher's row is locked, so of
many parallel scans one succeeds; the partial unique index of redemptions in force stands behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from identity import scheme
from identity.actor import Actor
from identity.audit import AuditLine, record_acts
from identity.people import PersonRow, find_people, mask_name
from kit import clock, db
from kit.errors import Refusal, unreachable
from kit.ids import new_id
from kit.once import Answer, Once
from merchants.queries import MerchantRow
from merchants.sales import Sale, record_sales
from points import accounts, budget, ledger
from rewards.holding import HeldVoucher, budget_lines
from rewards.once_lines import answer_lines
from rewards.queries import ProductRow, find_products
from rewards.scanning import Desk, Scan, scan
from rewards.vouchers import second_scan

_WRITE = db.load_sql(__file__, "write_redemptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemLine:
    """A code that a clerk scanned; the till, or the merchant, is named where he works for several."""

    actor: Actor
    code: str
    till_id: UUID | None = None
    merchant_id: UUID | None = None
    once: Once | None = None

    @property
    def desk(self) -> Desk:
        """Who scans, and where."""
        return Desk(actor=self.actor, till_id=self.till_id, merchant_id=self.merchant_id)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A voucher that was used: what for, whose (masked), and until when the till may undo it."""

    id: UUID
    voucher_id: UUID
    holder_id: UUID
    product: ProductRow
    value_fen: int
    holder: str
    redeemed_at: datetime
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What a scan would do; `refusal` says why it would not."""

    product: ProductRow
    value_fen: int
    holder: str | None
    expires_at: datetime
    refusal: Refusal | None


@db.flow
async def redeem_lines(lines: Sequence[RedeemLine], *, at: datetime | None = None) -> list[Answer[Redeemed]]:
    """Redeem the vouchers of these codes at their clerks' merchants.

    Moves: each voucher's points from escrow to redeemed; the public shares of its worth from their budget lines to
    the merchant; writes the sale.
    Answers: for each line the redemption, or the refusal: VoucherUnknown, WrongMerchant, VoucherAlreadyRedeemed,
    VoucherExpired, VoucherCancelled, ShortCodeLocked, TillUnknown, TillNeeded, MerchantNotApproved. A wrong short
    code leaves its trace.
    Raises: nothing of its own.
    """
    moment = await clock.value_time(at)

    async def work(new: Sequence[RedeemLine]) -> list[Redeemed | Refusal]:
        return await _redeem(new, moment)

    return await answer_lines(lines, work)


@db.flow
async def preview_voucher(
    *, actor: Actor, code: str, till_id: UUID | None = None, at: datetime | None = None
) -> Preview | Refusal:
    """Say what a code stands for and whether it can be redeemed here and now.

    Moves: nothing. A wrong short code leaves its trace.
    Answers: the preview, or VoucherUnknown, ShortCodeLocked, TillUnknown, TillNeeded, MerchantNotApproved.
    Raises: nothing of its own.
    """
    moment = await clock.value_time(at)
    (found,) = await scan([(Desk(actor=actor, till_id=till_id), code)], moment)
    if isinstance(found, Refusal):
        return found
    voucher = found.voucher
    product = (await find_products([voucher.product_id]))[voucher.product_id]
    people = await find_people([voucher.person_id])
    holder = None if (found.refusal and found.refusal.code == "wrong_merchant") else _masked(people, voucher)
    return Preview(product, voucher.value_fen, holder, voucher.expires_at, found.refusal)


@dataclass(frozen=True, slots=True)
class _Use:
    """A line that goes through."""

    id: UUID
    line: RedeemLine
    scan: Scan

    @property
    def voucher(self) -> HeldVoucher:
        return self.scan.voucher

    @property
    def merchant(self) -> MerchantRow:
        return self.scan.merchant


async def _redeem(lines: Sequence[RedeemLine], moment: datetime) -> list[Redeemed | Refusal]:
    scans = await scan([(line.desk, line.code) for line in lines], moment)
    outcomes = _hand_out(lines, scans, moment)
    uses = [each for each in outcomes if isinstance(each, _Use)]
    if not uses:
        return [each for each in outcomes if isinstance(each, Refusal)]
    products = await find_products([use.voucher.product_id for use in uses])
    people = await find_people([use.voucher.person_id for use in uses])
    undo_until = moment + timedelta(seconds=await scheme.number("voucher.undo_seconds"))
    await _move_value(uses, products, moment)
    await _write(uses, products, moment)
    return [
        each
        if isinstance(each, Refusal)
        else Redeemed(
            each.id,
            each.voucher.id,
            each.voucher.person_id,
            products[each.voucher.product_id],
            each.voucher.value_fen,
            _masked(people, each.voucher),
            moment,
            undo_until,
        )
        for each in outcomes
    ]


def _hand_out(lines: Sequence[RedeemLine], scans: Sequence[Scan | Refusal], moment: datetime) -> list[_Use | Refusal]:
    """The first line that scanned a voucher gets it; the others are told when and where, as if they came later."""
    outcomes: list[_Use | Refusal] = []
    for line, found in zip(lines, scans, strict=True):
        if isinstance(found, Refusal):
            outcomes.append(found)
        elif found.refusal is not None:
            outcomes.append(found.refusal)
        elif found.voucher.state == "redeemed":
            first = next(use for use in outcomes if isinstance(use, _Use) and use.voucher is found.voucher)
            outcomes.append(second_scan(moment, first.merchant.name_zh))
        else:
            found.voucher.state = "redeemed"
            outcomes.append(_Use(new_id(), line, found))
    return outcomes


async def _move_value(uses: Sequence[_Use], products: dict[UUID, ProductRow], moment: datetime) -> None:
    """Points out of escrow, and the public shares to the merchants."""
    paid = [use for use in uses if use.voucher.funding]
    async with (
        ledger.open_book([accounts.merchant(use.merchant.id) for use in paid], at=moment) as book,
        budget.open_lines(budget_lines(use.voucher for use in paid)) as money,
    ):
        for use in uses:
            product = products[use.voucher.product_id]
            label, fact = ledger.Label(product.name_zh, product.name_en), ("redemption", use.id)
            if use.voucher.points:
                book.post(
                    ledger.Transfer(
                        kind="redemption",
                        reference=use.id,
                        amount=use.voucher.points,
                        debit=accounts.ESCROW,
                        credit=accounts.REDEEMED,
                        label=label,
                        fact=fact,
                    )
                )
            for kind, line_id, fen in use.voucher.funding:
                money.pay(line_id, fen)
                book.post(
                    ledger.Transfer(
                        kind=kind,
                        reference=use.id,
                        amount=fen,
                        debit=accounts.budget_line(line_id),
                        credit=accounts.merchant(use.merchant.id),
                        label=label,
                        fact=fact,
                    )
                )


async def _write(uses: Sequence[_Use], products: dict[UUID, ProductRow], moment: datetime) -> None:
    """The redemptions, the vouchers' state, the sales, and who did it."""
    written = await db.current().fetchrow(
        _WRITE,
        [use.id for use in uses],
        [use.voucher.id for use in uses],
        [use.merchant.id for use in uses],
        [use.scan.till.outlet_id if use.scan.till else None for use in uses],
        [use.scan.till.id if use.scan.till else None for use in uses],
        [use.line.actor.id for use in uses],
        moment,
    )
    if written is None or (written["redemptions"], written["vouchers"]) != (len(uses), len(uses)):
        unreachable("a locked voucher changed under its redemption")
    await record_sales([_sale(use, products[use.voucher.product_id], moment) for use in uses])
    await record_acts([(use.line.actor, _act(use)) for use in uses])


def _sale(use: _Use, product: ProductRow, moment: datetime) -> Sale:
    return Sale(
        redemption_id=use.id,
        merchant_id=use.merchant.id,
        outlet_id=use.scan.till.outlet_id if use.scan.till else None,
        till_id=use.scan.till.id if use.scan.till else None,
        label_zh=product.name_zh,
        label_en=product.name_en,
        value_fen=use.voucher.value_fen,
        merchant_fen=use.voucher.merchant_fen,
        town_fen=use.voucher.town_fen,
        sponsor_fen=use.voucher.sponsor_fen,
        sold_at=moment,
    )


def _act(use: _Use) -> AuditLine:
    return AuditLine(
        action="voucher.redeemed",
        subject=("voucher", use.voucher.id),
        before={"state": "issued"},
        after={"state": "redeemed", "redemption": use.id, "merchant": use.merchant.id},
        person_id=use.voucher.person_id,
    )


def _masked(people: dict[UUID, PersonRow], voucher: HeldVoucher) -> str:
    person = people.get(voucher.person_id)
    return mask_name(person.name) if person is not None and person.name is not None else "*"
