"""A session as signing in with password and authenticator begins it, without the time that hashing takes."""

from uuid import UUID

from identity.actor import Actor
from identity.sessions import SignedIn, start_session
from identity.totp import new_totp_secret, sealed_secret
from kit import db
from kit.ids import new_id

_LOGIN = """
    INSERT INTO identity_login (id, person, name, password_hash, totp_sealed, totp_last_step, enabled, created_at)
    VALUES ($1, $2, $3, '', $4, 0, true, now())
    ON CONFLICT (person) DO UPDATE SET enabled = true RETURNING id
"""


async def signed_in_with_second_factor(person_id: UUID) -> SignedIn:
    """Give a person a login, if he has none, and a session that may act as staff (a step)."""
    new = new_id()
    sealed = sealed_secret(new, new_totp_secret())
    login_id = await db.current().fetchval(_LOGIN, new, person_id, str(new), sealed)
    return await start_session(Actor.system("tests"), person_id, login_id=login_id, second_factor=True)
