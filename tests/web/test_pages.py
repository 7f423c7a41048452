"""Pages over HTTP: who is led where, how one signs in and out, and that nothing is done for another site."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pyotp
import pytest
import time_machine
from litestar import Litestar

from identity import cross_site, sms
from identity.logins import create_login
from kit import clock, db
from kit.settings import settings
from web.pages.addresses import local_path

from .browsing import COOKIE, OWN_PAGE, browse, changing
from .conftest import SYSTEM, Callers

PASSWORD = "correct horse battery"


SENT: dict[str, str] = {}
"""The newest SMS to each phone."""


@pytest.fixture(autouse=True)
def _phones(monkeypatch: pytest.MonkeyPatch) -> None:
    async def arrives(phone: str, text: str) -> None:
        SENT[phone] = text

    monkeypatch.setitem(sms._SENDERS, "log", arrives)


def phone_of(role: str) -> str:
    """The phone that the people of these tests were given."""
    return {"resident": "13800000000"}[role]


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, data=fields, headers=OWN_PAGE)


async def code_for(client: httpx.AsyncClient, phone: str) -> str:
    asked = await send(client, "/sign-in/phone", phone=phone)
    assert asked.status_code == 200, asked.text
    found = re.search(r"\d{6}", SENT[phone])
    assert found is not None
    return found[0]


async def test_a_visitor_is_led_to_the_door_and_back_to_where_he_wanted(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    away = await client.get("/devices?x=1", headers=OWN_PAGE)
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/devices%3Fx=1")
    door = await client.get(away.headers["location"], headers=OWN_PAGE)
    assert 'name="next" value="/devices?x=1"' in door.text
    code = await code_for(client, phone_of("resident"))
    inside = await send(client, "/sign-in/code", phone=phone_of("resident"), code=code, next="/devices?x=1")
    assert (inside.status_code, inside.headers["location"]) == (303, "/devices?x=1")
    assert "HttpOnly" in inside.headers["set-cookie"]
    devices = await client.get("/devices", headers=OWN_PAGE)
    assert devices.status_code == 200
    assert "本机" in devices.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\n/evil",
    ],
)
async def test_signing_in_leads_to_no_other_site(client: httpx.AsyncClient, callers: Callers, elsewhere: str) -> None:
    assert local_path(elsewhere) is None
    code = await code_for(client, phone_of("resident"))
    inside = await send(client, "/sign-in/code", phone=phone_of("resident"), code=code, next=elsewhere)
    assert (inside.status_code, inside.headers["location"]) == (303, "/")


async def test_a_wrong_code_is_said_on_the_form_and_the_phone_stays(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    await code_for(client, phone_of("resident"))
    wrong = await send(client, "/sign-in/code", phone=phone_of("resident"), code="999999")
    assert wrong.status_code == 401
    assert "登录名、密码或验证码不正确。" in wrong.text
    assert phone_of("resident") in wrong.text
    assert "999999" not in wrong.text


async def test_after_five_wrong_codes_the_form_says_how_long_to_wait(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    for _ in range(5):
        await send(client, "/sign-in/code", phone=phone_of("resident"), code="999999")
    locked = await send(client, "/sign-in/code", phone=phone_of("resident"), code="999999")
    assert locked.status_code == 429
    assert re.search(r"请在 \d+ 秒后再试", locked.text)


async def test_each_field_that_does_not_fit_is_named_in_the_summary(client: httpx.AsyncClient, app: Litestar) -> None:
    misfit = await send(client, "/sign-in/phone", phone="12")
    assert misfit.status_code == 422
    assert 'href="#phone"' in misfit.text
    assert 'value="12"' in misfit.text
    empty = await send(client, "/sign-in/staff", login="", password="")
    assert empty.text.count('<li><a href="#') == 2
    unknown = await send(client, "/sign-in/phone", phone=phone_of("resident"), admin="yes")
    assert unknown.status_code == 422


async def test_staff_sign_in_with_password_and_authenticator(client: httpx.AsyncClient, callers: Callers) -> None:
    await db_without_login(callers.people["leader"])
    made = await create_login(
        actor=SYSTEM, person_id=callers.people["leader"], login="lead", password=PASSWORD, with_totp=True
    )
    assert made.totp_secret is not None
    without = await send(client, "/sign-in/staff", login="lead", password=PASSWORD)
    assert without.status_code == 401
    assert PASSWORD not in without.text
    code = pyotp.TOTP(made.totp_secret).now()
    inside = await send(client, "/sign-in/staff", login="lead", password=PASSWORD, totp=code)
    assert (inside.status_code, inside.headers["location"]) == (303, "/staff")
    assert "Max-Age" not in inside.headers["set-cookie"].partition(",")[0]
    assert (await client.get("/staff", headers=OWN_PAGE)).status_code == 200
    again = await client.get("/sign-in", headers=OWN_PAGE)
    assert (again.status_code, again.headers["location"]) == (303, "/staff")


async def db_without_login(person: UUID) -> None:
    async with db.transaction() as connection:
        await connection.execute("DELETE FROM identity_refresh_token")
        await connection.execute("DELETE FROM identity_session WHERE person = $1", person)
        await connection.execute("DELETE FROM identity_login WHERE person = $1", person)


async def test_the_front_door_leads_everybody_to_his_own_pages(client: httpx.AsyncClient, callers: Callers) -> None:
    for role, start in (("merchant_clerk", "/till"), ("auditor", "/staff")):
        await browse(client, callers.people[role])
        door = await client.get("/", headers=OWN_PAGE)
        assert (door.status_code, door.headers["location"]) == (303, start)
    refused = await client.get("/till", headers=OWN_PAGE)
    assert refused.status_code == 403
    assert "没有权限" in refused.text
    assert refused.headers["content-type"].startswith("text/html")


async def test_a_session_ends_when_nobody_comes_for_long_and_after_its_time(
    client: httpx.AsyncClient, callers: Callers, owner: "object"
) -> None:
    staff = await browse(client, callers.people["auditor"])
    for column, past in (("seen_at", timedelta(minutes=31)), ("expires_at", timedelta(hours=13))):
        assert (await client.get("/staff", headers=OWN_PAGE)).status_code == 200
        async with db.transaction() as connection:
            await connection.execute(
                f"UPDATE identity_session SET {column} = {column} - $2::interval WHERE id = $1", staff.session_id, past
            )
        away = await client.get("/staff", headers=OWN_PAGE)
        assert away.status_code == 303
        assert "Max-Age=0" in away.headers["set-cookie"]
        client.cookies.clear()
        staff = await browse(client, callers.people["auditor"])


async def test_coming_back_keeps_the_session_and_is_written_down_now_and_then(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    signed_in = await browse(client, callers.people["auditor"])
    seen = "SELECT seen_at FROM identity_session WHERE id = $1"
    first = await db.fetchval(seen, signed_in.session_id)
    await client.get("/staff", headers=OWN_PAGE)
    assert await db.fetchval(seen, signed_in.session_id) == first
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE identity_session SET seen_at = seen_at - interval '2 minutes' WHERE id = $1", signed_in.session_id
        )
    await client.get("/staff", headers=OWN_PAGE)
    assert await db.fetchval(seen, signed_in.session_id) >= first


async def test_signing_out_ends_the_session_at_once_and_everywhere_ends_all(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    person = callers.people["resident"]
    here = await browse(client, person)
    out = await client.post("/sign-out", headers=changing(here))
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    client.cookies.set(COOKIE, here.secret)
    assert (await client.get("/", headers=OWN_PAGE)).status_code == 303
    elsewhere = await browse(client, person)
    here = await browse(client, person)
    ended = await client.post("/devices/end", data={"session": str(elsewhere.session_id)}, headers=changing(here))
    assert ended.headers["location"] == "/devices"
    assert (await client.get("/", headers={**OWN_PAGE, "Cookie": f"{COOKIE}={elsewhere.secret}"})).status_code == 303
    bearer = callers.headers("resident")
    assert (await client.get("/api/me", headers=bearer)).status_code == 200
    await client.post("/sign-out/everywhere", headers=changing(here))
    client.cookies.clear()
    assert (await client.get("/api/me", headers=bearer)).status_code == 401


async def test_nobody_ends_another_persons_session(client: httpx.AsyncClient, callers: Callers) -> None:
    others = await browse(client, callers.people["auditor"])
    mine = await browse(client, callers.people["resident"])
    refused = await client.post("/devices/end", data={"session": str(others.session_id)}, headers=changing(mine))
    assert refused.status_code == 404
    client.cookies.set(COOKIE, others.secret)
    assert (await client.get("/staff", headers=OWN_PAGE)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({}, False),
    ],
)
async def test_a_change_is_taken_from_our_own_pages_alone(
    client: httpx.AsyncClient, callers: Callers, headers: dict[str, str], taken: bool
) -> None:
    signed_in = await browse(client, callers.people["resident"])
    token = {"X-CSRF-Token": cross_site.new_token(signed_in.session_id)}
    for path in ("/language", "/sign-out"):
        answer = await client.post(
            path, data={"language": "en"} if path == "/language" else {}, headers=headers | token
        )
        assert (answer.status_code == 303) is taken, (path, answer.text)
        if not taken:
            assert answer.json()["code"] == "cross_site"


async def test_a_change_needs_the_token_of_this_very_session(client: httpx.AsyncClient, callers: Callers) -> None:
    other = await browse(client, callers.people["auditor"])
    mine = await browse(client, callers.people["resident"])
    for token in ("", "00", "zz", cross_site.new_token(other.session_id)):
        refused = await client.post("/sign-out", data={"csrf": token}, headers=OWN_PAGE)
        assert refused.status_code == 403, token
    page = await client.get("/devices", headers=OWN_PAGE)
    (token, *others) = re.findall(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert set(others) == {token}
    assert token != cross_site.new_token(mine.session_id)
    assert (await client.post("/sign-out", data={"csrf": token}, headers=OWN_PAGE)).status_code == 303


async def test_the_api_takes_the_cookie_and_for_changes_the_token_too(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    mine = await browse(client, callers.people["resident"])
    assert (await client.get("/api/me")).json()["roles"] == ["resident"]
    claim = {"action": "VOL-HOUR", "occurred_at": "2026-01-01T00:00:00+08:00"}
    key = {"Idempotency-Key": "1"}
    refused = await client.post("/api/participations", json=claim, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
    asked = await client.post("/api/participations", json=claim, headers=key | changing(mine))
    assert asked.status_code != 403
    bearer = callers.headers("auditor")
    assert (await client.get("/api/me", headers=bearer)).json()["roles"] == ["auditor"], "a bearer goes before a cookie"


async def test_pages_take_no_bearer(client: httpx.AsyncClient, callers: Callers) -> None:
    assert (await client.get("/devices", headers={**callers.headers("resident"), **OWN_PAGE})).status_code == 303


async def test_language_and_view_stay_with_the_browser_and_with_the_person(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    english = await client.get("/sign-in", headers={**OWN_PAGE, "Accept-Language": "en"})
    assert "Phone number" in english.text
    assert english.headers["content-language"] == "en"
    await send(client, "/language", language="en")
    assert "Phone number" in (await client.get("/sign-in", headers=OWN_PAGE)).text
    person = callers.people["resident"]
    mine = await browse(client, person)
    assert 'lang="zh-CN"' in (await client.get("/", headers=OWN_PAGE)).text, "the person's own language goes first"
    await client.post("/language", data={"language": "en"}, headers=changing(mine))
    chosen = await client.post("/view", data={"elder": "true", "next": "/devices"}, headers=changing(mine))
    assert chosen.headers["location"] == "/devices"
    home = (await client.get("/", headers=OWN_PAGE)).text
    assert 'lang="en"' in home
    assert "elder" in home
    row = await db.fetchrow("SELECT language, view FROM identity_person WHERE id = $1", person)
    assert row is not None
    assert tuple(row) == ("en", "elder.22.auto")
    await client.post("/view", data={"size": "30", "theme": "dark"}, headers=changing(mine))
    assert await db.fetchval("SELECT view FROM identity_person WHERE id = $1", person) == "elder.30.dark"


async def test_what_is_not_there_is_a_page_for_a_browser_and_a_problem_for_a_program(
    client: httpx.AsyncClient, app: Litestar
) -> None:
    page = await client.get("/nothing/here", headers=OWN_PAGE)
    assert page.status_code == 404
    assert "没有找到" in page.text
    problem = await client.get("/nothing/here")
    assert problem.json()["code"] == "not_found"
    api = await client.get("/api/nothing", headers=OWN_PAGE)
    assert api.headers["content-type"] == "application/problem+json"
    part = await client.get("/nothing/here", headers={**OWN_PAGE, "HX-Request": "true"})
    assert 'data-code="not_found"' in part.text
    assert "<html" not in part.text
    led = await client.get("/", headers={**OWN_PAGE, "HX-Request": "true", "HX-Current-URL": "http://testserver/?a=b"})
    assert (led.status_code, led.headers["hx-redirect"]) == (204, "/sign-in?next=/%3Fa=b")


async def test_what_is_not_there_is_said_in_the_language_that_the_reader_chose(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    chinese, english = ({**OWN_PAGE, "Accept-Language": each} for each in ("zh-CN", "en"))
    missing = "/nothing/here"
    assert '<html lang="en"' in (await client.get(missing, headers=english)).text
    client.cookies.set("lang", "en")
    assert '<html lang="en"' in (await client.get(missing, headers=chinese)).text, "a visitor's choice in this browser"
    person = callers.people["resident"]
    await browse(client, person)
    assert '<html lang="zh-CN"' in (await client.get(missing, headers=english)).text, "his own choice, made elsewhere"
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_person SET language = 'en' WHERE id = $1", person)
    del client.cookies["lang"]
    for address in (missing, "/nothing", "/shop/nonsense"):
        page = await client.get(address, headers=chinese)
        assert (page.status_code, '<html lang="en"' in page.text) == (404, True), address
    wrong_way = await client.post(missing, headers={**chinese, "Sec-Fetch-Site": "cross-site"})
    assert wrong_way.status_code == 404
    client.cookies.set(COOKIE, "no-such-session")
    assert '<html lang="zh-CN"' in (await client.get(missing, headers=chinese)).text


async def test_a_page_lets_nothing_in_and_is_kept_nowhere(client: httpx.AsyncClient, callers: Callers) -> None:
    await browse(client, callers.people["resident"])
    home = await client.get("/", headers={**OWN_PAGE, "Accept-Encoding": "gzip"})
    policy = home.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert home.headers["cache-control"] == "no-store"
    assert home.headers["content-encoding"] == "gzip"
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", home.text) == []


async def test_the_demo_towns_people_are_a_tap_away_and_in_production_nobody_is(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    await db_without_login(callers.people["finance"])
    made = await create_login(
        actor=SYSTEM, person_id=callers.people["finance"], login="fin", password=PASSWORD, with_totp=True
    )
    logins = settings().data_dir / "demo-logins.json"
    assert (await send(client, "/sign-in/demo", login="fin")).status_code == 404
    logins.write_text(
        f'[{{"role": "finance", "name": "钱会计", "login": "fin", "password": "{PASSWORD}",'
        f' "totp_secret": "{made.totp_secret}"}}, {{"role": "integration", "api_key": "x"}}]'
    )
    door = await client.get("/sign-in", headers=OWN_PAGE)
    assert "钱会计" in door.text
    assert PASSWORD not in door.text
    inside = await send(client, "/sign-in/demo", login="fin")
    assert (inside.status_code, inside.headers["location"]) == (303, "/staff")


async def test_the_cookie_of_a_safe_connection_is_for_this_host_alone(app: Litestar, callers: Callers) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as browser:
        code = await code_for(browser, phone_of("resident"))
        inside = await send(browser, "/sign-in/code", phone=phone_of("resident"), code=code)
        cookie = inside.headers["set-cookie"]
        assert cookie.startswith("__Host-qunzhifen=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
        assert (await browser.get("/", headers=OWN_PAGE)).status_code == 200


async def test_a_choice_at_the_door_keeps_the_way_back(client: httpx.AsyncClient, callers: Callers) -> None:
    door = await client.get("/sign-in?next=/devices", headers=OWN_PAGE)
    assert 'name="next" value="/sign-in?next=/devices"' in door.text
    asked = await send(client, "/sign-in/phone", phone=phone_of("resident"))
    (back,) = set(re.findall(r'name="next" value="(/sign-in[^"]*)"', asked.text))
    led = await client.get(back, headers=OWN_PAGE)
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in")


async def test_the_app_has_a_name_in_the_readers_language(client: httpx.AsyncClient, app: Litestar) -> None:
    chinese = await client.get("/manifest.webmanifest")
    assert (chinese.json()["short_name"], chinese.json()["display"]) == ("群治分", "standalone")
    english = await client.get("/manifest.webmanifest", headers={"Accept-Language": "en"})
    assert english.json()["short_name"] == "Qunzhifen"


async def test_a_moved_clock_does_not_matter_to_a_session(client: httpx.AsyncClient, callers: Callers) -> None:
    await browse(client, callers.people["resident"])
    with time_machine.travel(clock.now() + timedelta(days=400), tick=True):
        assert (await client.get("/", headers=OWN_PAGE)).status_code == 200, "the database's clock decides"
