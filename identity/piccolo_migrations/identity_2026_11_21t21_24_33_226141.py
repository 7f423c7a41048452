"""Indexes, the audit chain's functions and triggers, and the scheme's numbers with their defaults."""

import csv
from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:24:33:226141"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

INDEXES = """
CREATE INDEX identity_area_path_prefix ON identity_area (path text_pattern_ops);
CREATE INDEX identity_area_parent ON identity_area (parent);
CREATE INDEX identity_household_area ON identity_household (area);
CREATE INDEX identity_person_area ON identity_person (area);
CREATE UNIQUE INDEX identity_household_membership_one_open
    ON identity_household_membership (person) WHERE until IS NULL;
CREATE INDEX identity_household_membership_open
    ON identity_household_membership (household) WHERE until IS NULL;
CREATE INDEX identity_household_membership_person ON identity_household_membership (person, since);
CREATE UNIQUE INDEX identity_role_held_once
    ON identity_role_held (person, role, coalesce(area, merchant_id)) WHERE ends_at IS NULL;
CREATE INDEX identity_role_held_person ON identity_role_held (person);
CREATE INDEX identity_role_held_role ON identity_role_held (role, area);
CREATE INDEX identity_stand_in_person ON identity_stand_in (person);
CREATE INDEX identity_stand_in_stand_in ON identity_stand_in (stand_in);
CREATE INDEX identity_session_open ON identity_session (person) WHERE revoked_at IS NULL;
CREATE INDEX identity_refresh_token_session ON identity_refresh_token (session);
CREATE INDEX identity_sms_code_phone ON identity_sms_code (phone_index, sent_at);
CREATE INDEX identity_sms_code_source ON identity_sms_code (source, sent_at);
CREATE INDEX identity_sign_in_attempt_account ON identity_sign_in_attempt (account, at);
CREATE INDEX identity_sign_in_attempt_source ON identity_sign_in_attempt (source, at);
CREATE UNIQUE INDEX identity_consent_in_force ON identity_consent (person, purpose) WHERE withdrawn_at IS NULL;
CREATE INDEX identity_message_inbox ON identity_message (person, id);
CREATE INDEX identity_audit_entry_transaction_number ON identity_audit_entry (transaction_number);
CREATE INDEX identity_audit_entry_subject ON identity_audit_entry (subject_kind, subject_id);
CREATE INDEX identity_audit_entry_actor ON identity_audit_entry (actor_id);
CREATE INDEX identity_audit_entry_person ON identity_audit_entry (person_id) WHERE person_id IS NOT NULL;
"""

AUDIT_CHAIN = """
CREATE FUNCTION identity_audit_leaf(entry identity_audit_entry) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256('\\x00'::bytea || convert_to(json_build_array(
        entry.id, entry.transaction_number, extract(epoch FROM entry.at)::text, entry.actor_kind, entry.actor_id,
        entry.actor_name, entry.person_id, entry.action, entry.subject_kind, entry.subject_id,
        entry.before::text, entry.after::text, entry.why, entry.source, entry.request_id)::text, 'UTF8'))
$$;

CREATE FUNCTION identity_merkle_root(leaves bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    level bytea[] := leaves;
BEGIN
    WHILE cardinality(level) > 1 LOOP
        SELECT array_agg(CASE WHEN pair.later IS NULL THEN pair.node
                              ELSE sha256('\\x01'::bytea || pair.node || pair.later) END ORDER BY pair.place)
        INTO level
        FROM (SELECT node, place, lead(node) OVER (ORDER BY place) AS later
              FROM unnest(level) WITH ORDINALITY AS element (node, place)) AS pair
        WHERE pair.place % 2 = 1;
    END LOOP;
    RETURN level[1];
END
$$;

CREATE FUNCTION identity_block_hash(
    number bigint, from_transaction bigint, below_transaction bigint, entries int, root bytea, previous bytea
) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256('\\x02'::bytea || int8send(number) || int8send(from_transaction) || int8send(below_transaction)
        || int4send(entries) || root || previous)
$$;

CREATE FUNCTION identity_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_audit_block
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
"""

BACKWARDS = """
DROP FUNCTION identity_audit_leaf(identity_audit_entry);
DROP FUNCTION identity_merkle_root(bytea[]);
DROP FUNCTION identity_block_hash(bigint, bigint, bigint, int, bytea, bytea);
DROP FUNCTION identity_refuse_change() CASCADE;
DELETE FROM identity_scheme_setting;
"""

SETTINGS = Path(__file__).parent.parent / "data" / "settings.csv"


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)
        await execute(AUDIT_CHAIN)
        with SETTINGS.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                await Raw.raw(
                    "INSERT INTO identity_scheme_setting (key, value, unit, changed_by, meaning)"
                    " VALUES ({}, {}, {}, {}, {})",
                    row["key"],
                    int(row["default"]),
                    row["unit"],
                    row["who"],
                    row["meaning"],
                )

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
