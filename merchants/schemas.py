"""Merchants' accounts, sales and statements on the wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from kit import db
from kit.errors import ZH
from kit.wire import Count, Fen, Id, In, Instant, Out, Quantity, Reference, SignedFen
from merchants.queries import AccountRow, MerchantState
from merchants.settlement import Paid

Label = Annotated[str, Meta(examples=["五元餐券"])]
Month = Annotated[str, Meta(examples=["2026-11"])]
Number = Annotated[str, Meta(examples=["2026-11-0003"])]
StatementState = Literal["issued", "paid"]


class PledgeOut(Out):
    """What the merchant promised: so many pieces of so much worth each."""

    id: Id
    goods: Label
    quantity: Quantity
    value_fen: Fen
    state: Literal["proposed", "signed", "closed"]
    signed_at: Instant | None


class FundingOut(Out):
    """Who bore which part of everything that was redeemed here."""

    value_fen: SignedFen
    merchant_fen: SignedFen
    town_fen: SignedFen
    sponsor_fen: SignedFen


class AccountOut(Out):
    """A merchant's account (共治账户). `payable_fen` is owed now; `unsettled_fen` of it is on no statement yet."""

    id: Id
    name: Label
    state: MerchantState
    payable_fen: Fen
    unsettled_fen: SignedFen
    redemptions: Count
    funding: FundingOut
    pledges: list[PledgeOut]


class SaleOut(Out):
    """A voucher redeemed here; `undone_at` when it was undone."""

    id: Id
    redemption_id: Id
    product: Label
    value_fen: SignedFen
    merchant_fen: SignedFen
    town_fen: SignedFen
    sponsor_fen: SignedFen
    outlet_id: Id | None
    till_id: Id | None
    statement_id: Id | None
    sold_at: Instant
    undone_at: Instant | None


class StatementOut(Out):
    """A settlement statement; `payable_fen` is what the public pays of it."""

    id: Id
    number: Number
    merchant_id: Id
    period: Month
    lines: Count
    value_fen: SignedFen
    merchant_fen: SignedFen
    town_fen: SignedFen
    sponsor_fen: SignedFen
    payable_fen: SignedFen
    state: StatementState
    issued_at: Instant
    paid_at: Instant | None
    receipt: str | None


class StatementLineOut(Out):
    """A line of a statement; one with sign -1 takes back an undone redemption."""

    id: Id
    redemption_id: Id
    sign: Literal[1, -1]
    product: Label
    value_fen: SignedFen
    merchant_fen: SignedFen
    town_fen: SignedFen
    sponsor_fen: SignedFen
    sold_at: Instant


class PayIn(In):
    """The number of the payment's receipt."""

    receipt: Reference


class PaidOut(Out):
    """A statement that was paid."""

    id: Id
    state: StatementState
    payable_fen: Fen
    paid_at: Instant


def account_out(account: AccountRow, pledges: Sequence[db.Row], language: str) -> AccountOut:
    """A merchant's account as its staff see it."""
    return AccountOut(
        id=account.merchant.id,
        name=account.merchant.name_zh if language == ZH else account.merchant.name_en,
        state=account.merchant.state,
        payable_fen=account.payable_fen,
        unsettled_fen=account.unsettled_fen,
        redemptions=account.sales,
        funding=FundingOut(
            value_fen=account.value_fen,
            merchant_fen=account.merchant_fen,
            town_fen=account.town_fen,
            sponsor_fen=account.sponsor_fen,
        ),
        pledges=[
            PledgeOut(
                id=row["id"],
                goods=row["goods_zh"] if language == ZH else row["goods_en"],
                quantity=row["quantity"],
                value_fen=row["value_fen"],
                state=row["state"],
                signed_at=row["signed_at"],
            )
            for row in pledges
        ],
    )


def sale_out(row: db.Row, language: str) -> SaleOut:
    """One redemption in the merchant's list."""
    return SaleOut(
        id=row["id"],
        redemption_id=row["redemption_id"],
        product=row["label_zh"] if language == ZH else row["label_en"],
        value_fen=row["value_fen"],
        merchant_fen=row["merchant_fen"],
        town_fen=row["town_fen"],
        sponsor_fen=row["sponsor_fen"],
        outlet_id=row["outlet"],
        till_id=row["till"],
        statement_id=row["statement"],
        sold_at=row["sold_at"],
        undone_at=row["undone_at"],
    )


def statement_out(row: db.Row) -> StatementOut:
    """One statement."""
    return StatementOut(
        id=row["id"],
        number=row["number"],
        merchant_id=row["merchant"],
        period=row["period"],
        lines=row["lines"],
        value_fen=row["value_fen"],
        merchant_fen=row["merchant_fen"],
        town_fen=row["town_fen"],
        sponsor_fen=row["sponsor_fen"],
        payable_fen=row["town_fen"] + row["sponsor_fen"],
        state=row["state"],
        issued_at=row["issued_at"],
        paid_at=row["paid_at"],
        receipt=row["receipt"],
    )


def statement_line_out(row: db.Row, language: str) -> StatementLineOut:
    """One line of a statement."""
    return StatementLineOut(
        id=row["id"],
        redemption_id=row["redemption_id"],
        sign=row["sign"],
        product=row["label_zh"] if language == ZH else row["label_en"],
        value_fen=row["value_fen"],
        merchant_fen=row["merchant_fen"],
        town_fen=row["town_fen"],
        sponsor_fen=row["sponsor_fen"],
        sold_at=row["sold_at"],
    )


def paid_out(paid: Paid) -> PaidOut:
    """A statement that was paid."""
    return PaidOut(id=paid.statement_id, state="paid", payable_fen=paid.payable_fen, paid_at=paid.paid_at)
