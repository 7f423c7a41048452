"""Races, each with its control: with the guard taken away the same test sees the fault."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any

import asyncpg
import pytest

from identity.people import NewPerson, register_people
from kit import db
from kit.errors import Refusal
from kit.invariants import prove
from kit.once import Answer
from merchants.invariants import INVARIANTS as OF_MERCHANTS
from rewards import exchange, holding, scanning, stock
from rewards.exchange import ExchangeLine, exchange_lines
from rewards.invariants import INVARIANTS as OF_REWARDS
from rewards.redemption import RedeemLine, redeem_lines
from rewards.undoing import undo_redemption
from tests.races import meet_after, meet_inside
from tests.rewards.conftest import LATE, SYSTEM, Shop, give_points, once

pytestmark = pytest.mark.stores

TILLS = 64
CONNECTIONS = 32


@pytest.fixture(autouse=True)
async def many_connections(database: str) -> None:
    """So many, and made already, that the database and not the pool decides who is first."""
    await db.open_pool(size=CONNECTIONS)
    await asyncio.gather(*(db.fetchval("SELECT pg_sleep(0.2)") for _ in range(CONNECTIONS)))


async def all_at_once(calls: Sequence[Awaitable[list[Answer[Any]]]]) -> list[str]:
    """What came of each call: ok, the code of its refusal, or the name of an error that nobody should see."""
    outcomes = []
    for each in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(each, BaseException):
            outcomes.append(type(each).__name__)
        else:
            result = each[0].result
            outcomes.append(result.code if isinstance(result, Refusal) else "ok")
    return outcomes


async def broken() -> list[str]:
    return [f.invariant.name for f in await prove([*OF_REWARDS, *OF_MERCHANTS]) if not f.ok]


async def crowd(shop: Shop, size: int) -> list[ExchangeLine]:
    """So many residents with points who all want the same."""
    people = await register_people(
        actor=SYSTEM, people=[NewPerson(name="买家", area_id=shop.areas["lyx.t1.v1"]) for _ in range(size)]
    )
    await give_points(people=people, by_month={LATE: 100})
    return [ExchangeLine(actor=SYSTEM, person_id=each, product_id=shop.meal) for each in people]


async def redeem_everywhere(shop: Shop, vouchers: int) -> list[dict[str, int]]:
    """Every voucher scanned by 64 tills at once; what the tills of each voucher were told."""
    sold = await exchange_lines((await crowd(shop, vouchers))[:vouchers])
    told = []
    for answer in sold:
        assert not isinstance(answer.result, Refusal)
        assert answer.result is not None
        line = RedeemLine(actor=shop.clerk(), code=answer.result.vouchers[0].code)
        told.append(dict(Counter(await all_at_once([redeem_lines([line]) for _ in range(TILLS)]))))
    return told


async def test_of_64_tills_exactly_one_redeems_and_the_others_are_told(shop: Shop, *, full: bool) -> None:
    count = 200 if full else 50
    shop_of_many = await enough(shop, count)
    told = await redeem_everywhere(shop_of_many, count)
    assert told == [{"ok": 1, "voucher_already_redeemed": TILLS - 1}] * count
    assert await broken() == []


async def test_without_the_lock_on_the_voucher_the_race_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_LOCK", holding._LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(scanning, "lock_vouchers", meet_after(scanning.lock_vouchers))
    (told,) = await redeem_everywhere(shop, 1)
    assert told["CheckViolationError"] > 0, "what no till should see: only the money's own check stops the second"


async def enough(shop: Shop, pieces: int) -> Shop:
    """The shelf filled for so many."""
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE rewards_stock SET supplied = supplied + $2, remaining = remaining + $2 WHERE product = $1",
            shop.meal,
            pieces,
        )
    return shop


async def last_piece(shop: Shop, buyers: int) -> dict[str, int]:
    """All buyers want the last piece at once."""
    async with db.transaction() as connection:
        await connection.execute("UPDATE rewards_stock SET supplied = 1, remaining = 1")
    lines = await crowd(shop, buyers)
    return dict(Counter(await all_at_once([exchange_lines([line]) for line in lines])))


async def test_the_last_piece_goes_to_one_buyer(shop: Shop, *, full: bool) -> None:
    buyers = 200 if full else 50
    assert await last_piece(shop, buyers) == {"ok": 1, "out_of_stock": buyers - 1}
    assert await broken() == []


async def test_without_the_lock_on_the_shelf_it_is_sold_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "_LOCK", stock._LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(exchange, "open_shelves", meet_inside(exchange.open_shelves))
    told = await last_piece(shop, 50)
    assert told["ok"] > 1
    assert "I9 stock" in await broken()


async def same_request(shop: Shop, keys: Sequence[str]) -> tuple[set[bytes], int]:
    """One resident's exchange sent under these keys at once: the different answers, and how often it happened."""
    calls = [exchange_lines([shop.line(once=once(key))]) for key in keys]
    answers = await asyncio.gather(*calls)
    happened = await db.fetchval("SELECT count(*) FROM rewards_exchange")
    return {answer.rendered.body for (answer,) in answers}, happened


async def test_one_key_sent_50_times_at_once_has_one_answer_and_one_effect(shop: Shop) -> None:
    answers, happened = await same_request(shop, ["k"] * 50)
    assert (len(answers), happened) == (1, 1)
    assert await same_request(shop, ["k"] * 5) == (answers, 1)
    assert await broken() == []


async def test_with_a_new_key_for_each_try_it_happens_again_and_again(shop: Shop) -> None:
    answers, happened = await same_request(shop, [f"k{number}" for number in range(50)])
    assert len(answers) > 1
    assert happened == 4  # the limit of the product is what stops it


async def test_a_limit_holds_when_everything_is_asked_for_at_once(shop: Shop) -> None:
    told = await all_at_once([exchange_lines([shop.line()]) for _ in range(30)])
    assert Counter(told) == {"ok": 4, "limit_reached": 26}
    assert await broken() == []


async def test_a_budget_stops_hard_when_everything_is_asked_for_at_once(
    shop: Shop, owner: "asyncpg.Connection"
) -> None:
    await owner.execute("UPDATE points_budget_line SET amount_fen = 1300 WHERE id = $1", shop.budgets["town"])
    lines = await crowd(shop, 30)
    told = await all_at_once([exchange_lines([line]) for line in lines])
    assert Counter(told) == {"ok": 5, "budget_exhausted": 25}
    assert await shop.budget("town") == (1250, 0)
    assert await broken() == []


async def test_a_double_undo_takes_back_once(shop: Shop) -> None:
    used = await shop.redeem((await shop.buy()).vouchers[0].code)
    undos = [undo_redemption(actor=shop.clerk(), redemption_id=used.id, reason="x") for _ in range(20)]
    outcomes = await asyncio.gather(*undos, return_exceptions=True)
    assert Counter(each.code if isinstance(each, Refusal) else "ok" for each in outcomes) == {
        "ok": 1,
        "already_undone": 19,
    }
    assert await broken() == []
