"""The tables of the tools. Partitions, functions, triggers and partial indexes are in the migration."""

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, Boolean, Bytea, Date, Integer, Text, Timestamptz
from piccolo.constraints import Check
from piccolo.table import Table

IMMUTABLE_TABLES: tuple[str, ...] = ()


class BusinessDay(Table, tablename="kit_business_day"):
    """The one row that says which business day was closed last; it only moves forward."""

    only_one = Boolean(primary_key=True, default=None)
    closed_day = Date(null=False, default=None)

    is_the_only_row = Check("only_one")


class CalendarDay(Table, tablename="kit_calendar_day"):
    """A day that the county declares as working or free, against the published calendar."""

    day = Date(primary_key=True, default=None)
    working = Boolean(null=False, default=None)
    why = Text(null=False, default=None)
    set_at = Timestamptz(null=False, default=None)


class OnceKey(Table, tablename="kit_once"):
    """An idempotency key that was used; kept for ever, its answer for 30 days (kit_once_answer)."""

    reference = UUID(primary_key=True, default=None)
    digest = Bytea(null=False, default=None)
    created_on = Date(null=False, default=None)


class File(Table, tablename="kit_file"):
    """An uploaded picture: who sent it, what belongs to it, where its bytes are (by their digest)."""

    id = UUID(primary_key=True, default=None)
    owner_id = UUID(null=False, default=None)
    sha256 = Bytea(null=False, default=None, help_text="Digest of the stored bytes, and their name")
    pixels_sha256 = Bytea(null=False, default=None, help_text="Digest of the decoded picture: equal for the same one")
    media_type = Text(null=False, default=None)
    size = BigInt(null=False, default=None)
    width = Integer(null=False, default=None)
    height = Integer(null=False, default=None)
    uploaded_at = Timestamptz(null=False, default=None)
    subject_kind = Text(null=True, default=None, help_text="What it was claimed for; an orphan goes after 24 hours")
    subject_id = UUID(null=True, default=None)
    keep_until = Date(null=True, default=None, help_text="Retention; null keeps it as long as its subject")

    digests_are_whole = Check("octet_length(sha256) = 32 and octet_length(pixels_sha256) = 32")
    subject_is_whole = Check("(subject_kind is null) = (subject_id is null)")
    measures_are_positive = Check("size > 0 and width > 0 and height > 0")


class Job(Table, tablename="kit_job"):
    """Work to be done outside of a request, written in the transaction that asks for it."""

    id = UUID(primary_key=True, default=None)
    name = Text(null=False, default=None)
    payload = JSONB(null=False, default=None)
    dedupe = Text(null=True, default=None, help_text="The same name and key are taken once")
    state = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    run_at = Timestamptz(null=False, default=None, help_text="Not before")
    taken_until = Timestamptz(null=True, default=None, help_text="A worker has it until then, unless it says more")
    attempts = Integer(null=False, default=None)
    last_error = Text(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)

    state_is_known = Check("state in ('open', 'done', 'dead')")
    finished_when_not_open = Check("(state = 'open') = (finished_at is null)")


class OutboxEvent(Table, tablename="kit_outbox"):
    """A fact that others are told about, written in the transaction that made it."""

    id = BigSerial(primary_key=True, default=None)
    topic = Text(null=False, default=None)
    key = Text(null=False, default=None, help_text="Events of one key are handed on in their order")
    payload = JSONB(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=False, default=None, help_text="Handed on not before; later after each failure")
    attempts = Integer(null=False, default=None)
    last_error = Text(null=True, default=None)
    delivered_at = Timestamptz(null=True, default=None)


class Proof(Table, tablename="kit_proof"):
    """What an hourly proof of all invariants found; kept for a month."""

    id = UUID(primary_key=True, default=None)
    proven_at = Timestamptz(null=False, default=None, help_text="Of which moment: that of its snapshot")
    milliseconds = Integer(null=False, default=None)
    invariants = Integer(null=False, default=None, help_text="How many were proven")
    checked = BigInt(null=False, default=None, help_text="How many things they looked at")
    broken = JSONB(null=False, default=None, help_text="Those that do not hold: name and a few examples of each")

    something_was_proven = Check("invariants > 0 and checked >= 0 and milliseconds >= 0")
