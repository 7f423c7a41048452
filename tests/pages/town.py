"""A small town that is served, for tests that open its pages in a browser."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx
import pyotp

from identity.actor import Actor
from identity.page_sessions import PageSignedIn, start_page_session
from kit import clock, db
from kit.embedded.process import Server
from kit.settings import Settings, child_environment, install_settings
from seed.commands import LOGINS
from seed.town import write_logins
from tests.conftest import RealStores
from tests.ports import free_port
from tests.small_town import SmallTown, copy_small_town

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "town_of_pages"
Login = dict[str, str]


@dataclass(frozen=True, slots=True)
class ServedTown:
    """Where it is served, and who can sign in."""

    url: str
    settings: Settings
    stores: RealStores
    logins: list[Login]
    server: Server

    def login(self, role: str, nth: int = 0) -> Login:
        """One of those who hold a role."""
        return [each for each in self.logins if each["role"] == role][nth]

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        """Work on the town's own rows with the product's functions, as another process of it would."""
        install_settings(self.settings)
        await db.open_pool()
        try:
            yield
        finally:
            await db.close_pool()
            install_settings(self.stores.settings)

    async def person(self, role: str, nth: int = 0) -> UUID:
        """Who a login belongs to."""
        async with self.inside():
            found: UUID = await db.fetchval(
                "SELECT person FROM identity_login WHERE name = $1", self.login(role, nth)["login"].lower()
            )
        return found

    async def code(self, role: str, nth: int = 0) -> str:
        """A code for his second factor that is still good: as if half a minute had passed since his last one.

        The town is everybody's, so that another test may have used up the code of this half minute a moment ago.
        """
        login = self.login(role, nth)
        async with self.inside(), db.transaction() as connection:
            await connection.execute(
                "UPDATE identity_login SET totp_last_step = 0 WHERE name = $1", login["login"].lower()
            )
        return pyotp.TOTP(login["totp_secret"]).at(clock.now())

    async def page_session(self, role: str, nth: int = 0) -> PageSignedIn:
        """A session in a browser, as signing in begins it, without the time that it takes."""
        async with self.inside():
            login = await db.fetchrow(
                "SELECT id, person, totp_sealed IS NOT NULL AS second_factor FROM identity_login WHERE name = $1",
                self.login(role, nth)["login"].lower(),
            )
            assert login is not None
            async with db.transaction():
                return await start_page_session(
                    Actor.system("tests"),
                    login["person"],
                    login_id=login["id"],
                    second_factor=login["second_factor"],
                    device="Chrome · Linux",
                )


@contextmanager
def served(stores: RealStores, small_town: SmallTown) -> Iterator[ServedTown]:
    """Serve a copy of it in a process of its own, until the tests are over."""
    own = asyncio.run(copy_small_town(stores, DATABASE))
    logins = [*small_town.logins]
    write_logins(own.data_dir / LOGINS, logins)
    chosen = replace(own, embedded_database=False, embedded_redis=False, port=free_port(), workers=1)
    with serving(chosen) as server:
        yield ServedTown(f"http://127.0.0.1:{chosen.port}", chosen, stores, logins, server)


@contextmanager
def serving(chosen: Settings) -> Iterator[Server]:
    """A server of these settings, ready when it is given."""
    url = f"http://127.0.0.1:{chosen.port}"
    server = Server(
        name="The served town",
        arguments=[sys.executable, "-m", "web.commands", "serve", "--no-background"],
        log=chosen.data_dir / f"serve-{chosen.port}.log",
        answers=lambda: _answers(url),
        quit_signal=signal.SIGTERM,
        death_signal=signal.SIGKILL,
        process_options={"env": {**child_environment(chosen), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}},
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
