"""Tables of the points domain.

Transfers name accounts, rule versions and facts by id without a foreign key: the ledger must not pay a look-up for
each of them in its hottest statement, and its invariants prove the same (docs/adr/0002). For the same reason
participations name the person, the rule version and the area by id: a key would lock and dirty those rows per award.

Partial indexes, triggers, the view of credit events and how full pages are packed stand in the migrations.
"""

from typing import Final

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
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
    used_year = SmallInt(null=True, default=None, help_text="The newest year in which something counted to the caps")
    uses = Array(base_column=BigInt(), null=True, default=None, help_text="Its uses, numbers read in points/caps.py")

    uses_are_of_a_year = Check("(used_year is null) = (uses is null)")
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

    posted_once = Unique(columns=["reference", "kind"])
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


class Action(Table, tablename="points_action"):
    """A kind of participation; `code` never changes, `opened_by` is the door that it comes through."""

    code = Varchar(length=20, primary_key=True, default=None)
    number = SmallInt(default=None, unique=True, help_text="Names the action in the tallies of points_usage")
    name_zh = Text(default=None)
    name_en = Text(default=None)
    category = Varchar(length=20, default=None)
    opened_by = Varchar(length=12, default=None)
    enabled = Boolean(default=None)

    number_fits_the_tallies = Check("number between 1 and 9999")


class RuleVersion(Table, tablename="points_rule_version"):
    """What an action earns in a territory (the whole county without one) and a period; awards name the version."""

    id = UUID(primary_key=True, default=None)
    action = ForeignKey(Action, null=False, default=None, on_delete=OnDelete.restrict)
    area = ForeignKey(Area, null=True, default=None, on_delete=OnDelete.restrict)
    version = Integer(default=None)
    state = Varchar(length=8, default=None)
    valid_from = Date(null=True, default=None, help_text="The first day; of a rule that is or was in force")
    valid_to = Date(null=True, default=None, help_text="The first day on which it holds no more")
    points = Integer(default=None)
    credit_tenths = Integer(default=None)
    credit_months = SmallInt(default=None)
    per = Varchar(length=4, default=None)
    evidence = Text(default=None)
    verified_by = Varchar(length=12, default=None)
    counts_to_global_cap = Boolean(default=None)
    discretionary = Boolean(default=None)
    exclusive_group = Varchar(length=32, null=True, default=None)
    cap_day = SmallInt(null=True, default=None)
    cap_month = SmallInt(null=True, default=None)
    cap_quarter = SmallInt(null=True, default=None)
    cap_year = SmallInt(null=True, default=None)
    cap_once = SmallInt(null=True, default=None)
    household = Boolean(default=None, help_text="The household is the subject of the caps, not the person")

    state_is_known = Check("state in ('draft', 'notice', 'in_force', 'retired')")
    in_force_from_a_day = Check("(state in ('in_force', 'retired')) = (valid_from is not null)")
    retired_with_a_day = Check("state <> 'retired' or valid_to is not null")
    ends_after_it_starts = Check("valid_to >= valid_from")
    never_negative = Check("points > 0 and credit_tenths >= 0 and credit_months > 0")
    per_is_known = Check("per in ('time', 'hour')")
    verifiers_are_levels = Check("verified_by ~ '^V[0-5]([+]V[0-5])?$'")
    caps_are_positive = Check("least(cap_day, cap_month, cap_quarter, cap_year, cap_once) > 0")
    global_and_once_caps_are_a_persons = Check("not household or (not counts_to_global_cap and cap_once is null)")
    groups_are_a_persons = Check("not household or exclusive_group is null")


class RuleBook(Table, tablename="points_rule_book"):
    """One row: which edition of actions and rules is current. Triggers change it with every change of a rule."""

    id = SmallInt(primary_key=True, default=None)
    edition = UUID(default=None)

    only_one = Check("id = 1")


class DiscretionaryAwards(Table, tablename="points_discretionary_awards"):
    """Whether discretionary awards go on in an area; closed when the cover ratio is too low."""

    id = UUID(primary_key=True, default=None)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    open = Boolean(default=None)
    reason = Text(default=None)
    changed_at = Timestamptz(default=None)


class Participation(Table, tablename="points_participation"):
    """Something that a person did and handed in, with what was decided about it and by which rule."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    household_id = UUID(null=True, default=None, help_text="The subject of the caps when the rule counts households")
    area_id = UUID(default=None, help_text="Where the person was registered then: whose verifiers decide")
    action = Varchar(length=20, default=None)
    rule_version_id = UUID(null=True, default=None)
    occurred_at = Timestamptz(default=None)
    occurred_on = Date(default=None, help_text="The day in Shanghai, for which the caps count it")
    act_key = Varchar(
        length=160,
        null=True,
        default=None,
        help_text="Exclusive group or action, and the occurrence; null where the reference tells the act apart",
    )
    quantity = SmallInt(default=None)
    units = SmallInt(default=None, help_text="What the caps count: awards, or hours")
    points = Integer(default=None, help_text="What it is worth while it is pending, what was paid once it is awarded")
    counted = Integer(default=None, help_text="Points that count to the global caps")
    state = Varchar(length=8, default=None)
    code = Varchar(length=32, default=None, help_text="The reason for the state; texts in points/reasons.py")
    decided_at = Timestamptz(default=None)
    next_eligible_on = Date(null=True, default=None)
    source = Varchar(length=12, default=None)
    caller_id = UUID(null=True, default=None, help_text="The integration or import that sent it")
    reference = Varchar(length=64, null=True, default=None, help_text="The caller's own reference, once for ever")
    levels = Varchar(length=12, default=None, help_text="Whose verification it needs, in order: `34` for V3+V4")
    steps_done = SmallInt(default=None)
    recalls = SmallInt(default=None, help_text="How often a verification was recalled")
    note = Text(null=True, default=None)
    place = Text(null=True, default=None)
    reason = Text(null=True, default=None, help_text="What the verifier wrote to the resident")
    submitted_at = Timestamptz(default=None)

    state_is_known = Check("state in ('pending', 'awarded', 'refused', 'voided')")
    only_what_counts_has_points = Check("(state in ('pending', 'awarded')) = (points > 0) and points >= 0")
    what_counts_has_a_rule = Check("state not in ('pending', 'awarded') or rule_version_id is not null")
    callers_give_references = Check("(caller_id is null) = (reference is null)")
    every_act_is_told_apart = Check("act_key is not null or reference is not null")


class ParticipationPicture(Table, tablename="points_participation_picture"):
    """A picture that proves a participation, by the digest of its pixels: the same one does not prove another."""

    id = UUID(primary_key=True, default=None)
    participation = ForeignKey(Participation, null=False, default=None, on_delete=OnDelete.restrict)
    pixels_sha256 = Bytea(default=None)
    handed_in_at = Timestamptz(default=None)


class Decision(Table, tablename="points_decision"):
    """What a person, or the system later on, decided about a participation; immutable."""

    id = UUID(primary_key=True, default=None)
    participation_id = UUID(default=None)
    person_id = UUID(null=True, default=None, help_text="Who decided; null for the system")
    level = SmallInt(null=True, default=None, help_text="The verifier level that was filled")
    step = SmallInt(null=True, default=None, help_text="Which of the levels needed, from 0")
    outcome = Varchar(length=12, default=None)
    code = Varchar(length=32, default=None)
    rule_version_id = UUID(null=True, default=None)
    decided_at = Timestamptz(default=None)

    outcome_is_known = Check("outcome in ('accepted', 'refused', 'not_allowed', 'recalled', 'reversed', 'changed')")


class AwardStage(Table, tablename="points_award_stage"):
    """One stage of a two-stage award as it was paid; a reversed one stays beside what replaced it."""

    id = UUID(primary_key=True, default=None, help_text="The reference of its transfer")
    participation = ForeignKey(Participation, null=False, default=None, on_delete=OnDelete.restrict)
    stage = SmallInt(default=None)
    split = Varchar(length=12, default=None)
    points = Integer(default=None)
    credit_tenths = Integer(default=None)
    awarded_at = Timestamptz(default=None)
    reversed_at = Timestamptz(null=True, default=None)

    stage_is_first_or_second = Check("stage in (1, 2)")
    split_is_known = Check("split in ('full', 'new_evidence', 'me_too')")
    points_are_not_negative = Check("points >= 0 and credit_tenths >= 0")


class Usage(Table, tablename="points_usage"):
    """What a person or household used of the caps in a year before the one that stands in the account."""

    id = UUID(primary_key=True, default=None, help_text="Derived from subject and year")
    subject_id = UUID(default=None)
    year = SmallInt(default=None)
    uses = Array(base_column=BigInt(), default=None, help_text="One number an award, as in the account")


class Recovery(Table, tablename="points_recovery"):
    """Points that were taken back after they had been spent: collected from part of later awards (待扣回)."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None)
    participation_id = UUID(default=None)
    award_id = UUID(default=None, unique=True, help_text="The transfer that was taken back")
    points = Integer(default=None)
    collected = Integer(default=None)
    opened_at = Timestamptz(default=None)

    collected_at_most_in_full = Check("points > 0 and collected between 0 and points")


class ImportFile(Table, tablename="points_import_file"):
    """A file of participations that somebody handed in: first tried out, then applied, each in its own time."""

    id = UUID(primary_key=True, default=None)
    name = Text(default=None)
    sha256 = Bytea(default=None)
    content = Bytea(null=True, default=None, help_text="Gone once it is applied, or cannot be read")
    columns = JSONB(null=True, default=None, help_text="The file's titles, each with the column that it stands for")
    state = Text(default=None)
    code = Text(null=True, default=None, help_text="Why it cannot be read")
    lines = Integer(null=True, default=None, help_text="How many lines it has below its titles")
    good = Integer(null=True, default=None, help_text="How many of them can be taken")
    done = Integer(default=None, help_text="How many are tried or applied by now")
    handed_in_by = UUID(default=None)
    territories = Array(base_column=Text(), default=None, help_text="Whose residents the one who handed it in serves")
    handed_in_at = Timestamptz(default=None)
    tried_at = Timestamptz(null=True, default=None)
    applied_by = UUID(null=True, default=None)
    applied_at = Timestamptz(null=True, default=None)

    state_is_known = Check("state in ('trying', 'unreadable', 'tried', 'applying', 'applied')")
    unreadable_for_a_reason = Check("(state = 'unreadable') = (code is not null)")
    counts_are_not_negative = Check("done >= 0 and lines >= 0 and good between 0 and lines")
    applied_by_somebody = Check("(state in ('applying', 'applied')) = (applied_by is not null)")


class ImportLine(Table, tablename="points_import_line"):
    """What is wrong with a cell of such a file, or what came of a line: when tried, and when applied."""

    id = UUID(primary_key=True, default=None)
    file = ForeignKey(ImportFile, null=False, default=None, on_delete=OnDelete.restrict)
    kind = Text(default=None)
    row = Integer(default=None, help_text="Counts from 1, with the titles as the first")
    column = Text(default=None, help_text="Empty for the whole line")
    code = Text(default=None, help_text="A fault, or a reason of points/reasons.py")
    value = Text(default=None, help_text="What the text of the code names")
    state = Text(null=True, default=None)
    points = Integer(null=True, default=None)

    kind_is_known = Check("kind in ('fault', 'tried', 'applied')")
    what_came_of_it_has_a_state = Check("(kind = 'fault') = (state is null) and (state is null) = (points is null)")
