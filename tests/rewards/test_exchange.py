"""Exchanging points for vouchers: what it moves, and everything that refuses it."""

from datetime import timedelta

import pytest

from identity.actor import Actor, RoleHeld
from identity.errors import PersonUnknown
from kit import clock, db
from kit.errors import Refusal
from kit.once import result_of
from points import months
from points.errors import BudgetExhausted, InsufficientPoints
from rewards import codes, queries
from rewards.errors import AgeTooLow, LevelTooLow, LimitReached, NotOpen, OutOfStock, ProductUnknown
from rewards.exchange import ExchangeLine, exchange_lines
from rewards.products import StockTooLow, change_stock, default_catalogue, set_product_state
from tests.rewards.conftest import EARLY, LATE, START, SYSTEM, THIS_MONTH, Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


async def test_points_go_to_escrow_and_a_voucher_is_issued_for_each_piece(shop: Shop) -> None:
    got = await shop.buy(quantity=2)
    assert (got.points, got.balance_after, len(got.vouchers)) == (100, START - 100, 2)
    assert {len(each.code) for each in got.vouchers} == {26}
    assert {len(each.short_code or "") for each in got.vouchers} == {12}
    rows = await db.fetch("SELECT kind, amount, reference FROM points_transfer WHERE kind <> 'award'")
    assert {(row["kind"], row["amount"], row["reference"]) for row in rows} == {
        ("exchange", 50, each.id) for each in got.vouchers
    }


async def test_a_voucher_lives_to_the_end_of_its_last_day_in_shanghai(shop: Shop) -> None:
    got = await shop.buy()
    today = clock.business_day(clock.now())
    assert got.vouchers[0].expires_at == clock.day_start(today + timedelta(days=31))


async def test_the_database_holds_no_code_only_what_it_is_found_by(shop: Shop) -> None:
    got = await shop.buy()
    row = await db.fetchrow("SELECT * FROM rewards_voucher")
    assert row is not None
    held = repr(dict(row))
    assert got.vouchers[0].code not in held
    assert str(got.vouchers[0].short_code) not in held
    found = await queries.find_voucher(got.vouchers[0].id)
    assert found is not None
    assert codes.shown(queries.issue_of(found), clock.now()) == got.vouchers[0].code


async def test_the_earliest_points_are_spent_first(shop: Shop) -> None:
    await shop.buy(product=await shop.product(points=350))
    row = await db.fetchrow("SELECT first_month, by_month FROM points_account WHERE id = $1", shop.residents[0])
    assert row is not None
    assert (row["first_month"], row["by_month"][0]) == (LATE, START - 350)
    assert EARLY < LATE


async def test_the_shares_of_town_and_sponsor_are_set_aside(shop: Shop) -> None:
    await shop.buy(quantity=3)
    assert await shop.budget("town") == (750, 0)
    assert await shop.budget("sponsor") == (300, 0)


async def test_a_refused_line_moves_nothing_and_leaves_its_neighbours_alone(shop: Shop) -> None:
    scarce = await shop.product(stock=1)
    answers = await exchange_lines(
        [shop.line(0, scarce), shop.line(1, scarce), shop.line(2), shop.line(0, quantity=5), shop.line(0)]
    )
    codes_of = [each.result.code if isinstance(each.result, Refusal) else "ok" for each in answers]
    assert codes_of == ["ok", "out_of_stock", "ok", "limit_reached", "ok"]
    assert await db.fetchval("SELECT count(*) FROM rewards_voucher") == 3
    assert await db.fetchval("SELECT balance FROM points_account WHERE id = $1", shop.residents[1]) == START


async def test_what_is_refused_is_told_why(shop: Shop) -> None:
    now = clock.now()
    cases: list[tuple[type[Refusal], dict[str, object]]] = [
        (InsufficientPoints, {"points": START + 1}),
        (OutOfStock, {"stock": 0}),
        (LevelTooLow, {"min_level": 3}),
        (AgeTooLow, {"min_age": 60}),
        (NotOpen, {"opens_at": now + timedelta(hours=1)}),
        (NotOpen, {"opens_at": now - timedelta(hours=2), "closes_at": now - timedelta(hours=1)}),
        (NotOpen, {"state": "closed"}),
        (ProductUnknown, {"state": "draft"}),
        (ProductUnknown, {"area_id": shop.areas["lyx.t2"]}),
        (BudgetExhausted, {"value_fen": 3_000_000}),
        (BudgetExhausted, {"sponsor": "没有出钱的公司"}),
    ]
    for refusal, changed in cases:
        with pytest.raises(refusal):
            await shop.buy(product=await shop.product(**changed))
    with pytest.raises(ProductUnknown):
        await shop.buy(product=shop.areas["lyx"])
    assert await db.fetchval("SELECT count(*) FROM rewards_exchange") == 0
    assert await shop.budget("town") == (0, 0)


async def test_a_product_of_the_town_is_for_the_town(shop: Shop) -> None:
    assert (await shop.buy(product=await shop.product(area_id=shop.areas["lyx.t1"]))).points == 50


async def test_a_limit_counts_its_period_and_forgets_what_was_before(shop: Shop) -> None:
    last_month = clock.day_start(months.first_day(THIS_MONTH)) - timedelta(minutes=1)
    product = await shop.product(person_limit=2, opens_at=last_month - timedelta(days=9))
    await shop.buy(product=product, quantity=2, at=last_month)
    with pytest.raises(LimitReached):
        await shop.buy(product=product, at=last_month)
    first_minute = last_month + timedelta(minutes=2)
    await shop.buy(product=product, quantity=2, at=first_minute)
    with pytest.raises(LimitReached) as refused:
        await shop.buy(product=product, at=first_minute)
    assert refused.value.data == {"limit": 2, "left": 0}


async def test_staff_act_for_residents_of_their_own_area_alone(shop: Shop) -> None:
    def worker(path: str, role: str = "grid_worker") -> Actor:
        held = RoleHeld(role, path)
        return Actor(id=shop.clerks["noodles"], kind="person", name="网格员", area_path=path, roles=(held,))

    def line(actor: Actor) -> ExchangeLine:
        return ExchangeLine(actor=actor, person_id=shop.residents[0], product_id=shop.meal)

    served, *refused = await exchange_lines(
        [line(worker("lyx.t1")), line(worker("lyx.t2")), line(worker("lyx.t1", "auditor")), line(shop.resident(1))]
    )
    assert result_of(served).points == 50
    assert [type(each.result) for each in refused] == [PersonUnknown] * 3
    entry = await db.fetchrow("SELECT actor_id, person_id FROM identity_audit_entry WHERE action = 'exchange.made'")
    assert entry is not None
    assert (entry["actor_id"], entry["person_id"]) == (shop.clerks["noodles"], shop.residents[0])


async def test_a_gift_goes_to_the_fund_without_a_voucher(shop: Shop) -> None:
    gift = await shop.product(kind="donation", points=10, person_limit=None, limit_period=None, stock=None)
    got = await shop.buy(product=gift, quantity=7)
    assert (got.vouchers, got.points, got.balance_after) == ((), 70, START - 70)
    assert await db.fetchval("SELECT kind FROM points_transfer WHERE amount = 70") == "gift"


async def test_a_privilege_costs_nothing_and_still_has_its_voucher(shop: Shop) -> None:
    free = await shop.product(
        kind="privilege", points=0, value_fen=0, merchant_percent=100, town_percent=0, sponsor_percent=0, sponsor=None
    )
    got = await shop.buy(product=free)
    assert (len(got.vouchers), got.balance_after) == (1, START)
    assert (await shop.redeem(got.vouchers[0].code)).value_fen == 0


async def test_the_same_twelve_digits_are_given_to_nobody_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    truly = codes.short

    def crowded(issue: codes.Issue) -> str | None:
        return "00000000000" + codes.check_digit("0" * 11) if issue.number == 1 else truly(issue)

    monkeypatch.setattr(codes, "short", crowded)
    got = await shop.buy(quantity=3)
    assert len({each.short_code for each in got.vouchers}) == 3
    numbers = await db.fetch("SELECT issue_number FROM rewards_voucher ORDER BY issue_number")
    assert [row["issue_number"] for row in numbers] == [1, 2, 2]
    for each in got.vouchers:
        assert (await shop.redeem(str(each.short_code))).voucher_id == each.id


async def test_the_shelf_is_filled_and_emptied_but_never_below_nothing(shop: Shop) -> None:
    product = await shop.product(stock=1)
    assert await change_stock(actor=SYSTEM, product_id=product, pieces=2) == 3
    await shop.buy(product=product, quantity=2)
    with pytest.raises(StockTooLow):
        await change_stock(actor=SYSTEM, product_id=product, pieces=-2)
    assert await change_stock(actor=SYSTEM, product_id=product, pieces=-1) == 0
    await set_product_state(actor=SYSTEM, product_id=product, state="closed")
    with pytest.raises(NotOpen):
        await shop.buy(product=product)


def test_the_default_catalogue_has_its_fifteen_products() -> None:
    products = default_catalogue()
    assert len(products) == 15
    assert [each.name_zh for each in products if each.cash_like] == ["公交卡充值"]
    assert [each.kind for each in products if each.state == "draft"] == ["loan"]
    assert {each.min_level for each in products} == {1, 2, 3}
