"""The second factor once more, before what weighs most: a batch of approvals, an export, a change of roles.

A page asks for the code in a field `totp` of the very form that does it; its handler calls `confirm` before the flow.
A code is good once, so what is confirmed is this one change.
"""

from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.schemas import SixDigits
from identity.sign_in import confirm_totp
from kit import db
from kit.errors import raised
from kit.wire import In, ShortText


class ConfirmIn(In):
    """The code that the authenticator shows; structs of forms that need it are made from this one."""

    totp: SixDigits


class ConfirmWhyIn(ConfirmIn):
    """The code, and why it is done."""

    why: ShortText


async def confirm(actor: Actor, code: str) -> None:
    """Let the change go on; raises BadCredentials, TooManyWrongTries."""
    raised(await _confirm(actor=actor, code=code))


@db.flow
async def _confirm(*, actor: Actor, code: str) -> BadCredentials | TooManyWrongTries | None:
    """Check the code and count the try.

    Moves: nothing.
    Answers: None when it is right; BadCredentials, TooManyWrongTries (returned, so that the try is kept).
    Raises: nothing.
    """
    return await confirm_totp(actor, code)
