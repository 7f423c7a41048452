"""The tables of the grid: what each row is, and what the database itself refuses.

Triggers, partial indexes, the number's sequence and the categories' rows are in the migrations.
"""

from typing import Final

from piccolo.columns import (
    UUID,
    Boolean,
    Bytea,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from identity.tables import ApiKey, Area, Person

IMMUTABLE_TABLES: Final = ("grid_event_step", "grid_event_verification")


class Category(Table, tablename="grid_category"):
    """A kind of event: which action it earns, who handles it, and how long acceptance and closing may take."""

    code = Text(primary_key=True, null=False, default=None)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    action = Text(null=False, default=None, help_text="The points action of the reporter")
    department = Text(null=False, default=None)
    private = Boolean(null=False, default=None, help_text="The text is sealed and shown to named roles alone")
    accept_minutes_1 = Integer(null=False, default=None, help_text="At severity 1; 2 and 4 lie between")
    close_minutes_1 = Integer(null=False, default=None)
    accept_minutes_3 = Integer(null=False, default=None)
    close_minutes_3 = Integer(null=False, default=None)
    accept_minutes_5 = Integer(null=False, default=None)
    close_minutes_5 = Integer(null=False, default=None)

    worse_is_faster = Check(
        "accept_minutes_1 >= accept_minutes_3 and accept_minutes_3 >= accept_minutes_5 and accept_minutes_5 > 0"
        " and close_minutes_1 >= close_minutes_3 and close_minutes_3 >= close_minutes_5 and close_minutes_5 > 0"
    )


class Event(Table, tablename="grid_event"):
    """Something that was found in a territory and must be dealt with, from the report to its closing."""

    id = UUID(primary_key=True, default=None)
    number = Text(null=False, default=None, unique=True, help_text="What people read out on the phone")
    category = ForeignKey(Category, null=False, default=None, on_delete=OnDelete.restrict)
    area = ForeignKey(Area, null=False, default=None, on_delete=OnDelete.restrict)
    reporter = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    entered_by = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict, help_text="On his behalf")
    source = ForeignKey(ApiKey, null=True, default=None, on_delete=OnDelete.restrict, help_text="The other system")
    external_id = Text(null=True, default=None, help_text="The other system's own number")
    identity_sealed = Boolean(null=False, default=None, help_text="Who reported is shown to named roles alone")
    severity_proposed = SmallInt(null=False, default=None)
    severity = SmallInt(null=True, default=None, help_text="Confirmed at acceptance; 5 is worst")
    place = Text(null=False, default=None)
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    text = Text(null=True, default=None)
    text_sealed = Bytea(null=True, default=None)
    state = Text(null=False, default=None)
    round = SmallInt(null=False, default=None, help_text="How often it was reopened")
    department = Text(null=False, default=None)
    assignee = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    rating = SmallInt(null=True, default=None, help_text="The reporter's, 1 to 5 stars")
    reported_at = Timestamptz(null=False, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    fed_back_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    clock_from = Timestamptz(null=True, default=None, help_text="When the clock of the current step began")
    due_at = Timestamptz(null=True, default=None, help_text="When the current step must be done")
    urged = Text(null=False, default=None, help_text="How far the current step was urged")
    participation_id = UUID(null=True, default=None, help_text="The reporter's, in points, once stage 1 was decided")
    award_code = Text(null=True, default=None, help_text="What points decided about stage 1")

    state_is_known = Check(
        "state in ('reported', 'accepted', 'dispatched', 'handled', 'fed_back', 'rated', 'closed', 'reopened',"
        " 'refused')"
    )
    urged_is_known = Check("urged in ('no', 'due_soon', 'overdue')")
    somebody_reported_it = Check("reporter is not null or source is not null")
    nobody_enters_on_his_own_behalf = Check("entered_by <> reporter")
    external_id_is_of_a_source = Check("(external_id is null) = (source is null)")
    severity_proposed_is_a_degree = Check("severity_proposed between 1 and 5")
    severity_is_a_degree = Check("severity between 1 and 5")
    severity_is_confirmed_at_acceptance = Check("state in ('reported', 'refused') or severity is not null")
    text_is_open_or_sealed = Check("(text is null) <> (text_sealed is null)")
    place_has_both_coordinates = Check("(latitude is null) = (longitude is null)")
    rating_is_stars = Check("rating between 1 and 5")
    closed_events_have_no_clock = Check("state not in ('closed', 'refused') or due_at is null")


class EventVerification(Table, tablename="grid_event_verification"):
    """That somebody of a level confirmed an event; the action says which levels, in which order. Immutable."""

    id = UUID(primary_key=True, default=None)
    event = ForeignKey(Event, null=False, default=None, on_delete=OnDelete.restrict)
    position = SmallInt(null=False, default=None, help_text="1 for the first level of V2+V4, 2 for the second")
    level = SmallInt(null=False, default=None)
    verifier = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    at = Timestamptz(null=False, default=None)

    each_level_once = Unique(["event", "position"])
    nobody_confirms_twice = Unique(["event", "verifier"])
    level_is_known = Check("level between 1 and 5")


class EventStep(Table, tablename="grid_event_step"):
    """One step of an event: who did what, when, and until when the next one is due. Immutable."""

    id = UUID(primary_key=True, default=None)
    event = ForeignKey(Event, null=False, default=None, on_delete=OnDelete.restrict)
    kind = Text(null=False, default=None)
    state = Text(null=False, default=None, help_text="The event's state after it")
    person = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict, help_text="Null for systems")
    assignee = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    at = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    note = Text(null=True, default=None)
    note_sealed = Bytea(null=True, default=None)

    kind_is_known = Check(
        "kind in ('reported', 'confirmed', 'accepted', 'dispatched', 'handled', 'fed_back', 'rated', 'closed',"
        " 'reopened', 'refused', 'due_soon', 'overdue')"
    )
    note_is_open_or_sealed = Check("note is null or note_sealed is null")
