"""A town with a few residents who have points, two merchants with their clerks, and some products."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from identity.actor import Actor, RoleHeld
from identity.areas import NewArea, open_areas
from identity.people import NewPerson, register_people
from kit import clock, db
from kit.ids import new_id
from kit.invariants import prove
from kit.once import Once, Rendered, result_of
from kit.wire import encode
from merchants.invariants import INVARIANTS as OF_MERCHANTS
from merchants.partners import approve_merchant, open_outlet, open_till, register_merchant
from points import accounts, budget, ledger, months
from rewards.exchange import Exchanged, ExchangeLine, exchange_lines
from rewards.invariants import INVARIANTS as OF_REWARDS
from rewards.products import NewProduct, create_products
from rewards.redemption import Redeemed, RedeemLine, redeem_lines

SYSTEM = Actor.system("tests")
MEAL = NewProduct(
    name_zh="五元餐券",
    name_en="5-yuan meal voucher",
    kind="goods",
    points=50,
    value_fen=500,
    person_limit=4,
    limit_period="month",
    stock=100,
    merchant_percent=30,
    town_percent=50,
    sponsor_percent=20,
    sponsor="农商银行",
)
START = 1_000
"""Points of everybody at the beginning; 300 of them expire early."""
TODAY = clock.business_day(clock.now())
THIS_MONTH = months.month_number(TODAY)
EARLY, LATE = THIS_MONTH + 2, THIS_MONTH + 14


@db.flow
async def give_points(*, people: list[UUID], by_month: dict[int, int]) -> None:
    """Points from nowhere, as an award would bring them."""
    moment = await clock.value_time()
    async with ledger.open_book([accounts.person(each) for each in people], at=moment) as book:
        for person_id in people:
            for month, points in by_month.items():
                book.post(
                    ledger.Transfer(
                        kind="award",
                        reference=new_id(),
                        amount=points,
                        debit=accounts.ISSUE,
                        credit=accounts.person(person_id),
                        label=ledger.Label("测试", "Test"),
                        fact=("test", person_id),
                        expires_month=month,
                    )
                )


@db.flow
async def decided(**whose: Any) -> UUID:
    """Ten thousand yuan of a town or a sponsor for each year that a test may reach; gives the line of this year."""
    years = (TODAY.year - 1, TODAY.year + 1, TODAY.year)
    *_, this_year = [await budget.open_line(period=str(year), amount_fen=1_000_000, **whose) for year in years]
    return this_year


@dataclass(frozen=True, slots=True)
class Shop:
    """Where everything happens."""

    areas: dict[str, UUID]
    residents: list[UUID]
    clerks: dict[str, UUID]
    merchants: dict[str, UUID]
    tills: dict[str, UUID]
    meal: UUID
    budgets: dict[str, UUID]

    def resident(self, number: int = 0) -> Actor:
        """A resident of the first village."""
        return Actor(
            id=self.residents[number],
            kind="person",
            name="张小三",
            area_path="lyx.t1.v1",
            roles=(RoleHeld("resident", "lyx.t1.v1"),),
        )

    def clerk(self, merchant: str = "noodles") -> Actor:
        """A clerk of a merchant."""
        held = RoleHeld("merchant_clerk", None, self.merchants[merchant])
        return Actor(id=self.clerks[merchant], kind="person", name="店员", area_path="lyx.t1", roles=(held,))

    def line(self, number: int = 0, product: UUID | None = None, **more: Any) -> ExchangeLine:
        """A resident who wants something, a meal if nothing is said."""
        actor = self.resident(number)
        return ExchangeLine(actor=actor, person_id=actor.id, product_id=product or self.meal, **more)

    async def buy(self, number: int = 0, product: UUID | None = None, quantity: int = 1, **more: Any) -> Exchanged:
        """Exchange points, or raise the refusal."""
        (answer,) = await exchange_lines([self.line(number, product, quantity=quantity)], **more)
        return result_of(answer)

    async def redeem(self, code: str, merchant: str = "noodles", **more: Any) -> Redeemed:
        """Redeem a code at a merchant, or raise the refusal."""
        (answer,) = await redeem_lines([RedeemLine(actor=self.clerk(merchant), code=code)], **more)
        return result_of(answer)

    async def product(self, **changed: Any) -> UUID:
        """Another product, like the meal but for what is said."""
        chosen = replace(MEAL, **{"merchants": (self.merchants["noodles"],), **changed})
        (product_id,) = await create_products(actor=SYSTEM, products=[chosen])
        return product_id

    async def budget(self, name: str) -> tuple[int, int]:
        """What is reserved and paid on a budget line."""
        row = await db.fetchrow(
            "SELECT reserved_fen, paid_fen FROM points_budget_line WHERE id = $1", self.budgets[name]
        )
        assert row is not None
        return row["reserved_fen"], row["paid_fen"]


@pytest.fixture
async def shop(database: str) -> Shop:
    paths = ["lyx", "lyx.t1", "lyx.t1.v1", "lyx.t2"]
    opened = await open_areas(actor=SYSTEM, areas=[NewArea(path=p, name_zh=f"区{p}", name_en=p) for p in paths])
    areas = dict(zip(paths, opened, strict=True))
    village, town = areas["lyx.t1.v1"], areas["lyx.t1"]
    residents = await register_people(
        actor=SYSTEM, people=[NewPerson(name="张小三", area_id=village, birth_year=1980) for _ in range(6)]
    )
    await give_points(people=residents, by_month={EARLY: 300, LATE: START - 300})
    names = {"noodles": "老王面馆", "barber": "小李理发"}
    clerks = await register_people(
        actor=SYSTEM, people=[NewPerson(name="店员", area_id=town, resident=False) for _ in names]
    )
    merchants, tills = {}, {}
    for name, zh in names.items():
        merchants[name] = await register_merchant(actor=SYSTEM, name_zh=zh, name_en=name, area_id=town)
        await approve_merchant(actor=SYSTEM, merchant_id=merchants[name])
        outlet = await open_outlet(
            actor=SYSTEM, merchant_id=merchants[name], name_zh="一店", name_en="First", area_id=town
        )
        tills[name] = await open_till(actor=SYSTEM, outlet_id=outlet, name="1")
    budgets = {
        "town": await decided(purpose="town", area_id=town),
        "sponsor": await decided(purpose="sponsor", sponsor="农商银行"),
    }
    (meal,) = await create_products(actor=SYSTEM, products=[replace(MEAL, merchants=(merchants["noodles"],))])
    return Shop(areas, residents, dict(zip(names, clerks, strict=True)), merchants, tills, meal, budgets)


@pytest.fixture
async def proven(shop: Shop) -> Any:
    """At the end of the test every invariant of both packages holds."""
    yield
    await db.open_pool()  # an app that was running has closed it
    broken = [f for f in await prove([*OF_REWARDS, *OF_MERCHANTS]) if not f.ok]
    assert broken == []


def once(key: str, *, caller: str = "somebody", body: bytes = b"{}", secret: bool = True) -> Once:
    """A key under which something is asked for."""
    return Once(
        caller=caller,
        route="POST /api/exchanges",
        key=key,
        body=body,
        render=lambda result: Rendered(201, encode(result)),
        secret=secret,
    )
