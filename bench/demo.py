"""The demo town for measuring its pages: built once, served as `make run` serves it, with sessions for its people."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import click

from bench import stores
from identity.actor import Actor
from identity.page_sessions import start_page_session
from kit import clock, db, embedded
from kit.once import result_of
from kit.settings import Settings, install_settings
from rewards.exchange import ExchangeLine, IssuedVoucher, exchange_lines
from rewards.products import NewProduct, create_products
from seed.town import SIZES, build_town, is_empty, write_logins
from web.migrate import migrate

SYSTEM = Actor.system("bench")
COOKIE = "qunzhifen"
SEED = 1
_TILLS = """
SELECT held.merchant_id AS merchant, till.id AS till
FROM identity_role_held AS held
JOIN merchants_outlet AS outlet ON outlet.merchant = held.merchant_id
JOIN merchants_till AS till ON till.outlet = outlet.id
WHERE held.person = $1 AND held.role = 'merchant_clerk' LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """A served town; the pool of `kit.db` is open on its database."""

    url: str
    port: int
    logins: list[dict[str, str]]

    def roles(self) -> list[str]:
        """Everybody who signs in to pages, by role."""
        return list(dict.fromkeys(each["role"] for each in self.logins if each["login"]))

    async def person(self, role: str, nth: int = 0) -> UUID:
        """Who holds a login of this role."""
        login = [each["login"] for each in self.logins if each["role"] == role][nth]
        found: UUID = await db.fetchval("SELECT person FROM identity_login WHERE name = $1", login.lower())
        return found

    async def secret(self, role: str, nth: int = 0) -> str:
        """The cookie of somebody who has signed in."""
        person = await self.person(role, nth)
        login = await db.fetchrow("SELECT id, totp_sealed FROM identity_login WHERE person = $1", person)
        second_factor = login["totp_sealed"] is not None
        async with db.transaction():
            begun = await start_page_session(
                SYSTEM, person, login_id=login["id"], second_factor=second_factor, device="Chrome · Linux"
            )
        return begun.secret

    async def residents(self, count: int) -> list[str]:
        """The cookies of so many residents, drawn from all of them, as after signing in by telephone."""
        rows = await db.fetch("SELECT id FROM identity_person WHERE resident ORDER BY md5(id::text) LIMIT $1", count)
        async with db.transaction():
            begun = [
                await start_page_session(SYSTEM, row["id"], login_id=None, second_factor=False, device="Chrome · Linux")
                for row in rows
            ]
        return [each.secret for each in begun]

    async def cookies(self, role: str) -> list[tuple[str, str]]:
        """What the browser of one with this role holds; a clerk stands at a till of his."""
        found = [(COOKIE, await self.secret(role))]
        till = await db.fetchrow(_TILLS, await self.person(role))
        return found if till is None else [*found, ("till", str(till["till"]))]

    async def vouchers(self, count: int) -> list[IssuedVoucher]:
        """Vouchers of a resident for the first clerk's shop."""
        till = await db.fetchrow(_TILLS, await self.person("merchant_clerk"))
        bowl = NewProduct(
            name_zh="葱油拌面",
            name_en="Noodles",
            kind="goods",
            points=1,
            value_fen=800,
            merchant_percent=100,
            town_percent=0,
            merchants=(till["merchant"],),
        )
        (product_id,) = await create_products(actor=SYSTEM, products=[bowl])
        line = ExchangeLine(
            actor=SYSTEM, person_id=await self.person("resident"), product_id=product_id, quantity=count
        )
        (answer,) = await exchange_lines([line])
        return list(result_of(answer).vouchers)


@contextmanager
def served(folder: Path) -> Iterator[tuple[Settings, Demo]]:
    """Serve the town of this folder, built when there is none yet."""
    chosen = stores.bench_settings(folder)
    with embedded.stores(chosen) as owned:
        if owned is None:
            raise embedded.StoresUnavailable(f"another process uses {chosen.data_dir}")
        asyncio.run(_build(chosen))
        running = replace(chosen, embedded_database=False, embedded_redis=False)
        install_settings(running)
        logins = json.loads((chosen.data_dir / "demo-logins.json").read_text(encoding="utf-8"))
        with stores.http_server(running, workers=running.workers) as url:
            yield chosen, Demo(url, running.port, logins)


async def _build(chosen: Settings) -> None:
    await migrate(chosen)
    await db.open_pool()
    if await is_empty():
        click.echo(f"building the demo town of {SIZES['demo']:,} residents …", err=True)
        _, logins = await build_town(seed=SEED, residents=SIZES["demo"], now=clock.now())
        write_logins(chosen.data_dir / "demo-logins.json", logins)
    await db.close_pool()
