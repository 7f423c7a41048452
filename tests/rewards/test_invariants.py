"""Each invariant finds what it is there to find: something is broken behind the product's back, and it is named."""

from datetime import timedelta

import asyncpg
import pytest

from kit.invariants import prove
from merchants.invariants import INVARIANTS as OF_MERCHANTS
from merchants.settlement import settle
from rewards.invariants import INVARIANTS as OF_REWARDS
from rewards.undoing import undo_redemption
from tests.merchants.test_settlement import AFTER, MIDNIGHT, PERIOD, sell
from tests.rewards.conftest import SYSTEM, Shop

pytestmark = pytest.mark.stores

BREAKAGES = {
    "I1 escrow": "UPDATE rewards_voucher SET points = points + 1 WHERE state = 'issued'",
    "I1 redeemed": "UPDATE rewards_redemption SET undone_at = now(), undone_by = clerk_id, undo_reason = 'x'",
    "I1 reserved": "UPDATE points_budget_line SET reserved_fen = reserved_fen + 1 WHERE purpose = 'town'",
    "I1 payable": "UPDATE points_account SET balance = balance + 1 WHERE kind = 'merchant'",
    "I6 vouchers": "UPDATE rewards_voucher SET state = 'cancelled', ended_at = now() WHERE state = 'issued'",
    "I6 settlements": "UPDATE merchants_statement SET state = 'paid', paid_at = now(), paid_by = merchant",
    "I7 redemptions": "UPDATE rewards_voucher SET state = 'issued', ended_at = NULL WHERE state = 'redeemed'",
    "I8 undone": "UPDATE rewards_redemption SET undone_at = NULL, undone_by = NULL, undo_reason = NULL"
    " WHERE voucher IN (SELECT id FROM rewards_voucher WHERE state = 'issued')",
    "I9 stock": "UPDATE rewards_stock SET remaining = remaining - 1",
    "I9 limits": "UPDATE rewards_exchange SET person_limit = 1 WHERE quantity = 2",
    "I10 sales": "DELETE FROM merchants_sale WHERE sign = -1",
    "I10 statements": "UPDATE merchants_statement SET lines = lines + 1",
    "I10 lines": "UPDATE merchants_sale AS sale SET merchant = other.id FROM merchants_merchant AS other"
    " WHERE other.id <> sale.merchant AND sale.statement IS NOT NULL",
}


async def found() -> dict[str, bool]:
    return {f.invariant.name: f.ok for f in await prove([*OF_REWARDS, *OF_MERCHANTS])}


async def everything(shop: Shop) -> None:
    """One voucher issued and one redeemed, one redemption undone, one statement."""
    used = await shop.redeem((await shop.buy(quantity=2)).vouchers[0].code)
    await sell(shop, MIDNIGHT)
    undone = await shop.redeem((await shop.buy(1)).vouchers[0].code)
    await undo_redemption(actor=shop.clerk(), redemption_id=undone.id, reason="x")
    assert used.id != undone.id
    await sell(shop, MIDNIGHT - timedelta(days=15))
    await settle(actor=SYSTEM, period=PERIOD, at=AFTER)


@pytest.mark.parametrize("name", BREAKAGES)
async def test_an_invariant_finds_what_breaks_it(shop: Shop, owner: "asyncpg.Connection", name: str) -> None:
    await everything(shop)
    assert set((await found()).values()) == {True}
    tables = ("rewards_voucher", "rewards_redemption", "merchants_sale", "merchants_statement")
    for table in tables:
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER keep")
    await owner.execute(BREAKAGES[name])
    assert (await found())[name] is False


async def test_every_invariant_has_its_breakage() -> None:
    assert {each.name for each in (*OF_REWARDS, *OF_MERCHANTS)} == set(BREAKAGES)
