"""Real stores for the tests: one PostgreSQL and one Valkey a test process, one migrated template, cloned per test.

`QUNZHIFEN_PG_BIN` and `QUNZHIFEN_REDIS_SERVER` run the same tests on other programs (Debian's PostgreSQL 15 and
redis-server). Nothing here stands in for a part of the product.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
import redis as redis_client
from litestar import Litestar

from kit import db, embedded
from kit.settings import APP_ROLE, OWNER_ROLE, Settings, install_settings, read_settings, settings
from web.migrate import migrate

if TYPE_CHECKING:
    from tests.small_town import SmallTown

TEMPLATE = "template_of_tests"
MEMORY, ROOM = Path("/dev/shm"), 6 * 2**30  # noqa: S108 - each test process makes a folder of its own in it
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make prove` ask for everything at full size."""
    parser.addoption("--full", action="store_true", help="all faults and races at full size (make prove)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `prove` to `make prove`."""
    if not config.getoption("--full"):
        left_out = [item for item in items if item.get_closest_marker("prove")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether this run is at full size; else a test takes a quarter of its size, or three rounds."""
    return bool(request.config.getoption("--full"))


@dataclass(frozen=True, slots=True)
class RealStores:
    """The stores of this test process and the settings that lead to them."""

    settings: Settings
    owned: embedded.Stores

    def url(self, database: str, role: str = embedded.SUPERUSER) -> str:
        """The address of one database for one role."""
        return self.settings.embedded.database_url(role, database)

    async def administer(self, *statements: str) -> None:
        """Run statements as the superuser, each on its own."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def settings_for(self, database: str) -> Settings:
        """Settings of a process that works on this database, with a folder of its own for its files."""
        folder = self.settings.data_dir / database
        folder.mkdir(exist_ok=True)
        return replace(
            self.settings,
            database_url=self.url(database, APP_ROLE),
            migration_database_url=self.url(database, OWNER_ROLE),
            data_dir=folder,
            files_dir=folder / "files",
        )


def memory_with_room() -> Path | None:
    """Files in memory, where the machine has room: the hundreds of files of a database are copied 20 times faster."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@pytest.fixture(scope="session")
def test_stores() -> Iterator[RealStores]:
    """The stores of this test process, unsafe and fast, gone at its end."""
    folder = Path(tempfile.mkdtemp(prefix="qunzhifen-test-", dir=memory_with_room()))
    folder.chmod(0o711)
    programs = settings()
    chosen = replace(
        read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(folder), "ALLOW_UNSAFE_DATABASE": "1"}),
        postgres_bin=programs.postgres_bin,
        redis_server=programs.redis_server,
    )
    install_settings(chosen)
    try:
        with embedded.stores(chosen, postgres_settings=embedded.UNSAFE_AND_FAST) as owned:
            assert owned is not None
            yield RealStores(chosen, owned)
    finally:
        install_settings(None)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(chosen.embedded.sockets, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(test_stores: RealStores) -> RealStores:
    """The stores with a template database that has every table and every right."""

    async def prepare() -> None:
        await test_stores.administer(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER_ROLE}")
        await migrate(test_stores.settings_for(TEMPLATE))

    asyncio.run(prepare())
    return test_stores


@pytest.fixture(scope="session")
def small_town(migrated: RealStores) -> "SmallTown":
    """A small town in a database of its own, to look at or to copy."""
    from tests.small_town import build_small_town  # noqa: PLC0415 - tests of the lower packages run without it

    return build_small_town(migrated)


@pytest.fixture
async def database(migrated: RealStores) -> AsyncIterator[str]:
    """A database of this test's own, with the pool of `kit.db` open on it as the app's role; gives its name."""
    name = f"test_{next(_numbers)}"
    await migrated.administer(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY")
    own = migrated.settings_for(name)
    install_settings(own)
    _flush_redis(migrated.settings.redis_url)
    await db.open_pool()
    try:
        yield name
    finally:
        await db.close_pool()
        install_settings(migrated.settings)
        await migrated.administer(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(own.data_dir)


@pytest.fixture
async def owner(database: str, migrated: RealStores) -> AsyncIterator["asyncpg.Connection"]:
    """A connection as the owner of the tables, for what the app's role may not do or see."""
    connection = await asyncpg.connect(migrated.url(database, OWNER_ROLE))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def whole_app() -> Litestar:
    """The real app, which takes long to make: made once, and started afresh for each test."""
    from web.app import create_app  # noqa: PLC0415 - tests of the lower packages run without the app

    return create_app()


@pytest.fixture
async def app(whole_app: Litestar, database: str) -> AsyncIterator[Litestar]:
    """The real app on this test's database, started and stopped in one task."""
    async with running(whole_app):
        yield whole_app


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in, speaking HTTP to the app."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
        yield browser


@asynccontextmanager
async def running(made: Litestar) -> AsyncIterator[None]:
    """Keep the app started; its lifespan is entered and left in one task, which fixtures alone would not do."""
    ready, leave = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with made.lifespan():
            ready.set()
            await leave.wait()

    life = asyncio.create_task(live())
    start = asyncio.create_task(ready.wait())
    await asyncio.wait({life, start}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        start.cancel()
        await life
    try:
        yield
    finally:
        leave.set()
        await life


def _flush_redis(url: str) -> None:
    with redis_client.Redis.from_url(url) as connection:
        connection.flushall()
