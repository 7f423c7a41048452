"""How residents are searched for, and that a request about the same thing is open once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-22T01:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Searching people, and one open request about each role"

INDEXES = """
CREATE INDEX identity_person_name ON identity_person (name text_pattern_ops) WHERE resident;
CREATE UNIQUE INDEX identity_role_request_once ON identity_role_request
    (kind, person, coalesce(role, ''), coalesce(merchant_id, area)) WHERE state = 'open';
CREATE INDEX identity_role_request_newest ON identity_role_request (requested_at, id);
"""

BACKWARDS = """
DROP INDEX identity_person_name, identity_role_request_once, identity_role_request_newest;
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
