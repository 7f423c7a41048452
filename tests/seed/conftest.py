"""One small town for all tests that only look at it, built once in a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from kit import clock, db
from kit.settings import OWNER_ROLE, install_settings, settings
from seed.commands import LOGINS
from seed.town import SIZES, build_town, write_logins
from tests.conftest import TEMPLATE, RealStores

SEED = 7
DATABASE = "small_town"


@dataclass(frozen=True, slots=True)
class SmallTown:
    """When it was built, and what its file of logins holds."""

    now: datetime
    logins: list[dict[str, str]]
    people: list[tuple[object, ...]]


PEOPLE = """
    SELECT person.name, person.birth_year, person.phone_index, area.path, account.balance
    FROM identity_person AS person JOIN identity_area AS area ON area.id = person.area
    LEFT JOIN points_account AS account ON account.id = person.id
    ORDER BY area.path, person.name, person.birth_year, account.balance
"""


async def people_of_the_town() -> list[tuple[object, ...]]:
    """Everybody with the phone's digest and the points he holds."""
    return [tuple(row) for row in await db.fetch(PEOPLE)]


@pytest.fixture(scope="session")
def built(migrated: RealStores) -> SmallTown:
    now = clock.now()

    async def build() -> SmallTown:
        await migrated.administer(
            f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY"
        )
        install_settings(migrated.settings_for(DATABASE))
        await db.open_pool()
        try:
            _, logins = await build_town(seed=SEED, residents=SIZES["small"], now=now)
            people = await people_of_the_town()
        finally:
            await db.close_pool()
            install_settings(migrated.settings)
        write_logins(migrated.settings.data_dir / LOGINS, logins)
        return SmallTown(now, logins, people)

    return asyncio.run(build())


@pytest.fixture
async def town(built: SmallTown, migrated: RealStores) -> AsyncIterator[SmallTown]:
    """The small town, with the pool open on it; nothing may be changed in it."""
    install_settings(migrated.settings_for(DATABASE))
    await db.open_pool()
    try:
        yield built
    finally:
        await db.close_pool()
        install_settings(migrated.settings)


@pytest.fixture
def in_production() -> Iterator[None]:
    """Settings that say production, until the test is over."""
    before = settings()
    install_settings(replace(before, environment="production"))
    yield
    install_settings(before)
