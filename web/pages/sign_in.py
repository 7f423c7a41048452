"""The door: residents with phone and code, staff and shops with login, password and authenticator; and the way out."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from identity import sessions, sms_codes
from identity.actor import Actor
from identity.actor_loading import load_person
from identity.guards import allow, public
from identity.page_sessions import PageSignedIn, PageStart, end_device, list_devices, on_page, sign_out_everywhere
from identity.schemas import SixDigits
from identity.sign_in import sign_in_by_password, sign_in_by_sms
from kit.errors import Refusal
from kit.refusals import NotFound
from kit.wire import Id, In, Name, Phone, Secret
from web.pages.addresses import local_path, see_other
from web.pages.cookies import AnyRequest, forget_session, keep_session
from web.pages.demo import demo_login, demo_logins
from web.pages.devices import device_of
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.navigation import landing
from web.pages.rendering import page


class PhoneIn(In):
    """Where the code goes."""

    phone: Phone


class CodeIn(In):
    """The code that came."""

    phone: Phone
    code: SixDigits


class PasswordIn(In):
    """What staff and shops sign in with."""

    login: Name
    password: Secret
    totp: SixDigits | None = None


class DemoIn(In):
    """Somebody of the demo town."""

    login: Name


class DeviceIn(In):
    """A place where one is signed in."""

    session: Id


class SignInController(Controller):
    """Signing in."""

    path = "/sign-in"
    guards = (public(),)

    @get("/")
    async def door(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask for the phone; whoever is signed in already goes where he belongs."""
        form = blank(request)
        if actor.kind == "person":
            return see_other(request, local_path(form.next) or landing(actor))
        return _phone_page(request, form)

    @get("/staff")
    async def staff_door(self, request: AnyRequest) -> Response[Any]:
        """Ask for login, password and the authenticator's code."""
        return _staff_page(request, blank(request))

    @get(["/phone", "/code"])
    async def again(self, request: AnyRequest) -> Response[Any]:
        """Begin again, when a form's answer is loaded anew: after a choice of language, or from the history."""
        return see_other(request, "/sign-in")

    @post("/phone", status_code=200)
    async def send_code(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Send a code and ask for it; one that was asked for a moment ago is still asked for."""
        form = await read_form(request, PhoneIn)
        if form.value is None:
            return _phone_page(request, form, MISFIT)
        try:
            await sms_codes.request_sms_code(actor=visitor_of(actor), phone=form.value.phone)
        except Refusal as refusal:
            return _code_page(request, form.refused(refusal), refusal.status)
        return _code_page(request, form)

    @post("/code", status_code=200)
    async def by_code(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Sign in with the code."""
        form = await read_form(request, CodeIn)
        if form.value is None:
            return _code_page(request, form, MISFIT)
        outcome = await sign_in_by_sms(
            actor=visitor_of(actor), phone=form.value.phone, code=form.value.code, begin=begin_here(request, actor)
        )
        if isinstance(outcome, Refusal):
            return _code_page(request, form.refused(outcome).without("code"), outcome.status)
        return await welcome(request, outcome, form.next)

    @post("/staff", status_code=200)
    async def by_password(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Sign in with login and password."""
        form = await read_form(request, PasswordIn)
        if form.value is None:
            return _staff_page(request, form.without("password", "totp"), MISFIT)
        return await _by_password(request, actor, form, form.value)

    @post("/demo", status_code=200)
    async def as_demo(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Sign in as somebody of the demo town."""
        form = await read_form(request, DemoIn)
        known = demo_login(form.accepted().login)
        if known is None:
            raise NotFound
        given = PasswordIn(login=known.login, password=known.password, totp=known.totp_code())
        return await _by_password(request, actor, form, given)


class SignOutController(Controller):
    """Signing out, here and elsewhere."""

    guards = (allow(),)

    @post("/sign-out", status_code=200)
    async def sign_out(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """End this browser's session."""
        await sessions.sign_out(actor=actor)
        return _goodbye(request)

    @post("/sign-out/everywhere", status_code=200)
    async def everywhere(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """End every session of the person."""
        await sign_out_everywhere(actor=actor)
        return _goodbye(request)

    @get("/devices")
    async def devices(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Where he is signed in."""
        return page(request, "sign_in/devices.html", devices=await list_devices(actor))

    @post("/devices/end", status_code=200)
    async def end(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """End one of his sessions."""
        form = await read_form(request, DeviceIn)
        ended = form.accepted().session
        await end_device(actor=actor, session_id=ended)
        if ended == actor.session_id:
            return _goodbye(request)
        return see_other(request, local_path(form.next) or "/devices")


async def _by_password(request: AnyRequest, actor: Actor, form: Form[Any], given: PasswordIn) -> Response[Any]:
    outcome: PageSignedIn | Refusal
    try:
        outcome = await sign_in_by_password(
            actor=visitor_of(actor),
            login=given.login,
            password=given.password,
            totp_code=given.totp,
            begin=begin_here(request, actor),
        )
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        return _staff_page(request, form.refused(outcome).without("password", "totp"), outcome.status)
    return await welcome(request, outcome, form.next)


def begin_here(request: AnyRequest, actor: Actor) -> PageStart:
    """How a session begins in this browser; the one that it holds ends with it."""
    return on_page(device_of(request), instead_of=actor.session_id)


def visitor_of(actor: Actor) -> Actor:
    """Whoever signs in is nobody yet, whoever was signed in here before."""
    return Actor.visitor(request_id=actor.request_id, source=actor.source)


async def welcome(request: AnyRequest, signed_in: PageSignedIn, next_path: str) -> Response[Any]:
    """Give the browser its session, and lead whose it is to where he belongs."""
    actor = await load_person(signed_in.person_id, signed_in.session_id)
    response = see_other(request, local_path(next_path) or landing(actor))
    keep_session(request, response, signed_in)
    return response


def _goodbye(request: AnyRequest) -> Response[Any]:
    response = see_other(request, "/sign-in")
    forget_session(request, response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _phone_page(request: AnyRequest, form: Form[Any], status_code: int = 200) -> Response[bytes]:
    return page(request, "sign_in/phone.html", status_code=status_code, form=form, demo=demo_logins())


def _code_page(request: AnyRequest, form: Form[Any], status_code: int = 200) -> Response[bytes]:
    return page(request, "sign_in/code.html", status_code=status_code, form=form)


def _staff_page(request: AnyRequest, form: Form[Any], status_code: int = 200) -> Response[bytes]:
    return page(request, "sign_in/staff.html", status_code=status_code, form=form, demo=demo_logins())
