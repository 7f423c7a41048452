"""Signing in, staying signed in, and being signed out, over HTTP."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
import structlog
import time_machine

from identity import logins, people, roles
from identity.actor import Actor
from identity.api_keys import create_api_key, disable_api_key
from identity.disabling import disable_login
from identity.passwords import is_right
from identity.sign_in import confirm_totp
from kit import clock, db
from kit.errors import Refusal
from kit.ids import new_id

from .conftest import PASSWORD, SYSTEM, County, Staff

Answer = httpx.Response


async def sign_in(client: httpx.AsyncClient, **body: Any) -> Answer:
    return await client.post("/api/auth/login", json=body)


async def refresh(client: httpx.AsyncClient, token: str) -> Answer:
    return await client.post("/api/auth/refresh", json={"refresh_token": token})


async def me(client: httpx.AsyncClient, token: str) -> Answer:
    return await client.get("/api/me", headers={"Authorization": f"Bearer {token}"})


def code_now(staff: Staff, steps: int = 0) -> str:
    return pyotp.TOTP(staff.totp_secret).at(clock.now() + timedelta(seconds=30 * steps))


async def sms_code(client: httpx.AsyncClient, phone: str) -> str:
    with structlog.testing.capture_logs() as events:
        sent = await client.post("/api/auth/sms-codes", json={"phone": phone})
    assert sent.status_code == 202, sent.text
    texts = [event["text"] for event in events if event["event"] == "sms"]
    return re.findall(r"\d{6}", texts[0])[0] if texts else ""


async def attempts() -> tuple[int, int]:
    row = await db.fetchrow(
        'SELECT count(*) FILTER (WHERE "right") AS r, count(*) FILTER (WHERE NOT "right") AS w'
        " FROM identity_sign_in_attempt"
    )
    assert row is not None
    return row["r"], row["w"]


async def test_a_resident_signs_in_and_sees_who_he_is(client: httpx.AsyncClient, resident_login: str) -> None:
    answer = await sign_in(client, login="WangFang", password=PASSWORD)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["expires_in"], body["user"]["name"], body["user"]["roles"]) == (900, "王芳", ["resident"])
    assert body["user"]["area"]["path"] == "lyx.t2.v1"
    mine = await me(client, body["access_token"])
    assert mine.json() == body["user"]
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = 'session.started'") == 1


async def test_wrong_login_and_wrong_password_get_the_same_answer(
    client: httpx.AsyncClient, resident_login: str
) -> None:
    wrong = await sign_in(client, login=resident_login, password="wrong")
    unknown = await sign_in(client, login="nobody", password="wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert await attempts() == (0, 2)
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = 'sign_in.refused'") == 2


async def test_an_unknown_login_costs_the_same_work() -> None:
    await is_right("warm up", None)
    known = await logins.hash_password(PASSWORD)
    assert await is_right(PASSWORD, known)
    assert not await is_right("wrong", known)
    assert not await is_right("the password of nobody", None)


async def test_a_body_that_mixes_the_two_ways_is_refused(client: httpx.AsyncClient) -> None:
    for body in ({}, {"login": "a"}, {"login": "a", "password": "b", "phone": "13800000001"}, {"phone": "13800000001"}):
        answer = await sign_in(client, **body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


async def test_five_wrong_tries_lock_the_account_even_for_the_right_password(
    client: httpx.AsyncClient, resident_login: str, staff: Staff
) -> None:
    for _ in range(5):
        assert (await sign_in(client, login=resident_login, password="wrong")).status_code == 401
    locked = await sign_in(client, login=resident_login, password=PASSWORD)
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_wrong_tries")
    assert 0 < int(locked.headers["retry-after"]) <= 900
    other = await sign_in(client, login=staff.login, password=PASSWORD, totp=code_now(staff))
    assert other.status_code == 200
    await _let_minutes_pass(15)
    assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 200


async def _let_minutes_pass(minutes: int) -> None:
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_sign_in_attempt SET at = at - make_interval(mins => $1)", minutes)


async def test_an_unknown_account_locks_like_a_known_one(client: httpx.AsyncClient, county: County) -> None:
    answers = [await sign_in(client, login="nobody", password="wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


async def test_a_source_that_is_wrong_about_five_accounts_is_locked(
    client: httpx.AsyncClient, resident_login: str
) -> None:
    for number in range(5):
        assert (await sign_in(client, login=f"guess{number}", password="wrong")).status_code == 401
    assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 429


async def test_who_signed_in_from_a_source_before_still_can(client: httpx.AsyncClient, resident_login: str) -> None:
    assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 200
    for number in range(6):
        await sign_in(client, login=f"guess{number}", password="wrong")
    assert (await sign_in(client, login="guess9", password="wrong")).status_code == 429
    assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 200


@db.flow
async def confirm(*, staff: Staff, code: str) -> Refusal | None:
    """Ask for the second factor again, as a batch approval does."""
    return await confirm_totp(Actor(id=staff.person_id, kind="person", name="李明"), code)


async def test_the_second_factor_is_asked_for_again_and_guesses_are_counted(staff: Staff) -> None:
    code = code_now(staff)
    assert await confirm(staff=staff, code=code) is None
    refused = [await confirm(staff=staff, code=code) for _ in range(6)]
    assert [each.code for each in refused if each] == ["bad_credentials"] * 5 + ["too_many_wrong_tries"]
    assert await attempts() == (0, 5)


async def test_guesses_sent_at_once_are_counted_one_by_one(client: httpx.AsyncClient, resident_login: str) -> None:
    bodies = [{"login": resident_login, "password": f"guess {number}"} for number in range(20)]
    answers = await asyncio.gather(*(sign_in(client, **body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    assert await attempts() == (0, 5)


async def test_a_right_sign_in_clears_the_wrong_ones(client: httpx.AsyncClient, resident_login: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert (await sign_in(client, login=resident_login, password="wrong")).status_code == 401
        assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 200


async def test_staff_need_the_second_factor_and_each_code_is_good_once(client: httpx.AsyncClient, staff: Staff) -> None:
    without = await sign_in(client, login=staff.login, password=PASSWORD)
    assert (without.status_code, without.json()["code"]) == (401, "totp_required")
    wrong = await sign_in(client, login=staff.login, password=PASSWORD, totp="000000")
    assert wrong.json()["code"] == "bad_credentials"
    code = code_now(staff)
    assert (await sign_in(client, login=staff.login, password=PASSWORD, totp=code)).status_code == 200
    again = await sign_in(client, login=staff.login, password=PASSWORD, totp=code)
    assert (again.status_code, again.json()["code"]) == (401, "bad_credentials")
    older = await sign_in(client, login=staff.login, password=PASSWORD, totp=code_now(staff, -1))
    assert older.json()["code"] == "bad_credentials"
    assert (await sign_in(client, login=staff.login, password=PASSWORD, totp=code_now(staff, 1))).status_code == 200


async def test_one_code_sent_twice_at_once_signs_in_once(client: httpx.AsyncClient, staff: Staff) -> None:
    body = {"login": staff.login, "password": PASSWORD, "totp": code_now(staff)}
    answers = await asyncio.gather(*(sign_in(client, **body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_staff_with_no_authenticator_cannot_sign_in(client: httpx.AsyncClient, county: County) -> None:
    lan = county.people["李兰"]
    await logins.create_login(actor=SYSTEM, person_id=lan, login="lilan", password=PASSWORD, with_totp=False)
    assert (await sign_in(client, login="lilan", password=PASSWORD)).status_code == 200
    await roles.grant_role(actor=SYSTEM, person_id=lan, role="finance", area_id=county.areas["lyx"])
    assert (await sign_in(client, login="lilan", password=PASSWORD)).json()["code"] == "totp_required"


async def test_a_resident_signs_in_by_sms(client: httpx.AsyncClient, county: County) -> None:
    code = await sms_code(client, "13800000001")
    answer = await sign_in(client, phone="13800000001", code=code)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["name"] == "李兰"
    again = await sign_in(client, phone="13800000001", code=code)
    assert (again.status_code, again.json()["code"]) == (401, "bad_credentials")


async def test_a_code_bears_four_wrong_tries_and_ends_after_five_minutes(
    client: httpx.AsyncClient, county: County
) -> None:
    code = await sms_code(client, "13800000001")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(4):
        assert (await sign_in(client, phone="13800000001", code=wrong)).status_code == 401
    assert (await sign_in(client, phone="13800000001", code=code)).status_code == 200
    code = await sms_code(client, "13800000003")
    for _ in range(5):
        assert (await sign_in(client, phone="13800000003", code=wrong)).status_code == 401
    await _let_minutes_pass(20)  # the account is free again, its code is used up
    assert (await sign_in(client, phone="13800000003", code=code)).status_code == 401
    code = await sms_code(client, "13800000002")
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_sms_code SET expires_at = now() - interval '1 second'")
    assert (await sign_in(client, phone="13800000002", code=code)).status_code == 401


async def test_a_phone_gets_one_code_a_minute_known_or_not(client: httpx.AsyncClient, county: County) -> None:
    assert await sms_code(client, "13800000001") != ""
    assert await sms_code(client, "13899999999") == ""
    for phone in ("13800000001", "13899999999"):
        answer = await client.post("/api/auth/sms-codes", json={"phone": phone})
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_sms_codes")
        assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_staff_cannot_sign_in_by_sms(client: httpx.AsyncClient, staff: Staff) -> None:
    code = await sms_code(client, "13800000002")
    answer = await sign_in(client, phone="13800000002", code=code)
    assert (answer.status_code, answer.json()["code"]) == (401, "password_required")


async def test_refresh_tokens_rotate_and_reuse_ends_the_session(client: httpx.AsyncClient, resident_login: str) -> None:
    first = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    second = (await refresh(client, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    third = (await refresh(client, second["refresh_token"])).json()
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_refresh_token SET used_at = used_at - interval '11 seconds'")
    assert (await me(client, third["access_token"])).status_code == 200
    assert (await refresh(client, first["refresh_token"])).json()["code"] == "token_invalid"
    assert (await refresh(client, third["refresh_token"])).json()["code"] == "token_invalid"
    assert (await me(client, third["access_token"])).json()["code"] == "token_invalid"
    ended = await db.fetchval("SELECT after->>'because' FROM identity_audit_entry WHERE action = 'session.ended'")
    assert ended == "token_reused"


async def test_an_answer_that_was_lost_is_asked_for_again_within_ten_seconds(
    client: httpx.AsyncClient, resident_login: str
) -> None:
    first = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    lost = (await refresh(client, first["refresh_token"])).json()
    again = await refresh(client, first["refresh_token"])
    assert again.status_code == 200
    assert (await refresh(client, again.json()["refresh_token"])).status_code == 200
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_refresh_token SET used_at = used_at - interval '11 seconds'")
    assert (await refresh(client, lost["refresh_token"])).status_code == 401


async def test_refreshing_many_times_at_once_leaves_one_good_token(
    client: httpx.AsyncClient, resident_login: str
) -> None:
    first = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    answers = await asyncio.gather(*(refresh(client, first["refresh_token"]) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await db.fetchval("SELECT count(*) FROM identity_refresh_token WHERE used_at IS NULL") == 1


async def test_neither_kind_of_token_passes_for_the_other(client: httpx.AsyncClient, resident_login: str) -> None:
    mine = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    assert (await me(client, mine["refresh_token"])).json()["code"] == "token_invalid"
    assert (await refresh(client, mine["access_token"])).json()["code"] == "token_invalid"
    assert (await client.get("/api/me")).json()["code"] == "sign_in_required"
    basic = await client.get("/api/me", headers={"Authorization": "Basic YTpi"})
    assert basic.json()["code"] == "token_invalid"


async def test_signing_out_acts_on_the_next_request(client: httpx.AsyncClient, resident_login: str) -> None:
    mine = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    out = await client.post("/api/auth/logout", headers={"Authorization": f"Bearer {mine['access_token']}"})
    assert out.status_code == 204
    assert (await me(client, mine["access_token"])).status_code == 401
    assert (await refresh(client, mine["refresh_token"])).status_code == 401


@pytest.mark.parametrize("how", ["person", "login", "emptied"])
async def test_disabling_acts_on_the_next_request(
    client: httpx.AsyncClient, county: County, resident_login: str, how: str
) -> None:
    mine = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    fang = county.people["王芳"]
    if how == "person":
        await people.set_person_status(actor=SYSTEM, person_id=fang, status="disabled", why="test")
    elif how == "login":
        await disable_login(actor=SYSTEM, person_id=fang, why="test")
    else:
        async with db.transaction():
            await logins.empty_login(fang)
    assert (await me(client, mine["access_token"])).status_code == 401
    assert (await refresh(client, mine["refresh_token"])).status_code == 401
    assert (await sign_in(client, login=resident_login, password=PASSWORD)).status_code == 401


async def test_a_role_that_is_taken_no_longer_counts_on_the_next_request(
    client: httpx.AsyncClient, staff: Staff
) -> None:
    mine = (await sign_in(client, login=staff.login, password=PASSWORD, totp=code_now(staff))).json()
    assert mine["user"]["roles"] == ["grid_worker", "resident"]
    await roles.revoke_role(actor=SYSTEM, role_id=staff.role_id, why="test")
    assert (await me(client, mine["access_token"])).json()["roles"] == ["resident"]


async def test_a_stand_in_has_the_roles_of_the_absent_for_their_days(
    client: httpx.AsyncClient, county: County, staff: Staff, resident_login: str
) -> None:
    mine = (await sign_in(client, login=staff.login, password=PASSWORD, totp=code_now(staff))).json()
    fang = county.people["王芳"]
    await roles.grant_role(actor=SYSTEM, person_id=fang, role="mediator", area_id=county.areas["lyx.t2"])
    today = clock.business_day(clock.now())
    arranged = await roles.name_stand_in(
        actor=SYSTEM, person_id=fang, stand_in_id=staff.person_id, starts_on=today, ends_on=today
    )
    held = (await me(client, mine["access_token"])).json()["roles_held"]
    assert {
        "role": "mediator",
        "area": "lyx.t2",
        "merchant_id": None,
        "standing_in_for": str(fang),
    } in held
    await roles.end_stand_in(actor=SYSTEM, stand_in_row_id=arranged)
    assert (await me(client, mine["access_token"])).json()["roles"] == ["grid_worker", "resident"]


async def test_roles_of_staff_count_only_in_sessions_with_a_second_factor(
    client: httpx.AsyncClient, county: County, staff: Staff, resident_login: str
) -> None:
    fang, today = county.people["王芳"], clock.business_day(clock.now())
    by_password = (await sign_in(client, login=resident_login, password=PASSWORD)).json()["access_token"]
    code = await sms_code(client, "13800000003")
    by_sms = (await sign_in(client, phone="13800000003", code=code)).json()["access_token"]
    await roles.name_stand_in(actor=SYSTEM, person_id=staff.person_id, stand_in_id=fang, starts_on=today, ends_on=today)
    await roles.grant_role(actor=SYSTEM, person_id=fang, role="finance", area_id=county.areas["lyx"])
    await roles.grant_role(actor=SYSTEM, person_id=fang, role="organiser", area_id=county.areas["lyx.t2"])
    for token in (by_password, by_sms):
        assert (await me(client, token)).json()["roles"] == ["organiser", "resident"]


async def test_an_integration_has_its_key_and_no_more(client: httpx.AsyncClient, county: County) -> None:
    made = await create_api_key(actor=SYSTEM, name="Library", actions=["STU-READ"], area_id=county.areas["lyx.t1"])
    refused = await me(client, made.key)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = 'access.refused'") == 1
    dump = await db.fetchval("SELECT string_agg(key::text, '') FROM identity_api_key AS key")
    assert made.key not in dump
    await disable_api_key(actor=SYSTEM, key_id=made.id, why="test")
    assert (await me(client, made.key)).json()["code"] == "token_invalid"
    assert (await me(client, f"qzf_{new_id()}")).json()["code"] == "token_invalid"


async def test_an_access_token_ends_after_fifteen_minutes(client: httpx.AsyncClient, resident_login: str) -> None:
    mine = (await sign_in(client, login=resident_login, password=PASSWORD)).json()
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        assert (await me(client, mine["access_token"])).status_code == 401
