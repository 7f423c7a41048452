"""The ledger: value moves from one account to another, and every movement is one row that never changes.

How to post (steps, inside a flow's transaction):

    async with open_book(accounts, at=moment) as book:       # locks the accounts, posts what is due to expire
        book.balance(account)                                # what can be spent now
        book.post(Transfer(...))                             # in memory; raises InsufficientPoints
                                                             # leaving the block writes everything in one statement

The same two statements (one locks, one inserts and updates) serve one transfer and ten thousand. Accounts are locked
in the order of their ids; whoever locks more than one book's accounts opens one book for all of them.

The arithmetic is here and in `months.py`, on rows that are locked; the database checks it again: an account is
written only if its version is still the one that was read, no balance goes below zero, a (kind, reference) exists once.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from kit import db
from kit.clock import business_day
from kit.errors import unreachable
from kit.ids import derived_id, new_id
from points import months
from points.accounts import EXPIRED, PERSON, POINTS, Account
from points.errors import InsufficientPoints

_LOCK = db.load_sql(__file__, "lock_accounts")
_OPEN = db.load_sql(__file__, "open_accounts")
_POST = db.load_sql(__file__, "post_transfers")

PERSONAL = frozenset({"award", "award_reversal", "recovery", "expiry", "exchange", "gift", "refund"})
"""The ways in which a person's points move. His statement has words for each of them, so none is posted without."""


class Label(NamedTuple):
    """What a statement line says, so that the ledger's pages need nothing from above."""

    zh: str
    en: str


class Transfer(msgspec.Struct, kw_only=True, gc=False):
    """One movement of `amount` points or fen from `debit` to `credit`.

    `(kind, reference)` exists once, for ever. `fact` is the business fact behind it, `reverses` the transfer that it
    undoes. Points that arrive from the system expire at the end of `expires_month`; those that come back from a
    reversed transfer go to the months they were `taken` from.
    """

    kind: str
    reference: UUID
    amount: int
    debit: Account
    credit: Account
    label: Label
    fact: tuple[str, UUID]
    id: UUID = msgspec.field(default_factory=new_id)
    reverses: UUID | None = None
    expires_month: int | None = None
    given: months.Months | None = None
    rule_version_id: UUID | None = None
    credit_tenths: int = 0
    credit_until: date | None = None


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A transfer with what it left on either side; a side that nobody holds has no balance."""

    transfer: Transfer
    by_month: months.Months
    debit_version: int | None
    debit_balance: int | None
    credit_version: int | None
    credit_balance: int | None


class _Page(msgspec.Struct, gc=False):
    """One locked account in an open book."""

    account: Account
    read_version: int
    version: int
    balance: int
    by_month: dict[int, int]
    recovery: int
    used_year: int | None
    uses: list[int]
    changed: bool = False

    def move(self, amount: int) -> tuple[int, int]:
        self.version += 1
        self.balance += amount
        self.changed = True
        return self.version, self.balance


class Book:
    """The locked accounts of one transaction, and the transfers that are to be written."""

    def __init__(self, pages: Iterable[_Page], at: datetime) -> None:
        """Take the locked pages over; `at` is the moment at which value is decided."""
        self.at = at
        self._today = business_day(at)
        self._pages = {page.account.id: page for page in pages}
        self._posted: list[Posted] = []
        for page in self._pages.values():
            self._expire(page)

    def balance(self, account: Account) -> int:
        """What the account holds now, after everything posted in this book; expired points are gone from it."""
        return self._pages[account.id].balance

    def recovery(self, account: Account) -> int:
        """What is still to be collected from later awards (待扣回)."""
        return self._pages[account.id].recovery

    def change_recovery(self, account: Account, points: int) -> None:
        """Note points to be collected later (positive), or collected now (negative)."""
        page = self._pages[account.id]
        page.recovery += points
        page.changed = True

    def uses(self, account_id: UUID) -> tuple[int | None, list[int]]:
        """What the account has on record of the caps (points/usage.py): the newest year with a use, and its uses."""
        page = self._pages[account_id]
        return page.used_year, page.uses

    def note_uses(self, account_id: UUID, year: int, uses: list[int]) -> None:
        """Put the uses of a year on record in place of what stood there."""
        page = self._pages[account_id]
        page.used_year, page.uses, page.changed = year, uses, True

    def post(self, transfer: Transfer) -> Posted:
        """Move value; raises InsufficientPoints when the account that pays holds less than the amount."""
        if transfer.amount <= 0 or transfer.debit.asset != transfer.credit.asset:
            unreachable("a transfer moves a positive amount of one asset")
        if transfer.kind not in PERSONAL and PERSON in (transfer.debit.kind, transfer.credit.kind):
            unreachable(f"no statement names the movement of points {transfer.kind!r}")
        payer = self._pages[transfer.debit.id] if transfer.debit.held else None
        payee = self._pages[transfer.credit.id] if transfer.credit.held else None
        if payer is not None and payer.balance < transfer.amount:
            raise InsufficientPoints(balance=payer.balance, needed=transfer.amount)
        moved = self._move_months(transfer, payer, payee)
        debit_version, debit_balance = payer.move(-transfer.amount) if payer else (None, None)
        credit_version, credit_balance = payee.move(transfer.amount) if payee else (None, None)
        posted = Posted(transfer, moved, debit_version, debit_balance, credit_version, credit_balance)
        self._posted.append(posted)
        return posted

    def _move_months(self, transfer: Transfer, payer: _Page | None, payee: _Page | None) -> months.Months:
        """Which months' points move: those the payer had longest, else those that are given."""
        if transfer.debit.asset != POINTS:
            return {}
        moved: months.Months = {}
        if payer is not None:
            payer.by_month, moved = months.take(payer.by_month, transfer.amount)
        elif transfer.given is not None:
            moved = transfer.given
        elif transfer.expires_month is not None:
            moved = {transfer.expires_month: transfer.amount}
        if payee is not None:
            if sum(moved.values()) != transfer.amount:
                unreachable("points that arrive have a month in which they expire")
            payee.by_month = months.add(payee.by_month, moved)
        return moved

    def _expire(self, page: _Page) -> None:
        """Post what has expired before anything else happens on the account."""
        if page.account.asset != POINTS or not page.by_month:
            return
        gone = months.due(page.by_month, self._today)
        if gone:
            last = max(gone)
            self.post(
                Transfer(
                    kind="expiry",
                    reference=derived_id("expiry", page.account.id, last),
                    amount=sum(gone.values()),
                    debit=page.account,
                    credit=EXPIRED,
                    label=Label("积分到期", "Points expired"),
                    fact=("account_month", page.account.id),
                )
            )

    async def write(self) -> None:
        """Write all transfers and the accounts they moved, in one statement; done when the book's block is left."""
        posted, self._posted = self._posted, []
        changed = [page for page in self._pages.values() if page.changed]
        if not posted and not changed:
            return
        written = await db.current().fetchrow(_POST, *_transfer_columns(posted), self.at, *_account_columns(changed))
        if written is None or (written["transfers"], written["accounts"]) != (len(posted), len(changed)):
            unreachable("a locked account changed under the book")
        for page in changed:
            page.read_version = page.version
            page.changed = False


@asynccontextmanager
async def open_book(accounts: Iterable[Account], *, at: datetime) -> AsyncIterator[Book]:
    """Lock these accounts and post to them; what was posted is written when the block is left without an exception."""
    book = Book(await _lock([account for account in accounts if account.held]), at)
    yield book
    await book.write()


async def _lock(accounts: list[Account]) -> list[_Page]:
    by_id = {account.id: account for account in accounts}
    rows = await db.current().fetch(_LOCK, db.array(by_id))
    if len(rows) < len(by_id):
        locked = {row["id"] for row in rows}
        new = sorted((account for account in by_id.values() if account.id not in locked), key=lambda each: each.id)
        await db.current().execute(
            _OPEN,
            [account.id for account in new],
            [account.kind for account in new],
            [account.owner_id for account in new],
            [account.asset for account in new],
        )
        rows = await db.current().fetch(_LOCK, db.array(by_id))
    return [
        _Page(by_id[row[0]], row[1], row[1], row[2], months.from_row(row[3], row[4]), row[5], row[6], row[7] or [])
        for row in rows
    ]


def _transfer_columns(posted: list[Posted]) -> list[object]:
    """The columns of `points_transfer`, each as one parameter, in the order of `sql/post_transfers.sql`."""
    transfers = [each.transfer for each in posted]
    rows = [months.to_row(each.by_month) for each in posted]
    words = [(each.kind, each.debit.asset, each.label.zh, each.label.en, each.fact[0]) for each in transfers]
    return [
        db.array([each.id for each in transfers]),
        db.array([each.reference for each in transfers]),
        db.numbers([each.amount for each in transfers]),
        db.array([each.debit.id for each in transfers]),
        db.array([each.credit.id for each in transfers]),
        db.numbers([each.debit_version for each in posted]),
        db.numbers([each.debit_balance for each in posted]),
        db.numbers([each.credit_version for each in posted]),
        db.numbers([each.credit_balance for each in posted]),
        db.numbers([first_month for first_month, _ in rows]),
        [by_month for _, by_month in rows],
        db.array([each.fact[1] for each in transfers]),
        db.array([each.reverses for each in transfers]),
        db.array([each.rule_version_id for each in transfers]),
        db.numbers([each.credit_tenths for each in transfers]),
        db.array([each.credit_until for each in transfers]),
        *db.shared(words, 5),
    ]


def _account_columns(changed: list[_Page]) -> list[object]:
    rows = [months.to_row(page.by_month) for page in changed]
    return [
        db.array([page.account.id for page in changed]),
        db.numbers([page.read_version for page in changed]),
        db.numbers([page.version for page in changed]),
        db.numbers([page.balance for page in changed]),
        db.numbers([first_month for first_month, _ in rows]),
        [by_month for _, by_month in rows],
        db.numbers([page.recovery for page in changed]),
        db.numbers([page.used_year for page in changed]),
        [None if page.used_year is None else db.numbers(page.uses) for page in changed],
    ]
