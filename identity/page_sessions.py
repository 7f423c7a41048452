"""Sessions of pages: a secret in a browser's cookie, of which only the digest is kept.

A browser stays signed in while it comes back in time. Residents and shopkeepers: 90 days between two visits, a year
in all. Whoever signed in with a second factor, and so may act as staff: 30 minutes between two requests, 12 hours in
all. That a browser came is written down now and then, not with every request.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.actor_loading import load_person
from identity.errors import TokenInvalid
from identity.sessions import SECOND_FACTOR_LIFE, end_session
from identity.tokens import COOKIE_PREFIX, digest, new_secret
from kit import db
from kit.ids import new_id
from kit.refusals import NotFound

PAGE_LIFE = timedelta(days=365)
PAGE_IDLE = timedelta(days=90)
SECOND_FACTOR_IDLE = timedelta(minutes=30)
DEVICE_LENGTH = 64
_LONGEST_SECRET = 64
_LOOK = """
    SELECT id, person, now() - seen_at > least(make_interval(mins => idle_minutes) / 30, interval '1 hour') AS stale
    FROM identity_session
    WHERE cookie_digest = $1 AND seen_at + make_interval(mins => idle_minutes) > now()
"""


@dataclass(frozen=True, slots=True)
class PageSignedIn:
    """What a browser takes away: the secret of its cookie, and for how long the browser should keep it."""

    person_id: UUID
    session_id: UUID
    secret: str
    keep: timedelta | None
    """None for staff: the cookie goes when the browser is closed."""
    language: str
    view: str | None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A place where somebody is signed in."""

    id: UUID
    device: str | None
    """None for an app."""
    started_at: datetime
    seen_at: datetime | None
    current: bool


PageStart = Callable[..., Coroutine[Any, Any, PageSignedIn]]


def on_page(device: str, instead_of: UUID | None = None) -> PageStart:
    """How signing in begins a session on a page; the browser's earlier one ends with it."""
    return partial(start_page_session, device=device[:DEVICE_LENGTH], instead_of=instead_of)


async def start_page_session(
    actor: Actor,
    person_id: UUID,
    *,
    login_id: UUID | None,
    second_factor: bool,
    device: str,
    instead_of: UUID | None = None,
) -> PageSignedIn:
    """Begin a session in a browser (a step)."""
    connection = db.current()
    if instead_of is not None:
        await end_session(actor, instead_of, person_id, because="signed_in_again")
    session_id, secret = new_id(), new_secret(COOKIE_PREFIX)
    idle = SECOND_FACTOR_IDLE if second_factor else PAGE_IDLE
    await connection.execute(
        "INSERT INTO identity_session"
        " (id, person, login, started_at, expires_at, cookie_digest, idle_minutes, seen_at, device)"
        " VALUES ($1, $2, $3, now(), now() + $4::interval, $5, $6, now(), $7)",
        session_id,
        person_id,
        login_id,
        SECOND_FACTOR_LIFE if second_factor else PAGE_LIFE,
        digest(secret),
        int(idle.total_seconds() // 60),
        device,
    )
    way = "sms" if login_id is None else "password"
    await audit.record(
        actor,
        action="session.started",
        subject=("session", session_id),
        after={"way": way, "on": "page"},
        person_id=person_id,
    )
    person = await connection.fetchrow("SELECT language, view FROM identity_person WHERE id = $1", person_id)
    keep = None if second_factor else PAGE_LIFE
    return PageSignedIn(person_id, session_id, secret, keep, person["language"], person["view"])


async def load_page_actor(secret: str, *, request_id: str | None = None, source: str | None = None) -> Actor:
    """The person behind a browser's cookie; raises TokenInvalid."""
    if not secret.startswith(COOKIE_PREFIX) or len(secret) > _LONGEST_SECRET:
        raise TokenInvalid
    found = await db.fetchrow(_LOOK, digest(secret))
    if found is None:
        raise TokenInvalid
    actor = await load_person(found["person"], found["id"], request_id=request_id, source=source)
    if found["stale"]:
        await _note_visit(found["id"])
    return actor


@db.flow
async def _note_visit(session_id: UUID) -> None:
    """Write down that the browser came.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute("UPDATE identity_session SET seen_at = now() WHERE id = $1", session_id)


async def list_devices(actor: Actor) -> Sequence[DeviceRow]:
    """Where the actor is signed in now, the newest first."""
    rows = await db.fetch(
        "SELECT id, device, started_at, seen_at FROM identity_session"
        " WHERE person = $1 AND revoked_at IS NULL AND expires_at > now()"
        " AND (seen_at IS NULL OR seen_at + make_interval(mins => idle_minutes) > now())"
        " ORDER BY coalesce(seen_at, started_at) DESC, id DESC LIMIT 100",
        actor.id,
    )
    return [
        DeviceRow(row["id"], row["device"], row["started_at"], row["seen_at"], row["id"] == actor.session_id)
        for row in rows
    ]


@db.flow
async def end_device(*, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's own sessions.

    Moves: nothing.
    Answers: nothing; ending it again changes nothing.
    Raises: NotFound.
    """
    own = await db.current().fetchval(
        "SELECT revoked_at IS NULL FROM identity_session WHERE id = $1 AND person = $2 FOR UPDATE", session_id, actor.id
    )
    if own is None:
        raise NotFound
    if own:
        await end_session(actor, session_id, actor.id, because="ended_elsewhere")


@db.flow
async def sign_out_everywhere(*, actor: Actor) -> int:
    """End every session of the actor, this one too.

    Moves: nothing.
    Answers: how many ended.
    Raises: nothing.
    """
    ended = await db.current().fetch(
        "SELECT id FROM identity_session WHERE person = $1 AND revoked_at IS NULL AND expires_at > now()"
        " ORDER BY id FOR UPDATE",
        actor.id,
    )
    for row in ended:
        await end_session(actor, row["id"], actor.id, because="ended_elsewhere")
    return len(ended)
