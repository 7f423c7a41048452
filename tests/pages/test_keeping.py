"""Staff's pages of products, residents, roles and imports in a real browser: kept by hand, and fit for everybody."""

from identity.people import phone_of
from kit import clock, db

from .browser import Window, together
from .conftest import OpenWindow
from .town import ServedTown

LISTS = {
    "operations_admin": (
        "/staff/products",
        "/staff/products/new",
        "/staff/merchants",
        "/staff/residents",
        "/staff/residents/new",
        "/staff/people",
        "/staff/people/new",
        "/staff/import",
    ),
    "finance": ("/staff/settlements",),
    "system_admin": ("/staff/api-keys",),
}
_NOBODYS = """
    SELECT id FROM identity_person AS person WHERE phone_index IS NOT NULL
      AND NOT EXISTS (SELECT FROM identity_login AS login WHERE login.person = person.id) LIMIT 1
"""


async def press(window: Window, selector: str) -> None:
    """Press a button that leads to another page."""
    async with window.page.expect_navigation():
        await window.page.click(selector)


async def follow(window: Window, path: str, link: str) -> None:
    """Open the first thing of a list."""
    await window.open(path)
    await press(window, link)


async def test_a_product_is_made_and_what_was_bought_of_it_shows(window: OpenWindow, town: ServedTown) -> None:
    staff = await window("operations_admin", variant="desktop")
    await staff.open("/staff/products/new")
    page = staff.page
    for name, value in (("name_zh", "测试雨伞"), ("name_en", "Umbrella"), ("points", "10"), ("value_yuan", "0")):
        await page.fill(f"#{name}", value)
    await page.fill("#stock", "5")
    await page.check('input[name="merchants"] >> nth=0')
    await press(staff, 'button[name="state"][value="open"]')
    assert "测试雨伞" in await staff.text()
    await page.fill("#pieces", "3")
    await press(staff, 'button[value="more"]')
    product_id = page.url.rpartition("/")[2]
    async with town.inside():
        assert await db.fetchval("SELECT remaining FROM rewards_stock WHERE product = $1::uuid", product_id) == 8
    assert "可兑换" in await staff.text()
    used = await window("operations_admin", variant="desktop")
    async with town.inside():
        sold = await db.fetchrow(
            "SELECT product, count(*) AS n FROM rewards_voucher GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        )
    assert sold is not None
    await used.open(f"/staff/products/{sold['product']}")
    assert f"{sold['n']:,}" in await used.page.inner_text(".stats")


async def test_a_look_behind_the_mask_leaves_an_audit_row(window: OpenWindow, town: ServedTown) -> None:
    staff = await window("operations_admin")
    await follow(staff, "/staff/residents", "tbody th a")
    person_id = staff.page.url.rpartition("/")[2]
    assert "*" in await staff.page.inner_text("#name")
    await staff.page.click('[data-open="unmask"]')
    await staff.page.fill("#unmask-why", "核对走访记录")
    await press(staff, "#unmask .btn-primary")
    assert "*" not in await staff.page.inner_text("#name")
    async with town.inside():
        why = await db.fetchval(
            "SELECT why FROM identity_audit_entry WHERE action = 'person.unmasked' AND person_id = $1::uuid", person_id
        )
    assert why == "核对走访记录"
    await staff.open(f"/staff/residents/{person_id}")
    assert "*" in await staff.page.inner_text("#name")


async def test_a_role_needs_a_second_person_and_both_their_codes(window: OpenWindow, town: ServedTown) -> None:
    async with town.inside():
        resident = await db.fetchval(_NOBODYS)
        phone = await phone_of(resident)
    staff = await window("operations_admin", variant="desktop")
    await staff.open("/staff/people/new")
    page = staff.page
    await page.fill("#phone", phone or "")
    await page.select_option("#role", "mediator")
    await page.select_option("#area_id", index=1)
    await page.fill("#why", "换届")
    await page.fill("#totp", await town.code("operations_admin"))
    await press(staff, "form.form .btn-primary")
    assert page.url.endswith("/staff/people/requests")
    assert await page.locator('[data-open^="yes-"]').count() == 0
    second = await window("security_admin", variant="desktop")
    await second.open("/staff/people/requests")
    assert together(await second.check()) == ""
    await second.page.click('[data-open^="yes-"]')
    await second.page.fill('dialog[open] input[name="totp"]', await town.code("security_admin"))
    await press(second, "dialog[open] .btn-primary")
    async with town.inside():
        held = await db.fetchval(
            "SELECT count(*) FROM identity_role_held WHERE person = $1 AND role = 'mediator'", resident
        )
    assert held == 1


async def test_a_file_with_faults_is_tried_applied_and_changes_nothing_again(
    window: OpenWindow, town: ServedTown
) -> None:
    resident = await town.person("resident", 1)
    today = f"{clock.business_day(clock.now()):%Y-%m-%d}"
    lines = [f"{resident},VOL-HOUR,{today},keeping-1", f"{resident},NO-SUCH,{today},keeping-2"]
    content = "\n".join(["居民编号,行为编码,发生时间,凭证号", *lines])
    file = {"name": "名单.csv", "mimeType": "text/csv", "buffer": content.encode()}
    staff = await window("operations_admin", variant="desktop")
    for turn in range(2):
        await staff.open("/staff/import")
        await staff.page.set_input_files("#file", files=[file])
        await press(staff, "form.form .btn-primary")
        assert "没有这个行为编码" in await staff.text()
        if turn == 0:
            assert together(await staff.check()) == ""
        await press(staff, 'form[action$="/apply"] button')
        assert "导入完成" in await staff.text()
    assert "重复" in await staff.text()
    async with town.inside():
        assert await db.fetchval("SELECT count(*) FROM points_participation WHERE reference = 'keeping-1'") == 1
