"""Numbers, indexes, what is written once, and the default categories."""

import csv
from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

FORWARDS = """
CREATE SEQUENCE grid_event_number;

CREATE UNIQUE INDEX grid_event_taken_once ON grid_event (source, external_id) WHERE source IS NOT NULL;
CREATE INDEX grid_event_area ON grid_event (area, reported_at, id);
CREATE INDEX grid_event_reporter ON grid_event (reporter, reported_at, id) WHERE reporter IS NOT NULL;
CREATE INDEX grid_event_entered_by ON grid_event (entered_by, reported_at, id) WHERE entered_by IS NOT NULL;
CREATE INDEX grid_event_newest ON grid_event (reported_at, id);
CREATE INDEX grid_event_clock ON grid_event (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX grid_event_unrated ON grid_event (fed_back_at) WHERE state IN ('fed_back', 'rated');
CREATE INDEX grid_event_step_event ON grid_event_step (event, id);

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON grid_event_step
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON grid_event_verification
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();

CREATE FUNCTION grid_refuse_own_verification() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM grid_event WHERE id = NEW.event AND NEW.verifier IN (reporter, entered_by)) THEN
        RAISE EXCEPTION 'nobody verifies what he reported himself' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM grid_event AS event
        JOIN identity_household_membership AS theirs ON theirs.person = event.reporter AND theirs.until IS NULL
        JOIN identity_household_membership AS own ON own.household = theirs.household AND own.until IS NULL
        WHERE event.id = NEW.event AND own.person = NEW.verifier
    ) THEN
        RAISE EXCEPTION 'nobody verifies for his own household' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER not_by_the_reporter BEFORE INSERT ON grid_event_verification
    FOR EACH ROW EXECUTE FUNCTION grid_refuse_own_verification();
"""

BACKWARDS = """
DROP TRIGGER not_by_the_reporter ON grid_event_verification;
DROP FUNCTION grid_refuse_own_verification();
DROP TRIGGER written_once ON grid_event_step;
DROP TRIGGER written_once ON grid_event_verification;
DROP INDEX grid_event_taken_once, grid_event_area, grid_event_reporter, grid_event_entered_by, grid_event_newest, grid_event_clock,
    grid_event_unrated, grid_event_step_event;
DROP SEQUENCE grid_event_number;
DELETE FROM grid_category;
"""

CATEGORIES = Path(__file__).parent.parent / "data" / "event_categories.csv"
SEVERITIES = (1, 3, 5)


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


def minutes(hours: str) -> int:
    return int(float(hours) * 60)


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="grid", description=DESCRIPTION)

    async def run():
        await execute(FORWARDS)
        with CATEGORIES.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                await Raw.raw(
                    "INSERT INTO grid_category (code, name_zh, name_en, action, department, private,"
                    " accept_minutes_1, accept_minutes_3, accept_minutes_5,"
                    " close_minutes_1, close_minutes_3, close_minutes_5)"
                    " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                    row["code"],
                    row["name_zh"],
                    row["name_en"],
                    row["action"],
                    row["department"],
                    row["private"] == "yes",
                    *(minutes(row[f"sev{each}_accept_h"]) for each in SEVERITIES),
                    *(minutes(row[f"sev{each}_close_h"]) for each in SEVERITIES),
                )

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
