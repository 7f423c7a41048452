"""Tables of the points domain.

Transfers name accounts, rule versions and facts by id without a foreign key: the ledger must not pay a look-up for
each of them in its hottest statement, and its invariants prove the same (docs/adr/0002).
"""

from typing import Final

from piccolo.columns import UUID, Array, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from identity.tables import Area

IMMUTABLE_TABLES: Final = ("points_transfer", "points_decision")


class Account(Table, tablename="points_account"):
    """A ledger account that somebody holds: a person's or household's points, fen owed to a merchant or a worker."""

    id = UUID(primary_key=True, default=None)
    kind = Varchar(length=20, default=None)
    owner_id = UUID(default=None)
    asset = Varchar(length=6, default=None)
    version = Integer(default=None)
    balance = BigInt(default=None)
    first_month = Integer(null=True, default=None)
    by_month = Array(base_column=Integer(), default=None)
    recovery = BigInt(default=None)

    one_account_an_owner = Unique(columns=["owner_id", "asset"])
    balance_is_not_negative = Check("balance >= 0")
    recovery_is_not_negative = Check("recovery >= 0")


class Transfer(Table, tablename="points_transfer"):
    """One movement of value; immutable."""

    id = UUID(primary_key=True, default=None)
    kind = Varchar(length=40, default=None)
    reference = UUID(default=None)
    asset = Varchar(length=6, default=None)
    amount = BigInt(default=None)
    debit_id = UUID(default=None)
    credit_id = UUID(default=None)
    debit_version = Integer(null=True, default=None)
    debit_balance = BigInt(null=True, default=None)
    credit_version = Integer(null=True, default=None)
    credit_balance = BigInt(null=True, default=None)
    first_month = Integer(null=True, default=None)
    by_month = Array(base_column=Integer(), default=None)
    label_zh = Text(default=None)
    label_en = Text(default=None)
    fact_kind = Varchar(length=40, default=None)
    fact_id = UUID(default=None)
    reverses_id = UUID(null=True, default=None)
    rule_version_id = UUID(null=True, default=None)
    credit_tenths = Integer(default=None)
    credit_until = Date(null=True, default=None)
    posted_at = Timestamptz(default=None)

    happens_once = Unique(columns=["kind", "reference"])
    amount_is_positive = Check("amount > 0")


class BudgetLine(Table, tablename="points_budget_line"):
    """Public money for a purpose and a period; stops hard."""

    id = UUID(primary_key=True, default=None)
    purpose = Varchar(length=20, default=None)
    area = ForeignKey(Area, null=True, default=None, on_delete=OnDelete.restrict)
    sponsor = Text(null=True, default=None)
    period = Varchar(length=10, default=None)
    amount_fen = BigInt(default=None)
    reserved_fen = BigInt(default=None)
    paid_fen = BigInt(default=None)

    never_overdrawn = Check("reserved_fen + paid_fen <= amount_fen")
    reserved_is_not_negative = Check("reserved_fen >= 0")
    paid_is_not_negative = Check("paid_fen >= 0")
