"""People and roles: who holds which one where and until when, who stands in; changed by two people."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity import offices, role_requests, roles
from identity.actor import MERCHANT_ROLES, ROLES, Actor, Role
from identity.api_keys import KEEPING as KEEPING_KEYS
from identity.disabling import DISABLING
from identity.errors import PersonUnknown
from identity.guards import allow
from identity.invitations import INVITING
from identity.invitations import LOOKING as LOOKING_AT_LOGINS
from identity.logins import find_person_by_login
from identity.masks import mask_name
from identity.people import find_person_by_phone
from identity.role_requests import ASKING, DECIDING
from identity.schemas import LoginName
from kit import paging
from kit.wire import Day, Id, Name, Phone, ShortText
from merchants.queries import find_merchants
from web.pages.addresses import see_other
from web.pages.carrying_out import carry_out
from web.pages.confirm import ConfirmIn, ConfirmWhyIn, confirm
from web.pages.cookies import AnyRequest
from web.pages.filters import Filters, any_chosen, read_filters, ways
from web.pages.forms import Form, NoFields, blank, read_form
from web.pages.rendering import page
from web.staff.merchants import end_of
from web.staff.territory import Within, area_field, area_named

PEOPLE = "/staff/people"
_REQUESTS = f"{PEOPLE}/requests"
_SHOWN = 20
_LOOKING = (*ASKING, "auditor")
GIVEN = tuple(role for role in ROLES if role != "resident" and role not in MERCHANT_ROLES)
"""The roles that are given for an area; those of shops are given on the shop's page."""
RoleName = Annotated[Role, Meta(description="A role of ours")]


class PeopleFilters(Filters):
    """Whose roles are shown."""

    q: Name | None = None
    role: RoleName | None = None


class RequestFilters(Filters):
    """Which requests are shown."""

    all: bool = False


class GrantForm(ConfirmIn):
    """A role for somebody, who is named by his phone or his login, and the code of the authenticator."""

    phone: Phone | None = None
    login: LoginName | None = None
    role: RoleName
    area_id: Id
    until: Day | None = None
    why: ShortText


class StandInForm(ConfirmIn):
    """Who stands in for whom, from one day to another."""

    phone: Phone
    stand_in_phone: Phone
    starts_on: Day
    ends_on: Day
    why: ShortText


class PeopleController(Controller):
    """Looking at roles."""

    path = PEOPLE
    guards = (allow(*_LOOKING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Who holds which role."""
        chosen = read_filters(request, PeopleFilters)
        scope = f"staff roles:{actor.id}:{chosen.q}:{chosen.role}"
        after = paging.after(chosen.cursor, scope, datetime, UUID)
        paths = actor.territories(*_LOOKING)
        rows = await offices.list_held(paths, role=chosen.role, name=chosen.q, after=after, limit=_SHOWN + 1)
        shown = paging.page(
            rows, limit=_SHOWN, scope=scope, position=lambda row: (row["starts_at"], row["id"]), show=lambda row: row
        )
        context: dict[str, Any] = {
            "rows": shown.items,
            **ways(PEOPLE, chosen, shown.next_cursor),
            "filters": chosen,
            "filtered": any_chosen(chosen),
            "stand_ins": await offices.stand_ins_within(paths),
        }
        return page(request, "staff/people.html", form=blank(request), **await shown_everywhere(actor), **context)

    @get("/requests")
    async def requests(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """What waits for a second person, and what was decided."""
        return await _requests_page(request, actor, blank(request))

    @get("/{person_id:uuid}")
    async def one(self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Somebody's roles."""
        return await person_page(person_id, request, actor, blank(request))


class RoleRequestsController(Controller):
    """Asking for a change of roles."""

    path = PEOPLE
    guards = (allow(*ASKING),)

    @get("/new")
    async def blank_grant(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form for a role; a link may name the login of whose it is to be."""
        return await _grant_page(request, actor, blank(request, login=request.query_params.get("login", "")))

    @post("/requests", status_code=200)
    async def ask(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask that a role be given."""

        async def work(asked: GrantForm) -> str:
            await role_requests.request_role(
                actor=actor,
                person_id=await registered(phone=asked.phone, login=asked.login),
                role=asked.role,
                area_id=asked.area_id,
                ends_at=end_of(asked.until),
                why=asked.why,
            )
            return _REQUESTS

        form = await read_form(request, GrantForm, named=area_named(_within(actor)))
        return await carry_out(request, actor, form, work, _grant_page)

    @post("/roles/{role_id:uuid}/end", status_code=200)
    async def ask_to_end(
        self, request: AnyRequest, role_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Ask that a role be taken."""

        async def work(asked: ConfirmWhyIn) -> str:
            await role_requests.request_revocation(actor=actor, role_id=role_id, why=asked.why)
            return _REQUESTS

        return await carry_out(request, actor, await read_form(request, ConfirmWhyIn), work, _requests_page)

    @get("/stand-ins/new")
    async def blank_stand_in(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form for a stand-in."""
        return await _stand_in_page(request, actor, blank(request))

    @post("/stand-ins", status_code=200)
    async def stand_in(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask that somebody stand in."""

        async def work(asked: StandInForm) -> str:
            await role_requests.request_stand_in(
                actor=actor,
                person_id=await registered(phone=asked.phone),
                stand_in_id=await registered(phone=asked.stand_in_phone),
                starts_on=asked.starts_on,
                ends_on=asked.ends_on,
                why=asked.why,
            )
            return _REQUESTS

        return await carry_out(request, actor, await read_form(request, StandInForm), work, _stand_in_page)

    @post("/stand-ins/{stand_in_id:uuid}/end", status_code=200)
    async def end_stand_in(
        self, request: AnyRequest, stand_in_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """End a stand-in's time early: nobody gets anything by it, so one person is enough."""
        form = await read_form(request, ConfirmIn)
        await confirm(actor, form.accepted().totp)
        if stand_in_id not in {row["id"] for row in await offices.stand_ins_within(actor.territories(*ASKING))}:
            raise PersonUnknown
        await roles.end_stand_in(actor=actor, stand_in_row_id=stand_in_id)
        return see_other(request, PEOPLE)

    @post("/requests/{request_id:uuid}/withdraw", status_code=200)
    async def withdraw(
        self, request: AnyRequest, request_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Take one's own request back."""

        async def work(_: NoFields) -> str:
            await role_requests.withdraw_role_request(actor=actor, request_id=request_id)
            return _REQUESTS

        return await carry_out(request, actor, await read_form(request, NoFields), work, _requests_page)


class RoleDecisionsController(Controller):
    """The second person."""

    path = _REQUESTS
    guards = (allow(*DECIDING),)

    @post("/{request_id:uuid}/confirm", status_code=200)
    async def confirm_change(
        self, request: AnyRequest, request_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """It is done in this moment."""

        async def work(_: ConfirmIn) -> str:
            await role_requests.confirm_role_request(actor=actor, request_id=request_id)
            return _REQUESTS

        return await carry_out(request, actor, await read_form(request, ConfirmIn), work, _requests_page)

    @post("/{request_id:uuid}/refuse", status_code=200)
    async def refuse_change(
        self, request: AnyRequest, request_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Nothing changes."""

        async def work(said: ConfirmWhyIn) -> str:
            await role_requests.refuse_role_request(actor=actor, request_id=request_id, why=said.why)
            return _REQUESTS

        return await carry_out(request, actor, await read_form(request, ConfirmWhyIn), work, _requests_page)


async def registered(*, phone: str | None, login: str | None = None) -> UUID:
    """Somebody by his phone, or by his login where he has no phone; raises PersonUnknown."""
    person = await find_person_by_phone(phone) if phone else await find_person_by_login(login or "")
    if person is None or not person.active:
        raise PersonUnknown
    return person.id


async def shown_everywhere(actor: Actor) -> dict[str, Any]:
    """What every page of this part shows."""
    waiting = await role_requests.list_role_requests(
        actor.territories(*_LOOKING), only_open=True, after=None, limit=_SHOWN + 1
    )
    return {
        "waiting": len(waiting),
        "asks": actor.has(*ASKING),
        "keys": actor.has(*KEEPING_KEYS),
        "invites": actor.has(*INVITING),
        "logins": actor.has(*LOOKING_AT_LOGINS),
        "role_names": GIVEN,
        "mask": mask_name,
    }


def _within(actor: Actor) -> Within:
    return Within(actor.territories(*ASKING))


async def _grant_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    areas = await area_field(_within(actor), form)
    return page(request, "staff/role_form.html", status_code=status_code, form=form, areas=areas, role_names=GIVEN)


async def _stand_in_page(request: AnyRequest, _actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    return page(request, "staff/stand_in_form.html", status_code=status_code, form=form)


async def _requests_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    chosen = read_filters(request, RequestFilters)
    scope = f"staff role requests:{actor.id}:{chosen.all}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await role_requests.list_role_requests(
        actor.territories(*_LOOKING), only_open=not chosen.all, after=after, limit=_SHOWN + 1
    )
    shown = paging.page(
        rows, limit=_SHOWN, scope=scope, position=lambda row: (row["requested_at"], row["id"]), show=lambda row: row
    )
    context: dict[str, Any] = {
        "rows": shown.items,
        "merchants": await find_merchants([row["merchant_id"] for row in shown.items if row["merchant_id"]]),
        **ways(_REQUESTS, chosen, shown.next_cursor),
        "every": chosen.all,
        "me": actor.id,
        "decides": actor.has(*DECIDING),
    }
    return page(
        request,
        "staff/role_requests.html",
        status_code=status_code,
        form=form,
        **await shown_everywhere(actor),
        **context,
    )


async def person_page(
    person_id: UUID, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    """Somebody's login and roles, with a form of it that did not fit."""
    person = await role_requests.require_person_of(actor, person_id)
    held = await offices.held_by(person_id)
    merchants = await find_merchants([row["merchant_id"] for row in held if row["merchant_id"]])
    resident = person["resident"] and not held  # one like others
    name = mask_name(person["name"]) if resident else person["name"]
    context: dict[str, Any] = {"who": person, "name": name, "held": held, "merchants": merchants, "me": actor.id}
    context["disables"] = actor.has(*DISABLING) and person_id != actor.id and bool(person["login_open"])
    everywhere = await shown_everywhere(actor)
    return page(request, "staff/person.html", status_code=status_code, form=form, **everywhere, **context)
