"""The small town, for tests that only look at it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from kit import db
from kit.settings import install_settings, settings
from seed.commands import LOGINS
from seed.town import write_logins
from tests.conftest import RealStores
from tests.small_town import DATABASE, SmallTown


@pytest.fixture
async def town(small_town: SmallTown, migrated: RealStores) -> AsyncIterator[SmallTown]:
    """The small town, with the pool open on it; nothing may be changed in it."""
    own = migrated.settings_for(DATABASE)
    install_settings(own)
    write_logins(own.data_dir / LOGINS, list(small_town.logins))
    await db.open_pool()
    try:
        yield small_town
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
