"""Disabling a login: whoever leaves office signs in by it no more. A new invitation opens it again."""

from typing import Final
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.errors import LoginUnknown, SecondPersonNeeded
from identity.invitations import CONFIRMING, INVITING, end_invitation
from identity.login_notes import DISABLED
from identity.logins import close_login
from identity.messages import send
from identity.person_locks import lock_people
from kit import db

DISABLING: Final = (*INVITING, *CONFIRMING)
"""Who disables logins of his territory: nobody gets anything by it, so one person is enough."""


@db.flow
async def disable_login(*, actor: Actor, person_id: UUID, why: str) -> None:
    """Disable somebody's login: sessions that it began end at once, an invitation that is open is good no more.

    He hears of it. His roles stay as they are: they are taken by two people, each on its own.

    Moves: nothing.
    Answers: nothing; disabling it again changes nothing.
    Raises: LoginUnknown, SecondPersonNeeded (his own).
    """
    if person_id == actor.id:
        raise SecondPersonNeeded
    await lock_people([person_id])
    row = await db.current().fetchrow(
        "SELECT login.id, login.name, area.path FROM identity_login AS login JOIN identity_person AS person"
        " ON person.id = login.person JOIN identity_area AS area ON area.id = person.area WHERE person.id = $1",
        person_id,
    )
    if row is None or not actor.covers(row["path"], *DISABLING):
        raise LoginUnknown
    await end_invitation(actor, person_id)
    if await close_login(person_id):
        await send(person_id, DISABLED.code, login=row["name"])
        await audit.record(actor, action="login.disabled", subject=("login", row["id"]), why=why, person_id=person_id)
