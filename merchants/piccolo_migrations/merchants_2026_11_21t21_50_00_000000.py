"""Indexes, and the triggers that keep sales and statements as they were written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

INDEXES = """
CREATE INDEX merchants_merchant_area ON merchants_merchant (area);
CREATE INDEX merchants_outlet_merchant ON merchants_outlet (merchant);
CREATE INDEX merchants_till_outlet ON merchants_till (outlet);
CREATE INDEX merchants_pledge_merchant ON merchants_pledge (merchant, proposed_at);
CREATE INDEX merchants_statement_issued ON merchants_statement (merchant, issued_at, id);
CREATE INDEX merchants_sale_sold ON merchants_sale (merchant, sold_at, id);
CREATE INDEX merchants_sale_unsettled ON merchants_sale (merchant) WHERE statement IS NULL;
CREATE INDEX merchants_sale_settled ON merchants_sale (statement, sold_at, id) WHERE statement IS NOT NULL;
"""

KEPT = """
CREATE FUNCTION merchants_keep_sale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.statement IS NULL
       AND to_jsonb(OLD) - 'statement' = to_jsonb(NEW) - 'statement' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a sale is never changed; it is put on one statement, once';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON merchants_sale
    FOR EACH ROW EXECUTE FUNCTION merchants_keep_sale();

CREATE FUNCTION merchants_keep_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'issued' AND NEW.state = 'paid'
       AND to_jsonb(OLD) - '{state,paid_at,paid_by,receipt}'::text[]
         = to_jsonb(NEW) - '{state,paid_at,paid_by,receipt}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a settlement statement is never changed; it is paid, once';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON merchants_statement
    FOR EACH ROW EXECUTE FUNCTION merchants_keep_statement();
"""

BACKWARDS = """
DROP TRIGGER keep ON merchants_statement;
DROP FUNCTION merchants_keep_statement();
DROP TRIGGER keep ON merchants_sale;
DROP FUNCTION merchants_keep_sale();
DROP INDEX merchants_merchant_area, merchants_outlet_merchant, merchants_till_outlet, merchants_pledge_merchant,
    merchants_statement_issued, merchants_sale_sold, merchants_sale_unsettled, merchants_sale_settled;
"""


class Raw(Table):
    """Gives raw statements the migration's connection."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="merchants", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)
        await execute(KEPT)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
