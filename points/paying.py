"""Paying an award and taking one back, in an open book (steps).

Taking back takes at most what can be spent; the rest becomes a recovery (待扣回), which later awards pay off with at
most half of their points. A balance never goes below zero, and a resident always keeps part of what he earns.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from kit import db
from kit.clock import business_day
from kit.ids import new_id
from points import accounts
from points.accounts import Account
from points.credit_score import add_months
from points.ledger import Book, Label, Transfer
from points.months import month_number
from points.rules import Action, Rule

RECOVERY: Final = Label("待扣回", "Taken for points owed")
_COLLECT = db.load_sql(__file__, "collect_recoveries")
_PAID = db.load_sql(__file__, "read_paid")
_OPEN = """
    INSERT INTO points_recovery (id, person_id, participation_id, award_id, points, collected, opened_at)
    SELECT owed.id, owed.person_id, owed.participation_id, owed.award_id, owed.points, 0, $6
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[])
        AS owed (id, person_id, participation_id, award_id, points)
"""


@dataclass(slots=True)
class Till:
    """Pays awards into a book, and keeps what recoveries were collected until they are written."""

    book: Book
    expiry_months: int
    recovery_share: int
    collected: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    today: date = field(init=False)
    expires_month: int = field(init=False)
    credit_until: dict[int, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the day once for all awards of the book."""
        self.today = business_day(self.book.at)
        self.expires_month = month_number(self.today) + self.expiry_months

    def _until(self, months: int) -> date:
        found = self.credit_until.get(months)
        if found is None:
            found = self.credit_until[months] = add_months(self.today, months)
        return found

    def pay(
        self,
        *,
        account: Account,
        participation_id: UUID,
        reference: UUID,
        points: int,
        tenths: int,
        action: Action,
        rule: Rule,
        collect: bool = True,
    ) -> tuple[UUID, int]:
        """Post an award; gives its transfer and what can be spent afterwards. `reference` is paid once, for ever."""
        award = Transfer(
            kind="award",
            reference=reference,
            amount=points,
            debit=accounts.ISSUE,
            credit=account,
            label=action.label,
            fact=("participation", participation_id),
            expires_month=self.expires_month,
            rule_version_id=rule.id,
            credit_tenths=tenths,
            credit_until=self._until(rule.credit_months) if tenths else None,
        )
        self.book.post(award)
        if collect and self.book.recovery(account):
            self._collect(account, award)
        return award.id, self.book.balance(account)

    def _collect(self, account: Account, award: Transfer) -> None:
        part = min(self.book.recovery(account), award.amount * self.recovery_share // 100)
        if part:
            self.book.post(
                Transfer(
                    kind="recovery",
                    reference=award.reference,
                    amount=part,
                    debit=account,
                    credit=accounts.ISSUE,
                    label=RECOVERY,
                    fact=award.fact,
                )
            )
            self.book.change_recovery(account, -part)
            self.collected[account.id] += part

    async def write(self) -> None:
        """Note what was collected on the recoveries, the oldest first."""
        if self.collected:
            await db.current().execute(_COLLECT, list(self.collected), list(self.collected.values()))
            self.collected.clear()


@dataclass(frozen=True, slots=True)
class Paid:
    """An award that was paid and not taken back: its transfer and what it brought."""

    transfer_id: UUID
    reference: UUID
    person_id: UUID
    participation_id: UUID
    points: int
    label: Label


async def read_paid(references: Sequence[UUID]) -> list[Paid]:
    """The award transfers with these references that were not taken back."""
    rows = await db.current().fetch(_PAID, references) if references else []
    return [
        Paid(
            row["id"],
            row["reference"],
            row["credit_id"],
            row["fact_id"],
            row["amount"],
            Label(row["label_zh"], row["label_en"]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking an award back: how much was taken at once, and how much is left to be recovered."""

    paid: Paid
    taken: int
    recovery: int


async def take_back(book: Book, paid: Sequence[Paid]) -> list[Taken]:
    """Take awards back as far as the points are there, and open recoveries for the rest (a step)."""
    results = [_take(book, each) for each in paid]
    owed = [each for each in results if each.recovery]
    if owed:
        await db.current().execute(
            _OPEN,
            [new_id() for _ in owed],
            [each.paid.person_id for each in owed],
            [each.paid.participation_id for each in owed],
            [each.paid.transfer_id for each in owed],
            [each.recovery for each in owed],
            book.at,
        )
    return results


def _take(book: Book, paid: Paid) -> Taken:
    account = accounts.person(paid.person_id)
    part = min(paid.points, book.balance(account))
    if part:
        book.post(
            Transfer(
                kind="award_reversal",
                reference=paid.reference,
                amount=part,
                debit=account,
                credit=accounts.ISSUE,
                label=Label(f"收回：{paid.label.zh}", f"Taken back: {paid.label.en}"),
                fact=("participation", paid.participation_id),
                reverses=paid.transfer_id,
            )
        )
    rest = paid.points - part
    if rest:
        book.change_recovery(account, rest)
    return Taken(paid, part, rest)
