"""Logins: a name, a password and, for staff, an authenticator, by which one person signs in.

Steps for invitations, by which a person sets his own login up: `open_login`, `rename_login`, `empty_login`,
`set_up_login`; and for its end: `close_login`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from identity import audit
from identity.actor import Actor
from identity.errors import LoginTaken
from identity.passwords import hash_password
from identity.people import PersonRow, find_person
from identity.totp import new_totp_secret, sealed_secret
from kit import db
from kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """A login to be made."""

    person_id: UUID
    login: str
    password: str
    with_totp: bool


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login that was made; the secret for the authenticator is shown this once."""

    login_id: UUID
    totp_secret: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A login as it is stored; without a password it waits for its person to choose one."""

    login_id: UUID
    person_id: UUID
    name: str
    password_hash: str | None
    totp_secret: str | None


async def create_login(*, actor: Actor, person_id: UUID, login: str, password: str, with_totp: bool) -> NewLogin:
    """Make a login for a person; raises PasswordTooShort, LoginTaken."""
    asked = LoginRequest(person_id=person_id, login=login, password=password, with_totp=with_totp)
    (made,) = await create_logins(actor=actor, logins=[asked])
    return made


async def create_logins(*, actor: Actor, logins: Sequence[LoginRequest]) -> list[NewLogin]:
    """Make many logins at once; raises PasswordTooShort, LoginTaken. Passwords are hashed before the transaction."""
    hashes = await asyncio.gather(*(hash_password(each.password) for each in logins))
    return await _store_logins(actor=actor, logins=logins, hashes=hashes)


async def find_person_by_login(name: str) -> PersonRow | None:
    """The person whose login this is, whether he has set it up or not."""
    person_id = await db.fetchval("SELECT person FROM identity_login WHERE name = $1", name.lower())
    return await find_person(person_id) if person_id else None


async def login_taken(login: str) -> bool:
    """Whether somebody signs in by this name already."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM identity_login WHERE name = $1)", login.lower()))


@db.flow
async def _store_logins(*, actor: Actor, logins: Sequence[LoginRequest], hashes: Sequence[str]) -> list[NewLogin]:
    """Store logins with their hashed passwords.

    Moves: nothing.
    Answers: ids and authenticator secrets, in the order given.
    Raises: LoginTaken.
    """
    made = [NewLogin(new_id(), new_totp_secret() if each.with_totp else None) for each in logins]
    await _insert(
        actor,
        [
            _Row(new.login_id, each.person_id, each.login, password_hash, new.totp_secret)
            for new, each, password_hash in zip(made, logins, hashes, strict=True)
        ],
    )
    return made


async def open_login(actor: Actor, person_id: UUID, name: str) -> UUID:
    """Make a login by which nobody can sign in before its person has set it up (a step); raises LoginTaken."""
    login_id = new_id()
    await _insert(actor, [_Row(login_id, person_id, name, None, None)])
    return login_id


async def _insert(actor: Actor, rows: Sequence[_Row]) -> None:
    stored = await db.current().fetch(
        "INSERT INTO identity_login"
        " (id, person, name, password_hash, totp_sealed, totp_last_step, enabled, created_at)"
        " SELECT id, person, name, hash, totp, 0, hash IS NOT NULL, now()"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[])"
        " AS given (id, person, name, hash, totp) ON CONFLICT DO NOTHING RETURNING id",
        [each.login_id for each in rows],
        [each.person_id for each in rows],
        [each.name.lower() for each in rows],
        [each.password_hash for each in rows],
        [sealed_secret(each.login_id, each.totp_secret) if each.totp_secret else None for each in rows],
    )
    if len(stored) != len(rows):
        raise LoginTaken
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="login.created",
                subject=("login", each.login_id),
                after={"set_up": each.password_hash is not None, "totp": each.totp_secret is not None},
                person_id=each.person_id,
            )
            for each in rows
        ],
    )


async def rename_login(login_id: UUID, name: str) -> None:
    """Give a login that nobody has set up yet another name (a step); raises LoginTaken."""
    try:
        async with db.savepoint():
            await db.current().execute(
                "UPDATE identity_login SET name = $2 WHERE id = $1 AND password_hash IS NULL", login_id, name.lower()
            )
    except asyncpg.UniqueViolationError:
        raise LoginTaken from None


async def set_up_login(login_id: UUID, *, password_hash: str, totp_secret: str, used_step: int) -> None:
    """Let its person sign in with what he has chosen; the code that he has just typed is used up (a step)."""
    await db.current().execute(
        "UPDATE identity_login SET password_hash = $2, totp_sealed = $3, totp_last_step = $4, enabled = true"
        " WHERE id = $1",
        login_id,
        password_hash,
        sealed_secret(login_id, totp_secret),
        used_step,
    )


async def empty_login(person_id: UUID) -> bool:
    """Forget a login's password and authenticator, and sign its person out everywhere (a step).

    Gives whether there was anything to forget.
    """
    had: bool | None = await db.current().fetchval(
        "UPDATE identity_login AS login SET password_hash = NULL, totp_sealed = NULL, enabled = false"
        " FROM identity_login AS before WHERE login.person = $1 AND before.id = login.id"
        " RETURNING before.password_hash IS NOT NULL",
        person_id,
    )
    await db.current().execute(
        "UPDATE identity_session SET revoked_at = now(), revoked_because = 'password_changed'"
        " WHERE person = $1 AND revoked_at IS NULL",
        person_id,
    )
    return bool(had)


async def close_login(person_id: UUID) -> UUID | None:
    """Let nobody sign in by this person's login, and end the sessions that it began (a step).

    Gives the login; None where he has none, or it is closed already.
    """
    login_id: UUID | None = await db.current().fetchval(
        "UPDATE identity_login SET enabled = false WHERE person = $1 AND enabled RETURNING id", person_id
    )
    await db.current().execute(
        "UPDATE identity_session SET revoked_at = now(), revoked_because = 'disabled'"
        " WHERE person = $1 AND login = $2 AND revoked_at IS NULL",
        person_id,
        login_id,
    )
    return login_id
