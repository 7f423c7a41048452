"""Setting a login up by invitation: its person opens the link, chooses a password and scans his authenticator.

The secret of the authenticator is made when the link is opened and travels sealed in the page's form, so nobody who
opened the link before has the same. Nothing of the login is good before its code was typed in. Guesses are counted as
at the door; a code that is unknown, has run out or was withdrawn gets one answer.
"""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from identity import audit, logins, scheme, totp
from identity.actor import Actor
from identity.attempts import account_of, lock_out, note, take_turn
from identity.errors import InvitationUnknown, InvitationUsed, TooManyWrongTries, TotpWrong
from identity.invitations import CAN_ACT
from identity.login_notes import SET_UP
from identity.messages import send
from identity.passwords import hash_password
from identity.person_locks import lock_people
from identity.sign_in import Begin, refused
from identity.tokens import digest
from kit import clock, crypto, db

S = TypeVar("S")
NotOpened = InvitationUnknown | InvitationUsed | TooManyWrongTries

_FIND = f"""
    SELECT invitation.id, invitation.person AS person_id, person.name, login.id AS login_id, login.name AS login,
           invitation.accepted_at IS NOT NULL AS used,
           invitation.accepted_at IS NULL AND invitation.withdrawn_at IS NULL AND invitation.expires_at > now()
               AND person.status = 'active' AND (invitation.confirmed_by IS NOT NULL OR NOT {CAN_ACT}) AS good
    FROM identity_invitation AS invitation
    JOIN identity_person AS person ON person.id = invitation.person
    JOIN identity_login AS login ON login.person = person.id
    WHERE invitation.code_digest = $1
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """An invitation by its code."""

    id: UUID
    person_id: UUID
    name: str
    login_id: UUID
    login: str
    used: bool
    good: bool
    """Whether it can be used now. One that a single person made is not, once its person holds a role."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What its person sees: whose login it is, and the secret that his authenticator scans."""

    name: str
    login: str
    secret: str
    factor: str
    """The secret as the page's form brings it back, sealed for this invitation."""

    @property
    def uri(self) -> str:
        """What the authenticator reads."""
        return totp.provisioning_uri(self.secret, self.login)


@db.flow
async def open_invitation(*, actor: Actor, code: str) -> Opened | NotOpened:
    """Open an invitation by its code, as often as its person likes; each time with a new secret to scan.

    Moves: nothing.
    Answers: what its person sees; InvitationUnknown, InvitationUsed, TooManyWrongTries (returned, so that the try is
        kept).
    Raises: nothing.
    """
    found = await _find_in_turn(actor, code)
    if not isinstance(found, _Found):
        return found
    secret = totp.new_totp_secret()
    return Opened(found.name, found.login, secret, crypto.seal(secret.encode(), _place(found.id)).hex())


async def look_again(code: str, factor: str) -> Opened | None:
    """What its person saw, with the secret that he may have scanned already; None when the invitation is not good."""
    found = await _find(code)
    secret = _secret(found.id, factor) if found and found.good else None
    return Opened(found.name, found.login, secret, factor) if found and secret else None


async def accept_invitation(
    *, actor: Actor, code: str, factor: str, password: str, totp_code: str, begin: Begin[S]
) -> S | NotOpened | TotpWrong:
    """Set the login up with a password and the authenticator that was scanned, and sign its person in.

    Raises PasswordTooShort. Only for a good code a password is hashed.
    """
    found = await _find(code)
    password_hash = await hash_password(password) if found and found.good else None
    return await _accept(
        actor=actor, code=code, factor=factor, password_hash=password_hash, totp_code=totp_code, begin=begin
    )


@db.flow
async def _accept(
    *, actor: Actor, code: str, factor: str, password_hash: str | None, totp_code: str, begin: Begin[S]
) -> S | NotOpened | TotpWrong:
    """Use the invitation up.

    Moves: nothing.
    Answers: the session; InvitationUnknown, InvitationUsed, TotpWrong, TooManyWrongTries (returned, so that the try is
        kept).
    Raises: nothing.
    """
    found = await _find_in_turn(actor, code)
    if not isinstance(found, _Found):
        return found
    secret = _secret(found.id, factor)
    step = totp.matching_step(secret, totp_code, clock.now(), last_step=0) if secret else None
    if secret is None or step is None or password_hash is None:
        await note(_account(code), actor, right=False)
        return await refused(actor, _account(code), found.person_id, TotpWrong())
    await logins.set_up_login(found.login_id, password_hash=password_hash, totp_secret=secret, used_step=step)
    await db.current().execute("UPDATE identity_invitation SET accepted_at = now() WHERE id = $1", found.id)
    await note(account_of("login", found.login), actor, right=True)
    await send(found.person_id, SET_UP.code, login=found.login)
    await audit.record(actor, action="invitation.accepted", subject=("invitation", found.id), person_id=found.person_id)
    return await begin(actor, found.person_id, login_id=found.login_id, second_factor=True)


async def _find(code: str) -> _Found | None:
    row = await db.fetchrow(_FIND, digest(code))
    return _Found(**row) if row else None


async def _find_in_turn(actor: Actor, code: str) -> _Found | NotOpened:
    """The good invitation of this code, with its person locked; or why there is none, with the try written down."""
    found = await _find(code)
    account = _account(code)
    person_id = found.person_id if found else None
    await take_turn(account, actor.source)
    locked = await lock_out(account, actor.source, await scheme.number("auth.wrong_tries"))
    if locked is not None:
        return await refused(actor, account, person_id, locked)
    if person_id is not None:
        await lock_people([person_id])
        found = await _find(code)  # as it is now that nobody else changes it
    if found is not None and found.used:
        return await refused(actor, account, person_id, InvitationUsed())
    if found is None or not found.good:
        await note(account, actor, right=False)
        return await refused(actor, account, person_id, InvitationUnknown())
    return found


def _account(code: str) -> bytes:
    """Under what the tries with a code are counted, whether there is such an invitation or not."""
    return account_of("invitation", code)


def _secret(invitation_id: UUID, factor: str) -> str | None:
    """The secret that a page of this invitation showed; None when the form brings back something else."""
    try:
        return crypto.open_sealed(bytes.fromhex(factor), _place(invitation_id)).decode()
    except (ValueError, crypto.SealBroken):
        return None


def _place(invitation_id: UUID) -> crypto.Place:
    return ("identity_invitation", "factor", invitation_id)
