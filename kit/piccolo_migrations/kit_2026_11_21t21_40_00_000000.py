"""Indexes of the tools, the closed business day and the value time, the answers of `kit_once` by day."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

INDEXES = """
CREATE UNIQUE INDEX kit_job_taken_once ON kit_job (name, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX kit_job_due ON kit_job (coalesce(taken_until, run_at), id) WHERE finished_at IS NULL;
CREATE INDEX kit_job_finished ON kit_job (finished_at) WHERE state = 'done';
CREATE INDEX kit_outbox_waiting ON kit_outbox (key, id) WHERE delivered_at IS NULL;
CREATE INDEX kit_outbox_due ON kit_outbox (due_at) WHERE delivered_at IS NULL;
CREATE INDEX kit_outbox_delivered ON kit_outbox (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX kit_file_owner ON kit_file (owner_id, uploaded_at);
CREATE INDEX kit_file_subject ON kit_file (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX kit_file_same_bytes ON kit_file (sha256);
CREATE INDEX kit_file_same_picture ON kit_file (pixels_sha256, uploaded_at);
CREATE INDEX kit_file_orphans ON kit_file (uploaded_at) WHERE subject_kind IS NULL;
CREATE INDEX kit_file_retention ON kit_file (keep_until) WHERE keep_until IS NOT NULL;
"""

BUSINESS_DAY = """
INSERT INTO kit_business_day (only_one, closed_day) VALUES (true, (now() AT TIME ZONE 'Asia/Shanghai')::date - 1);

CREATE FUNCTION kit_business_day_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.closed_day < OLD.closed_day THEN
        RAISE EXCEPTION 'the closed business day only moves forward' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moves_forward BEFORE UPDATE OR DELETE ON kit_business_day
    FOR EACH ROW EXECUTE FUNCTION kit_business_day_moves_forward();
CREATE TRIGGER stays BEFORE TRUNCATE ON kit_business_day
    FOR EACH STATEMENT EXECUTE FUNCTION kit_business_day_moves_forward();

-- Value is decided now, but never before the start of the last closed business day.
CREATE FUNCTION kit_value_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT greatest(now(), closed_day::timestamp AT TIME ZONE 'Asia/Shanghai') FROM kit_business_day
$$;
"""

ONCE_ANSWERS = """
CREATE TABLE kit_once_answer (
    reference uuid NOT NULL,
    created_on date NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 200 AND 299 OR status = 409),
    body bytea NOT NULL,
    sealed boolean NOT NULL,
    PRIMARY KEY (reference, created_on)
) PARTITION BY RANGE (created_on);
CREATE TABLE kit_once_answer_other PARTITION OF kit_once_answer DEFAULT;

-- Makes the partitions of the coming days and drops those of more than 30 days ago. It runs as the tables' owner, so
-- that the app's role needs no right to make or drop a table; it takes no argument that could be misused.
CREATE FUNCTION kit_once_keep_days() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
    wanted date;
    old record;
    changed integer := 0;
BEGIN
    FOR wanted IN SELECT generate_series(today, today + 7, interval '1 day')::date LOOP
        IF to_regclass('kit_once_answer_' || to_char(wanted, 'YYYYMMDD')) IS NULL
           AND NOT EXISTS (SELECT 1 FROM kit_once_answer_other WHERE created_on = wanted) THEN
            EXECUTE format('CREATE TABLE kit_once_answer_%s PARTITION OF kit_once_answer FOR VALUES FROM (%L) TO (%L)',
                           to_char(wanted, 'YYYYMMDD'), wanted, wanted + 1);
            changed := changed + 1;
        END IF;
    END LOOP;
    FOR old IN
        SELECT part.relname
        FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
        WHERE inhparent = 'kit_once_answer'::regclass AND part.relname ~ '^kit_once_answer_[0-9]{8}$'
          AND to_date(right(part.relname, 8), 'YYYYMMDD') < today - 30
    LOOP
        EXECUTE format('DROP TABLE %I', old.relname);
        changed := changed + 1;
    END LOOP;
    DELETE FROM kit_once_answer_other WHERE created_on < today - 30;
    RETURN changed;
END
$$;
SELECT kit_once_keep_days();
"""

BACKWARDS = """
DROP FUNCTION kit_once_keep_days();
DROP TABLE kit_once_answer;
DROP FUNCTION kit_value_time();
DROP TRIGGER moves_forward ON kit_business_day;
DROP TRIGGER stays ON kit_business_day;
DROP FUNCTION kit_business_day_moves_forward();
DROP INDEX kit_job_taken_once, kit_job_due, kit_job_finished, kit_outbox_waiting, kit_outbox_due, kit_outbox_delivered,
    kit_file_owner, kit_file_subject, kit_file_same_bytes, kit_file_same_picture, kit_file_orphans, kit_file_retention;
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="kit", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)
        await execute(BUSINESS_DAY)
        await execute(ONCE_ANSWERS)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
