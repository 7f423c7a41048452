"""Signing in: with login and password (and a second factor), or with a code sent to the phone.

The answer to a wrong login, a wrong password and a wrong code is the same, and takes the same time. What was refused
leaves its trace: the refusal is returned, the rows are committed, the controller raises it.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from identity import audit, scheme, totp
from identity.actor import STAFF_ROLES, Actor
from identity.attempts import account_of, lock_out, note, take_turn
from identity.errors import BadCredentials, PasswordRequired, TooManyWrongTries, TotpRequired
from identity.passwords import is_right
from identity.people import find_person_by_phone
from identity.sms_codes import use_sms_code
from kit import db
from kit.errors import Refusal

S = TypeVar("S")
Begin = Callable[..., Coroutine[Any, Any, S]]
"""The step that begins the session: with tokens (`sessions.start_session`) or in a browser (`page_sessions.on_page`).

It is given the actor and the person, and by keyword `login_id` and `second_factor`."""
Refused = BadCredentials | TotpRequired | TooManyWrongTries | PasswordRequired
R = TypeVar("R", bound=Refusal)

_LOGIN = """
    SELECT login.id, login.person, login.password_hash, login.totp_sealed, login.totp_last_step,
           login.enabled AND person.status = 'active' AS good,
           EXISTS (SELECT FROM identity_role_held AS held
                   WHERE held.person = login.person AND held.role = any($2::text[])
                     AND (held.ends_at IS NULL OR held.ends_at > now())) AS staff
    FROM identity_login AS login JOIN identity_person AS person ON person.id = login.person
    WHERE login.name = $1
"""


@dataclass(frozen=True, slots=True)
class _Checked:
    """The password that was checked: against which hash, and whether it fitted."""

    password_hash: str | None
    fits: bool


async def sign_in_by_password(
    *, actor: Actor, login: str, password: str, totp_code: str | None, begin: Begin[S]
) -> S | Refused:
    """Sign in with login, password and, for staff, the code of the authenticator.

    The password is checked outside of the transaction; the tries are counted inside of it, so a guess that was sent
    beside four wrong ones is refused even when it was right.
    """
    name = login.lower()
    tries = await scheme.number("auth.wrong_tries")
    locked = await lock_out(account_of("login", name), actor.source, tries)
    if locked is not None:  # no work for a guess that will not count
        return locked
    password_hash = await db.fetchval("SELECT password_hash FROM identity_login WHERE name = $1", name)
    checked = _Checked(password_hash, await is_right(password, password_hash))
    return await _conclude(actor=actor, name=name, checked=checked, totp_code=totp_code, tries=tries, begin=begin)


@db.flow
async def _conclude(
    *, actor: Actor, name: str, checked: _Checked, totp_code: str | None, tries: int, begin: Begin[S]
) -> S | Refused:
    """Count the try and, when everything was right, begin a session.

    Moves: nothing.
    Answers: the session; TooManyWrongTries, BadCredentials, TotpRequired (returned, so that the try is kept).
    Raises: nothing.
    """
    account = account_of("login", name)
    await take_turn(account, actor.source)
    locked = await lock_out(account, actor.source, tries)
    if locked is not None:
        return await refused(actor, account, None, locked)
    login = await db.current().fetchrow(f"{_LOGIN} FOR UPDATE OF login", name, list(STAFF_ROLES))
    person_id = login["person"] if login else None
    if login is None or not (checked.fits and login["good"] and login["password_hash"] == checked.password_hash):
        await note(account, actor, right=False)
        return await refused(actor, account, person_id, BadCredentials())
    if login["staff"] or login["totp_sealed"] is not None:
        if totp_code is None or login["totp_sealed"] is None:
            return await refused(actor, account, person_id, TotpRequired())
        if not await totp.use_code(login["id"], login["totp_sealed"], login["totp_last_step"], totp_code):
            await note(account, actor, right=False)
            return await refused(actor, account, person_id, BadCredentials())
    await note(account, actor, right=True)
    return await begin(actor, login["person"], login_id=login["id"], second_factor=login["totp_sealed"] is not None)


@db.flow
async def sign_in_by_sms(*, actor: Actor, phone: str, code: str, begin: Begin[S]) -> S | Refused:
    """Sign in with the code that was sent to the phone. Staff need their password and second factor.

    Moves: nothing.
    Answers: the session; TooManyWrongTries, BadCredentials, PasswordRequired (returned, so that the try is kept).
    Raises: nothing.
    """
    account = account_of("phone", phone)
    await take_turn(account, actor.source)
    locked = await lock_out(account, actor.source, await scheme.number("auth.wrong_tries"))
    if locked is not None:
        return await refused(actor, account, None, locked)
    fits = await use_sms_code(phone, code)
    person = await find_person_by_phone(phone)
    if person is None or not (fits and person.active):
        await note(account, actor, right=False)
        return await refused(actor, account, person.id if person else None, BadCredentials())
    await note(account, actor, right=True)
    staff = await db.fetchval(
        "SELECT true FROM identity_role_held WHERE person = $1 AND role = any($2::text[])"
        " AND (ends_at IS NULL OR ends_at > now()) LIMIT 1",
        person.id,
        list(STAFF_ROLES),
    )
    if staff:
        return await refused(actor, account, person.id, PasswordRequired())
    return await begin(actor, person.id, login_id=None, second_factor=False)


async def refused(actor: Actor, account: bytes, person_id: UUID | None, refusal: R) -> R:
    """Write down that somebody was refused at the door, and give the refusal back (a step)."""
    await audit.record(
        actor,
        action="sign_in.refused",
        subject=("account", account.hex()[:16]),
        after={"code": refusal.code},
        person_id=person_id,
    )
    return refusal


async def confirm_totp(actor: Actor, code: str) -> BadCredentials | TooManyWrongTries | None:
    """Ask staff for the second factor once more, before a batch, an export or a change of roles (a step).

    None when the code is right. A refusal is to be returned by the flow, not raised, so that the try is kept.
    """
    login = await db.current().fetchrow(
        "SELECT id, name, totp_sealed FROM identity_login WHERE person = $1 AND enabled", actor.id
    )
    if login is None or login["totp_sealed"] is None:
        return BadCredentials()
    account = account_of("login", login["name"])
    await take_turn(account, actor.source)
    refusal: BadCredentials | TooManyWrongTries | None
    refusal = await lock_out(account, actor.source, await scheme.number("auth.wrong_tries"))
    if refusal is None:
        last_step = await db.fetchval("SELECT totp_last_step FROM identity_login WHERE id = $1 FOR UPDATE", login["id"])
        if await totp.use_code(login["id"], login["totp_sealed"], last_step, code):
            return None
        await note(account, actor, right=False)
        refusal = BadCredentials()
    await refused(actor, account, actor.id, refusal)
    return refusal
