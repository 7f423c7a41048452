from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Unique

ID = "2026-11-22T00:43:28:762543"
VERSION = "1.38.0"
DESCRIPTION = "Transfers are unique by reference first: ids in the order of time are added at one end"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)

    manager.drop_constraint(
        table_class_name="Transfer",
        tablename="points_transfer",
        constraint_name="happens_once",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transfer",
        tablename="points_transfer",
        constraint_name="posted_once",
        constraint_class=Unique,
        params={"columns": ["reference", "kind"], "nulls_distinct": True},
        schema=None,
    )

    return manager
