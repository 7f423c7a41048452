"""One small town for all tests that need one: built once a test process, in a database that nobody changes."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import datetime

from kit import clock, db
from kit.settings import OWNER_ROLE, Settings, install_settings
from seed.town import SIZES, build_town
from tests.conftest import TEMPLATE, RealStores

SEED = 7
DATABASE = "small_town"
_PEOPLE = """
    SELECT person.name, person.birth_year, person.phone_index, area.path, account.balance
    FROM identity_person AS person JOIN identity_area AS area ON area.id = person.area
    LEFT JOIN points_account AS account ON account.id = person.id
    ORDER BY area.path, person.name, person.birth_year, account.balance
"""


@dataclass(frozen=True, slots=True)
class SmallTown:
    """When it was built, who signs in, and everybody with the phone's digest and the points he holds."""

    now: datetime
    logins: tuple[dict[str, str], ...]
    people: list[tuple[object, ...]]


async def people_of_the_town() -> list[tuple[object, ...]]:
    """Everybody with the phone's digest and the points he holds."""
    return [tuple(row) for row in await db.fetch(_PEOPLE)]


def build_small_town(stores: RealStores) -> SmallTown:
    """Build it in a database of its own."""
    now = clock.now()

    async def build() -> SmallTown:
        await stores.administer(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY")
        install_settings(stores.settings_for(DATABASE))
        await db.open_pool()
        try:
            _, logins = await build_town(seed=SEED, residents=SIZES["small"], now=now)
            return SmallTown(now, tuple(logins), await people_of_the_town())
        finally:
            await db.close_pool()
            install_settings(stores.settings)

    return asyncio.run(build())


async def copy_small_town(stores: RealStores, name: str) -> Settings:
    """Make a database that is like it, with pictures and all, for tests that change things in it."""
    own = stores.settings_for(name)
    await stores.administer(f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY")
    await asyncio.to_thread(shutil.copytree, stores.settings_for(DATABASE).files_dir, own.files_dir)
    return own
