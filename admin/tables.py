"""The tables of bonuses and payouts: what each row is, and what the database itself refuses.

Four eyes stand in the database: `admin_bonus_party` gives one person one part in one bonus, and one household too;
a share, a score and an approval each point at the party with the part that they need. The keys over several columns,
the triggers and the partial indexes are in the migrations.
"""

from typing import Final

from piccolo.columns import (
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grid.tables import Event
from identity.tables import Area, Household, Person
from points.tables import BudgetLine

IMMUTABLE_TABLES: Final = (
    "admin_bonus_party",
    "admin_bonus_score",
    "admin_bonus_approval",
    "admin_payout_batch",
    "admin_claw_back",
)


class Bonus(Table, tablename="admin_bonus"):
    """The cash bonus for one matter: from its nomination to its payment, or to its end before that."""

    id = UUID(primary_key=True, default=None)
    number = Text(null=False, default=None, unique=True)
    event = ForeignKey(Event, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict, help_text="The event's")
    bonus_class = SmallInt(null=False, default=None, help_text="1 hazard removed, 2 opinion risk, 3 loss avoided")
    summary = Text(null=True, default=None)
    summary_sealed = Bytea(null=True, default=None)
    sealed = Boolean(null=False, default=None, help_text="A sealed tip: no public notice")
    state = Text(null=False, default=None)
    nominated_by = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    nominated_at = Timestamptz(null=False, default=None)
    mean_tenths = Integer(null=True, default=None, help_text="The assessors' mean, of 1000")
    tier = SmallInt(null=True, default=None, help_text="3, 2, 1, and 0 for the special tier")
    amount_fen = BigInt(null=True, default=None)
    budget_line = ForeignKey(BudgetLine, null=True, default=None, on_delete=OnDelete.restrict)
    ceiling_month = Text(null=True, default=None, help_text="The month (2026-11) whose ceiling it uses; not tier 0")
    approved_at = Timestamptz(null=True, default=None)
    noticed_on = Date(null=True, default=None)
    noticed_until = Date(null=True, default=None, help_text="The last of five working days")
    notice_estimated = Boolean(null=False, default=None, help_text="The calendar did not know the year's holidays")
    payable_at = Timestamptz(null=True, default=None)
    participation_id = UUID(null=True, default=None, help_text="GRD-HVI of the reporter, in points")
    ended_at = Timestamptz(null=True, default=None, help_text="Rejected or clawed back")
    ended_by = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    ended_because = Text(null=True, default=None)

    class_is_known = Check("bonus_class between 1 and 3")
    state_is_known = Check(
        "state in ('nominated', 'scored', 'approved', 'noticed', 'payable', 'exported', 'paid', 'failed', 'returned',"
        " 'rejected', 'clawed_back')"
    )
    summary_is_open_or_sealed = Check("(summary is null) <> (summary_sealed is null)")
    tier_is_known = Check("tier between 0 and 3")
    amount_is_positive = Check("amount_fen > 0")
    scored_bonuses_have_a_tier = Check(
        "state in ('nominated', 'rejected') or (tier is not null and mean_tenths >= 600)"
    )
    approved_bonuses_have_money = Check(
        "state in ('nominated', 'scored', 'rejected')"
        " or (amount_fen is not null and budget_line is not null and approved_at is not null)"
    )
    only_the_special_tier_is_above_the_ceiling = Check("approved_at is null or (tier = 0) = (ceiling_month is null)")
    sealed_tips_are_never_noticed = Check("not (sealed and noticed_on is not null)")
    ended_for_a_reason = Check("(state in ('rejected', 'clawed_back')) = (ended_because is not null)")


class BonusParty(Table, tablename="admin_bonus_party"):
    """The one part that a person, and his household, has in a bonus. Immutable; (bonus, person) is the key."""

    id = UUID(primary_key=True, default=None)
    bonus = ForeignKey(Bonus, null=False, default=None, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    household = ForeignKey(
        Household, null=True, default=None, on_delete=OnDelete.restrict, help_text="Written by the database itself"
    )
    part = Text(null=False, default=None)

    one_part_a_person = Unique(["bonus", "person"])
    one_part_a_household = Unique(["bonus", "household"])
    shares_scores_and_approvals_point_here = Unique(["bonus", "person", "part"])
    part_is_known = Check("part in ('reporter', 'verifier', 'helper', 'nominator', 'assessor', 'approver')")


class BonusShare(Table, tablename="admin_bonus_share"):
    """What one of up to three people gets of a bonus."""

    id = UUID(primary_key=True, default=None)
    bonus = ForeignKey(Bonus, null=False, default=None, on_delete=OnDelete.restrict)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    part = Text(null=False, default=None)
    percent = SmallInt(null=False, default=None)
    amount_fen = BigInt(null=True, default=None)

    one_share_a_person = Unique(["bonus", "person"])
    part_is_known = Check("part in ('reporter', 'verifier', 'helper')")
    reporter_has_the_most = Check(
        "(part = 'reporter' and percent between 60 and 100) or (part <> 'reporter' and percent between 1 and 40)"
    )
    amount_is_not_negative = Check("amount_fen >= 0")


class BonusScore(Table, tablename="admin_bonus_score"):
    """One assessor's marks. Immutable."""

    id = UUID(primary_key=True, default=None)
    bonus = ForeignKey(Bonus, null=False, default=None, on_delete=OnDelete.restrict)
    assessor = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    part = Text(null=False, default=None)
    truth = SmallInt(null=False, default=None)
    timeliness = SmallInt(null=False, default=None)
    harm = SmallInt(null=False, default=None)
    loop = SmallInt(null=False, default=None)
    scored_at = Timestamptz(null=False, default=None)

    one_score_an_assessor = Unique(["bonus", "assessor"])
    part_is_assessor = Check("part = 'assessor'")
    truth_is_in_range = Check("truth between 0 and 30")
    timeliness_is_in_range = Check("timeliness between 0 and 20")
    harm_is_in_range = Check("harm between 0 and 30")
    loop_is_in_range = Check("loop between 0 and 20")


class BonusApproval(Table, tablename="admin_bonus_approval"):
    """One person's yes to the money. Immutable."""

    id = UUID(primary_key=True, default=None)
    bonus = ForeignKey(Bonus, null=False, default=None, on_delete=OnDelete.restrict)
    approver = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    part = Text(null=False, default=None)
    step = Text(null=False, default=None)
    amount_fen = BigInt(null=False, default=None)
    meeting_note = Text(null=True, default=None)
    approved_at = Timestamptz(null=False, default=None)

    one_approval_a_person = Unique(["bonus", "approver"])
    part_is_approver = Check("part = 'approver'")
    step_is_known = Check("step in ('town', 'county', 'leader')")
    leaders_bring_the_meeting_note = Check("(step = 'leader') = (meeting_note is not null)")


class PayoutBatch(Table, tablename="admin_payout_batch"):
    """A file for the bank, made once. Immutable, and the bytes with it."""

    id = UUID(primary_key=True, default=None)
    number = Text(null=False, default=None, unique=True)
    made_by = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    exported_at = Timestamptz(null=False, default=None)
    lines = Integer(null=False, default=None)
    amount_fen = BigInt(null=False, default=None)
    checksum = Text(null=False, default=None, help_text="SHA-256 of the file, in hex")
    file_sealed = Bytea(null=False, default=None, help_text="It carries names")

    has_lines = Check("lines > 0 and amount_fen > 0")


class PayoutLine(Table, tablename="admin_payout_line"):
    """One payment to one person; a failed or returned one is followed by a new line that names it."""

    id = UUID(primary_key=True, default=None)
    batch = ForeignKey(PayoutBatch, null=False, default=None, on_delete=OnDelete.restrict)
    position = Integer(null=False, default=None)
    share = ForeignKey(BonusShare, null=False, default=None, on_delete=OnDelete.restrict)
    replaces: ForeignKey["PayoutLine"] = ForeignKey(
        "self", null=True, default=None, on_delete=OnDelete.restrict, unique=True
    )
    amount_fen = BigInt(null=False, default=None)
    state = Text(null=False, default=None)
    receipt_number = Text(null=True, default=None, unique=True)
    reason = Text(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    position_is_its_own = Unique(["batch", "position"])
    state_is_known = Check("state in ('exported', 'paid', 'failed', 'returned')")
    amount_is_positive = Check("amount_fen > 0")
    paid_lines_have_a_receipt = Check("state <> 'paid' or receipt_number is not null")
    results_have_a_moment = Check("(state = 'exported') = (decided_at is null)")


class ClawBack(Table, tablename="admin_claw_back"):
    """What a claw-back asks of one person: money taken from what was not paid out yet, and money to be repaid."""

    id = UUID(primary_key=True, default=None)
    share = ForeignKey(BonusShare, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    taken_fen = BigInt(null=False, default=None)
    owed_fen = BigInt(null=False, default=None)
    at = Timestamptz(null=False, default=None)

    something_is_asked = Check("taken_fen >= 0 and owed_fen >= 0 and taken_fen + owed_fen > 0")
