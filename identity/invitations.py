"""Invitations: how somebody gets a login, or sets it up anew when its password or authenticator is lost.

An administrator invites, the person sets his login up by himself (`identity/setting_up.py`). The link is good once and
for a day, the database keeps its digest, and what the login had before is good no more once there is a link.

Whoever can do nothing yet is invited by one person. Whoever holds a role, stands in for somebody or lives here could be
stepped in for by whoever has the link: there a security administrator who is somebody else confirms, and gets the link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from identity import audit, logins
from identity.actor import Actor, covers_sql
from identity.areas import find_area
from identity.errors import (
    AreaUnknown,
    InvitationDecided,
    InvitationUnknown,
    LoginNameMissing,
    PersonUnknown,
    SecondPersonNeeded,
)
from identity.login_notes import EMPTIED
from identity.messages import send
from identity.people import NewPerson, add_people
from identity.person_locks import lock_people
from identity.role_requests import DECIDING
from identity.tokens import INVITATION_PREFIX, digest, new_secret
from kit import clock, db
from kit.ids import new_id

INVITING: Final = ("system_admin",)
"""Who invites people of his territory."""
CONFIRMING: Final = DECIDING
LOOKING: Final = (*INVITING, *CONFIRMING, "auditor")
LIFE: Final = timedelta(hours=24)

CAN_ACT = """
    (person.resident
     OR EXISTS (SELECT FROM identity_role_held AS held
                WHERE held.person = person.id AND (held.ends_at IS NULL OR held.ends_at > now()))
     OR EXISTS (SELECT FROM identity_stand_in AS stand
                WHERE stand.stand_in = person.id AND stand.ended_at IS NULL
                  AND stand.ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date))
"""
"""Whether to be taken for a person would give anybody anything, as a condition of a statement."""
_STATE = """
    CASE WHEN invitation.accepted_at IS NOT NULL THEN 'accepted'
         WHEN invitation.withdrawn_at IS NOT NULL THEN 'withdrawn'
         WHEN invitation.code_digest IS NULL THEN 'waiting'
         WHEN invitation.expires_at > now() THEN 'open'
         ELSE 'expired' END
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its code, which is shown this once."""

    person_id: UUID
    name: str
    login: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who is registered already, as who invites him sees him."""

    id: UUID
    name: str
    resident: bool
    path: str
    login_id: UUID | None
    login: str | None
    set_up: bool
    """Whether he has chosen a password for it."""
    can_act: bool


@db.flow
async def invite_newcomer(*, actor: Actor, person: NewPerson, login: str) -> Invited:
    """Register somebody who works here and holds no role yet, and invite him to set his login up.

    Moves: nothing.
    Answers: the invitation with its code.
    Raises: AreaUnknown, PhoneTaken, LoginTaken.
    """
    area = await find_area(person.area_id)
    if area is None or not actor.covers(area.path, *INVITING):
        raise AreaUnknown
    (person_id,) = await add_people(actor, [person], await clock.value_time(None))
    await logins.open_login(actor, person_id, login)
    invitation_id = await _ask(actor, person_id, None, two_people=False)
    return await _issue(actor, invitation_id)


@db.flow
async def ask_for_invitation(*, actor: Actor, person_id: UUID, login: str | None, why: str) -> Invited | None:
    """Invite somebody who is registered already, to a login or to set his own up anew.

    The login's name can still be chosen while nobody has set it up.

    Moves: nothing.
    Answers: the invitation with its code; None where a second person has to confirm first.
    Raises: PersonUnknown, SecondPersonNeeded, LoginNameMissing, LoginTaken.
    """
    if person_id == actor.id:
        raise SecondPersonNeeded
    await lock_people([person_id])
    invitee = await find_invitee(actor, person_id)
    if invitee.login_id is None:
        if login is None:
            raise LoginNameMissing
        await logins.open_login(actor, person_id, login)
    elif login is not None and not invitee.set_up:
        await logins.rename_login(invitee.login_id, login)
    invitation_id = await _ask(actor, person_id, why, two_people=invitee.can_act)
    return None if invitee.can_act else await _issue(actor, invitation_id)


async def find_invitee(actor: Actor, person_id: UUID) -> Invitee:
    """Somebody of the actor's territory who may be invited; raises PersonUnknown."""
    row = await db.fetchrow(
        "SELECT person.id, person.name, person.resident, area.path, login.id AS login_id, login.name AS login,"
        f" login.password_hash IS NOT NULL AS set_up, {CAN_ACT} AS can_act"
        " FROM identity_person AS person JOIN identity_area AS area ON area.id = person.area"
        " LEFT JOIN identity_login AS login ON login.person = person.id"
        " WHERE person.id = $1 AND person.status = 'active'",
        person_id,
    )
    if row is None or not actor.covers(row["path"], *INVITING):
        raise PersonUnknown
    return Invitee(**row)


@db.flow
async def confirm_invitation(*, actor: Actor, invitation_id: UUID) -> Invited:
    """Confirm as the second person that somebody may set his login up anew; what it had ends in this moment.

    Moves: nothing.
    Answers: the invitation with its code.
    Raises: InvitationUnknown, InvitationDecided, SecondPersonNeeded.
    """
    row = await _undecided(actor, invitation_id, *CONFIRMING)
    if row["state"] != "waiting":
        raise InvitationDecided
    if actor.id in {row["asked_by"], row["person"]}:
        raise SecondPersonNeeded
    await db.current().execute(
        "UPDATE identity_invitation SET confirmed_by = $2 WHERE id = $1", invitation_id, actor.id
    )
    await audit.record(
        actor, action="invitation.confirmed", subject=("invitation", invitation_id), person_id=row["person"]
    )
    return await _issue(actor, invitation_id)


@db.flow
async def withdraw_invitation(*, actor: Actor, invitation_id: UUID) -> None:
    """Let an invitation be good no more, whoever asked for it.

    Moves: nothing; a login that was emptied for it stays empty until the next invitation.
    Answers: nothing.
    Raises: InvitationUnknown, InvitationDecided.
    """
    row = await _undecided(actor, invitation_id, *INVITING, *CONFIRMING)
    await end_invitation(actor, row["person"])


async def _undecided(actor: Actor, invitation_id: UUID, *roles: str) -> db.Row:
    """An invitation of the actor's territory that nobody has used or withdrawn, with its person locked."""
    row = None
    if person_id := await db.current().fetchval("SELECT person FROM identity_invitation WHERE id = $1", invitation_id):
        await lock_people([person_id])
        row = await db.current().fetchrow(
            f"SELECT invitation.person, invitation.asked_by, area.path, {_STATE} AS state"
            " FROM identity_invitation AS invitation JOIN identity_person AS person ON person.id = invitation.person"
            " JOIN identity_area AS area ON area.id = person.area WHERE invitation.id = $1",
            invitation_id,
        )
    if row is None or not actor.covers(row["path"], *roles):
        raise InvitationUnknown
    if row["state"] in {"accepted", "withdrawn"}:
        raise InvitationDecided
    return row


async def _ask(actor: Actor, person_id: UUID, why: str | None, *, two_people: bool) -> UUID:
    """Write an invitation down; one that the person has already is good no more."""
    await end_invitation(actor, person_id)
    invitation_id = new_id()
    await db.current().execute(
        "INSERT INTO identity_invitation (id, person, why, asked_by, asked_at, two_people)"
        " VALUES ($1, $2, $3, $4, now(), $5)",
        invitation_id,
        person_id,
        why,
        actor.id,
        two_people,
    )
    await audit.record(
        actor,
        action="invitation.asked",
        subject=("invitation", invitation_id),
        after={"two_people": two_people},
        why=why,
        person_id=person_id,
    )
    return invitation_id


async def end_invitation(actor: Actor, person_id: UUID) -> None:
    """Let the link that somebody has, or waits for, be good no more (a step)."""
    ended = await db.current().fetchval(
        "UPDATE identity_invitation SET withdrawn_at = now()"
        " WHERE person = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL RETURNING id",
        person_id,
    )
    if ended is not None:
        await audit.record(actor, action="invitation.withdrawn", subject=("invitation", ended), person_id=person_id)


async def _issue(actor: Actor, invitation_id: UUID) -> Invited:
    """Make the link; from now on the login has nothing but this invitation."""
    code = new_secret(INVITATION_PREFIX)
    row = await db.current().fetchrow(
        "UPDATE identity_invitation AS invitation SET code_digest = $2, expires_at = now() + $3::interval"
        " FROM identity_person AS person JOIN identity_login AS login ON login.person = person.id"
        " WHERE invitation.id = $1 AND person.id = invitation.person"
        " RETURNING invitation.person, invitation.expires_at, person.name, login.name AS login",
        invitation_id,
        digest(code),
        LIFE,
    )
    if await logins.empty_login(row["person"]):
        await send(row["person"], EMPTIED.code, login=row["login"])
    await audit.record(
        actor,
        action="invitation.issued",
        subject=("invitation", invitation_id),
        after={"until": row["expires_at"]},
        person_id=row["person"],
    )
    return Invited(row["person"], row["name"], row["login"], code, row["expires_at"])


async def list_invitations(
    paths: Sequence[str], *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[db.Row]:
    """The invitations of these territories, the newest first."""
    return await db.fetch(
        f"SELECT invitation.id, invitation.person, invitation.why, invitation.asked_by, invitation.asked_at,"
        f" invitation.expires_at, invitation.accepted_at, {_STATE} AS state, person.name AS person_name,"
        " login.name AS login, asker.name AS asker_name, confirmer.name AS confirmer_name,"
        " area.name_zh AS area_zh, area.name_en AS area_en"
        " FROM identity_invitation AS invitation JOIN identity_person AS person ON person.id = invitation.person"
        " JOIN identity_area AS area ON area.id = person.area JOIN identity_login AS login ON login.person = person.id"
        " JOIN identity_person AS asker ON asker.id = invitation.asked_by"
        " LEFT JOIN identity_person AS confirmer ON confirmer.id = invitation.confirmed_by"
        f" WHERE {covers_sql('$1', 'area.path')}"
        " AND ($2::timestamptz IS NULL OR (invitation.asked_at, invitation.id) < ($2, $3::uuid))"
        " ORDER BY invitation.asked_at DESC, invitation.id DESC LIMIT $4",
        list(paths),
        *(after or (None, None)),
        limit,
    )
