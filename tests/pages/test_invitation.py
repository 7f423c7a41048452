"""From an invitation to work, in four browsers: who invites, who is invited, who asks for a role and who confirms it.

The authenticator's secret goes from screen to phone as it does on a desk: it is scanned from a picture of the page.
"""

import io
import re
from datetime import timedelta

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from kit import clock

from .browser import VARIANTS, Window, together
from .conftest import OpenWindow
from .every_page import invite_somebody
from .test_keeping import press
from .town import ServedTown

PASSWORD = "four words for me"


async def scanned(page: Page) -> str:
    """What the camera of an authenticator reads, as its secret."""
    await page.locator(".qr img").scroll_into_view_if_needed()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(await page.screenshot())))
    uri = pyotp.parse_uri(found.text)
    assert (uri.name, uri.issuer) == ("chen.xin", "群治分")
    return uri.secret


async def invite(administrator: Window, town: ServedTown) -> str:
    """Register somebody; gives his link."""
    page = administrator.page
    await administrator.open("/staff/people")
    await press(administrator, ".btn-primary >> text=登记工作人员")
    assert together(await administrator.check()) == ""
    for name, value in (("name", "陈新"), ("login", "Chen.Xin"), ("totp", await town.code("system_admin"))):
        await page.fill(f"#{name}", value)
    await page.select_option("#area_id", index=1)
    await press(administrator, 'form[action="/staff/people/logins"] .btn-primary')
    assert together(await administrator.check()) == ""
    return await page.inner_text("#made-link")


async def set_up(newcomer: Window, link: str) -> str:
    """Open the link, choose a password, scan, and type the code; gives the secret."""
    page = newcomer.page
    await page.goto(link)
    await press(newcomer, "main .btn-primary")
    assert together(await newcomer.check()) == ""
    secret = await scanned(page)
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.fill("#totp", pyotp.TOTP(secret).at(clock.now() - timedelta(minutes=5)))
    newcomer.expect("status of 401")
    await press(newcomer, "main form .btn-primary")
    assert "动态验证码不正确" in await newcomer.text()
    assert together(await newcomer.check()) == ""
    assert await scanned(page) == secret, "what was scanned is still good"
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.fill("#totp", pyotp.TOTP(secret).at(clock.now()))
    await press(newcomer, "main form .btn-primary")
    return secret


async def give_role(administrator: Window, second: Window, town: ServedTown) -> None:
    """One asks on the page of the newcomer, a security administrator confirms."""
    await administrator.open("/staff/people/logins")
    assert together(await administrator.check()) == ""
    await press(administrator, "tbody th a >> text=陈新")
    await press(administrator, "main a >> text=授予角色")
    page = administrator.page
    assert await page.input_value("#login") == "chen.xin"
    await page.select_option("#role", "auditor")
    await page.select_option("#area_id", index=1)
    await page.fill("#why", "新到岗")
    await page.fill("#totp", await town.code("system_admin"))
    await press(administrator, "form.form .btn-primary")
    await second.open("/staff/people/requests")
    opener = second.page.locator("section", has_text="陈新").locator('[data-open^="yes-"]')
    await opener.click()
    await second.page.fill('dialog[open] input[name="totp"]', await town.code("security_admin"))
    await press(second, "dialog[open] .btn-primary")


async def test_somebody_is_invited_sets_his_login_up_gets_a_role_and_works(
    window: OpenWindow, town: ServedTown
) -> None:
    administrator = await window("system_admin", variant="desktop")
    second = await window("security_admin", variant="desktop")
    newcomer = await window(variant="phone 390")
    link = await invite(administrator, town)

    secret = await set_up(newcomer, link)
    assert newcomer.page.url == f"{town.url}/staff/waiting"
    assert "您还没有角色" in await newcomer.text()
    await press(newcomer, 'form[action="/sign-out"] button')

    await newcomer.open("/sign-in/staff")
    for name, value in (("login", "chen.xin"), ("password", PASSWORD)):
        await newcomer.page.fill(f"#{name}", value)
    await newcomer.page.fill("#totp", pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30)))
    await press(newcomer, "main form .btn-primary")
    assert newcomer.page.url == f"{town.url}/staff/waiting"

    await give_role(administrator, second, town)
    await press(newcomer, "main a >> text=再试一次")
    assert newcomer.page.url == f"{town.url}/staff"
    await newcomer.open("/staff/trial-balance")
    await expect(newcomer.page.locator("h1")).to_have_text("试算平衡")


async def test_a_link_works_without_scripts(window: OpenWindow, town: ServedTown) -> None:
    visitor = await window(variant="phone 390", java_script_enabled=False)
    visitor.expect("status of 404")
    await visitor.page.goto(f"{town.url}/sign-in/invitation?code=qzi_nothing")
    await press(visitor, "main .btn-primary")
    assert "邀请无效或已过期" in await visitor.text()
    assert re.fullmatch(r"qzi_nothing", await visitor.page.input_value("#code"))


@pytest.mark.parametrize("variant", VARIANTS)
async def test_setting_up_is_fit_for_everybody(window: OpenWindow, town: ServedTown, variant: str) -> None:
    invited = await invite_somebody(town, f"variant-{variant.replace(' ', '-')}")
    newcomer = await window(variant=variant)
    await newcomer.open(f"/sign-in/invitation?code={invited.code}")
    await press(newcomer, "main .btn-primary")
    assert invited.name in await newcomer.text()
    assert together(await newcomer.check()) == ""
