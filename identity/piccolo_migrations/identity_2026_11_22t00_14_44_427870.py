from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Bytea
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-22T00:14:44:427870"
VERSION = "1.38.0"
DESCRIPTION = "Sessions of pages"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Person",
        tablename="identity_person",
        column_name="view",
        db_column_name="view",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Session",
        tablename="identity_session",
        column_name="cookie_digest",
        db_column_name="cookie_digest",
        column_class_name="Bytea",
        column_class=Bytea,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": True,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Session",
        tablename="identity_session",
        column_name="device",
        db_column_name="device",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Session",
        tablename="identity_session",
        column_name="idle_minutes",
        db_column_name="idle_minutes",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="Session",
        tablename="identity_session",
        column_name="seen_at",
        db_column_name="seen_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
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

    manager.drop_constraint(
        table_class_name="Session",
        tablename="identity_session",
        constraint_name="reason_is_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Person",
        tablename="identity_person",
        constraint_name="view_is_known",
        constraint_class=Check,
        params={"condition": "view ~ '^(plain|elder)[.](1[6-9]|2[0-9]|30)[.](auto|light|dark)$'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Session",
        tablename="identity_session",
        constraint_name="browsers_are_told_apart_by_their_cookie",
        constraint_class=Check,
        params={
            "condition": "(cookie_digest is null) = (idle_minutes is null) and (cookie_digest is null) = (seen_at is null)"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Session",
        tablename="identity_session",
        constraint_name="reason_is_one_of_ours",
        constraint_class=Check,
        params={
            "condition": "revoked_because in ('signed_out', 'token_reused', 'password_changed', 'disabled', 'signed_in_again', 'ended_elsewhere')"
        },
        schema=None,
    )

    return manager
