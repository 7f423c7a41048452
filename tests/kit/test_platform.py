"""The ground the tests stand on: stores, roles and a database of each test's own."""

import asyncpg
import pytest

from kit import db


async def test_a_test_has_a_database_of_its_own_and_works_as_the_app(database: str) -> None:
    assert await db.fetchval("SELECT current_database()") == database
    assert await db.fetchval("SELECT current_user::text") == "qunzhifen_app"


async def test_the_app_may_not_change_the_migrations(database: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction() as connection:
            await connection.execute("DELETE FROM migration")
