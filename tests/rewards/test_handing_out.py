"""A rotating voucher's own secret goes to its holder, who can show the code from it; to nobody else, and on record."""

import hmac
from base64 import b32encode
from datetime import timedelta
from hashlib import sha256

import pytest

from kit import clock, db
from kit.refusals import NotFound
from rewards import queries
from rewards.errors import VoucherAlreadyRedeemed, VoucherCancelled, VoucherExpired
from rewards.handing_out import hand_out_secret
from rewards.vouchers import cancel_voucher
from tests.rewards.conftest import Shop

pytestmark = [pytest.mark.stores, pytest.mark.usefixtures("proven")]


async def test_what_a_phone_computes_from_it_is_redeemed(shop: Shop) -> None:
    voucher = (await shop.buy(product=await shop.product(cash_like=True))).vouchers[0]
    own = await hand_out_secret(actor=shop.resident(), voucher_id=voucher.id)
    step = int(own.moment.timestamp()) // own.rotates_every
    proof = hmac.digest(own.secret, f"step {step}".encode(), sha256)[:5]
    redeemed = await shop.redeem(own.finder + b32encode(proof).decode())
    assert redeemed.voucher_id == voucher.id
    on_record = "SELECT count(*) FROM identity_audit_entry WHERE action = 'voucher.secret_handed_out'"
    assert await db.fetchval(on_record) == 1


async def test_nobody_elses_and_of_no_code_that_stays(shop: Shop) -> None:
    rotating = (await shop.buy(product=await shop.product(cash_like=True))).vouchers[0]
    plain = (await shop.buy()).vouchers[0]
    for actor, voucher in ((shop.resident(1), rotating), (shop.clerk(), rotating), (shop.resident(), plain)):
        with pytest.raises(NotFound):
            await hand_out_secret(actor=actor, voucher_id=voucher.id)


async def test_none_when_it_can_be_used_no_more(shop: Shop) -> None:
    product = await shop.product(cash_like=True, person_limit=None, limit_period=None)
    used, given_back, old = [(await shop.buy(product=product)).vouchers[0] for _ in range(3)]
    await shop.redeem(used.code)
    await cancel_voucher(actor=shop.resident(), voucher_id=given_back.id)
    for voucher, refusal in ((used, VoucherAlreadyRedeemed), (given_back, VoucherCancelled)):
        with pytest.raises(refusal):
            await hand_out_secret(actor=shop.resident(), voucher_id=voucher.id)
    with pytest.raises(VoucherExpired):
        await hand_out_secret(actor=shop.resident(), voucher_id=old.id, at=old.expires_at)


async def test_a_voucher_whose_days_are_over_has_expired_for_its_holder_before_any_job(shop: Shop) -> None:
    voucher = (await shop.buy()).vouchers[0]
    row = await queries.find_voucher(voucher.id)
    assert row is not None
    assert queries.shelf_of(row, clock.now()) == "issued"
    assert queries.shelf_of(row, voucher.expires_at) == "expired"
    assert queries.shelf_of(row, voucher.expires_at - timedelta(seconds=1)) == "issued"
    assert await queries.count_shelves(shop.residents[0]) == {"issued": 1}
    assert [each["id"] for each in await queries.list_shelf(shop.residents[0], "issued", None, 5)] == [voucher.id]
    after = (voucher.expires_at, voucher.id)
    assert list(await queries.list_shelf(shop.residents[0], "issued", after, 5)) == []
