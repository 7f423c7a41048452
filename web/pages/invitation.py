"""The door of those who are invited: an invitation is opened by its code, and the login that it is for is set up.

The link names the code in a form, which is sent when its person goes on: a program that looks at links in chats opens
nothing. What was typed is asked for again after a fault, the authenticator's secret stays as it was scanned.
"""

import io
from base64 import b64encode
from typing import Annotated, Any

import qrcode
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from msgspec import Meta
from qrcode.image.svg import SvgPathFillImage

from identity.actor import Actor
from identity.errors import InvitationUnknown
from identity.guards import public
from identity.page_sessions import PageSignedIn
from identity.passwords import SHORTEST
from identity.schemas import SixDigits, Token
from identity.setting_up import Opened, accept_invitation, look_again, open_invitation
from kit.errors import Refusal
from kit.wire import In, Invalid, Secret
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.sign_in import begin_here, visitor_of, welcome

DOOR = "/sign-in/invitation"
_DIFFER = Invalid(("/again", "passwords_differ", "两次输入的密码不一致。", "The two passwords differ."))


class CodeIn(In):
    """The invitation's code."""

    code: Token


class SetUpIn(CodeIn):
    """What the login is set up with; the factor is the secret that the page has shown, sealed."""

    factor: Annotated[str, Meta(max_length=512, pattern=r"^[0-9a-f]+(?![\s\S])")]
    password: Secret
    again: Secret
    totp: SixDigits


class InvitationController(Controller):
    """Setting a login up."""

    path = DOOR
    guards = (public(),)

    @get("/")
    async def arrive(self, request: AnyRequest) -> Response[Any]:
        """Ask for the code, which a link brings along."""
        return _door(request, blank(request, code=request.query_params.get("code", "")))

    @get("/set-up")
    async def again(self, request: AnyRequest) -> Response[Any]:
        """Begin again, when a form's answer is loaded anew: after a choice of language, or from the history."""
        return see_other(request, DOOR)

    @post("/", status_code=200)
    async def open(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Show what is to be chosen and scanned."""
        form = await read_form(request, CodeIn)
        if form.value is None:
            return _door(request, form, MISFIT)
        opened = await open_invitation(actor=visitor_of(actor), code=form.value.code)
        if isinstance(opened, Refusal):
            return _door(request, form.refused(opened), opened.status)
        return _set_up_page(request, form, opened)

    @post("/set-up", status_code=200)
    async def set_up(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Set the login up, and go on as the one whose it is."""
        form = await read_form(request, SetUpIn)
        if form.value is None:
            return await _set_up_again(request, form, MISFIT)
        if form.value.password != form.value.again:
            return await _set_up_again(request, form.refused(_DIFFER), MISFIT)
        outcome: PageSignedIn | Refusal
        try:
            outcome = await accept_invitation(
                actor=visitor_of(actor),
                code=form.value.code,
                factor=form.value.factor,
                password=form.value.password,
                totp_code=form.value.totp,
                begin=begin_here(request, actor),
            )
        except Refusal as refusal:
            outcome = refusal
        if isinstance(outcome, Refusal):
            return await _set_up_again(request, form.refused(outcome), outcome.status)
        return await welcome(request, outcome, "")


async def _set_up_again(request: AnyRequest, form: Form[Any], status_code: int) -> Response[Any]:
    """The same page with what was wrong; the door, where the invitation is not good any more."""
    opened = await look_again(form.get("code"), form.get("factor"))
    if opened is None:
        return _door(request, form if form.message else form.refused(InvitationUnknown()), status_code)
    return _set_up_page(request, form.without("password", "again", "totp"), opened, status_code)


def _door(request: AnyRequest, form: Form[Any], status_code: int = 200) -> Response[Any]:
    return page(request, "sign_in/invitation.html", status_code=status_code, form=form)


def _set_up_page(request: AnyRequest, form: Form[Any], opened: Opened, status_code: int = 200) -> Response[Any]:
    return page(
        request,
        "sign_in/set_up.html",
        status_code=status_code,
        form=form,
        opened=opened,
        symbol=_symbol(opened.uri),
        shortest=SHORTEST,
    )


def _symbol(uri: str) -> str:
    """What an authenticator scans, as a picture in the page."""
    drawn = io.BytesIO()
    qrcode.make(uri, image_factory=SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"
