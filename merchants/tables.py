"""The tables of merchants: what each row is, and what the database itself refuses.

Partial indexes and triggers are in the migrations. People who acted are named by their ids without a key: an id may
be that of the system, which has no row.
"""

from piccolo.columns import UUID, BigInt, Bytea, Date, ForeignKey, Integer, SmallInt, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from identity.tables import Area


class Merchant(Table, tablename="merchants_merchant"):
    """A partner (共治账户): a business or a social organisation. Its ledger account has the merchant's own id."""

    id = UUID(primary_key=True, default=None)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    contact_sealed = Bytea(null=True, default=None, help_text="Name and phone of the contact, AES-256-GCM")
    state = Text(null=False, default=None)
    registered_by = UUID(null=False, default=None)
    registered_at = Timestamptz(null=False, default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    state_is_one_of_ours = Check("state in ('applied', 'approved', 'suspended', 'closed')")
    decided_by_somebody = Check(
        "(state = 'applied') = (decided_by is null) and (state = 'applied') = (decided_at is null)"
    )
    four_eyes = Check("decided_by <> registered_by or registered_by = '00000000-0000-0000-0000-000000000000'")


class Outlet(Table, tablename="merchants_outlet"):
    """A shop of a merchant."""

    id = UUID(primary_key=True, default=None)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    opened_at = Timestamptz(null=False, default=None)


class Till(Table, tablename="merchants_till"):
    """A device at which an outlet redeems."""

    id = UUID(primary_key=True, default=None)
    outlet = ForeignKey(Outlet, null=False, default=None, on_delete=OnDelete.restrict)
    name = Text(null=False, default=None)
    opened_at = Timestamptz(null=False, default=None)


class Pledge(Table, tablename="merchants_pledge"):
    """What a partner promises to give: so many pieces of so much worth."""

    id = UUID(primary_key=True, default=None)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)
    goods_zh = Text(null=False, default=None)
    goods_en = Text(null=False, default=None)
    quantity = Integer(null=False, default=None)
    value_fen = BigInt(null=False, default=None, help_text="Of one piece")
    state = Text(null=False, default=None)
    proposed_by = UUID(null=False, default=None)
    proposed_at = Timestamptz(null=False, default=None)
    signed_by = UUID(null=True, default=None)
    signed_at = Timestamptz(null=True, default=None)

    state_is_known = Check("state in ('proposed', 'signed', 'closed')")
    quantity_is_positive = Check("quantity > 0")
    value_is_not_negative = Check("value_fen >= 0")
    signed_by_somebody = Check(
        "(state = 'proposed') = (signed_by is null) and (signed_by is null) = (signed_at is null)"
    )
    four_eyes = Check("signed_by <> proposed_by or proposed_by = '00000000-0000-0000-0000-000000000000'")


class Statement(Table, tablename="merchants_statement"):
    """A settlement statement: what a merchant sold in a period. Its figures never change."""

    id = UUID(primary_key=True, default=None)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)
    number = Text(null=False, default=None, unique=True)
    period = Text(null=False, default=None, help_text="A month, 2026-11")
    ends_on = Date(null=False, default=None, help_text="The last day of the period")
    lines = Integer(null=False, default=None)
    value_fen = BigInt(null=False, default=None)
    merchant_fen = BigInt(null=False, default=None)
    town_fen = BigInt(null=False, default=None)
    sponsor_fen = BigInt(null=False, default=None)
    state = Text(null=False, default=None)
    issued_at = Timestamptz(null=False, default=None)
    paid_at = Timestamptz(null=True, default=None)
    paid_by = UUID(null=True, default=None)
    receipt = Text(null=True, default=None)

    one_statement_a_period = Unique(["merchant", "period"])
    state_is_known = Check("state in ('issued', 'paid')")
    has_lines = Check("lines > 0")
    adds_up = Check("value_fen = merchant_fen + town_fen + sponsor_fen")
    paid_by_somebody = Check("(state = 'paid') = (paid_at is not null) and (paid_at is null) = (paid_by is null)")


class Sale(Table, tablename="merchants_sale"):
    """What one voucher bought at a till, or (sign -1) what an undone redemption takes back from it."""

    id = UUID(primary_key=True, default=None)
    redemption_id = UUID(null=False, default=None, help_text="Of the package above; no key reaches upwards")
    sign = SmallInt(null=False, default=None)
    merchant = ForeignKey(Merchant, null=False, default=None, on_delete=OnDelete.restrict)
    outlet = ForeignKey(Outlet, null=True, default=None, on_delete=OnDelete.restrict)
    till = ForeignKey(Till, null=True, default=None, on_delete=OnDelete.restrict)
    label_zh = Text(null=False, default=None)
    label_en = Text(null=False, default=None)
    value_fen = BigInt(null=False, default=None)
    merchant_fen = BigInt(null=False, default=None)
    town_fen = BigInt(null=False, default=None)
    sponsor_fen = BigInt(null=False, default=None)
    statement = ForeignKey(Statement, null=True, default=None, on_delete=OnDelete.restrict)
    sold_at = Timestamptz(null=False, default=None)

    sold_once_undone_once = Unique(["redemption_id", "sign"])
    sign_is_known = Check("sign in (1, -1)")
    sign_is_that_of_the_figures = Check(
        "value_fen * sign >= 0 and merchant_fen * sign >= 0 and town_fen * sign >= 0 and sponsor_fen * sign >= 0"
    )
    adds_up = Check("value_fen = merchant_fen + town_fen + sponsor_fen")
