"""The schema: migrated by its owner, one process at a time, and the app may do no more than it must."""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from kit import db, embedded
from kit.settings import APP_ROLE, OWNER_ROLE, Settings, child_environment
from tests.conftest import RealStores
from web.migrate import immutable_tables, migrate, pending

ROOT = Path(__file__).resolve().parents[2]
_numbers = itertools.count(1)

pytestmark = pytest.mark.stores


@pytest.fixture
async def empty(test_stores: RealStores) -> AsyncIterator[Settings]:
    """Settings that lead to a database with nothing in it."""
    name = f"empty_{next(_numbers)}"
    await test_stores.administer(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
    yield test_stores.settings_for(name)
    await test_stores.administer(f"DROP DATABASE {name} WITH (FORCE)")


def schema(settings: Settings) -> list[str]:
    """The statements that pg_dump writes for the schema, in an order that does not depend on when each was run."""
    program = embedded.postgres_programs(settings) / "pg_dump"
    command = [program, "--schema-only", f"--dbname={settings.migration_database_url}"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    text = "\n".join(line for line in text.splitlines() if line and not line.startswith(("\\", "--", "SET ")))
    return sorted(text.split(";\n"))


class Killed(Exception):
    """Stands for the end of the migrating process."""


async def test_migrating_again_changes_nothing(empty: Settings) -> None:
    first = await migrate(empty)
    assert first.applied
    assert first.app_role == APP_ROLE
    before = await asyncio.to_thread(schema, empty)
    assert (await migrate(empty)).applied == ()
    assert await asyncio.to_thread(schema, empty) == before
    assert await pending(empty) == ()


async def test_of_two_processes_that_migrate_at_once_one_does_the_work(empty: Settings) -> None:
    command = [sys.executable, "-m", "web.commands", "migrate"]
    environment = {
        **child_environment(empty),
        "DATABASE_URL": empty.database_url,
        "MIGRATION_DATABASE_URL": empty.migration_database_url,
        "REDIS_URL": empty.redis_url,
    }
    both = [
        await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = [await each.communicate() for each in both]
    assert [each.returncode for each in both] == [0, 0], answers
    counts = sorted(int(out.decode().splitlines()[-1].split()[0]) for out, _ in answers)
    assert counts[0] == 0
    assert counts[1] > 0


async def test_a_migration_that_was_cut_off_anywhere_is_finished_by_the_next_run(
    empty: Settings, migrated: RealStores
) -> None:
    whole = await asyncio.to_thread(schema, migrated.settings_for("template_of_tests"))
    stops = len(await pending(empty))
    for _ in range(stops):
        heard = itertools.count()

        def cut_off_at_the_second(_: str, heard: "itertools.count[int]" = heard) -> None:
            if next(heard) == 1:
                raise Killed

        try:
            await migrate(empty, say=cut_off_at_the_second)
        except Killed:
            continue
    assert await pending(empty) == ()
    assert await asyncio.to_thread(schema, empty) == whole


async def test_the_app_may_neither_change_nor_delete_what_is_immutable(database: str) -> None:
    assert immutable_tables()
    for table in sorted(immutable_tables()):
        allowed = await db.fetchrow(
            "SELECT has_table_privilege($1, 'SELECT') AND has_table_privilege($1, 'INSERT') AS needed,"
            " has_table_privilege($1, 'UPDATE, DELETE, TRUNCATE') AS excess",
            table,
        )
        assert allowed is not None
        assert dict(allowed) == {"needed": True, "excess": False}, table


async def test_triggers_stop_even_the_owner_from_changing_what_is_immutable(
    database: str, owner: asyncpg.Connection
) -> None:
    for table in sorted(immutable_tables()):
        with pytest.raises((asyncpg.RaiseError, asyncpg.InsufficientPrivilegeError)):
            await owner.execute(f"TRUNCATE {table} CASCADE")


async def test_the_app_owns_nothing_and_makes_no_tables(database: str) -> None:
    assert await db.fetchval("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction() as connection:
            await connection.execute("CREATE TABLE sneaky (id integer)")


def test_no_table_differs_from_what_its_migrations_make(tmp_path: Path, migrated: RealStores) -> None:
    """Piccolo exits with 0 whether it found a change or not, so the drift check looks for a new file."""
    copy = tmp_path / "tree"
    kept = shutil.ignore_patterns(".venv", ".git", ".data", "node_modules", "__pycache__", "static")
    shutil.copytree(ROOT, copy, ignore=kept)
    before = set(copy.glob("*/piccolo_migrations/*.py"))
    apps = sorted(path.parent.name for path in copy.glob("*/piccolo_app.py"))
    environment = {**child_environment(migrated.settings), "PYTHONPATH": str(copy), "PATH": os.defpath}
    for app in apps:
        command = [sys.executable, "-m", "piccolo.main", "migrations", "new", app, "--auto", "--desc=drift"]
        subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    assert sorted(str(path.relative_to(copy)) for path in set(copy.glob("*/piccolo_migrations/*.py")) - before) == []
