"""Who is measured: the hot flows as their callers call them. Each does its work for some seconds and gives a rate."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import httpx
import msgspec

from admin.budgets import decide_budget
from identity.actor import Actor, RoleHeld
from identity.api_keys import create_api_key
from identity.areas import areas_under
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from kit.gather import Gatherer
from kit.ids import new_id
from kit.once import Once, Rendered
from merchants.partners import approve_merchant, register_merchant
from points.awards import AwardLine, LineOutcome, award_lines
from points.budget import find_line
from rewards.exchange import Exchanged, ExchangeLine, exchange_lines
from rewards.products import NewProduct, create_products
from rewards.redemption import RedeemLine, redeem_lines
from seed.city import COUNTY

SYSTEM = Actor.system("bench")
ACTIONS = ("ERR-AGENT", "ERR-DELIVER", "VOL-ELDER", "LRN-PUBLIC", "ERR-NEIGHBOR", "RPT-CONFIRM", "VOL-PATROL")
"""Actions with caps of several periods, most with credit and under the global caps."""
_MINUTES = range(20 * 24 * 60)
PRICE = 2
BUDGET_FEN = 100_000_000_000
HTTP_ACTIONS = ("RPT-CONFIRM", "LRN-QUIZ", "PLT-REFER")
HTTP_LINES = 500
MOST_REDEEMED_A_SECOND = 3_000


class WrongAnswer(RuntimeError):
    """The work was refused where it must not be."""


@dataclass(slots=True, kw_only=True)
class Shop:
    """What the exchange and the till need."""

    clerk: Actor
    products: Sequence[UUID]
    api_key: str
    codes: deque[str] = field(default_factory=deque)


async def open_shop() -> Shop:
    """A merchant, its clerk, a few products without end, money for them, and a key for an integration."""
    (county,), towns = await areas_under(COUNTY, level=1), await areas_under(COUNTY, level=2)
    town = towns[0]
    merchant_id = await register_merchant(actor=SYSTEM, name_zh="超市", name_en="Shop", area_id=town.id)
    await approve_merchant(actor=SYSTEM, merchant_id=merchant_id)
    (clerk_id,) = await register_people(actor=SYSTEM, people=[NewPerson(name="店员", area_id=town.id, resident=False)])
    await grant_roles(
        actor=SYSTEM, grants=[RoleGrant(person_id=clerk_id, role="merchant_clerk", merchant_id=merchant_id)]
    )
    goods = NewProduct(
        name_zh="餐券", name_en="Meal", kind="goods", points=PRICE, value_fen=PRICE * 10, stock=100_000_000,
        merchant_percent=20, town_percent=80, merchants=(merchant_id,),
    )  # fmt: skip
    products = await create_products(actor=SYSTEM, products=[goods] * 20)
    year = f"{datetime.now(UTC).year}"
    for each in towns:
        if await find_line(purpose="town", period=year, area_id=each.id) is None:
            await decide_budget(actor=SYSTEM, purpose="town", period=year, amount_fen=BUDGET_FEN, area_id=each.id)
    key = await create_api_key(actor=SYSTEM, name=f"bench {new_id()}", actions=HTTP_ACTIONS, area_id=county.id)
    roles = (RoleHeld("merchant_clerk", None, merchant_id=merchant_id),)
    return Shop(clerk=Actor(id=clerk_id, kind="person", name="", roles=roles), products=products, api_key=key.key)


@dataclass(slots=True, kw_only=True)
class Bench:
    """The residents, the shop and the draw that all contestants share."""

    residents: Sequence[UUID]
    draw: Random
    shop: Shop = field(default_factory=lambda: Shop(clerk=SYSTEM, products=(), api_key=""))

    def award_lines(self, count: int) -> list[AwardLine]:
        """Awards of somebody each, for something done in the last days."""
        now, call = datetime.now(UTC), new_id().hex
        return [
            AwardLine(
                person_id=person_id,
                action=action,
                occurred_at=now - timedelta(minutes=minutes),
                reference=f"{call}-{number}",
            )
            for number, (person_id, action, minutes) in enumerate(
                zip(
                    self.draw.choices(self.residents, k=count),
                    self.draw.choices(ACTIONS, k=count),
                    self.draw.choices(_MINUTES, k=count),
                    strict=True,
                )
            )
        ]

    async def awards(self, lines: int) -> int:
        """One batch; how many were awarded."""
        outcomes = await award_lines(actor=SYSTEM, lines=self.award_lines(lines), trusted=True)
        return sum(each.outcome == "awarded" for each in outcomes)

    async def exchanges(self, lines: int) -> int:
        """One batch; how many went through. Their codes wait for the till."""
        asked = [
            ExchangeLine(
                actor=SYSTEM,
                person_id=person,
                product_id=self.draw.choice(self.shop.products),
                once=_once("exchange"),
            )
            for person in self.draw.sample(self.residents, lines)
        ]
        answers = await exchange_lines(asked)
        done = [each.result for each in answers if isinstance(each.result, Exchanged)]
        self.shop.codes.extend(voucher.code for each in done for voucher in each.vouchers)
        return len(done)

    async def redemptions(self, lines: int) -> int:
        """One batch of codes that wait; how many were redeemed."""
        codes = [self.shop.codes.popleft() for _ in range(min(lines, len(self.shop.codes)))]
        asked = [RedeemLine(actor=self.shop.clerk, code=code, once=_once("redeem")) for code in codes]
        return sum(each.rendered.status < 300 for each in await redeem_lines(asked))


def _once(route: str) -> Once:
    return Once(caller="bench", route=route, key=f"{new_id()}", body=b"{}", render=_render, secret=route == "exchange")


def _render(result: object) -> Rendered:
    return Rendered(201, msgspec.json.encode(result, enc_hook=str))


async def for_seconds(seconds: float, callers: int, work: Callable[[], Awaitable[int]]) -> float:
    """Let so many callers do this one time after another; what they did a second."""
    begun = time.perf_counter()
    done = 0

    async def call() -> None:
        nonlocal done
        while time.perf_counter() - begun < seconds:
            more = await work()  # apart from the sum: others add to it meanwhile
            done += more

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    return done / (time.perf_counter() - begun)


async def redemptions(bench: Bench, seconds: float, lines: int) -> float:
    """Batches of vouchers that were exchanged before, untimed; ends early when none is left."""
    while len(bench.shop.codes) < MOST_REDEEMED_A_SECOND * seconds:
        await bench.exchanges(lines)
    begun = time.perf_counter()
    done = 0
    while time.perf_counter() - begun < seconds and bench.shop.codes:
        done += await bench.redemptions(lines)
    return done / (time.perf_counter() - begun)


async def gathered_awards(bench: Bench, seconds: float, callers: int) -> float:
    """Single awards of many callers, brought together by the gatherer as the controllers do it."""

    async def flow(lines: Sequence[AwardLine]) -> Sequence[LineOutcome]:
        return await award_lines(actor=SYSTEM, lines=lines, trusted=True)

    gatherer = Gatherer(flow, conflicts=lambda line: (line.person_id,))

    async def one() -> int:
        return int((await gatherer.submit(bench.award_lines(1)[0])).outcome == "awarded")

    rate = await for_seconds(seconds, callers, one)
    await gatherer.drain()
    return rate


async def http_awards(bench: Bench, url: str, seconds: float, callers: int) -> float:
    """Bodies of 500 lines over HTTP, from an integration with its key."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def one() -> int:
            body = msgspec.json.encode(
                [
                    {
                        "reference": line.reference,
                        "resident": str(line.person_id),
                        "action": bench.draw.choice(HTTP_ACTIONS),
                        "occurred_at": line.occurred_at,
                    }
                    for line in bench.award_lines(HTTP_LINES)
                ]
            )
            headers = {"authorization": f"Bearer {bench.shop.api_key}", "content-type": "application/json"}
            answer = await http.post("/api/awards", content=body, headers=headers)
            if answer.status_code != 200:
                raise WrongAnswer(f"{answer.status_code} {answer.text[:300]}")
            return sum(each["outcome"] == "awarded" for each in answer.json())

        return await for_seconds(seconds, callers, one)
