from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-22T01:00:38:970026"
VERSION = "1.38.0"
DESCRIPTION = "Merchants can be suspended"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="merchants", description=DESCRIPTION)

    manager.drop_constraint(
        table_class_name="Merchant",
        tablename="merchants_merchant",
        constraint_name="state_is_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Merchant",
        tablename="merchants_merchant",
        constraint_name="state_is_one_of_ours",
        constraint_class=Check,
        params={"condition": "state in ('applied', 'approved', 'suspended', 'closed')"},
        schema=None,
    )

    return manager
