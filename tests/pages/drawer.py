"""A drawer of vouchers for the first clerk's shop, and what tests of the till do with them."""

from dataclasses import dataclass
from uuid import UUID

from playwright.async_api import Page, expect

from identity.actor import Actor
from kit import db
from kit.once import result_of
from rewards.exchange import ExchangeLine, IssuedVoucher, exchange_lines
from rewards.products import NewProduct, create_products

from .town import ServedTown

SYSTEM = Actor.system("tests")


@dataclass(slots=True)
class Drawer:
    """Vouchers for the clerk's shop, taken out one by one."""

    left: list[IssuedVoucher]
    till_id: UUID
    merchant_id: UUID

    def take(self) -> IssuedVoucher:
        """One that nobody has used."""
        return self.left.pop()


async def filled_drawer(town: ServedTown, count: int) -> Drawer:
    """Bowls of noodles that a resident has taken out of the shop of the first clerk."""
    resident, clerk = await town.person("resident"), await town.person("merchant_clerk")
    async with town.inside():
        row = await db.fetchrow(
            "SELECT held.merchant_id AS merchant, till.id AS till FROM identity_role_held AS held"
            " JOIN merchants_outlet AS outlet ON outlet.merchant = held.merchant_id"
            " JOIN merchants_till AS till ON till.outlet = outlet.id"
            " WHERE held.person = $1 AND held.role = 'merchant_clerk' LIMIT 1",
            clerk,
        )
        assert row is not None
        bowl = NewProduct(
            name_zh="葱油拌面",
            name_en="Noodles",
            kind="goods",
            points=1,
            value_fen=800,
            merchant_percent=100,
            town_percent=0,
            merchants=(row["merchant"],),
        )
        (product_id,) = await create_products(actor=SYSTEM, products=[bowl])
        line = ExchangeLine(actor=SYSTEM, person_id=resident, product_id=product_id, quantity=count)
        (answer,) = await exchange_lines([line])
    return Drawer(list(result_of(answer).vouchers), row["till"], row["merchant"])


async def stand(page: Page, town: ServedTown, drawer: Drawer) -> None:
    """Let the browser know which till it stands at."""
    await page.context.add_cookies([{"name": "till", "value": str(drawer.till_id), "url": town.url}])


async def shows(page: Page, tone: str, *words: str) -> None:
    """Wait until the screen says so."""
    screen = page.locator(f'#result[role="alert"][data-result="{tone}"]')
    await expect(screen).to_be_visible()
    for each in words:
        await expect(screen).to_contain_text(each)


async def redemptions(town: ServedTown, code_of: IssuedVoucher | None = None) -> int:
    """How many redemptions there are, of one voucher or of all."""
    async with town.inside():
        counted: int = await db.fetchval(
            "SELECT count(*) FROM rewards_redemption WHERE $1::uuid IS NULL OR voucher = $1",
            code_of.id if code_of else None,
        )
    return counted
