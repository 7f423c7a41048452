"""Logins: a name, a password and, for staff, an authenticator, by which one person signs in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.errors import LoginTaken, LoginUnknown
from identity.passwords import hash_password
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


async def create_login(*, actor: Actor, person_id: UUID, login: str, password: str, with_totp: bool) -> NewLogin:
    """Make a login for a person; raises PasswordTooShort, LoginTaken."""
    asked = LoginRequest(person_id=person_id, login=login, password=password, with_totp=with_totp)
    (made,) = await create_logins(actor=actor, logins=[asked])
    return made


async def create_logins(*, actor: Actor, logins: Sequence[LoginRequest]) -> list[NewLogin]:
    """Make many logins at once; raises PasswordTooShort, LoginTaken. Passwords are hashed before the transaction."""
    hashes = await asyncio.gather(*(hash_password(each.password) for each in logins))
    return await _store_logins(actor=actor, logins=logins, hashes=hashes)


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
    stored = await db.current().fetch(
        "INSERT INTO identity_login"
        " (id, person, name, password_hash, totp_sealed, totp_last_step, enabled, created_at)"
        " SELECT id, person, name, hash, totp, 0, true, now()"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[])"
        " AS given (id, person, name, hash, totp) ON CONFLICT DO NOTHING RETURNING id",
        [each.login_id for each in made],
        [each.person_id for each in logins],
        [each.login.lower() for each in logins],
        hashes,
        [sealed_secret(each.login_id, each.totp_secret) if each.totp_secret else None for each in made],
    )
    if len(stored) != len(logins):
        raise LoginTaken
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="login.created",
                subject=("login", new.login_id),
                after={"totp": each.with_totp},
                person_id=each.person_id,
            )
            for new, each in zip(made, logins, strict=True)
        ],
    )
    return made


@db.flow
async def disable_login(*, actor: Actor, person_id: UUID, why: str) -> None:
    """Disable a person's login; sessions that it began end at once.

    Moves: nothing.
    Answers: nothing; disabling it again changes nothing.
    Raises: LoginUnknown.
    """
    connection = db.current()
    login = await connection.fetchrow("SELECT id, enabled FROM identity_login WHERE person = $1 FOR UPDATE", person_id)
    if login is None:
        raise LoginUnknown
    if not login["enabled"]:
        return
    await connection.execute("UPDATE identity_login SET enabled = false WHERE id = $1", login["id"])
    await connection.execute(
        "UPDATE identity_session SET revoked_at = now(), revoked_because = 'disabled'"
        " WHERE person = $1 AND login = $2 AND revoked_at IS NULL",
        person_id,
        login["id"],
    )
    await audit.record(actor, action="login.disabled", subject=("login", login["id"]), why=why, person_id=person_id)


async def set_password(*, actor: Actor, person_id: UUID, password: str) -> None:
    """Give a login a new password; everybody who is signed in with the old one is signed out."""
    await _store_password(actor=actor, person_id=person_id, password_hash=await hash_password(password))


@db.flow
async def _store_password(*, actor: Actor, person_id: UUID, password_hash: str) -> None:
    """Store a new hashed password and end the sessions of the old one.

    Moves: nothing.
    Answers: nothing.
    Raises: LoginUnknown.
    """
    connection = db.current()
    login_id = await connection.fetchval(
        "UPDATE identity_login SET password_hash = $2 WHERE person = $1 RETURNING id", person_id, password_hash
    )
    if login_id is None:
        raise LoginUnknown
    await connection.execute(
        "UPDATE identity_session SET revoked_at = now(), revoked_because = 'password_changed'"
        " WHERE person = $1 AND login = $2 AND revoked_at IS NULL",
        person_id,
        login_id,
    )
    await audit.record(actor, action="login.password_changed", subject=("login", login_id), person_id=person_id)
