"""Public money at the desk, in a real browser: bonuses by keyboard alone, payouts to the bank and back, the books."""

import csv
import io
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from admin.approvals import reject_bonus
from kit import db
from tests.admin.many_bonuses import copies
from tests.grid.county import actor_of

from .browser import Window, together
from .conftest import OpenWindow
from .shots import speak
from .town import ServedTown

LINES_OF_PARTS = """(selector) => {
  const texts = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT)
  const lines = []
  while (texts.nextNode()) {
    if (!texts.currentNode.data.trim()) continue
    const range = document.createRange()
    range.selectNodeContents(texts.currentNode)
    lines.push(new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size)
  }
  return lines
}"""
_ONE = """
    SELECT bonus.id FROM admin_bonus AS bonus WHERE bonus.state = 'scored' AND bonus.tier IN (2, 3)
      AND NOT EXISTS (SELECT FROM admin_bonus_approval AS given WHERE given.bonus = bonus.id)
    ORDER BY bonus.nominated_at LIMIT 1
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def waiting(town: ServedTown) -> AsyncIterator[list[UUID]]:
    """Some bonuses that wait for the town and the county."""
    async with town.inside():
        found = await db.fetchval(_ONE)
        made = await copies(found, 6)
    yield made


async def press(window: Window, *keys: str) -> None:
    for key in keys:
        await window.page.keyboard.press(key)


@pytest.mark.parametrize("variant", ["desktop", "elder"])
async def test_english_fits_into_the_lists_as_well(
    window: OpenWindow, town: ServedTown, waiting: list[UUID], variant: str
) -> None:
    await speak(town, "county_approver", 0, "en")
    approver = await window("county_approver", variant=variant)
    for path, word in (("/staff/bonuses", "To be approved"), ("/staff/events", "Event")):
        await approver.open(path)
        assert word in await approver.text()
        assert together(await approver.measure()) == "", path
    await speak(town, "county_approver", 0, "zh-CN")


async def test_a_batch_is_approved_by_keyboard_alone_and_a_change_is_told_first(
    window: OpenWindow, town: ServedTown, waiting: list[UUID]
) -> None:
    approver = await window("county_approver", variant="desktop")
    approver.expect("409")
    await approver.open("/staff/bonuses")
    rows = approver.page.locator("[data-rows] > tr")
    await rows.first.focus()
    await press(approver, "x", "j", "x", "j", "x")
    assert await approver.page.inner_text("[data-picked-count]") == "3"
    first = str(await approver.page.locator("[data-rows] input:checked").first.get_attribute("value"))[:36]
    await press(approver, "Shift+?")
    assert await approver.page.locator("dialog#keys[open]").count() == 1
    await press(approver, "Escape")
    async with approver.page.expect_navigation():
        await press(approver, "Shift+A")
    assert "3 笔 · " in await approver.text()
    assert together(await approver.check()) == ""
    async with town.inside():
        other = await actor_of(await _person(town, 1))
        await reject_bonus(actor=other, bonus_id=UUID(first), reason="与另一事项重复")
    await approver.page.keyboard.type(await town.code("county_approver"))
    async with approver.page.expect_navigation():
        await press(approver, "Enter")
    told = await approver.text()
    assert "有 1 笔与您看到的不同，整批未审批" in told
    assert "未批准" in await approver.page.inner_text("#differences")
    assert together(await approver.check()) == ""
    await approver.page.focus("#code")
    await approver.page.keyboard.type(await town.code("county_approver"))
    async with approver.page.expect_navigation():
        await press(approver, "Enter")
    assert approver.page.url.endswith("/staff/bonuses?said=batch")
    assert "整批已审批" in await approver.page.inner_text("#toasts")


async def _person(town: ServedTown, nth: int) -> UUID:
    person: UUID = await db.fetchval(
        "SELECT person FROM identity_login WHERE name = $1", town.login("county_approver", nth)["login"].lower()
    )
    return person


async def test_somebody_elses_decision_shows_in_place(
    window: OpenWindow, town: ServedTown, waiting: list[UUID]
) -> None:
    mine, other = [await window("county_approver", nth=nth, variant="desktop") for nth in (0, 1)]
    await mine.open("/staff/bonuses?state=scored")
    line = mine.page.locator(f"#bonus-{waiting[5]}")
    await line.locator("input").check()
    await other.open(f"/staff/bonuses/{waiting[5]}")
    began = time.monotonic()
    async with other.page.expect_navigation():
        await press(other, "a")
    assert "已同意，等待其他审批人" in await other.page.inner_text("#toasts")
    await line.locator("input").wait_for(state="detached", timeout=10_000)
    assert "待镇级" in await line.inner_text()
    assert await mine.page.locator("[data-picked-bar]").is_hidden()
    assert time.monotonic() - began < 15


def read_lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


async def test_a_batch_goes_to_the_bank_and_its_results_come_back(
    window: OpenWindow, town: ServedTown, tmp_path: Path
) -> None:
    finance = await window("finance", variant="desktop")
    finance.expect("422")
    await finance.open("/staff/payouts")
    assert together(await finance.check()) == ""
    async with finance.page.expect_navigation():
        await finance.page.click('form[action="/staff/payouts"] button')
    await finance.page.fill("#code", await town.code("finance"))
    async with finance.page.expect_download() as coming:
        await finance.page.click("form[data-download] button")
    lines = read_lines(await (await coming.value).path())

    async def send(said: list[tuple[str, str, str]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["付款编号", "结果", "回单号", "原因"])
        writer.writerows([line["付款编号"], *each] for line, each in zip(lines, said, strict=True))
        path = tmp_path / "results.csv"
        path.write_text(text.getvalue(), encoding="utf-8-sig")
        await finance.page.set_input_files("#results", path)
        async with finance.page.expect_navigation():
            await finance.page.click('form[enctype="multipart/form-data"] button')

    await send([("成功", "", "") for _ in lines])
    assert "成功的付款须填写回单号" in await finance.page.inner_text("#faults")
    assert together(await finance.check()) == ""
    await send([("失败", "", "户名不符"), *(("成功", f"R-{n}", "") for n in range(1, len(lines)))])
    assert "银行结果已登记" in await finance.page.inner_text("#toasts")
    assert "户名不符" in await finance.page.inner_text("#lines")
    await finance.open("/staff/payouts")
    assert "重新发放" in await finance.text()


async def test_the_number_of_a_batch_breaks_between_its_day_and_its_count_alone(window: OpenWindow) -> None:
    finance = await window("finance", variant="elder")
    await finance.open("/staff/payouts")
    async with finance.page.expect_navigation():
        await finance.page.click("th a")
    lines = await finance.page.evaluate(LINES_OF_PARTS, "h1")
    assert lines == [1] * len(lines), "a part of the number stands on two lines"


async def test_one_bonus_with_its_evidence_is_fit_for_a_phone(window: OpenWindow, waiting: list[UUID]) -> None:
    approver = await window("county_approver")
    await approver.open(f"/staff/bonuses/{waiting[4]}")
    assert together(await approver.check()) == ""


async def test_a_resident_is_told_that_the_desk_is_not_his(window: OpenWindow) -> None:
    resident = await window("resident")
    resident.expect("403")
    for path in ("/staff/bonuses", "/staff/payouts", "/staff/budget", "/staff/audit"):
        assert (await resident.open(path)).status == 403
    assert together(await resident.check()) == ""
