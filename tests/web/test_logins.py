"""Logins over HTTP: an administrator invites, the link is shown once, and the person sets his login up by himself."""

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pyotp
import pytest

from identity.roles import grant_role
from identity.totp import new_totp_secret, sealed_secret
from kit import clock, db

from .browsing import OWN_PAGE
from .conftest import SYSTEM, Callers

LOGINS, DOOR = "/staff/people/logins", "/sign-in/invitation"
PASSWORD = "three words together"
NEWCOMER = {"name": "李伟", "login": "Li.Wei"}


@dataclass(frozen=True, slots=True)
class Office:
    """The county's administrators, each with an authenticator, and a visitor's browser."""

    client: httpx.AsyncClient
    callers: Callers
    secrets: dict[str, str]
    county: UUID

    def code(self, role: str) -> str:
        return pyotp.TOTP(self.secrets[role]).at(clock.now())

    async def get(self, role: str, path: str) -> httpx.Response:
        return await self.client.get(path, headers={**self.callers.in_browser(role), **OWN_PAGE})

    async def post(self, who: str, path: str, /, **fields: Any) -> httpx.Response:
        """Send a form with the code of the authenticator; the step that was used before is forgotten."""
        async with db.transaction() as connection:
            await connection.execute("UPDATE identity_login SET totp_last_step = 0")
        given = {"totp": self.code(who), **fields}
        return await self.client.post(path, data=given, headers={**self.callers.in_browser(who), **OWN_PAGE})

    async def visit(self, path: str, **fields: str) -> httpx.Response:
        self.client.cookies.clear()
        return await self.client.post(path, data=fields, headers=OWN_PAGE)

    async def invite(self, **changed: Any) -> str:
        """Invite somebody new; gives the path of his link."""
        made = await self.post("system_admin", LOGINS, **{**NEWCOMER, "area_id": str(self.county), **changed})
        assert made.status_code == 200, made.text
        return link_on(made)

    def person(self, role: str) -> str:
        return f"/staff/people/{self.callers.people[role]}/invitation"


@pytest.fixture
async def office(client: httpx.AsyncClient, callers: Callers) -> Office:
    secrets = {}
    async with db.transaction() as connection:
        for role in ("system_admin", "security_admin"):
            secrets[role] = new_totp_secret()
            person = callers.people[role]
            login_id = await connection.fetchval("SELECT id FROM identity_login WHERE person = $1", person)
            sealed = sealed_secret(login_id, secrets[role])
            await connection.execute("UPDATE identity_login SET totp_sealed = $2 WHERE id = $1", login_id, sealed)
    county = await db.fetchval("SELECT id FROM identity_area WHERE path = 'lyx'")
    return Office(client, callers, secrets, county)


def link_on(answer: httpx.Response) -> str:
    found = re.search(r'id="made-link">http://testserver(/[^<]+)<', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def code_in(link: str) -> str:
    return urlsplit(link).query.removeprefix("code=")


def shown(answer: httpx.Response) -> tuple[str, str]:
    """The authenticator's secret and the sealed one of the form."""
    uri = re.search(r'href="(otpauth:[^"]+)"', answer.text)
    factor = re.search(r'name="factor" value="([0-9a-f]+)"', answer.text)
    assert uri is not None, answer.text
    assert factor is not None
    return str(pyotp.parse_uri(html.unescape(uri[1])).secret), factor[1]  # type: ignore[union-attr]


async def test_a_newcomer_is_invited_and_sets_his_login_up(office: Office) -> None:
    link = await office.invite()
    listed = await office.get("system_admin", LOGINS)
    assert "待本人设置" in listed.text
    assert code_in(link) not in listed.text
    arrived = await office.client.get(link, headers=OWN_PAGE)
    assert f'value="{code_in(link)}"' in arrived.text
    opened = await office.visit(DOOR, code=code_in(link))
    assert "李伟" in opened.text
    assert 'value="li.wei" readonly' in opened.text
    secret, factor = shown(opened)
    form = {"code": code_in(link), "factor": factor, "password": PASSWORD, "again": PASSWORD}
    inside = await office.visit(f"{DOOR}/set-up", **form, totp=pyotp.TOTP(secret).at(clock.now()))
    assert (inside.status_code, inside.headers["location"]) == (303, "/staff/waiting")
    assert "您还没有角色" in (await office.client.get("/staff/waiting", headers=OWN_PAGE)).text
    door = await office.client.get("/sign-in", headers=OWN_PAGE)
    assert door.headers["location"] == "/staff/waiting"
    assert (await office.client.get("/staff", headers=OWN_PAGE)).status_code == 403
    person = await db.fetchval("SELECT person FROM identity_login WHERE name = 'li.wei'")
    await grant_role(actor=SYSTEM, person_id=person, role="finance", area_id=office.county)
    assert (await office.client.get("/staff/waiting", headers=OWN_PAGE)).headers["location"] == "/staff"
    assert (await office.client.get("/staff", headers=OWN_PAGE)).status_code == 200
    later = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30))
    again = await office.visit("/sign-in/staff", login="LI.WEI", password=PASSWORD, totp=later)
    assert again.headers["location"] == "/staff"


async def test_a_form_that_makes_no_login_says_why_and_makes_none(office: Office) -> None:
    await office.invite()
    people = await db.fetchval("SELECT count(*) FROM identity_person")
    form = {**NEWCOMER, "area_id": str(office.county)}
    for changed, status, said in (
        ({}, 409, "该登录名已被使用"),
        ({"login": "new", "phone": "13800000000"}, 409, "该手机号已登记"),
        ({"login": "new", "totp": "000000"}, 401, "验证码不正确"),
        ({"login": "李伟伟"}, 422, "格式不符"),
        ({"login": "new", "area_id": str(office.callers.people["finance"])}, 404, "没有这个区域"),
    ):
        refused = await office.post("system_admin", LOGINS, **{**form, **changed})
        assert (refused.status_code, said in refused.text) == (status, True), said
        assert 'value="李伟"' in refused.text, "what was typed is kept"
        assert office.code("system_admin") not in refused.text
    assert await db.fetchval("SELECT count(*) FROM identity_person") == people


async def test_what_does_not_fit_is_asked_again_with_the_same_code_to_scan(office: Office) -> None:
    link = await office.invite()
    secret, factor = shown(await office.visit(DOOR, code=code_in(link)))
    good = {
        "code": code_in(link), "factor": factor, "password": PASSWORD, "again": PASSWORD,
        "totp": pyotp.TOTP(secret).at(clock.now()),
    }  # fmt: skip
    for changed, status, said in (
        ({"again": "three words apart"}, 422, "两次输入的密码不一致"),
        ({"password": "short", "again": "short"}, 422, "密码至少需要 10 个字符"),
        ({"totp": "123"}, 422, "格式不符"),
        ({"totp": pyotp.TOTP(new_totp_secret()).at(clock.now())}, 401, "动态验证码不正确"),
    ):
        again = await office.visit(f"{DOOR}/set-up", **{**good, **changed})
        assert (again.status_code, said in again.text) == (status, True), said
        assert shown(again) == (secret, factor)
        assert PASSWORD not in again.text
    assert (await office.visit(f"{DOOR}/set-up", **good)).status_code == 303
    used = await office.visit(f"{DOOR}/set-up", **good)
    assert (used.status_code, "已经用过" in used.text, "otpauth:" in used.text) == (409, True, False)
    reloaded = await office.client.get(f"{DOOR}/set-up", headers=OWN_PAGE)
    assert reloaded.headers["location"] == DOOR


async def test_unknown_and_expired_links_are_answered_alike_and_counted(office: Office) -> None:
    link = await office.invite()
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_invitation SET expires_at = now()")
    answers = [await office.visit(DOOR, code=code) for code in (code_in(link), "qzi_unknown")]
    assert {answer.status_code for answer in answers} == {404}
    alike = [re.sub(r'value="qzi_[^"]*"', "", answer.text) for answer in answers]
    assert alike[0] == alike[1]
    assert "邀请无效或已过期" in alike[0]
    assert "已过期" in (await office.get("system_admin", LOGINS)).text
    for number in range(3):
        await office.visit(DOOR, code=f"qzi_guess{number}")
    assert (await office.visit(DOOR, code="qzi_one_more")).status_code == 429


async def test_whoever_holds_a_role_is_invited_by_two_and_the_second_gets_the_link(office: Office) -> None:
    path = office.person("finance")
    form = await office.get("system_admin", path)
    assert "须由安全管理员确认" in form.text
    assert "已登录的设备全部退出" in form.text
    assert (await office.post("system_admin", office.person("system_admin"), why="x")).status_code == 403
    asked = await office.post("system_admin", path, why="手机丢失")
    assert (asked.status_code, asked.headers["location"]) == (303, LOGINS)
    assert (await office.get("finance", "/staff")).status_code == 200
    listed = {role: (await office.get(role, LOGINS)).text for role in ("system_admin", "security_admin", "auditor")}
    confirm = re.search(rf'action="({LOGINS}/[0-9a-f-]+/confirm)"', listed["security_admin"])
    assert confirm is not None
    assert confirm[1] not in listed["system_admin"] + listed["auditor"]
    assert "/withdraw" not in listed["auditor"]
    assert "手机丢失" in listed["auditor"]
    assert (await office.post("system_admin", confirm[1])).status_code == 403
    assert (await office.post("security_admin", confirm[1], totp="000000")).status_code == 401
    code = code_in(link_on(await office.post("security_admin", confirm[1])))
    assert (await office.get("finance", "/staff")).headers["location"].startswith("/sign-in")
    assert (await office.post("security_admin", confirm[1])).status_code == 409
    withdrawn = await office.client.post(
        confirm[1].replace("confirm", "withdraw"), headers={**office.callers.in_browser("system_admin"), **OWN_PAGE}
    )
    assert withdrawn.status_code == 303
    assert (await office.visit(DOOR, code=code)).status_code == 404


async def test_whoever_leaves_office_signs_in_no_more_until_he_is_invited_again(office: Office) -> None:
    person = f"/staff/people/{office.callers.people['finance']}"
    ending = f"{person}/login/disable"
    assert ending in (await office.get("security_admin", person)).text
    assert ending not in (await office.get("auditor", person)).text
    assert (await office.post("security_admin", ending, why="离职", totp="000000")).status_code == 401
    assert "缺少此项" in (await office.post("system_admin", ending)).text
    own = office.callers.people["security_admin"]
    assert (await office.post("security_admin", f"/staff/people/{own}/login/disable", why="x")).status_code == 403
    assert (await office.get("finance", "/staff")).status_code == 200
    await office.post("system_admin", office.person("finance"), why="忘记密码")  # waits for a second person
    for _ in range(2):  # tapped twice, it is done once
        ended = await office.post("security_admin", ending, why="离职")
        assert (ended.status_code, ended.headers["location"]) == (303, person)
    assert (await office.get("finance", "/staff")).headers["location"].startswith("/sign-in")
    shown_now = (await office.get("security_admin", person)).text
    assert "（已停用）" in shown_now
    assert ending not in shown_now
    assert "已撤回" in (await office.get("system_admin", LOGINS)).text
    noted = await db.fetch("SELECT why FROM identity_audit_entry WHERE action = 'login.disabled'")
    assert [row["why"] for row in noted] == ["离职"]
    unknown = await office.post("security_admin", f"/staff/people/{office.county}/login/disable", why="x")
    assert unknown.status_code == 404


async def test_somebody_registered_is_found_by_his_phone_and_gets_his_role_by_his_login(office: Office) -> None:
    found = await office.client.post(
        f"{LOGINS}/find",
        data={"phone": "13800000000"},
        headers={**office.callers.in_browser("system_admin"), **OWN_PAGE},
    )
    assert found.headers["location"] == office.person("resident")
    form = await office.get("system_admin", office.person("resident"))
    assert "人0" not in form.text, "residents are masked"
    await office.invite()
    role = await office.get("system_admin", "/staff/people/new?login=li.wei")
    assert 'value="li.wei"' in role.text
    asked = await office.post(
        "system_admin",
        "/staff/people/requests",
        login="li.wei",
        role="finance",
        area_id=str(office.county),
        why="新到岗",
    )
    assert asked.status_code == 303
    unnamed = {"role": "finance", "area_id": str(office.county), "why": "x"}
    assert (await office.post("system_admin", "/staff/people/requests", **unnamed)).status_code == 404


async def test_both_pages_speak_english(office: Office) -> None:
    link = await office.invite()
    self_english = {**OWN_PAGE, "Accept-Language": "en"}
    office.client.cookies.clear()
    arrived = await office.client.get(link, headers=self_english)
    opened = await office.client.post(DOOR, data={"code": code_in(link)}, headers=self_english)
    assert "Invitation" in arrived.text
    assert "At least 10 characters" in opened.text
