"""A town small enough to collide in: few residents, few products, one shop, one integration, through the flows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from admin.budgets import decide_budget
from identity.actor import Actor, RoleHeld
from identity.api_keys import create_api_key
from identity.areas import NewArea, open_areas
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from identity.tokens import issue_access
from kit import db
from merchants.partners import approve_merchant, open_outlet, open_till, register_merchant
from points.awards import AwardLine, award_lines
from rewards.products import NewProduct, create_products
from tests.signing_in import signed_in_with_second_factor

SYSTEM = Actor.system("tests")
PATHS = ("tc", "tc.t1", "tc.t1.v1", "tc.t1.v1.g1", "tc.t1.v1.g1.m1")
HOME = PATHS[-1]
INTEGRATION_ACTIONS = ("RPT-CONFIRM", "LRN-QUIZ", "PLT-REFER", "MTG-VOTE")
BUDGET_FEN = 100_000_000
YEARS = 8


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who signed in."""

    id: UUID
    session_id: UUID
    actor: Actor

    @property
    def token(self) -> str:
        """A fresh access token of the session."""
        return issue_access(self.id, self.session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A product of the town."""

    points: int
    stock: int | None = None
    limit: int | None = None
    shares: tuple[int, int, int] = (20, 80, 0)
    days: int = 30


GOODS = (
    Good(points=30),
    Good(points=50, stock=2_000),
    Good(points=20, limit=40),
    Good(points=40, stock=60, shares=(100, 0, 0)),
)
"""One without end, one with plenty, one with a limit a person, one that runs out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What the clients act on."""

    areas: dict[str, UUID]
    residents: Sequence[Somebody]
    clerk: Somebody
    merchant_id: UUID
    till_id: UUID
    products: Sequence[UUID]
    integration_id: UUID
    integration_key: str


async def build_town(
    *, residents: int, goods: Sequence[Good] = GOODS, points: int = 0, at: datetime | None = None
) -> Town:
    """Build it; every resident begins with about so many points (multiples of 60, at most 600 a month)."""
    new = [NewArea(path=path, name_zh=f"区域{number}", name_en=f"Area {number}") for number, path in enumerate(PATHS)]
    opened = await open_areas(actor=SYSTEM, areas=new)
    areas = dict(zip(PATHS, opened, strict=True))
    names = [NewPerson(name=f"居民{number}", area_id=areas[HOME]) for number in range(residents)]
    people = await register_people(actor=SYSTEM, people=[*names, NewPerson(name="店员", area_id=areas[HOME])], at=at)
    merchant_id, till_id = await _open_shop(areas[HOME], at)
    await grant_roles(
        actor=SYSTEM, grants=[RoleGrant(person_id=people[-1], role="merchant_clerk", merchant_id=merchant_id)]
    )
    products = await add_products(goods, merchant_id, at)
    await _decide_budgets(areas["tc.t1"], at)
    key = await create_api_key(actor=SYSTEM, name="tests", actions=INTEGRATION_ACTIONS, area_id=areas["tc"])
    if points:
        await _give(people[:-1], points, at)
    clerk_roles = (RoleHeld("merchant_clerk", None, merchant_id=merchant_id),)
    signed_in = [await _sign_in(person, ()) for person in people[:-1]]
    return Town(
        areas=areas,
        residents=signed_in,
        clerk=await _sign_in(people[-1], clerk_roles),
        merchant_id=merchant_id,
        till_id=till_id,
        products=products,
        integration_id=key.id,
        integration_key=key.key,
    )


async def _open_shop(area_id: UUID, at: datetime | None) -> tuple[UUID, UUID]:
    merchant_id = await register_merchant(actor=SYSTEM, name_zh="面馆", name_en="Noodles", area_id=area_id, at=at)
    await approve_merchant(actor=SYSTEM, merchant_id=merchant_id, at=at)
    outlet_id = await open_outlet(
        actor=SYSTEM, merchant_id=merchant_id, name_zh="总店", name_en="First", area_id=area_id, at=at
    )
    return merchant_id, await open_till(actor=SYSTEM, outlet_id=outlet_id, name="收银台 1", at=at)


async def add_products(goods: Sequence[Good], merchant_id: UUID, at: datetime | None) -> list[UUID]:
    """Put the products on the shelf."""
    new = [
        NewProduct(
            name_zh="餐券",
            name_en="Meal",
            kind="goods",
            points=good.points,
            value_fen=good.points * 10,
            stock=good.stock,
            person_limit=good.limit,
            limit_period=None if good.limit is None else "month",
            merchant_percent=good.shares[0],
            town_percent=good.shares[1],
            sponsor_percent=good.shares[2],
            voucher_days=good.days,
            merchants=(merchant_id,),
        )
        for good in goods
    ]
    return await create_products(actor=SYSTEM, products=new, at=at)


async def _decide_budgets(town_id: UUID, at: datetime | None) -> None:
    first = (at or datetime.now(UTC)).year
    for year in range(first, first + YEARS):
        await decide_budget(actor=SYSTEM, purpose="town", period=f"{year}", amount_fen=BUDGET_FEN, area_id=town_id)


async def _give(people: Sequence[UUID], points: int, at: datetime | None) -> None:
    """Emergency shifts (60 points, ten a month) of the months before."""
    month = (at or datetime.now(UTC)).replace(day=1, hour=4, minute=0, second=0, microsecond=0)
    lines = []
    for number in range(points // 60):
        if number % 10 == 0:
            month = (month - timedelta(days=1)).replace(day=1)
        lines += [
            AwardLine(
                person_id=person,
                action="VOL-EMERG",
                occurred_at=month + timedelta(days=number % 10),
                reference=f"shift {person} {number}",
            )
            for person in people
        ]
    outcomes = await award_lines(actor=SYSTEM, lines=lines, trusted=True, at=at)
    assert all(each.outcome == "awarded" for each in outcomes), outcomes[0]


@db.flow
async def _sign_in(person_id: UUID, roles: tuple[RoleHeld, ...]) -> Somebody:
    session = await signed_in_with_second_factor(person_id)
    actor = Actor(
        id=person_id,
        kind="person",
        name="",
        roles=(RoleHeld("resident", HOME), *roles),
        area_path=HOME,
        session_id=session.session_id,
    )
    return Somebody(person_id, session.session_id, actor)
