"""The pages of bonuses, payouts, budgets and the record over HTTP: the same rules as the API, said on pages."""

import re
import time

import httpx
import pyotp
import pytest
from litestar import Litestar

from admin.payouts import make_payout_batch
from identity.logins import create_login
from identity.page_sessions import PageSignedIn
from kit import clock, db
from kit.once import result_of
from tests.admin.bonus_way import budget_of, payable_bonus
from tests.admin.many_bonuses import copies
from tests.admin.test_batch_approval import waiting
from tests.admin.test_payouts import PAID_ON
from tests.grid.county import SYSTEM, County
from tests.web.browsing import OWN_PAGE, browse, changing

ROWS = 200


class Desk:
    """A browser of one of the cast, and his authenticator."""

    def __init__(self, client: httpx.AsyncClient, session: PageSignedIn, secret: str) -> None:
        self.client, self.session, self._totp = client, session, pyotp.TOTP(secret)

    def code(self) -> str:
        return self._totp.at(clock.now())

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=OWN_PAGE)

    async def post(self, path: str, **fields: object) -> httpx.Response:
        once = fields.pop("once", f"{path}{time.monotonic_ns()}")
        return await self.client.post(path, data={"once": once, **fields}, headers=changing(self.session))


async def desk(client: httpx.AsyncClient, county: County, name: str) -> Desk:
    made = await create_login(
        actor=SYSTEM, person_id=county[name].id, login=name, password="correct horse battery", with_totp=True
    )
    assert made.totp_secret is not None
    return Desk(client, await browse(client, county[name].id), made.totp_secret)


def boxes(html: str) -> list[str]:
    return re.findall(r'name="bonus" value="([^"]+)"', html)


async def test_two_hundred_rows_are_listed_at_once_and_signed_together(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    line_id = await budget_of(county, fen=100_000_000, at=clock.now())
    (first,) = await waiting(county, 1)
    await copies(first, ROWS - 1)
    async with db.transaction() as connection:  # one reporter has them all: his ceiling is not what is tested
        await connection.execute("UPDATE identity_scheme_setting SET value = 1e8 WHERE key = 'bonus.ceiling_month'")
    approver = await desk(client, county, "county_approver")
    await approver.get("/staff/bonuses")  # compiles the templates
    began = time.process_time()
    listed = await approver.get("/staff/bonuses")
    took = time.process_time() - began
    assert listed.status_code == 200
    picked = boxes(listed.text)
    assert len(picked) == ROWS
    assert f"{ROWS} 笔等您办理 · 合计 ¥20,000" in listed.text
    assert took < 0.5  # of this process, whatever else the machine does
    looked = await approver.post("/staff/bonuses/batch", bonus=picked)
    assert f"{ROWS} 笔 · ¥20,000" in looked.text
    signed = await approver.post(
        "/staff/bonuses/batch/sign", bonus=picked, count=ROWS, sum_fen=2_000_000, code=approver.code()
    )
    assert (signed.status_code, signed.headers.get("location")) == (303, "/staff/bonuses?said=batch"), signed.text[:500]
    assert await db.fetchval("SELECT count(*) FROM admin_bonus WHERE state = 'approved'") == ROWS
    assert await db.fetchval("SELECT reserved_fen FROM points_budget_line WHERE id = $1", line_id) == 2_000_000


async def test_what_changed_since_is_shown_and_the_rest_is_offered_again(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    await budget_of(county)
    first, second = await waiting(county, 2)
    approver = await desk(client, county, "county_approver")
    picked = boxes((await approver.get("/staff/bonuses")).text)
    async with db.transaction() as connection:
        await connection.execute("UPDATE admin_bonus SET state = 'rejected', ended_because = 'x' WHERE id = $1", first)
    signed = await approver.post(
        "/staff/bonuses/batch/sign", bonus=picked, count=2, sum_fen=20_000, code=approver.code()
    )
    assert signed.status_code == 409
    assert "有 1 笔与您看到的不同，整批未审批" in signed.text
    assert [each[:36] for each in boxes(signed.text)] == [str(second)]
    assert await db.fetchval("SELECT state FROM admin_bonus WHERE id = $1", second) == "scored"


async def test_a_list_leaves_after_the_code_and_is_on_record(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    await waiting(county, 1)
    approver = await desk(client, county, "county_approver")
    wrong = await approver.post("/staff/bonuses/export", form="csv", code="000000")
    assert wrong.status_code == 401
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = 'list.exported'") == 0
    file = await approver.post("/staff/bonuses/export?state=scored", form="csv", code=approver.code())
    assert file.headers["content-disposition"].startswith('attachment; filename="bonuses-')
    assert "李*" in file.text
    entry = await db.fetchrow("SELECT after FROM identity_audit_entry WHERE action = 'list.exported'")
    assert entry is not None
    assert '"state": "scored"' in entry["after"]


async def test_results_come_back_by_file_all_rows_or_none(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    await budget_of(county)
    await payable_bonus(county, shares={"reporter": ("reporter", 60), "helper": ("helper", 40)})
    batch = result_of(await make_payout_batch(actor=county["finance"], at=PAID_ON))
    finance = await desk(client, county, "finance")
    taken = await finance.post(f"/staff/payouts/{batch.id}/file", code=finance.code())
    assert taken.headers["etag"] == f'"{batch.checksum}"'
    one, two = batch.lines

    async def send(*rows: str) -> httpx.Response:
        content = "\r\n".join(["付款编号,结果,回单号,原因", *rows]).encode("utf-8-sig")
        return await client.post(
            f"/staff/payouts/{batch.id}/results",
            data={"once": f"{time.monotonic_ns()}"},
            files={"results": ("结果.csv", content, "text/csv")},
            headers=changing(finance.session),
        )

    wrong = await send(f"{one.id},成功,,", f"{two.id},也许,,", "x,成功,R-9,")
    assert wrong.status_code == 422
    for said in ("成功的付款须填写回单号", "无法识别的结果", "本批次没有这笔付款"):
        assert said in wrong.text
    mixed = await send(f"{one.id},成功,R-1,", f"{two.id},成功,R-1,")
    assert "回单号已被使用" in mixed.text
    assert await db.fetchval("SELECT count(*) FROM admin_payout_line WHERE state <> 'exported'") == 0
    good = await send(f"{one.id},成功,R-1,", f"{two.id},失败,,户名不符")
    assert good.headers["location"] == f"/staff/payouts/{batch.id}?said=recorded"
    shown = (await finance.get(f"/staff/payouts/{batch.id}")).text
    assert "户名不符" in shown
    assert "会进入下一批次" in shown
    assert "其中 1 笔重新发放" in (await finance.get("/staff/payouts")).text
    unreadable = await client.post(
        f"/staff/payouts/{batch.id}/results",
        data={"once": "u"},
        files={"results": ("x.xlsx", b"PK nothing", "application/octet-stream")},
        headers=changing(finance.session),
    )
    assert unreadable.status_code == 400
    assert "无法读取这个文件" in unreadable.text


async def test_budgets_are_decided_once_and_shown_with_what_is_left(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    finance = await desk(client, county, "finance")
    asked = {"purpose": "bonus", "period": "2026-11", "amount": "50,000", "area": "lyx"}
    done = await finance.post("/staff/budget/new", **asked)
    assert done.headers["location"] == "/staff/budget?said=decided", done.text[:300]
    again = await finance.post("/staff/budget/new", **asked)
    assert again.status_code == 409
    assert "预算已经确定" in again.text
    wrong = await finance.post("/staff/budget/new", **{**asked, "area": "lyx.t1", "amount": "1.2.3"})
    assert wrong.status_code == 422
    assert 'href="#amount"' in wrong.text
    assert "¥50,000" in (await finance.get("/staff/budget?purpose=bonus&period=2026-11")).text
    assert "没有找到" in (await finance.get("/staff/budget?period=2025")).text


async def test_the_auditor_searches_the_record_walks_the_chain_and_reads_the_books(
    app: Litestar, client: httpx.AsyncClient, county: County
) -> None:
    (bonus_id,) = await waiting(county, 1)
    auditor = await desk(client, county, "auditor")
    found = (await auditor.get(f"/staff/audit?action=bonus&id={bonus_id}")).text
    for act, words in (("nominated", "提名奖励"), ("scored", "奖金评分"), ("approved", "奖金审批同意")):
        assert re.search(rf'action=bonus\.{act}[^"]*">{words}</a>', found)
        assert f"<dd>bonus.{act}</dd>" in found
    assert "没有找到" in (await auditor.get("/staff/audit?since=2031-01-01")).text
    assert "记录链完整" in (await auditor.post("/staff/audit/chain")).text
    books = (await auditor.get("/staff/trial-balance")).text
    assert "账目平衡" in books


@pytest.mark.parametrize("path", ["bonuses", "payouts", "budget", "audit", "trial-balance"])
async def test_a_resident_sees_none_of_it(app: Litestar, client: httpx.AsyncClient, county: County, path: str) -> None:
    await browse(client, county["neighbour"].id)
    answer = await client.get(f"/staff/{path}", headers=OWN_PAGE)
    assert answer.status_code == 403
    assert "权限" in answer.text
