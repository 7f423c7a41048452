"""The tables of rewards: what each row is, and what the database itself refuses.

Partial indexes and triggers are in the migrations. How many are left stands in a narrow row of its own, because it
is what everybody who wants the same product writes to.
"""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, ForeignKey, Integer, SmallInt, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from identity.tables import Area, Person
from merchants.tables import Merchant, Outlet, Till
from points.tables import BudgetLine


class Product(Table, tablename="rewards_product"):
    """Something that points are exchanged for, and who pays what share of its worth."""

    id = UUID(primary_key=True, default=None)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    points = Integer(null=False, default=None)
    opens_at = Timestamptz(null=False, default=None)
    closes_at = Timestamptz(null=True, default=None)
    person_limit = Integer(null=True, default=None, help_text="So many for one person in one period")
    limit_period = Text(null=True, default=None)
    min_level = SmallInt(null=False, default=None, help_text="Credit level, 1 to 5")
    min_age = SmallInt(null=True, default=None)
    area = ForeignKey(Area, null=True, default=None, on_delete=OnDelete.restrict, help_text="Null is everywhere (通兑)")
    cash_like = Boolean(null=False, default=None, help_text="Its code rotates on the phone")
    value_fen = BigInt(null=False, default=None)
    merchant_percent = SmallInt(null=False, default=None)
    town_percent = SmallInt(null=False, default=None)
    sponsor_percent = SmallInt(null=False, default=None)
    sponsor = Text(null=True, default=None)
    voucher_days = Integer(null=False, default=None)
    state = Text(null=False, default=None)
    picture_id = UUID(null=True, default=None, help_text="A photograph of its own; else a drawing stands for it")
    version = Integer(default=1, help_text="Counts its changes, so that two editors do not overwrite one another")
    created_at = Timestamptz(null=False, default=None)

    kind_is_known = Check("kind in ('goods', 'service', 'privilege', 'donation', 'loan')")
    state_is_known = Check("state in ('draft', 'open', 'closed')")
    points_are_not_negative = Check("points >= 0")
    value_is_not_negative = Check("value_fen >= 0")
    closes_after_it_opens = Check("closes_at > opens_at")
    limit_has_its_period = Check("(person_limit is null) = (limit_period is null) and person_limit > 0")
    period_is_known = Check("limit_period in ('day', 'month', 'year', 'ever')")
    level_is_known = Check("min_level between 1 and 5")
    shares_are_the_whole = Check(
        "merchant_percent >= 0 and town_percent >= 0 and sponsor_percent >= 0"
        " and merchant_percent + town_percent + sponsor_percent = 100"
    )
    sponsor_is_named = Check("(sponsor_percent > 0) = (sponsor is not null)")
    a_gift_has_no_limit = Check("kind <> 'donation' or person_limit is null")
    vouchers_live_a_while = Check("voucher_days between 1 and 3660")


class Stock(Table, tablename="rewards_stock"):
    """How many of a product were put on the shelf and how many are left; a product without a row has no end."""

    product = ForeignKey(Product, primary_key=True, null=False, default=None, on_delete=OnDelete.restrict)
    supplied = Integer(null=False, default=None)
    remaining = Integer(null=False, default=None)

    never_below_zero = Check("remaining >= 0")
    never_more_than_supplied = Check("remaining <= supplied")


class ProductMerchant(Table, tablename="rewards_product_merchant"):
    """A merchant that honours a product's vouchers."""

    id = UUID(primary_key=True, default=None)
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)

    named_once = Unique(["product", "merchant"])


class Exchange(Table, tablename="rewards_exchange"):
    """Points given for a number of one product, and the limit that held for it."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    quantity = Integer(null=False, default=None)
    points = BigInt(null=False, default=None)
    person_limit = Integer(null=True, default=None)
    limit_from = Timestamptz(null=True, default=None, help_text="The beginning of the period that was counted")
    entered_by = UUID(null=False, default=None, help_text="The person, or the staff who acted for him")
    exchanged_at = Timestamptz(null=False, default=None)

    quantity_is_positive = Check("quantity > 0")


class Voucher(Table, tablename="rewards_voucher"):
    """The right to one piece at a merchant's, its price in escrow, and the money set aside for it."""

    id = UUID(primary_key=True, default=None)
    exchange = ForeignKey(Exchange, null=False, default=None, on_delete=OnDelete.restrict)
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    town = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict, help_text="The holder's, then")
    points = Integer(null=False, default=None)
    value_fen = BigInt(null=False, default=None)
    merchant_fen = BigInt(null=False, default=None)
    town_line = ForeignKey(BudgetLine, null=True, default=None, on_delete=OnDelete.restrict)
    town_fen = BigInt(null=False, default=None)
    sponsor_line = ForeignKey(BudgetLine, null=True, default=None, on_delete=OnDelete.restrict)
    sponsor_fen = BigInt(null=False, default=None)
    rotating = Boolean(null=False, default=None)
    key_id = Text(null=False, default=None, help_text="The key of the ring from which the code is derived")
    issue_number = SmallInt(null=False, default=None)
    code_hash = Bytea(null=False, default=None, unique=True)
    short_code_mac = Bytea(null=True, default=None, unique=True, help_text="Null where the code rotates")
    state = Text(null=False, default=None)
    issued_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    ended_at = Timestamptz(null=True, default=None, help_text="When it was redeemed, cancelled or expired")

    state_is_known = Check("state in ('issued', 'redeemed', 'expired', 'cancelled')")
    ended_when_not_issued = Check("(state = 'issued') = (ended_at is null)")
    points_are_not_negative = Check("points >= 0")
    adds_up = Check("value_fen = merchant_fen + town_fen + sponsor_fen")
    money_has_its_line = Check(
        "(town_fen > 0) = (town_line is not null) and (sponsor_fen > 0) = (sponsor_line is not null)"
        " and merchant_fen >= 0 and town_fen >= 0 and sponsor_fen >= 0"
    )


class Redemption(Table, tablename="rewards_redemption"):
    """A voucher used at a till; at most one in force for each voucher."""

    id = UUID(primary_key=True, default=None)
    voucher = ForeignKey(Voucher, null=False, default=None, on_delete=OnDelete.restrict)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)
    outlet = ForeignKey(Outlet, null=True, default=None, on_delete=OnDelete.restrict)
    till = ForeignKey(Till, null=True, default=None, on_delete=OnDelete.restrict)
    clerk_id = UUID(null=False, default=None)
    redeemed_at = Timestamptz(null=False, default=None)
    undone_at = Timestamptz(null=True, default=None)
    undone_by = UUID(null=True, default=None)
    undo_reason = Text(null=True, default=None)

    undone_by_somebody = Check(
        "(undone_at is null) = (undone_by is null) and (undone_at is null) = (undo_reason is null)"
    )


class ShortCodeTry(Table, tablename="rewards_short_code_try"):
    """A wrong short code at a till; five in a quarter of an hour lock it."""

    id = UUID(primary_key=True, default=None)
    clerk_id = UUID(null=False, default=None)
    till = ForeignKey(Till, null=True, default=None, on_delete=OnDelete.restrict)
    tried_at = Timestamptz(null=False, default=None)
