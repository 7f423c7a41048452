"""The loop over HTTP, by people with their own logins, as outside programs see it."""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
import zxingcpp
from PIL import Image

from identity.logins import create_login
from identity.roles import RoleGrant, grant_roles
from kit import clock
from merchants.settlement import settle
from tests.rewards.conftest import START, SYSTEM, Shop

pytestmark = pytest.mark.usefixtures("proven")

PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody who has signed in."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.token}"}, **more)

    async def post(self, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(path, json=body, headers=headers)


async def signed_in(client: httpx.AsyncClient, person_id: UUID, name: str, *, staff: bool = False) -> Browser:
    made = await create_login(actor=SYSTEM, person_id=person_id, login=name, password=PASSWORD, with_totp=staff)
    body = {"login": name, "password": PASSWORD}
    if made.totp_secret:
        body["totp"] = pyotp.TOTP(made.totp_secret).now()
    answer = await client.post("/api/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    return Browser(client, answer.json()["access_token"])


@pytest.fixture
async def resident(shop: Shop, client: httpx.AsyncClient) -> Browser:
    return await signed_in(client, shop.residents[0], "zhang")


@pytest.fixture
async def clerks(shop: Shop, client: httpx.AsyncClient) -> dict[str, Browser]:
    grants = [
        RoleGrant(person_id=shop.clerks[name], role="merchant_clerk", merchant_id=shop.merchants[name])
        for name in shop.clerks
    ]
    await grant_roles(actor=SYSTEM, grants=grants)
    return {name: await signed_in(client, shop.clerks[name], name, staff=True) for name in shop.clerks}


async def test_the_whole_loop_over_http(shop: Shop, resident: Browser, clerks: dict[str, Browser]) -> None:
    clerk = clerks["noodles"]
    products = (await resident.get("/api/products")).json()
    (meal,) = products["items"]
    assert products["next_cursor"] is None
    assert (meal["name"], meal["points"], meal["left_for_me"], meal["min_level"]) == ("五元餐券", 50, 4, "L1")
    assert [each["name"] for each in meal["merchants"]] == ["老王面馆"]

    bought = await resident.post("/api/exchanges", {"product_id": meal["id"], "quantity": 2}, "k1")
    assert bought.status_code == 201, bought.text
    got = bought.json()
    assert set(got) == {"id", "vouchers", "points", "balance_after"}
    assert (got["points"], got["balance_after"]) == (100, START - 100)
    voucher = got["vouchers"][0]
    assert set(voucher) == {"id", "code", "short_code", "expires_at"}
    assert voucher["expires_at"].endswith("+08:00")
    again = await resident.post("/api/exchanges", {"product_id": meal["id"], "quantity": 2}, "k1")
    assert (again.status_code, again.content) == (201, bought.content)

    shown = (await resident.get(f"/api/vouchers/{voucher['id']}")).json()
    assert (shown["code"], shown["short_code"], shown["state"]) == (voucher["code"], voucher["short_code"], "issued")
    assert (await resident.get(f"/api/products/{meal['id']}")).json()["left_for_me"] == 2
    png = await resident.get(f"/api/vouchers/{voucher['id']}/qr.png")
    assert png.headers["content-type"] == "image/png"
    assert png.headers["cache-control"] == "no-store"
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
    assert read.text == voucher["code"]
    svg = await resident.get(f"/api/vouchers/{voucher['id']}/qr.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")

    seen = (await clerk.post("/api/redemptions/preview", {"code": voucher["code"]})).json()
    assert (seen["product"], seen["value_fen"], seen["holder"], seen["redeemable"]) == ("五元餐券", 500, "张*三", True)
    used = await clerk.post("/api/redemptions", {"code": voucher["code"]}, "scan")
    assert used.status_code == 201, used.text
    redemption = used.json()
    assert {"id", "product", "value_fen", "holder", "redeemed_at", "undo_until"} <= set(redemption)
    refused = await clerk.post("/api/redemptions", {"code": voucher["code"]}, "scan again")
    assert refused.status_code == 409
    problem = refused.json()
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert (problem["code"], problem["merchant"]) == ("voucher_already_redeemed", "老王面馆")
    assert problem["redeemed_at"][:19] == redemption["redeemed_at"][:19]
    assert (await clerk.post("/api/redemptions", {"code": voucher["code"]}, "scan again")).content == refused.content
    assert (await resident.get(f"/api/vouchers/{voucher['id']}/qr.png")).json()["code"] == "voucher_already_redeemed"


async def test_after_an_undo_the_voucher_is_used_by_its_digits_or_given_back(
    shop: Shop, resident: Browser, clerks: dict[str, Browser]
) -> None:
    clerk = clerks["noodles"]
    bought = await resident.post("/api/exchanges", {"product_id": str(shop.meal), "quantity": 2}, "k1")
    voucher, second = bought.json()["vouchers"]
    redemption = (await clerk.post("/api/redemptions", {"code": voucher["code"]}, "scan")).json()
    undone = await clerk.post(f"/api/redemptions/{redemption['id']}/undo", {"reason": "拿错了"}, "undo")
    assert (undone.status_code, undone.json()["voucher_state"]) == (200, "issued")
    twice = await clerk.post(f"/api/redemptions/{redemption['id']}/undo", {"reason": "拿错了"}, "undo 2")
    assert (twice.status_code, twice.json()["code"]) == (409, "already_undone")
    by_digits = await clerk.post("/api/redemptions", {"code": voucher["short_code"]}, "digits")
    assert by_digits.status_code == 201

    cancelled = await resident.post(f"/api/vouchers/{second['id']}/cancel", None, "cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["balance_after"] == START - 50
    mine = (await resident.get("/api/me/vouchers")).json()["items"]
    assert sorted(each["state"] for each in mine) == ["cancelled", "redeemed"]
    assert len((await resident.get("/api/me/vouchers", params={"state": "redeemed"})).json()["items"]) == 1


async def test_a_value_moving_request_without_its_key_is_refused(shop: Shop, resident: Browser) -> None:
    answer = await resident.post("/api/exchanges", {"product_id": str(shop.meal)})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    await resident.post("/api/exchanges", {"product_id": str(shop.meal)}, "k")
    other = await resident.post("/api/exchanges", {"product_id": str(shop.meal), "quantity": 2}, "k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_refusals_have_their_codes_in_both_languages(shop: Shop, resident: Browser) -> None:
    dear = await shop.product(points=START + 1)
    answer = await resident.post("/api/exchanges", {"product_id": str(dear)}, "k")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["balance"], problem["needed"]) == (
        409,
        "insufficient_points",
        START,
        START + 1,
    )
    assert "可用积分不足" in problem["detail"]
    english = await resident.client.post(
        "/api/exchanges",
        json={"product_id": str(dear)},
        headers={"Authorization": f"Bearer {resident.token}", "Idempotency-Key": "e", "Accept-Language": "en"},
    )
    assert english.json()["detail"].startswith("Not enough points")


async def test_the_voucher_of_another_does_not_exist(shop: Shop, resident: Browser, client: httpx.AsyncClient) -> None:
    voucher = (await shop.buy(1)).vouchers[0]
    for path in ("", "/qr.svg", "/qr.png"):
        assert (await resident.get(f"/api/vouchers/{voucher.id}{path}")).status_code == 404
    assert (await resident.post(f"/api/vouchers/{voucher.id}/cancel", None, "k")).status_code == 404
    assert (await resident.get("/api/me/vouchers")).json()["items"] == []


async def test_a_resident_redeems_nothing_and_a_clerk_only_at_his_shop(
    shop: Shop, resident: Browser, clerks: dict[str, Browser]
) -> None:
    voucher = (await shop.buy()).vouchers[0]
    assert (await resident.post("/api/redemptions", {"code": voucher.code}, "k")).status_code == 403
    barber = clerks["barber"]
    wrong = await barber.post("/api/redemptions", {"code": voucher.code}, "k")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_merchant")
    seen = (await barber.post("/api/redemptions/preview", {"code": voucher.code})).json()
    assert (seen["redeemable"], seen["holder"], seen["why_not"]["code"]) == (False, None, "wrong_merchant")
    unknown = await barber.post("/api/redemptions", {"code": "Z" * 26}, "u")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "voucher_unknown")
    used = await shop.redeem(voucher.code)
    assert (await barber.post(f"/api/redemptions/{used.id}/undo", {"reason": "x"}, "o")).status_code == 404


async def test_wrong_short_codes_lock_over_http(shop: Shop, clerks: dict[str, Browser]) -> None:
    clerk = clerks["noodles"]
    for guess in range(5):
        answer = await clerk.post("/api/redemptions", {"code": f"{guess:012d}"}, f"g{guess}")
        assert answer.status_code == 404
    locked = await clerk.post("/api/redemptions", {"code": "000000000009"}, "g9")
    assert (locked.status_code, locked.json()["code"]) == (429, "short_code_locked")


async def test_the_merchant_sees_its_own_account_sales_and_statements(shop: Shop, clerks: dict[str, Browser]) -> None:
    for _ in range(3):
        await shop.redeem((await shop.buy()).vouchers[0].code)
    clerk, other = clerks["noodles"], clerks["barber"]
    account = (await clerk.get("/api/merchant/account")).json()
    assert (account["name"], account["payable_fen"], account["unsettled_fen"]) == ("老王面馆", 1050, 1050)
    assert account["funding"] == {"value_fen": 1500, "merchant_fen": 450, "town_fen": 750, "sponsor_fen": 300}
    first = (await clerk.get("/api/merchant/redemptions", params={"limit": 2})).json()
    rest = (await clerk.get("/api/merchant/redemptions", params={"cursor": first["next_cursor"]})).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert (await other.get("/api/merchant/redemptions")).json()["items"] == []

    today = clock.business_day(clock.now())
    later = clock.day_start(today.replace(year=today.year + 1))
    await settle(actor=SYSTEM, period=f"{today:%Y-%m}", at=later)
    (statement,) = (await clerk.get("/api/merchant/settlements")).json()["items"]
    assert (statement["lines"], statement["payable_fen"], statement["state"]) == (3, 1050, "issued")
    path = f"/api/merchant/settlements/{statement['id']}"
    lines = (await clerk.get(f"{path}/lines")).json()["items"]
    assert sum(line["value_fen"] for line in lines) == statement["value_fen"]
    assert (await other.get(path)).status_code == 404
    assert (await other.get(f"{path}/lines")).status_code == 404
    stolen = {"merchant_id": str(shop.merchants["noodles"])}
    assert (await other.get("/api/merchant/account", params=stolen)).status_code == 404


async def test_finance_pays_statements_of_its_own_territory(shop: Shop, client: httpx.AsyncClient) -> None:
    await shop.redeem((await shop.buy()).vouchers[0].code)
    today = clock.business_day(clock.now())
    later = clock.day_start(today.replace(year=today.year + 1))
    (made,) = await settle(actor=SYSTEM, period=f"{today:%Y-%m}", at=later)
    grants = [
        RoleGrant(person_id=shop.residents[number], role="finance", area_id=shop.areas[path])
        for number, path in ((2, "lyx.t1"), (3, "lyx.t2"))
    ]
    await grant_roles(actor=SYSTEM, grants=grants)
    own = await signed_in(client, shop.residents[2], "cai", staff=True)
    foreign = await signed_in(client, shop.residents[3], "bie", staff=True)
    path = f"/api/settlements/{made.statement_id}/pay"
    assert (await foreign.get("/api/settlements")).json()["items"] == []
    assert (await foreign.post(path, {"receipt": "R-1"}, "k")).status_code == 404
    paid = await own.post(path, {"receipt": "R-1"}, "k")
    assert (paid.status_code, paid.json()["payable_fen"]) == (200, 350)
    assert (await own.post(path, {"receipt": "R-1"}, "k")).content == paid.content
    assert (await own.post(path, {"receipt": "R-1"}, "k2")).json()["code"] == "already_paid"
    assert (await own.get("/api/settlements")).json()["items"][0]["state"] == "paid"


async def test_the_catalogue_is_kept_by_operations(shop: Shop, client: httpx.AsyncClient, resident: Browser) -> None:
    grant = RoleGrant(person_id=shop.residents[1], role="operations_admin", area_id=shop.areas["lyx"])
    await grant_roles(actor=SYSTEM, grants=[grant])
    admin = await signed_in(client, shop.residents[1], "admin", staff=True)
    body = {
        "name_zh": "理发",
        "name_en": "Haircut",
        "kind": "service",
        "points": 150,
        "value_fen": 1500,
        "merchant_percent": 100,
        "town_percent": 0,
        "stock": 5,
        "merchants": [str(shop.merchants["barber"])],
    }
    assert (await resident.post("/api/products", body)).status_code == 403
    made = await admin.post("/api/products", body)
    assert made.status_code == 201, made.text
    path = f"/api/products/{made.json()['id']}"
    assert (await admin.post(f"{path}/stock", {"pieces": 3})).json() == {"stock_left": 8}
    assert (await admin.post(f"{path}/stock", {"pieces": -9})).json()["code"] == "stock_too_low"
    assert (await resident.get(path)).json()["stock_left"] == 8
    unfit = await admin.post("/api/products", body | {"town_percent": 1, "person_limit": 2, "sponsor": "谁"})
    assert unfit.status_code == 400
    assert {each["pointer"] for each in unfit.json()["errors"]} == {"/town_percent", "/sponsor", "/limit_period"}
    unknown = await admin.post("/api/products", body | {"merchants": [str(shop.meal)]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "merchant_unknown")
