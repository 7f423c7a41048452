"""How the lines of an imported file are found."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-22T01:09:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lines of imported files by their place"

INDEXES = """
CREATE INDEX points_import_line_place ON points_import_line (file, kind, row);
CREATE INDEX points_import_file_newest ON points_import_file (handed_in_at, id);
CREATE INDEX points_import_file_digest ON points_import_file (sha256) WHERE state = 'applied';
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def execute(statements):
    """Run several statements in the migration's transaction."""
    await Raw._meta.db.current_transaction.get().connection.execute(statements)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)

    async def run():
        await execute(INDEXES)

    async def run_back():
        await execute("DROP INDEX points_import_line_place, points_import_file_newest, points_import_file_digest")

    manager.add_raw(run)
    manager.add_raw_backwards(run_back)
    return manager
