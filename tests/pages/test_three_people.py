"""The main job in three browsers at once: a resident, her village's verifier and the clerk of a shop.

The code goes from screen to screen as in a shop: it is read from a picture of the resident's page.
"""

import io
import re
from time import monotonic
from uuid import UUID

import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from identity.actor import Actor
from kit import db
from rewards.products import NewProduct, create_products

from .browser import Window, together
from .conftest import OpenWindow
from .town import ServedTown

ACTION = "MTG-SPEAK"
PRICE = 3
PRODUCT = "现磨豆腐"
_TILL = """
    SELECT till.id, outlet.merchant FROM identity_role_held AS held
    JOIN merchants_outlet AS outlet ON outlet.merchant = held.merchant_id
    JOIN merchants_till AS till ON till.outlet = outlet.id
    WHERE held.person = $1 AND held.role = 'merchant_clerk' LIMIT 1
"""


async def put_on_the_shelf(town: ServedTown) -> tuple[UUID, UUID]:
    """Something that the clerk's shop gives for points; gives the product and the shop's till."""
    clerk = await town.person("merchant_clerk")
    async with town.inside():
        row = await db.fetchrow(_TILL, clerk)
        assert row is not None
        tofu = NewProduct(
            name_zh=PRODUCT,
            name_en="Fresh tofu",
            kind="goods",
            points=PRICE,
            value_fen=300,
            merchant_percent=100,
            town_percent=0,
            merchants=(row["merchant"],),
        )
        (product,) = await create_products(actor=Actor.system("tests"), products=[tofu])
    return product, row["id"]


async def claim(resident: Window) -> str:
    """Hand in an act; gives the claim's number."""
    page = resident.page
    await resident.open(f"/earn/{ACTION}")
    await page.fill("#note", "在村民会议上提了修路的建议。")
    async with page.expect_navigation(url=re.compile(r"/claims/.*/result$")):
        await page.click("main form .btn-primary")
    return page.url.split("/")[-2]


async def balance(page: Page) -> int:
    """The figure on the resident's home."""
    return int((await page.inner_text(".balance-figure span")).replace(",", ""))


async def code_on_the_screen(page: Page) -> str:
    """What a camera before the phone reads."""
    await page.wait_for_function(
        "() => [...document.querySelectorAll('#code img')].every((it) => it.complete && it.naturalWidth)"
    )
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(await page.screenshot())))
    return str(found.text)


async def scan(page: Page, code: str) -> None:
    """What a gun does."""
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")


async def test_an_act_becomes_points_a_voucher_and_breakfast(window: OpenWindow, town: ServedTown, soon: float) -> None:
    product, till = await put_on_the_shelf(town)
    resident, clerk = await window("resident"), await window("merchant_clerk", variant="desktop")
    verifier = await window("village_verifier", variant="desktop")

    claimed = await claim(resident)
    await resident.open("/")
    before = await balance(resident.page)
    await verifier.open(f"/staff/verify/{claimed}")
    await verifier.page.click('form[action*="/accept"] button')
    await expect(resident.page.locator(".balance-figure span")).not_to_have_text(f"{before:,}")
    earned = await balance(resident.page) - before
    assert earned > 0, "the points are on the open page, without loading it again"

    await resident.open(f"/shop/{product}")
    await resident.page.click("a[data-open=confirm]")
    await resident.page.click("dialog#confirm button.btn-primary")
    await resident.page.wait_for_url("**/shop/done/*")
    await resident.page.click("text=出示码")
    await resident.page.wait_for_url("**/code/*")
    code = await code_on_the_screen(resident.page)

    clerk.expect("status of 409")
    await clerk.context.add_cookies([{"name": "till", "value": str(till), "url": town.url}])
    await clerk.open("/till")
    await scan(clerk.page, code)
    scanned = monotonic()
    await expect(resident.page.locator('[data-shelf="redeemed"] .result')).to_be_visible()
    assert monotonic() - scanned < soon
    await expect(clerk.page.locator('[data-result="good"]')).to_contain_text(PRODUCT)
    assert together(await resident.check()) == ""

    await clerk.page.keyboard.press("Escape")
    await scan(clerk.page, code)
    refused = clerk.page.locator('[data-result="bad"]')
    await expect(refused).to_contain_text("已核销过")
    await expect(refused).to_contain_text(re.compile(r"\d{1,2}:\d{2}.*在", re.DOTALL))
    await resident.open("/")
    assert await balance(resident.page) == before + earned - PRICE
