"""Indexes, one redemption in force a voucher, and the triggers that let vouchers go only the ways that exist."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-21T21:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the database keeps"

INDEXES = """
CREATE INDEX rewards_product_area ON rewards_product (area) WHERE area IS NOT NULL;
CREATE INDEX rewards_product_merchant_merchant ON rewards_product_merchant (merchant);
CREATE INDEX rewards_exchange_person ON rewards_exchange (person, exchanged_at);
CREATE INDEX rewards_voucher_exchange ON rewards_voucher (exchange);
CREATE INDEX rewards_voucher_holder ON rewards_voucher (person, issued_at, id);
CREATE INDEX rewards_voucher_due ON rewards_voucher (expires_at) WHERE state = 'issued';
CREATE UNIQUE INDEX rewards_redemption_in_force ON rewards_redemption (voucher) WHERE undone_at IS NULL;
CREATE INDEX rewards_redemption_merchant ON rewards_redemption (merchant, redeemed_at);
CREATE INDEX rewards_short_code_try_clerk ON rewards_short_code_try (clerk_id, tried_at);
CREATE INDEX rewards_short_code_try_till ON rewards_short_code_try (till, tried_at) WHERE till IS NOT NULL;
"""

KEPT = """
CREATE FUNCTION rewards_keep_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND (OLD.state, NEW.state) IN (
           ('issued', 'issued'), ('issued', 'redeemed'), ('issued', 'expired'), ('issued', 'cancelled'),
           ('redeemed', 'issued'), ('redeemed', 'expired'))
       AND (OLD.exchange, OLD.product, OLD.person, OLD.points, OLD.value_fen, OLD.merchant_fen,
            OLD.town_fen, OLD.sponsor_fen, OLD.issued_at, OLD.expires_at)
         = (NEW.exchange, NEW.product, NEW.person, NEW.points, NEW.value_fen, NEW.merchant_fen,
            NEW.town_fen, NEW.sponsor_fen, NEW.issued_at, NEW.expires_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a voucher does not go from % to %, nor changes its worth', OLD.state, NEW.state;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON rewards_voucher
    FOR EACH ROW EXECUTE FUNCTION rewards_keep_voucher();

CREATE FUNCTION rewards_keep_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL
       AND to_jsonb(OLD) - '{undone_at,undone_by,undo_reason}'::text[]
         = to_jsonb(NEW) - '{undone_at,undone_by,undo_reason}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a redemption is never changed; it is undone, once';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON rewards_redemption
    FOR EACH ROW EXECUTE FUNCTION rewards_keep_redemption();
"""

BACKWARDS = """
DROP TRIGGER keep ON rewards_redemption;
DROP FUNCTION rewards_keep_redemption();
DROP TRIGGER keep ON rewards_voucher;
DROP FUNCTION rewards_keep_voucher();
DROP INDEX rewards_product_area, rewards_product_merchant_merchant, rewards_exchange_person, rewards_voucher_exchange,
    rewards_voucher_holder, rewards_voucher_due, rewards_redemption_in_force, rewards_redemption_merchant,
    rewards_short_code_try_clerk, rewards_short_code_try_till;
"""


class Raw(Table):
    """Gives raw statements the migration's connection."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rewards", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)
        await execute(KEPT)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
