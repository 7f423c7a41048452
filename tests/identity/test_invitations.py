"""Invitations: nobody but the person himself ever has what his login is set up with, and nobody is stepped in for."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pyotp
import pytest

from identity import invitations, logins, messages, roles, setting_up
from identity.actor import Actor, RoleHeld
from identity.disabling import disable_login
from identity.errors import (
    AreaUnknown,
    InvitationDecided,
    InvitationUnknown,
    InvitationUsed,
    LoginNameMissing,
    LoginTaken,
    PasswordTooShort,
    PersonUnknown,
    SecondPersonNeeded,
    TooManyWrongTries,
    TotpWrong,
)
from identity.invitations import Invited, invite_newcomer
from identity.people import NewPerson, register_person
from identity.sessions import SignedIn, start_session
from identity.setting_up import Opened, accept_invitation, open_invitation
from identity.sign_in import sign_in_by_password
from kit import clock, db
from kit.errors import Refusal

from .conftest import SYSTEM, County, Staff

pytestmark = pytest.mark.stores

VISITOR = Actor.visitor(source="10.0.0.9")
NEW = "a password of my own"
LATER = timedelta(seconds=30)


@pytest.fixture
async def offices(county: County) -> dict[str, Actor]:
    """A system administrator and a security administrator of the county, another one of the second town."""
    held = {"system": ("system_admin", "lyx"), "security": ("security_admin", "lyx"), "far": ("system_admin", "lyx.t2")}
    made = {}
    for name, (role, path) in held.items():
        person = NewPerson(name=f"管{name}", area_id=county.areas[path], resident=False)
        person_id = await register_person(actor=SYSTEM, person=person)
        await roles.grant_role(actor=SYSTEM, person_id=person_id, role=role, area_id=county.areas[path])
        made[name] = Actor(id=person_id, kind="person", name=name, roles=(RoleHeld(role, path),), area_path=path)
    return made


async def newcomer(county: County, system: Actor, login: str = "Li.Wei") -> Invited:
    person = NewPerson(name="李伟", area_id=county.areas["lyx.t1"], resident=False)
    return await invite_newcomer(actor=system, person=person, login=login)


async def opened(invited: Invited) -> Opened:
    seen = await open_invitation(actor=VISITOR, code=invited.code)
    assert isinstance(seen, Opened)
    return seen


def code_of(secret: str, later: timedelta = timedelta()) -> str:
    return pyotp.TOTP(secret).at(clock.now() + later)


async def accept(code: str, seen: Opened, **changed: Any) -> SignedIn | Refusal:
    given = {"factor": seen.factor, "password": NEW, "totp_code": code_of(seen.secret), **changed}
    return await accept_invitation(actor=VISITOR, code=code, begin=start_session, **given)


async def sign_in(login: str, password: str, totp_code: str) -> SignedIn | Refusal:
    return await sign_in_by_password(
        actor=VISITOR, login=login, password=password, totp_code=totp_code, begin=start_session
    )


async def login_of(person_id: UUID) -> tuple[str, bool, bool, bool]:
    row = await db.fetchrow(
        "SELECT name, enabled, password_hash IS NULL, totp_sealed IS NULL FROM identity_login WHERE person = $1",
        person_id,
    )
    assert row is not None
    return (row[0], row[1], row[2], row[3])


async def let_pass(time: str) -> None:
    async with db.transaction() as connection:
        await connection.execute("UPDATE identity_invitation SET expires_at = expires_at - $1::text::interval", time)
        await connection.execute("UPDATE identity_sign_in_attempt SET at = at - $1::text::interval", time)


async def test_a_newcomer_sets_his_login_up_and_nothing_of_it_is_good_before(
    county: County, offices: dict[str, Actor], owner: "asyncpg.Connection"
) -> None:
    invited = await newcomer(county, offices["system"])
    assert await login_of(invited.person_id) == ("li.wei", False, True, True)
    assert isinstance(await sign_in("li.wei", "the password of nobody", "000000"), Refusal)
    stored = await owner.fetchval("SELECT identity_invitation::text FROM identity_invitation")
    assert invited.code.removeprefix("qzi_") not in stored
    seen = await opened(invited)
    assert (seen.name, seen.login) == ("李伟", "li.wei")
    assert pyotp.parse_uri(seen.uri).secret == seen.secret  # type: ignore[union-attr]
    typed = code_of(seen.secret)
    assert isinstance(await accept(invited.code, seen, totp_code=typed), SignedIn)
    assert await login_of(invited.person_id) == ("li.wei", True, False, False)
    replayed = await sign_in("li.wei", NEW, typed)
    assert isinstance(replayed, Refusal), "the code that set it up is used up"
    assert isinstance(await sign_in("li.wei", NEW, code_of(seen.secret, LATER)), SignedIn)
    acts = await db.fetch("SELECT action FROM identity_audit_entry WHERE person_id = $1 ORDER BY id", invited.person_id)
    assert [row["action"] for row in acts if not row["action"].startswith("s")] == [
        "person.registered",
        "login.created",
        "invitation.asked",
        "invitation.issued",
        "invitation.accepted",
    ]


async def test_who_opened_the_link_before_has_another_secret(county: County, offices: dict[str, Actor]) -> None:
    invited = await newcomer(county, offices["system"])
    peeked, seen = await opened(invited), await opened(invited)
    assert peeked.secret != seen.secret
    assert isinstance(await accept(invited.code, seen), SignedIn)
    refused = await sign_in("li.wei", NEW, code_of(peeked.secret, LATER))
    assert isinstance(refused, Refusal)


async def test_nobody_is_registered_twice_or_elsewhere(county: County, offices: dict[str, Actor]) -> None:
    await newcomer(county, offices["system"])
    people = await db.fetchval("SELECT count(*) FROM identity_person")
    with pytest.raises(LoginTaken):
        await newcomer(county, offices["system"], login="LI.WEI")
    with pytest.raises(AreaUnknown):
        await newcomer(county, offices["far"], login="other")
    assert await db.fetchval("SELECT count(*) FROM identity_person") == people


async def test_unknown_expired_and_withdrawn_get_one_answer_and_used_another(
    county: County, offices: dict[str, Actor]
) -> None:
    system = offices["system"]
    expired, withdrawn, used = [await newcomer(county, system, login) for login in ("one", "two", "three")]
    row = await db.fetchval("SELECT id FROM identity_invitation WHERE person = $1", withdrawn.person_id)
    await invitations.withdraw_invitation(actor=system, invitation_id=row)
    with pytest.raises(InvitationDecided):
        await invitations.withdraw_invitation(actor=system, invitation_id=row)
    seen = await opened(expired)
    assert isinstance(await accept(used.code, await opened(used)), SignedIn)
    await let_pass("24 hours")
    for code in ("qzi_unknown", expired.code, withdrawn.code):
        assert isinstance(await open_invitation(actor=VISITOR, code=code), InvitationUnknown)
        assert isinstance(await accept(code, seen), InvitationUnknown)
        await let_pass("20 minutes")
    for answer in (await open_invitation(actor=VISITOR, code=used.code), await accept(used.code, seen)):
        assert isinstance(answer, InvitationUsed)


async def test_guesses_lock_the_source_and_wrong_codes_the_invitation(
    county: County, offices: dict[str, Actor]
) -> None:
    invited = await newcomer(county, offices["system"])
    seen = await opened(invited)
    with pytest.raises(PasswordTooShort):
        await accept(invited.code, seen, password="too short")
    other = await opened(await newcomer(county, offices["system"], login="other"))
    for wrong in ({"totp_code": code_of(other.secret)}, {"factor": other.factor}, {"factor": "00"}, {"factor": "zz"}):
        assert isinstance(await accept(invited.code, seen, **wrong), TotpWrong)
    assert isinstance(await accept(invited.code, seen, totp_code="000000"), TotpWrong)
    assert isinstance(await accept(invited.code, seen), TooManyWrongTries), "even with everything right"
    assert await login_of(invited.person_id) == ("li.wei", False, True, True)
    await let_pass("15 minutes")
    for number in range(5):
        assert isinstance(await open_invitation(actor=VISITOR, code=f"qzi_guess{number}"), InvitationUnknown)
    assert isinstance(await open_invitation(actor=VISITOR, code=invited.code), TooManyWrongTries)
    elsewhere = Actor.visitor(source="10.0.0.10")
    assert isinstance(await open_invitation(actor=elsewhere, code=invited.code), Opened)


async def test_whoever_holds_a_role_is_invited_by_two_and_loses_what_he_had(
    county: County, offices: dict[str, Actor], staff: Staff
) -> None:
    before = await sign_in(staff.login, staff.password, code_of(staff.totp_secret))
    assert isinstance(before, SignedIn)
    ask = {"person_id": staff.person_id, "login": None, "why": "手机丢失"}
    assert await invitations.ask_for_invitation(actor=offices["system"], **ask) is None  # type: ignore[arg-type]
    assert await login_of(staff.person_id) == ("liming", True, False, False), "nothing changes by one person's word"
    invitation_id = await db.fetchval("SELECT id FROM identity_invitation")
    for one_alone in ("system", "far"):
        with pytest.raises(InvitationUnknown):
            await invitations.confirm_invitation(actor=offices[one_alone], invitation_id=invitation_id)
    invited = await invitations.confirm_invitation(actor=offices["security"], invitation_id=invitation_id)
    with pytest.raises(InvitationDecided):
        await invitations.confirm_invitation(actor=offices["security"], invitation_id=invitation_id)
    assert await db.fetchval("SELECT count(*) FROM identity_session WHERE revoked_at IS NULL") == 0
    assert await login_of(staff.person_id) == ("liming", False, True, True)
    seen = await opened(invited)
    assert isinstance(await accept(invited.code, seen), SignedIn)
    old = await sign_in(staff.login, staff.password, code_of(staff.totp_secret, LATER))
    assert isinstance(old, Refusal)
    assert isinstance(await sign_in(staff.login, NEW, code_of(seen.secret, LATER)), SignedIn)


async def test_its_person_hears_of_each_change_by_sms_though_he_never_asked_for_any(
    county: County, offices: dict[str, Actor], staff: Staff
) -> None:
    await invitations.ask_for_invitation(actor=offices["system"], person_id=staff.person_id, login=None, why="手机丢失")
    assert await heard(staff.person_id) == [], "nothing has changed yet"
    invitation_id = await db.fetchval("SELECT id FROM identity_invitation")
    invited = await invitations.confirm_invitation(actor=offices["security"], invitation_id=invitation_id)
    await accept(invited.code, await opened(invited))
    for _ in range(2):
        await disable_login(actor=offices["security"], person_id=staff.person_id, why="离任")
    assert await heard(staff.person_id) == ["登录需要重新设置", "登录已设置", "登录已停用"]
    new = await newcomer(county, offices["system"])
    await accept(new.code, await opened(new))
    assert await heard(new.person_id) == ["登录已设置"]
    assert await db.fetchval("SELECT count(*) FROM kit_job WHERE name = $1", messages.SEND_BY_SMS) == 4


async def heard(person_id: UUID) -> list[str]:
    """The titles of somebody's messages, oldest first; each of them names his login."""
    rows = await messages.inbox(person_id, before=None, limit=10)
    assert all(str(row.params["login"]) in row.rendered(language)[1] for row in rows for language in ("zh-CN", "en"))
    return [row.rendered("zh-CN")[0] for row in reversed(rows)]


async def test_two_people_are_two_and_neither_is_the_one_concerned(
    county: County, offices: dict[str, Actor], staff: Staff, owner: "asyncpg.Connection"
) -> None:
    system = offices["system"]
    both = Actor(
        id=system.id,
        kind="person",
        name="both",
        roles=(*system.roles, RoleHeld("security_admin", "lyx")),
        area_path="lyx",
    )
    with pytest.raises(SecondPersonNeeded):
        await invitations.ask_for_invitation(actor=system, person_id=system.id, login=None, why="x")
    await invitations.ask_for_invitation(actor=system, person_id=staff.person_id, login=None, why="x")
    invitation_id = await db.fetchval("SELECT id FROM identity_invitation")
    himself = Actor(
        id=staff.person_id, kind="person", name="m", roles=(RoleHeld("security_admin", "lyx"),), area_path="lyx"
    )
    for actor in (both, himself):
        with pytest.raises(SecondPersonNeeded):
            await invitations.confirm_invitation(actor=actor, invitation_id=invitation_id)
    for column in ("asked_by", "person"):
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(f"UPDATE identity_invitation SET confirmed_by = {column}")
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE identity_invitation SET code_digest = '\\x00', expires_at = now()")


async def test_a_link_that_one_person_made_is_void_once_its_person_holds_a_role(
    county: County, offices: dict[str, Actor]
) -> None:
    invited = await newcomer(county, offices["system"])
    seen = await opened(invited)
    await roles.grant_role(
        actor=SYSTEM, person_id=invited.person_id, role="finance", area_id=county.areas["lyx.t1"], why="x"
    )
    assert isinstance(await accept(invited.code, seen), InvitationUnknown)


async def test_a_resident_who_starts_to_work_here_gets_a_login_by_two(
    county: County, offices: dict[str, Actor]
) -> None:
    lan, system = county.people["李兰"], offices["system"]
    with pytest.raises(LoginNameMissing):
        await invitations.ask_for_invitation(actor=system, person_id=lan, login=None, why="新任网格员")
    with pytest.raises(PersonUnknown):
        await invitations.ask_for_invitation(actor=offices["far"], person_id=lan, login="lilan", why="x")
    for name in ("li.lna", "li.lan"):
        assert await invitations.ask_for_invitation(actor=system, person_id=lan, login=name, why="新任网格员") is None
    assert (await login_of(lan))[0] == "li.lan", "a name may be mended while nobody has set it up"
    rows = await invitations.list_invitations(["lyx"], after=None, limit=9)
    assert [row["state"] for row in rows] == ["waiting", "withdrawn"]
    assert await invitations.list_invitations(["lyx.t2"], after=None, limit=9) == []
    invited = await invitations.confirm_invitation(actor=offices["security"], invitation_id=rows[0]["id"])
    assert isinstance(await accept(invited.code, await opened(invited)), SignedIn)


async def both_accept(invited: Invited) -> list[str]:
    seen = await opened(invited)
    answers = await asyncio.gather(*(asyncio.create_task(accept(invited.code, seen)) for _ in range(2)))
    return sorted(type(each).__name__ for each in answers)


async def test_of_two_who_use_a_link_at_once_one_sets_the_login_up(
    county: County, offices: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await both_accept(await newcomer(county, offices["system"])) == ["InvitationUsed", "SignedIn"]
    unguarded = await newcomer(county, offices["system"], login="unguarded")
    ready = asyncio.Barrier(2)

    async def nobody_waits(*_: object) -> None:
        await asyncio.sleep(0)

    async def both_are_here(*given: Any, **named: Any) -> None:
        await ready.wait()
        await set_up(*given, **named)

    set_up = logins.set_up_login
    for guard in ("take_turn", "lock_people"):
        monkeypatch.setattr(setting_up, guard, nobody_waits)
    monkeypatch.setattr(logins, "set_up_login", both_are_here)
    assert await both_accept(unguarded) == ["SignedIn", "SignedIn"], "the control: without its locks there are two"
