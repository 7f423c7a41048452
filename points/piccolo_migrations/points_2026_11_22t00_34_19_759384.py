from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import SmallInt
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table
from piccolo.constraints import Check

ID = "2026-11-22T00:34:19:759384"
VERSION = "1.38.0"
DESCRIPTION = "What is used of the caps stands in the account"

# Kept aside while the columns change (raw statements run first); the next migration writes it back.
KEEP = """
CREATE TABLE points_usage_by_month AS SELECT subject_id, month, days, actions, units, points FROM points_usage;
DELETE FROM points_usage;
"""


class Raw(Table):
    """Where Piccolo hangs statements of our own."""


async def keep():
    """Take the rows by month out of the way."""
    await Raw._meta.db.current_transaction.get().connection.execute(KEEP)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="points", description=DESCRIPTION)
    manager.add_raw(keep)

    manager.drop_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="actions",
        db_column_name="actions",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="days",
        db_column_name="days",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="month",
        db_column_name="month",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="points",
        db_column_name="points",
        schema=None,
    )

    manager.drop_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="units",
        db_column_name="units",
        schema=None,
    )

    manager.add_column(
        table_class_name="Account",
        tablename="points_account",
        column_name="used_year",
        db_column_name="used_year",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Account",
        tablename="points_account",
        column_name="uses",
        db_column_name="uses",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": None,
            "base_column": BigInt(
                default=0,
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=None,
                db_column_name=None,
                secret=False,
            ),
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="uses",
        db_column_name="uses",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": None,
            "base_column": BigInt(
                default=0,
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=None,
                db_column_name=None,
                secret=False,
            ),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Usage",
        tablename="points_usage",
        column_name="year",
        db_column_name="year",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Action",
        tablename="points_action",
        constraint_name="number_is_positive",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Usage",
        tablename="points_usage",
        constraint_name="lists_are_parallel",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Account",
        tablename="points_account",
        constraint_name="uses_are_of_a_year",
        constraint_class=Check,
        params={"condition": "(used_year is null) = (uses is null)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Action",
        tablename="points_action",
        constraint_name="number_fits_the_tallies",
        constraint_class=Check,
        params={"condition": "number between 1 and 9999"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="RuleVersion",
        tablename="points_rule_version",
        constraint_name="groups_are_a_persons",
        constraint_class=Check,
        params={"condition": "not household or exclusive_group is null"},
        schema=None,
    )

    return manager
