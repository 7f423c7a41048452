"""Numbers, indexes, what is written once, and four eyes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

FORWARDS = """
CREATE SEQUENCE admin_bonus_number;
CREATE SEQUENCE admin_payout_number;

CREATE INDEX admin_bonus_state ON admin_bonus (state, nominated_at, id);
CREATE INDEX admin_bonus_newest ON admin_bonus (nominated_at, id);
CREATE INDEX admin_bonus_budget_line ON admin_bonus (budget_line) WHERE budget_line IS NOT NULL;
CREATE INDEX admin_bonus_month ON admin_bonus (ceiling_month) WHERE ceiling_month IS NOT NULL;
CREATE INDEX admin_bonus_share_person ON admin_bonus_share (person);
CREATE UNIQUE INDEX admin_payout_line_one_in_force ON admin_payout_line (share) WHERE state IN ('exported', 'paid');
CREATE INDEX admin_payout_line_share ON admin_payout_line (share);

ALTER TABLE admin_bonus_share ADD CONSTRAINT admin_bonus_share_has_a_part
    FOREIGN KEY (bonus, person, part) REFERENCES admin_bonus_party (bonus, person, part);
ALTER TABLE admin_bonus_score ADD CONSTRAINT admin_bonus_score_has_a_part
    FOREIGN KEY (bonus, assessor, part) REFERENCES admin_bonus_party (bonus, person, part);
ALTER TABLE admin_bonus_approval ADD CONSTRAINT admin_bonus_approval_has_a_part
    FOREIGN KEY (bonus, approver, part) REFERENCES admin_bonus_party (bonus, person, part);

CREATE FUNCTION admin_keep_parties_apart() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM admin_bonus WHERE id = NEW.bonus FOR NO KEY UPDATE;  -- parties of one bonus come one after another
    NEW.household := (
        SELECT household FROM identity_household_membership WHERE person = NEW.person AND until IS NULL);
    IF EXISTS (
        SELECT FROM admin_bonus_party AS other
        JOIN identity_household_membership AS theirs ON theirs.person = other.person AND theirs.until IS NULL
        WHERE other.bonus = NEW.bonus AND other.person <> NEW.person AND theirs.household = NEW.household
    ) THEN
        RAISE EXCEPTION 'one household has one part in a bonus' USING ERRCODE = 'unique_violation';
    END IF;
    IF NEW.part = 'reporter' AND NOT EXISTS (
        SELECT FROM admin_bonus AS bonus JOIN grid_event AS event ON event.id = bonus.event
        WHERE bonus.id = NEW.bonus AND event.reporter = NEW.person
    ) THEN
        RAISE EXCEPTION 'the reporter of a bonus is the reporter of its event' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.part NOT IN ('reporter', 'verifier') AND EXISTS (
        SELECT FROM admin_bonus AS bonus JOIN grid_event AS event ON event.id = bonus.event
        LEFT JOIN grid_event_verification AS verification ON verification.event = event.id
        WHERE bonus.id = NEW.bonus AND NEW.person IN (event.reporter, verification.verifier)
    ) THEN
        RAISE EXCEPTION 'who reported or verified has no other part' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER parties_are_apart BEFORE INSERT ON admin_bonus_party
    FOR EACH ROW EXECUTE FUNCTION admin_keep_parties_apart();

CREATE FUNCTION admin_check_percents() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    total integer;
    people integer;
    reporters integer;
BEGIN
    SELECT sum(percent), count(*), count(*) FILTER (WHERE part = 'reporter') INTO total, people, reporters
    FROM admin_bonus_share WHERE bonus = NEW.bonus;
    IF total <> 100 OR people > 3 OR reporters <> 1 THEN
        RAISE EXCEPTION 'one to three shares, one of them the reporter''s, make 100 percent'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER shares_make_the_whole AFTER INSERT OR UPDATE ON admin_bonus_share
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION admin_check_percents();

CREATE FUNCTION admin_keep_payout_line() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'payout lines are never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (OLD.id, OLD.batch, OLD.position, OLD.share, OLD.amount_fen) IS DISTINCT FROM
       (NEW.id, NEW.batch, NEW.position, NEW.share, NEW.amount_fen)
       OR OLD.replaces IS DISTINCT FROM NEW.replaces
       OR (OLD.receipt_number IS NOT NULL AND OLD.receipt_number IS DISTINCT FROM NEW.receipt_number) THEN
        RAISE EXCEPTION 'a payout line keeps what was exported' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT (OLD.state = 'exported' OR (OLD.state = 'paid' AND NEW.state IN ('paid', 'returned'))
            OR OLD.state = NEW.state) THEN
        RAISE EXCEPTION 'a payout line does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lines_keep_what_was_exported BEFORE UPDATE OR DELETE ON admin_payout_line
    FOR EACH ROW EXECUTE FUNCTION admin_keep_payout_line();

CREATE FUNCTION admin_check_replacement() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces IS DISTINCT FROM (
        SELECT id FROM admin_payout_line WHERE share = NEW.share AND id <> NEW.id ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'a new line names the line before it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lines_name_the_one_before BEFORE INSERT ON admin_payout_line
    FOR EACH ROW EXECUTE FUNCTION admin_check_replacement();

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_bonus_party
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_bonus_score
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_bonus_approval
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_payout_batch
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_claw_back
    FOR EACH STATEMENT EXECUTE FUNCTION identity_refuse_change();
"""

BACKWARDS = """
DROP FUNCTION admin_keep_parties_apart() CASCADE;
DROP FUNCTION admin_check_percents() CASCADE;
DROP FUNCTION admin_keep_payout_line() CASCADE;
DROP FUNCTION admin_check_replacement() CASCADE;
DROP SEQUENCE admin_bonus_number, admin_payout_number;
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="admin", description=DESCRIPTION)

    async def run():
        await execute(FORWARDS)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
