"""Logins of staff: people are registered and invited here, and confirmed by a second person where it takes two.

An invitation's link is shown once, in the answer to the very form that made it.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from identity import invitations
from identity.actor import Actor
from identity.disabling import DISABLING, disable_login
from identity.guards import allow
from identity.invitations import CONFIRMING, INVITING, LOOKING, Invited, find_invitee
from identity.masks import mask_name
from identity.people import NewPerson
from identity.schemas import LoginName
from kit import paging
from kit.settings import settings
from kit.wire import Id, In, Name, Phone
from web.pages.carrying_out import carry_out
from web.pages.confirm import ConfirmIn, ConfirmWhyIn
from web.pages.cookies import AnyRequest
from web.pages.filters import Filters, read_filters, ways
from web.pages.forms import Form, NoFields, blank, read_form
from web.pages.invitation import DOOR
from web.pages.rendering import page
from web.staff.people import PEOPLE, person_page, registered, shown_everywhere
from web.staff.territory import Within, area_field, area_named

_LIST = f"{PEOPLE}/logins"
_SHOWN = 20


class NewcomerForm(ConfirmIn):
    """Somebody who starts to work here, and the code of the authenticator."""

    name: Name
    area_id: Id
    login: LoginName
    phone: Phone | None = None


class FindForm(In):
    """Somebody who is registered already."""

    phone: Phone


class InvitationForm(ConfirmWhyIn):
    """Why somebody gets a login, or sets his own up anew."""

    login: LoginName | None = None


class LoginsController(Controller):
    """Who was invited, and what came of it."""

    path = _LIST
    guards = (allow(*LOOKING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The invitations, the newest first."""
        return await _list_page(request, actor, blank(request))


class InvitingController(Controller):
    """Inviting people."""

    path = PEOPLE
    guards = (allow(*INVITING),)

    @get("/logins/new")
    async def blank_newcomer(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form for somebody new, and one to find who is registered already."""
        return await _newcomer_page(request, actor, blank(request))

    @post("/logins", status_code=200)
    async def invite(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Register somebody new and show his link."""

        async def work(new: NewcomerForm) -> Response[Any]:
            person = NewPerson(name=new.name, area_id=new.area_id, phone=new.phone, resident=False)
            return _link_page(request, await invitations.invite_newcomer(actor=actor, person=person, login=new.login))

        form = await read_form(request, NewcomerForm, named=area_named(_within(actor)))
        return await carry_out(request, actor, form, work, _newcomer_page)

    @post("/logins/find", status_code=200)
    async def find(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Go to the form for somebody who is registered already."""

        async def work(sought: FindForm) -> str:
            return f"{PEOPLE}/{await registered(phone=sought.phone)}/invitation"

        return await carry_out(request, actor, await read_form(request, FindForm), work, _newcomer_page)

    @get("/{person_id:uuid}/invitation")
    async def blank_invitation(
        self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """An empty form for somebody who is registered already."""
        return await _invitee_page(person_id, request, actor, blank(request))

    @post("/{person_id:uuid}/invitation", status_code=200)
    async def ask(self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Show his link, or let it wait for a second person."""

        async def work(asked: InvitationForm) -> str | Response[Any]:
            invited = await invitations.ask_for_invitation(
                actor=actor, person_id=person_id, login=asked.login, why=asked.why
            )
            return _LIST if invited is None else _link_page(request, invited)

        return await carry_out(
            request, actor, await read_form(request, InvitationForm), work, partial(_invitee_page, person_id)
        )


class ConfirmingController(Controller):
    """The second person."""

    path = _LIST
    guards = (allow(*CONFIRMING),)

    @post("/{invitation_id:uuid}/confirm", status_code=200)
    async def confirm(
        self, request: AnyRequest, invitation_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """What the login had ends in this moment; show the link."""

        async def work(_: ConfirmIn) -> Response[Any]:
            return _link_page(request, await invitations.confirm_invitation(actor=actor, invitation_id=invitation_id))

        return await carry_out(request, actor, await read_form(request, ConfirmIn), work, _list_page)


class DisablingController(Controller):
    """Ending a login: nobody gets anything by it, so either office is enough."""

    path = PEOPLE
    guards = (allow(*DISABLING),)

    @post("/{person_id:uuid}/login/disable", status_code=200)
    async def disable(
        self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """He is signed out everywhere."""

        async def work(said: ConfirmWhyIn) -> str:
            await disable_login(actor=actor, person_id=person_id, why=said.why)
            return f"{PEOPLE}/{person_id}"

        return await carry_out(
            request, actor, await read_form(request, ConfirmWhyIn), work, partial(person_page, person_id)
        )


class WithdrawingController(Controller):
    """Taking back: nobody gets anything by it, so either office is enough."""

    path = _LIST
    guards = (allow(*INVITING, *CONFIRMING),)

    @post("/{invitation_id:uuid}/withdraw", status_code=200)
    async def withdraw(
        self, request: AnyRequest, invitation_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """The link is good no more."""

        async def work(_: NoFields) -> str:
            await invitations.withdraw_invitation(actor=actor, invitation_id=invitation_id)
            return _LIST

        return await carry_out(request, actor, await read_form(request, NoFields), work, _list_page)


async def _list_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    chosen = read_filters(request, Filters)
    scope = f"staff logins:{actor.id}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await invitations.list_invitations(actor.territories(*LOOKING), after=after, limit=_SHOWN + 1)
    shown = paging.page(
        rows, limit=_SHOWN, scope=scope, position=lambda row: (row["asked_at"], row["id"]), show=lambda row: row
    )
    context: dict[str, Any] = {
        "rows": shown.items,
        "me": actor.id,
        "confirms": actor.has(*CONFIRMING),
        "withdraws": actor.has(*INVITING, *CONFIRMING),
        **ways(_LIST, chosen, shown.next_cursor),
    }
    return page(
        request, "staff/logins.html", status_code=status_code, form=form, **await shown_everywhere(actor), **context
    )


def _within(actor: Actor) -> Within:
    return Within(actor.territories(*INVITING))


async def _newcomer_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    areas = await area_field(_within(actor), form)
    return page(request, "staff/login_new.html", status_code=status_code, form=form, areas=areas)


async def _invitee_page(
    person_id: UUID, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    invitee = await find_invitee(actor, person_id)
    name = mask_name(invitee.name) if invitee.resident else invitee.name
    return page(request, "staff/login_invite.html", status_code=status_code, form=form, who=invitee, name=name)


def _link_page(request: AnyRequest, invited: Invited) -> Response[Any]:
    scheme = "https" if settings().production else request.url.scheme
    link = f"{scheme}://{request.headers['host']}{DOOR}?code={invited.code}"
    return page(request, "staff/login_link.html", invited=invited, link=link)
