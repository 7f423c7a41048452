"""Indexes, what may never change, the credit events, and the catalogue with its first rules."""

import csv
from datetime import date
from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

from kit.ids import derived_id

ID = "2026-11-21T21:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

INDEXES = """
CREATE UNIQUE INDEX points_transfer_debit ON points_transfer (debit_id, debit_version)
    WHERE debit_version IS NOT NULL;
CREATE UNIQUE INDEX points_transfer_credit ON points_transfer (credit_id, credit_version)
    WHERE credit_version IS NOT NULL;
CREATE UNIQUE INDEX points_transfer_reversed_once ON points_transfer (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE UNIQUE INDEX points_rule_version_number
    ON points_rule_version (action, coalesce(area, '00000000-0000-0000-0000-000000000000'), version);
CREATE UNIQUE INDEX points_rule_version_starts
    ON points_rule_version (action, coalesce(area, '00000000-0000-0000-0000-000000000000'), valid_from)
    WHERE state IN ('in_force', 'retired');
CREATE UNIQUE INDEX points_participation_act ON points_participation (person_id, act_key)
    WHERE state IN ('pending', 'awarded');
CREATE UNIQUE INDEX points_participation_reference ON points_participation (caller_id, reference)
    WHERE reference IS NOT NULL;
CREATE INDEX points_participation_pending ON points_participation (id) WHERE state = 'pending';
CREATE INDEX points_participation_not_paid ON points_participation (person_id, id)
    WHERE state IN ('refused', 'voided');
CREATE INDEX points_participation_picture_pixels ON points_participation_picture (pixels_sha256, handed_in_at);
CREATE INDEX points_participation_picture_participation ON points_participation_picture (participation);
CREATE INDEX points_decision_participation ON points_decision (participation_id);
CREATE INDEX points_decision_person ON points_decision (person_id, decided_at) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX points_award_stage_in_force ON points_award_stage (participation, stage)
    WHERE reversed_at IS NULL;
CREATE INDEX points_award_stage_participation ON points_award_stage (participation);
CREATE INDEX points_recovery_open ON points_recovery (person_id, id) WHERE collected < points;
CREATE UNIQUE INDEX points_budget_line_once ON points_budget_line
    (purpose, period, coalesce(area, '00000000-0000-0000-0000-000000000000'), coalesce(sponsor, ''));

-- Room on the page, so that a new version of a row stays beside the old one and no index is touched.
ALTER TABLE points_account SET (fillfactor = 70);
ALTER TABLE points_usage SET (fillfactor = 70);
"""

RULES = """
CREATE FUNCTION points_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON points_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON points_decision
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();

INSERT INTO points_rule_book (id, edition) VALUES (1, gen_random_uuid());

CREATE FUNCTION points_new_edition() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_rule_book SET edition = gen_random_uuid();
    RETURN NULL;
END
$$;

CREATE TRIGGER new_edition AFTER INSERT OR UPDATE OR DELETE ON points_action
    FOR EACH STATEMENT EXECUTE FUNCTION points_new_edition();
CREATE TRIGGER new_edition AFTER INSERT OR UPDATE OR DELETE ON points_rule_version
    FOR EACH STATEMENT EXECUTE FUNCTION points_new_edition();
CREATE TRIGGER new_edition AFTER INSERT OR UPDATE OR DELETE ON points_discretionary_awards
    FOR EACH STATEMENT EXECUTE FUNCTION points_new_edition();
"""

CREDIT_EVENTS = """
CREATE VIEW points_credit_event AS
SELECT award.id, award.credit_id AS person_id, rule.action, action.category, award.credit_tenths AS tenths,
       (award.posted_at AT TIME ZONE 'Asia/Shanghai')::date AS counts_from,
       award.credit_until AS counts_until,
       (least(undone.posted_at, recovery.opened_at) AT TIME ZONE 'Asia/Shanghai')::date AS withdrawn_on,
       award.rule_version_id, award.fact_id AS participation_id, rule.verified_by
FROM points_transfer AS award
JOIN points_rule_version AS rule ON rule.id = award.rule_version_id
JOIN points_action AS action ON action.code = rule.action
LEFT JOIN points_transfer AS undone ON undone.reverses_id = award.id
LEFT JOIN points_recovery AS recovery ON recovery.award_id = award.id
WHERE award.kind = 'award' AND award.credit_version IS NOT NULL AND award.credit_tenths > 0;
"""

BACKWARDS = """
DROP VIEW points_credit_event;
DROP FUNCTION points_refuse_change() CASCADE;
DROP FUNCTION points_new_edition() CASCADE;
"""

ACTION = """
INSERT INTO points_action (code, number, name_zh, name_en, category, opened_by, enabled)
VALUES ({}, {}, {}, {}, {}, {}, {})
"""
RULE = """
INSERT INTO points_rule_version
    (id, action, version, state, valid_from, points, credit_tenths, credit_months, per, evidence, verified_by,
     counts_to_global_cap, discretionary, exclusive_group, cap_day, cap_month, cap_quarter, cap_year, cap_once,
     household)
VALUES ({}, {}, 1, 'in_force', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})
"""

CATALOGUE = Path(__file__).parent.parent / "data" / "actions.csv"
IN_FORCE_FROM = date(2000, 1, 1)


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def load(number, row):
    """Write an action and the first version of its rule."""

    def cap(period):
        return int(row[f"cap_{period}"]) if row[f"cap_{period}"] else None

    await Raw.raw(
        ACTION,
        row["code"],
        number,
        row["name_zh"],
        row["name_en"],
        row["category"],
        row["opened_by"],
        row["enabled"] == "yes",
    )
    await Raw.raw(
        RULE,
        derived_id("rule", row["code"], "county", 1),
        row["code"],
        IN_FORCE_FROM,
        int(row["points"]),
        int(row["credit_tenths"]),
        24 if row["category"] == "荣誉" else 12,
        row["per"],
        row["evidence"],
        row["verified_by"],
        row["counts_to_global_cap"] == "yes",
        row["discretionary"] == "yes",
        row["exclusive_group"] or None,
        cap("day"),
        cap("month"),
        cap("quarter"),
        cap("year"),
        cap("once"),
        row["household"] == "yes",
    )


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)
        await execute(RULES)
        await execute(CREDIT_EVENTS)
        with CATALOGUE.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=1):
                await load(number, row)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
