"""Somebody has one invitation at a time; how they are listed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-22T03:48:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "One invitation at a time"

INDEXES = """
CREATE UNIQUE INDEX identity_invitation_once ON identity_invitation (person)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX identity_invitation_newest ON identity_invitation (asked_at, id);
"""

BACKWARDS = """
DROP INDEX identity_invitation_once, identity_invitation_newest;
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)

    async def run_back():
        await execute(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
