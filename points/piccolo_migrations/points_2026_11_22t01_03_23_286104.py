from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar
from piccolo.constraints import Check
from piccolo.table import Table

ID = "2026-11-22T01:03:23:286104"
VERSION = "1.38.0"
DESCRIPTION = "An act that its caller's reference tells apart needs no key of its own"

INDEXES = """
DROP INDEX points_participation_act;
CREATE UNIQUE INDEX points_participation_act ON points_participation (person_id, act_key)
    WHERE act_key IS NOT NULL AND state IN ('pending', 'awarded');
DROP INDEX points_participation_not_paid;
CREATE INDEX points_participation_person ON points_participation (person_id, id);
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def reindex():
    """Acts by their keys, and everything of a person in the order of time."""
    await Raw._meta.db.current_transaction.get().connection.execute(INDEXES)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)
    manager.add_raw(reindex)

    manager.alter_column(
        table_class_name="Participation",
        tablename="points_participation",
        column_name="act_key",
        db_column_name="act_key",
        params={"null": True},
        old_params={"null": False},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Participation",
        tablename="points_participation",
        constraint_name="every_act_is_told_apart",
        constraint_class=Check,
        params={"condition": "act_key is not null or reference is not null"},
        schema=None,
    )

    return manager
