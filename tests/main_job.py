"""The tiny town in which tests/test_main_job.py plays: one county, two villages, a person for each part, two shops.

Everything here is built through the product's own flows. What happens in the tests themselves goes over HTTP, by these
people, each with a login of his own.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
import zxingcpp
from PIL import Image

from admin.budgets import decide_budget
from identity.actor import Actor
from identity.api_keys import create_api_key
from identity.areas import NewArea, open_areas
from identity.households import open_household
from identity.logins import create_login
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from kit import clock, db
from merchants.partners import (
    approve_merchant,
    open_outlet,
    open_till,
    propose_pledge,
    register_merchant,
    sign_pledge,
)
from points.awards import AwardLine, award_lines
from rewards.products import NewProduct, create_products

SYSTEM = Actor.system("tests")
PASSWORD = "a long enough password"
COUNTY, TOWN, VILLAGE, GRID, HOME = "lyx", "lyx.t1", "lyx.t1.v1", "lyx.t1.v1.g1", "lyx.t1.v1.g1.m1"
NEXT_VILLAGE = "lyx.t1.v2"
AREAS = {
    COUNTY: "临溪县",
    TOWN: "青石镇",
    VILLAGE: "桥头村",
    GRID: "桥头村第一网格",
    HOME: "桥头村第一微网格",
    NEXT_VILLAGE: "河口村",
}

# who: (name, where he lives, role, for which area); a resident holds no role but that of living there
CAST: Mapping[str, tuple[str, str, str | None, str | None]] = {
    "lan": ("王小兰", HOME, None, None),
    "hong": ("李红", HOME, None, None),
    "kin": ("王大明", HOME, "village_verifier", VILLAGE),  # lives with lan
    "worker": ("赵网格", GRID, "grid_worker", GRID),
    "village": ("陈村长", VILLAGE, "village_verifier", VILLAGE),
    "next_village": ("周邻村", NEXT_VILLAGE, "village_verifier", NEXT_VILLAGE),
    "town": ("孙镇平", TOWN, "town_verifier", TOWN),
    "first_assessor": ("吴评一", COUNTY, "assessor", COUNTY),
    "second_assessor": ("郑评二", COUNTY, "assessor", COUNTY),
    "town_approver": ("冯批镇", TOWN, "town_approver", TOWN),
    "county_approver": ("褚批县", COUNTY, "county_approver", COUNTY),
    "finance": ("卫财务", COUNTY, "finance", COUNTY),
    "auditor": ("蒋审计", COUNTY, "auditor", COUNTY),
    "noodle_clerk": ("沈店员", TOWN, None, None),
    "barber_clerk": ("韩店员", TOWN, None, None),
}
STAFF = frozenset(CAST) - {"lan", "hong"}

MEAL = NewProduct(
    name_zh="五元餐券",
    name_en="5-yuan meal voucher",
    kind="goods",
    points=50,
    value_fen=500,
    stock=5,
    person_limit=3,
    limit_period="month",
    merchant_percent=40,
    town_percent=60,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """One of the cast, signed in."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **query: Any) -> Any:
        """What a page shows."""
        answer = await self.raw(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def raw(self, path: str, *, totp: str | None = None, **query: Any) -> httpx.Response:
        """The answer as it came, for the second factor once more where it is given."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"X-TOTP": totp} if totp else {})
        return await self.client.get(path, params=query, headers=headers)

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """What was done."""
        answer = await self.ask(path, body, key=key)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def refused(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The problem with which a request was refused."""
        answer = await self.ask(path, body, key=key)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        return answer.json()

    async def ask(self, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        """Ask for something, under a fresh key unless one is given."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or uuid4().hex}
        return await self.client.post(path, json=body, headers=headers)

    async def upload(self) -> str:
        """Send a picture and get its id."""
        photo = io.BytesIO()
        Image.new("RGB", (64, 48), "firebrick").save(photo, "JPEG")
        answer = await self.client.post(
            "/api/files",
            headers={"Authorization": f"Bearer {self.token}"},
            files={"file": ("door.jpg", photo.getvalue(), "image/jpeg")},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@dataclass(frozen=True, slots=True)
class TinyTown:
    """Areas, people, shops and products by short names, and a way to sign in as anybody."""

    client: httpx.AsyncClient
    areas: dict[str, UUID]
    people: dict[str, UUID]
    shops: dict[str, UUID]
    products: dict[str, UUID]
    signed_in: dict[str, Caller] = field(default_factory=dict)
    authenticators: dict[str, pyotp.TOTP] = field(default_factory=dict)

    async def sign_in(self, name: str) -> Caller:
        """Sign in with login and password, staff with their second factor too."""
        if name not in self.signed_in:
            made = await create_login(
                actor=SYSTEM, person_id=self.people[name], login=name, password=PASSWORD, with_totp=name in STAFF
            )
            body = {"login": name, "password": PASSWORD}
            if made.totp_secret:
                self.authenticators[name] = pyotp.TOTP(made.totp_secret)
                body["totp"] = self.authenticators[name].now()
            answer = await self.client.post("/api/auth/login", json=body)
            assert answer.status_code == 200, answer.text
            self.signed_in[name] = Caller(self.client, answer.json()["access_token"])
        return self.signed_in[name]

    def next_code(self, name: str) -> str:
        """What somebody's authenticator shows after the code with which he signed in."""
        return self.authenticators[name].at(clock.now() + timedelta(seconds=30))

    async def integration(self, *actions: str) -> Caller:
        """Another system of the county with its API key."""
        made = await create_api_key(actor=SYSTEM, name="school", actions=list(actions), area_id=self.areas[COUNTY])
        return Caller(self.client, made.key)

    async def earned_earlier(self, name: str, *, days_ago: int, times: int = 1) -> None:
        """Sixty points a time for an emergency shift, as an import brings them from paper."""
        moment = clock.now() - timedelta(days=days_ago)
        lines = [
            AwardLine(
                person_id=self.people[name],
                action="VOL-EMERG",
                occurred_at=moment - timedelta(days=number, minutes=1),
                reference=f"{name}-{days_ago}-{number}",
            )
            for number in range(times)
        ]
        outcomes = await award_lines(actor=SYSTEM, lines=lines, at=moment, trusted=True)
        assert [each.outcome for each in outcomes] == ["awarded"] * times, outcomes

    async def decisions_about(self, participation_id: str) -> list[tuple[str, str]]:
        """The decision rows of a participation after it was handed in, as an auditor reads them."""
        rows = await db.fetch(
            "SELECT outcome, code FROM points_decision WHERE participation_id = $1 ORDER BY id", UUID(participation_id)
        )
        return [(row["outcome"], row["code"]) for row in rows]


async def build_tiny_town(client: httpx.AsyncClient) -> TinyTown:
    """Areas, people, households, roles, budgets, two shops and what they offer."""
    opened = await open_areas(
        actor=SYSTEM, areas=[NewArea(path=path, name_zh=name, name_en=path) for path, name in AREAS.items()]
    )
    areas = dict(zip(AREAS, opened, strict=True))
    ids = await register_people(
        actor=SYSTEM, people=[NewPerson(name=name, area_id=areas[where]) for name, where, _, _ in CAST.values()]
    )
    people = dict(zip(CAST, ids, strict=True))
    await open_household(actor=SYSTEM, area_id=areas[HOME], members=[people["lan"], people["kin"]])
    shops = {"noodles": await _open_shop("老王面馆", areas), "barber": await _open_shop("小李理发", areas)}
    grants = [
        RoleGrant(person_id=people[who], role=role, area_id=areas[path])
        for who, (_, _, role, path) in CAST.items()
        if role is not None and path is not None
    ]
    for shop, who in (("noodles", "noodle_clerk"), ("barber", "barber_clerk")):
        grants.append(RoleGrant(person_id=people[who], role="merchant_clerk", merchant_id=shops[shop]))
    await grant_roles(actor=SYSTEM, grants=grants)
    this_year = f"{clock.business_day(clock.now()):%Y}"
    for purpose, path in (("town", TOWN), ("bonus", COUNTY)):
        await decide_budget(actor=SYSTEM, purpose=purpose, period=this_year, amount_fen=1_000_000, area_id=areas[path])
    return TinyTown(client, areas, people, shops, await _offer_products(shops))


async def _open_shop(name: str, areas: dict[str, UUID]) -> UUID:
    """A merchant with an outlet, a till and a signed pledge."""
    merchant_id = await register_merchant(actor=SYSTEM, name_zh=name, name_en=name, area_id=areas[TOWN])
    await approve_merchant(actor=SYSTEM, merchant_id=merchant_id)
    outlet_id = await open_outlet(
        actor=SYSTEM, merchant_id=merchant_id, name_zh="总店", name_en="Main", area_id=areas[TOWN]
    )
    await open_till(actor=SYSTEM, outlet_id=outlet_id, name="1")
    pledge_id = await propose_pledge(
        actor=SYSTEM, merchant_id=merchant_id, goods_zh="餐券", goods_en="Meals", quantity=100, value_fen=500
    )
    await sign_pledge(actor=SYSTEM, pledge_id=pledge_id)
    return merchant_id


async def _offer_products(shops: dict[str, UUID]) -> dict[str, UUID]:
    """A meal, and one product for each thing that can stand in the way of an exchange."""
    at_noodles = (shops["noodles"],)
    later = clock.now() + timedelta(days=7)
    wanted = {
        "meal": replace(MEAL, merchants=at_noodles),
        "haircut": replace(MEAL, name_zh="理发一次", name_en="Haircut", merchants=(shops["barber"],)),
        "last piece": replace(MEAL, name_zh="最后一件", name_en="Last piece", stock=1, merchants=at_noodles),
        "for L3": replace(MEAL, name_zh="三级专享", name_en="For level 3", min_level=3, merchants=at_noodles),
        "next week": replace(MEAL, name_zh="下周开放", name_en="Next week", opens_at=later, merchants=at_noodles),
        "bicycle": replace(MEAL, name_zh="自行车", name_en="Bicycle", points=5_000, merchants=at_noodles),
    }
    made = await create_products(actor=SYSTEM, products=list(wanted.values()))
    return dict(zip(wanted, made, strict=True))


def days_of_one_month(count: int) -> list[date]:
    """So many days of one month that a claim of today may still be about: the rules look back 31 days."""
    today = clock.business_day(clock.now())
    window = [today - timedelta(days=back) for back in range(30, 0, -1)]
    by_month: dict[int, list[date]] = {}
    for day in window:
        by_month.setdefault(day.month, []).append(day)
    longest = max(by_month.values(), key=len)
    return longest[:count]


def at(day: date, hour: int = 10, minute: int = 0) -> str:
    """A moment of a day in Shanghai, as it goes over the wire."""
    return datetime.combine(day, time(hour, minute), clock.SHANGHAI).isoformat()


def yesterday() -> date:
    """A day that is over, wherever the clock stands."""
    return clock.business_day(clock.now()) - timedelta(days=1)


def read_png(picture: bytes) -> str:
    """What a scanner reads from the pixels."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


def read_svg(drawing: bytes) -> str:
    """What a scanner reads from the drawing, painted square by square."""
    squares = [
        tuple(round(float(edge) * 10) for edge in edges)
        for path in re.findall(r' d="([^"]+)"', drawing.decode())
        for edges in re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)", path)
    ]
    side = max(right for _, _, right, _ in squares) + 40
    picture = Image.new("L", (side, side), 255)
    for left, top, right, bottom in squares:
        picture.paste(0, (left, top, right, bottom))
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)
