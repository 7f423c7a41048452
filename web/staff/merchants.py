"""Partners: taking them in by two people, pausing them, their shops and tills, who owns them and works there."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from identity import offices
from identity.actor import Actor
from identity.areas import COUNTY, LOWEST, VILLAGE
from identity.errors import PersonUnknown
from identity.guards import allow
from identity.masks import mask_name, mask_phone
from identity.people import find_person_by_phone
from identity.role_requests import ASKING
from kit import clock, paging
from kit.wire import Day, Id, In, Name, Phone, ShortText
from merchants import membership, queries, registry
from merchants.membership import KEEPING
from merchants.partners import Contact, contact_of
from merchants.queries import MerchantState
from merchants.registry import LOOKING, Sought
from web.pages.carrying_out import carry_out
from web.pages.confirm import ConfirmIn, ConfirmWhyIn
from web.pages.cookies import AnyRequest
from web.pages.filters import Filters, any_chosen, read_filters, ways
from web.pages.forms import Form, NoFields, blank, read_form
from web.pages.rendering import page
from web.staff.territory import Within, area_field, area_named

_LIST = "/staff/merchants"
_SHOWN = 20


class MerchantFilters(Filters):
    """Which merchants are shown."""

    q: ShortText | None = None
    state: MerchantState | None = None


class MerchantForm(In):
    """An application; whom to call is kept sealed."""

    name_zh: Name
    name_en: Name
    area_id: Id
    contact_name: Name | None = None
    contact_phone: Phone | None = None


class WhyIn(In):
    """A reason that stays on record."""

    why: ShortText


class OutletForm(In):
    """A shop."""

    name_zh: Name
    name_en: Name
    area_id: Id


class TillForm(In):
    """A device."""

    outlet: Id
    till: Name


class ShopRoleForm(ConfirmIn):
    """Who is to own it or work there; the code of the authenticator."""

    phone: Phone
    role: Literal["merchant_owner", "merchant_clerk"]
    until: Day | None = None
    why: ShortText


class MerchantsController(Controller):
    """What those see who look after partners."""

    path = _LIST
    guards = (allow(*LOOKING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list."""
        chosen = read_filters(request, MerchantFilters)
        scope = f"staff merchants:{actor.id}:{chosen.q}:{chosen.state}"
        after = paging.after(chosen.cursor, scope, datetime, UUID)
        rows = await registry.list_merchants(actor, Sought(name=chosen.q, state=chosen.state), after, _SHOWN + 1)
        shown = paging.page(
            rows, limit=_SHOWN, scope=scope, position=lambda row: (row["registered_at"], row["id"]), show=lambda r: r
        )
        context: dict[str, Any] = {
            "rows": shown.items,
            **ways(_LIST, chosen, shown.next_cursor),
            "filters": chosen,
            "filtered": any_chosen(chosen),
        }
        return page(request, "staff/merchants.html", form=blank(request), **_may(actor), **context)

    @get("/{merchant_id:uuid}")
    async def one(self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One partner."""
        return await _merchant_page(merchant_id, request, actor, blank(request))


class PartnersController(Controller):
    """What those do who keep partners."""

    path = _LIST
    guards = (allow(*KEEPING),)

    @get("/new")
    async def blank_merchant(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form."""
        return await _form_page(request, actor, blank(request))

    @post("/", status_code=200)
    async def apply(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Take an application down."""

        async def work(new: MerchantForm) -> str:
            return f"{_LIST}/{await _apply(actor, new)}"

        form = await read_form(request, MerchantForm, named=area_named(_within(actor, VILLAGE)))
        return await carry_out(request, actor, form, work, _form_page)

    @post("/{merchant_id:uuid}/approve", status_code=200)
    async def approve(
        self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """The second person approves."""

        async def work(_: NoFields) -> str:
            await membership.take_in_merchant(actor=actor, merchant_id=merchant_id)
            return f"{_LIST}/{merchant_id}"

        form = await read_form(request, NoFields)
        return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))

    @post("/{merchant_id:uuid}/suspend", status_code=200)
    async def suspend(
        self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Pause it."""
        return await _turn(request, actor, merchant_id, membership.suspend_merchant)

    @post("/{merchant_id:uuid}/resume", status_code=200)
    async def resume(
        self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Let it go on."""
        return await _turn(request, actor, merchant_id, membership.resume_merchant)

    @post("/{merchant_id:uuid}/outlets", status_code=200)
    async def outlet(
        self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Open a shop."""

        async def work(new: OutletForm) -> str:
            await membership.add_outlet(
                actor=actor, merchant_id=merchant_id, name_zh=new.name_zh, name_en=new.name_en, area_id=new.area_id
            )
            return f"{_LIST}/{merchant_id}"

        form = await read_form(request, OutletForm, named=area_named(_within(actor, LOWEST)))
        return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))

    @post("/{merchant_id:uuid}/tills", status_code=200)
    async def till(
        self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Give a shop a device."""

        async def work(new: TillForm) -> str:
            await membership.add_till(actor=actor, merchant_id=merchant_id, outlet_id=new.outlet, name=new.till)
            return f"{_LIST}/{merchant_id}"

        form = await read_form(request, TillForm)
        return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))


class ShopPeopleController(Controller):
    """Who owns a partner and who works there: asked for here, confirmed by somebody else."""

    path = _LIST
    guards = (allow(*ASKING),)

    @post("/{merchant_id:uuid}/people", status_code=200)
    async def ask(self, request: AnyRequest, merchant_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask that somebody be made owner or clerk."""

        async def work(new: ShopRoleForm) -> str:
            await membership.request_shop_role(
                actor=actor,
                merchant_id=merchant_id,
                person_id=await _person_of(new.phone),
                role=new.role,
                ends_at=end_of(new.until),
                why=new.why,
            )
            return f"{_LIST}/{merchant_id}?said=asked"

        form = await read_form(request, ShopRoleForm)
        return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))

    @post("/{merchant_id:uuid}/people/{role_id:uuid}", status_code=200)
    async def ask_to_end(
        self, request: AnyRequest, merchant_id: FromPath[Id], role_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Ask that somebody no longer be."""

        async def work(asked: ConfirmWhyIn) -> str:
            await membership.request_shop_revocation(
                actor=actor, merchant_id=merchant_id, role_id=role_id, why=asked.why
            )
            return f"{_LIST}/{merchant_id}?said=asked"

        form = await read_form(request, ConfirmWhyIn)
        return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))


async def _turn(
    request: AnyRequest, actor: Actor, merchant_id: UUID, change: Callable[..., Awaitable[None]]
) -> Response[Any]:
    async def work(said: WhyIn) -> str:
        await change(actor=actor, merchant_id=merchant_id, why=said.why)
        return f"{_LIST}/{merchant_id}"

    form = await read_form(request, WhyIn)
    return await carry_out(request, actor, form, work, partial(_merchant_page, merchant_id))


async def _apply(actor: Actor, new: MerchantForm) -> UUID:
    named = new.contact_name and new.contact_phone
    contact = Contact(name=new.contact_name or "", phone=new.contact_phone or "") if named else None
    return await membership.apply_for_merchant(
        actor=actor, name_zh=new.name_zh, name_en=new.name_en, area_id=new.area_id, contact=contact
    )


async def _person_of(phone: str) -> UUID:
    person = await find_person_by_phone(phone)
    if person is None:
        raise PersonUnknown
    return person.id


def end_of(day: date | None) -> datetime | None:
    """The moment after the last day of something."""
    return None if day is None else clock.day_start(day + timedelta(days=1))


def _within(actor: Actor, lowest: int) -> Within:
    return Within(actor.territories(*KEEPING), (COUNTY, lowest))


def _may(actor: Actor) -> dict[str, Any]:
    return {"keeps": actor.has(*KEEPING), "asks": actor.has(*ASKING), "pays": actor.has("finance")}


async def _form_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    areas = await area_field(_within(actor, VILLAGE), form)
    return page(request, "staff/merchant_form.html", status_code=status_code, form=form, areas=areas)


async def _merchant_page(
    merchant_id: UUID, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    merchant = await registry.find_merchant(actor, merchant_id)
    contact = await contact_of(merchant_id)
    context: dict[str, Any] = {
        "merchant": merchant,
        "own": merchant["registered_by"] == actor.id,
        "contact": (mask_name(contact.name), mask_phone(contact.phone)) if contact else None,
        "account": await queries.find_account(merchant_id),
        "outlets": await registry.outlets_of(merchant_id),
        "people": await offices.working_for(merchant_id),
        "statements": await queries.list_statements([merchant_id], None, 12),
        "areas": await area_field(_within(actor, LOWEST), form),
        "mask": mask_name,
        "said": request.query_params.get("said", ""),
    }
    return page(request, "staff/merchant.html", status_code=status_code, form=form, **_may(actor), **context)
