"""Partners: applied, approved by somebody else, with shops, tills and pledges."""

from uuid import UUID

import asyncpg
import pytest

from identity.actor import Actor
from kit import db
from merchants.errors import (
    MerchantAlreadyDecided,
    MerchantNotApproved,
    MerchantUnknown,
    OutletUnknown,
    OwnDecision,
    PledgeAlreadySigned,
    PledgeUnknown,
)
from merchants.partners import (
    Contact,
    approve_merchant,
    open_outlet,
    open_till,
    propose_pledge,
    register_merchant,
    sign_pledge,
)
from merchants.queries import find_tills, list_pledges
from tests.rewards.conftest import SYSTEM, Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


def staff(shop: Shop, number: int) -> Actor:
    return Actor(id=shop.residents[number], kind="person", name="工作人员")


async def applied(shop: Shop) -> UUID:
    return await register_merchant(
        actor=staff(shop, 0),
        name_zh="志愿者协会",
        name_en="Volunteers",
        area_id=shop.areas["lyx.t1"],
        contact=Contact(name="赵敏", phone="13800000009"),
    )


async def test_nobody_approves_the_merchant_that_he_registered(shop: Shop) -> None:
    merchant = await applied(shop)
    with pytest.raises(OwnDecision):
        await approve_merchant(actor=staff(shop, 0), merchant_id=merchant)
    await approve_merchant(actor=staff(shop, 1), merchant_id=merchant)
    with pytest.raises(MerchantAlreadyDecided):
        await approve_merchant(actor=staff(shop, 2), merchant_id=merchant)
    with pytest.raises(MerchantUnknown):
        await approve_merchant(actor=staff(shop, 2), merchant_id=shop.meal)


async def test_the_database_itself_wants_four_eyes(shop: Shop, owner: "asyncpg.Connection") -> None:
    merchant = await applied(shop)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute(
            "UPDATE merchants_merchant SET state = 'approved', decided_by = registered_by, decided_at = now()"
            " WHERE id = $1",
            merchant,
        )


async def test_the_contact_is_stored_sealed(shop: Shop) -> None:
    merchant = await applied(shop)
    sealed = await db.fetchval("SELECT contact_sealed FROM merchants_merchant WHERE id = $1", merchant)
    assert b"13800000009" not in sealed


async def test_only_an_approved_merchant_opens_shops_and_pledges(shop: Shop) -> None:
    merchant = await applied(shop)
    with pytest.raises(MerchantNotApproved):
        await open_outlet(
            actor=SYSTEM, merchant_id=merchant, name_zh="店", name_en="Shop", area_id=shop.areas["lyx.t1"]
        )
    with pytest.raises(MerchantNotApproved):
        await propose_pledge(
            actor=SYSTEM, merchant_id=merchant, goods_zh="米", goods_en="Rice", quantity=1, value_fen=1
        )
    with pytest.raises(OutletUnknown):
        await open_till(actor=SYSTEM, outlet_id=merchant, name="1")
    assert (await find_tills([shop.tills["noodles"]]))[shop.tills["noodles"]].merchant_id == shop.merchants["noodles"]


async def test_a_pledge_is_signed_by_somebody_else_once(shop: Shop) -> None:
    merchant = shop.merchants["noodles"]
    pledge = await propose_pledge(
        actor=staff(shop, 0), merchant_id=merchant, goods_zh="面", goods_en="Noodles", quantity=200, value_fen=800
    )
    with pytest.raises(OwnDecision):
        await sign_pledge(actor=staff(shop, 0), pledge_id=pledge)
    await sign_pledge(actor=staff(shop, 1), pledge_id=pledge)
    with pytest.raises(PledgeAlreadySigned):
        await sign_pledge(actor=staff(shop, 1), pledge_id=pledge)
    with pytest.raises(PledgeUnknown):
        await sign_pledge(actor=staff(shop, 1), pledge_id=merchant)
    (row,) = await list_pledges(merchant)
    assert (row["state"], row["quantity"], row["value_fen"]) == ("signed", 200, 800)
