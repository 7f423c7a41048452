"""Migrations: run by the owner of the tables, one process at a time; afterwards the app's role gets what it may do.

The app's role may read and insert everywhere, and change or delete only in tables that no package lists in
`IMMUTABLE_TABLES` of its `tables.py`. Partitions get no rights of their own: they are reached through their parent.
Where one role does both (a single DATABASE_URL) the triggers alone guard the immutable tables.
"""

import importlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import asyncpg
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig

import piccolo_conf
from kit.settings import Settings

_LOCK = 0x71756E7A  # "qunz": the advisory lock held round the migrations
_GRANTED = """
    SELECT format('%I', relname) AS name, relname
      FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
"""


class MigrationFailed(RuntimeError):
    """A migration did not run; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What came of it."""

    applied: tuple[str, ...]
    app_role: str | None
    """The role that was given its rights; `None` where the owner is the app."""


async def migrate(settings: Settings, *, say: Callable[[str], None] = lambda _: None) -> Migrated:
    """Bring the database to the newest schema and give the app's role its rights. Doing it again changes nothing."""
    async with _alone(settings) as connection:
        applied = await _run_pending(say)
        app_role = _role(settings.database_url)
        if app_role is None or app_role == await connection.fetchval("SELECT current_user::text"):
            return Migrated(applied, None)
        await _grant(connection, app_role, immutable_tables())
        return Migrated(applied, app_role)


async def pending(settings: Settings) -> tuple[str, ...]:
    """The migrations that this code has and the database has not."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        made = await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL")
        rows = await connection.fetch("SELECT app_name, name FROM migration") if made else []
    finally:
        await connection.close()
    done = {(row["app_name"], row["name"]) for row in rows}
    return tuple(f"{app.app_name} {name}" for app, name, _ in _known() if (app.app_name, name) not in done)


def immutable_tables() -> frozenset[str]:
    """The tables that the packages declare as never changed and never deleted from."""
    return frozenset(
        name
        for app in piccolo_conf.APP_REGISTRY.app_configs.values()
        for name in getattr(importlib.import_module(f"{app.app_name}.tables"), "IMMUTABLE_TABLES", ())
    )


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator["asyncpg.Connection"]:
    """The owner's connection, while no other process migrates; Piccolo's engine works as the owner meanwhile."""
    connection = await asyncpg.connect(settings.migration_database_url)
    engine = piccolo_conf.DB
    before, pool = engine.config, engine.pool
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        engine.config, engine.pool = {"dsn": settings.migration_database_url}, None
        yield connection
    finally:
        engine.config, engine.pool = before, pool
        await connection.close()


async def _run_pending(say: Callable[[str], None]) -> tuple[str, ...]:
    with redirect_stdout(io.StringIO()):
        await BaseMigrationManager().create_migration_table()
        rows = await Migration.select(Migration.app_name, Migration.name)
    done = {(row["app_name"], row["name"]) for row in rows}  # names alone are not unique over the packages
    applied = []
    for app, name, forwards in _known():
        if (app.app_name, name) in done:
            continue
        say(f"{app.app_name}: {name}")
        await _run_one(app, name, forwards)
        applied.append(f"{app.app_name} {name}")
    return tuple(applied)


async def _run_one(app: AppConfig, name: str, forwards: Callable[[], Awaitable[MigrationManager | None]]) -> None:
    with redirect_stdout(io.StringIO()) as chatter:
        try:
            async with piccolo_conf.DB.transaction():  # the change and the note that it was made: both or neither
                manager = await forwards()
                if manager is not None:
                    await manager.run()
                await Migration.insert(Migration(name=name, app_name=app.app_name))
        except Exception as failure:
            raise MigrationFailed(f"{app.app_name} {name}: {failure}\n{chatter.getvalue().strip()}") from failure


def _known() -> Iterable[tuple[AppConfig, str, Callable[[], Awaitable[MigrationManager | None]]]]:
    """Every migration of this code in the order to run them: packages from the ground up, then by their names."""
    manager = BaseMigrationManager()
    for app_name in manager.get_sorted_app_names():
        app = manager.get_app_config(app_name)
        modules = manager.get_migration_modules(app.resolved_migrations_folder_path)
        for name in sorted(modules):
            yield app, name, modules[name].forwards


def _role(url: str) -> str | None:
    user = urlsplit(url).username
    return None if user is None else unquote(user)


async def _grant(connection: "asyncpg.Connection", role: str, immutable: frozenset[str]) -> None:
    """Give the app's role exactly its rights, in one transaction."""
    rows = await connection.fetch(_GRANTED)
    missing = immutable - {row["relname"] for row in rows}
    if missing:
        raise MigrationFailed(f"IMMUTABLE_TABLES names tables that do not exist: {', '.join(sorted(missing))}")
    changeable = [row["name"] for row in rows if row["relname"] not in immutable | {"migration"}]
    fixed = [row["name"] for row in rows if row["relname"] in immutable | {"migration"}]
    quoted = await connection.fetchval("SELECT format('%I', $1::text)", role)
    async with connection.transaction():
        await connection.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        if changeable:
            await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(changeable)} TO {quoted}")
        if fixed:
            await connection.execute(f"REVOKE ALL ON {', '.join(fixed)} FROM {quoted}")
            await connection.execute(f"GRANT SELECT, INSERT ON {', '.join(fixed)} TO {quoted}")
        await connection.execute(f"REVOKE INSERT ON migration FROM {quoted}")
        await connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
