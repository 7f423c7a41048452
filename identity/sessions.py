"""Sessions: one sign-in on one device, carried on by refresh tokens of which each is good once.

A refresh token that comes again says that two hold it: the session ends. For ten seconds after its use it may come
again, because the answer can be lost on the way; then the token that was lost is no longer good either.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.errors import TokenInvalid
from identity.tokens import ACCESS_LIFE, REFRESH_PREFIX, digest, issue_access, new_secret
from kit import db
from kit.ids import new_id

SESSION_LIFE = timedelta(days=30)
SECOND_FACTOR_LIFE = timedelta(hours=12)
"""Whoever signs in with a second factor may act as staff, in his own name or for an absent one."""
GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What somebody who signed in takes away."""

    person_id: UUID
    session_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int


async def start_session(actor: Actor, person_id: UUID, *, login_id: UUID | None, second_factor: bool) -> SignedIn:
    """Begin a session with its first tokens (a step)."""
    session_id = new_id()
    await db.current().execute(
        "INSERT INTO identity_session (id, person, login, started_at, expires_at)"
        " VALUES ($1, $2, $3, now(), now() + $4::interval)",
        session_id,
        person_id,
        login_id,
        SECOND_FACTOR_LIFE if second_factor else SESSION_LIFE,
    )
    way = "sms" if login_id is None else "password"
    await audit.record(
        actor, action="session.started", subject=("session", session_id), after={"way": way}, person_id=person_id
    )
    return await _tokens(person_id, session_id)


async def _tokens(person_id: UUID, session_id: UUID) -> SignedIn:
    refresh_token = new_secret(REFRESH_PREFIX)
    await db.current().execute(
        "INSERT INTO identity_refresh_token (digest, session, issued_at) VALUES ($1, $2, now())",
        digest(refresh_token),
        session_id,
    )
    access_token = issue_access(person_id, session_id)
    return SignedIn(person_id, session_id, access_token, refresh_token, int(ACCESS_LIFE.total_seconds()))


@db.flow
async def refresh_session(*, actor: Actor, refresh_token: str) -> SignedIn | TokenInvalid:
    """Change a refresh token for new tokens.

    Moves: nothing. A token used before ends its session, unless that was within the last ten seconds.
    Answers: the new tokens; TokenInvalid (returned, so that the end of the session is kept).
    Raises: nothing.
    """
    connection = db.current()
    session_id = await connection.fetchval(
        "SELECT session FROM identity_refresh_token WHERE digest = $1", digest(refresh_token)
    )
    session = await connection.fetchrow(
        "SELECT session.id, session.person, session.revoked_at IS NULL AND session.expires_at > now()"
        " AND person.status = 'active' AND coalesce(login.enabled, true) AS good"
        " FROM identity_session AS session JOIN identity_person AS person ON person.id = session.person"
        " LEFT JOIN identity_login AS login ON login.id = session.login WHERE session.id = $1 FOR UPDATE OF session",
        session_id,
    )
    if session is None or not session["good"]:
        return TokenInvalid()
    used = await connection.fetchrow(  # read after the session was locked: two who come at once see each other
        "SELECT used_at, used_at < clock_timestamp() - $2::interval AS too_late"
        " FROM identity_refresh_token WHERE digest = $1",
        digest(refresh_token),
        GRACE,
    )
    if used["too_late"]:
        await end_session(actor, session["id"], session["person"], because="token_reused")
        return TokenInvalid()
    await connection.execute(
        "UPDATE identity_refresh_token SET used_at = clock_timestamp() WHERE session = $1 AND used_at IS NULL",
        session["id"],
    )
    return await _tokens(session["person"], session["id"])


@db.flow
async def sign_out(*, actor: Actor) -> None:
    """End the session that the actor speaks from; its tokens are refused from the next request on.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    if actor.session_id is not None:
        await end_session(actor, actor.session_id, actor.id, because="signed_out")


async def end_session(actor: Actor, session_id: UUID, person_id: UUID, *, because: str) -> None:
    """End a session, for a reason that the table knows (a step)."""
    await db.current().execute(
        "UPDATE identity_session SET revoked_at = now(), revoked_because = $2 WHERE id = $1 AND revoked_at IS NULL",
        session_id,
        because,
    )
    await audit.record(
        actor, action="session.ended", subject=("session", session_id), after={"because": because}, person_id=person_id
    )
