"""What a form asks for is carried out; or its page is shown again, with what does not fit or why it was refused.

A form with the code of the authenticator (`ConfirmIn`) is confirmed before anything else, and never shows it again.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import msgspec
from litestar import Response

from identity.actor import Actor
from kit.errors import Refusal
from web.pages.addresses import see_other
from web.pages.confirm import ConfirmIn, confirm
from web.pages.cookies import AnyRequest
from web.pages.forms import MISFIT, Form

T = TypeVar("T", bound=msgspec.Struct)
PageWithForm: TypeAlias = Callable[[AnyRequest, Actor, Form[Any], int], Awaitable[Response[Any]]]
"""Shows the page on which a form stands, with a status."""


async def carry_out(
    request: AnyRequest,
    actor: Actor,
    form: Form[T],
    work: Callable[[T], Awaitable[str | Response[Any]]],
    again: PageWithForm,
) -> Response[Any]:
    """Do the work and go on to the address that it gives, or to its own answer; else show the form again."""
    shown = form.without("totp")
    if form.value is None:
        return await again(request, actor, shown, MISFIT)
    try:
        if isinstance(form.value, ConfirmIn):
            await confirm(actor, form.value.totp)
        to = await work(form.value)
    except Refusal as refusal:
        return await again(request, actor, shown.refused(refusal), refusal.status)
    return see_other(request, to) if isinstance(to, str) else to
