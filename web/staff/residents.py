"""Residents: found by the beginning of a name, a whole phone, an area; masked, and unmasked with a reason."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity import households, residents
from identity.actor import Actor
from identity.errors import PersonUnknown
from identity.guards import allow
from identity.masks import mask_name
from identity.people import ChosenStatus, NewPerson, Sex, find_people, find_person_by_phone
from identity.residents import KEEPING, LOOKING, UNMASKING, Sought, Unmasked
from kit import db, paging
from kit.clock import SHANGHAI
from kit.errors import EN
from kit.spreadsheet import MOST_ROWS, Table
from kit.wire import Id, In, Name, Phone, ShortText
from points import queries as points
from points.reasons import detail
from points.rules import rule_book
from rewards import queries as rewards
from web.pages.addresses import see_other
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, any_chosen, read_filters, ways
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import Catalogue, Key
from web.staff import exporting
from web.staff.exporting import Listed
from web.staff.places import AreaPath, area_choices, place_names
from web.staff.territory import Within, area_field, area_named

_LIST = "/staff/residents"
_LISTED = Listed("residents", Key("residents.title"), _LIST)
_SHOWN = 20
_RECENT = 10


class ResidentFilters(Filters):
    """Whom one looks for."""

    q: Name | None = None
    area: AreaPath | None = None
    status: ChosenStatus | None = None

    @property
    def sought(self) -> Sought:
        """The same for the query."""
        return Sought(name=self.q, area_path=self.area, status=self.status)


class ResidentForm(In):
    """Only a name and an area are asked for; staff from outside do not earn."""

    name: Name
    area_id: Id
    phone: Phone | None = None
    birth_year: Annotated[int, Meta(ge=1880, le=2100)] | None = None
    sex: Sex | None = None
    takes_part: Literal["yes", "no"] = "yes"


class PhoneIn(In):
    """A whole phone."""

    phone: Phone


class WhyIn(In):
    """Why one looks behind the mask."""

    why: ShortText


class StatusForm(In):
    """Whether he takes part, and why that changes."""

    status: ChosenStatus
    why: ShortText


class HouseholdForm(In):
    """With whom he lives; nobody named is: by himself."""

    phone: Phone | None = None


class ResidentsController(Controller):
    """Looking residents up."""

    path = _LIST
    guards = (allow(*LOOKING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list, masked."""
        chosen = read_filters(request, ResidentFilters)
        scope = f"staff residents:{actor.id}:{chosen.q}:{chosen.area}:{chosen.status}"
        after = paging.after(chosen.cursor, scope, str, UUID)
        rows = await residents.find_residents(actor, chosen.sought, after, _SHOWN + 1)
        shown = paging.page(
            rows, limit=_SHOWN, scope=scope, position=lambda row: (row["name"], row["id"]), show=lambda row: row
        )
        return await _list_page(request, actor, chosen, shown, blank(request))

    @post("/find", status_code=200)
    async def find(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The one with this phone, which stands in no address and in no log."""
        form = await read_form(request, PhoneIn)
        nothing: paging.Page[db.Row] = paging.Page(items=[], next_cursor=None)
        if form.value is None:
            return await _list_page(request, actor, ResidentFilters(), nothing, form, status_code=MISFIT)
        rows = await residents.find_residents(actor, Sought(phone=form.value.phone), None, 1)
        if not rows:
            missing = form.refused(PersonUnknown())
            return await _list_page(
                request, actor, ResidentFilters(), nothing, missing, status_code=PersonUnknown.status
            )
        return see_other(request, f"{_LIST}/{rows[0]['id']}")

    @get("/{person_id:uuid}")
    async def one(self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One resident."""
        return await _resident_page(person_id, request, actor, blank(request))


class UnmaskingController(Controller):
    """Looking behind the mask."""

    path = _LIST
    guards = (allow(*UNMASKING),)

    @post("/{person_id:uuid}/unmask", status_code=200)
    async def unmask(
        self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Name and phone, for this one look."""
        form = await read_form(request, WhyIn)
        if form.value is None:
            return await _resident_page(person_id, request, actor, form, MISFIT)
        shown = await residents.unmask_resident(actor=actor, person_id=person_id, why=form.value.why)
        return await _resident_page(person_id, request, actor, blank(request), unmasked=shown)


class RegisterController(Controller):
    """Keeping residents' records."""

    path = _LIST
    guards = (allow(*KEEPING),)

    @get("/new")
    async def blank_resident(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """An empty form."""
        return await _form_page(request, actor, blank(request, takes_part="yes"))

    @post("/", status_code=200)
    async def register(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Register somebody."""

        async def work(new: ResidentForm) -> str:
            person_id = await residents.register_resident(actor=actor, person=_newcomer(new))
            return f"{_LIST}/{person_id}" if new.takes_part == "yes" else f"/staff/people/{person_id}"

        form = await read_form(request, ResidentForm, named=area_named(_within(actor)))
        return await carry_out(request, actor, form, work, _form_page)

    @post("/{person_id:uuid}/status", status_code=200)
    async def status(
        self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Whether he takes part."""
        form = await read_form(request, StatusForm)
        if form.value is None:
            return await _resident_page(person_id, request, actor, form, MISFIT)
        status, why = form.value.status, form.value.why
        await residents.change_resident_status(actor=actor, person_id=person_id, status=status, why=why)
        return see_other(request, f"{_LIST}/{person_id}")

    @post("/{person_id:uuid}/household", status_code=200)
    async def household(
        self, request: AnyRequest, person_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """With whom he lives from now on."""

        async def work(asked: HouseholdForm) -> str:
            other = await _by_phone(asked.phone)
            await residents.join_household(actor=actor, person_id=person_id, with_person_id=other)
            return f"{_LIST}/{person_id}"

        form = await read_form(request, HouseholdForm)
        return await carry_out(request, actor, form, work, partial(_resident_page, person_id))

    @get("/export")
    async def ask_export(self, request: AnyRequest) -> Response[Any]:
        """The question before the list leaves."""
        return exporting.ask(request, _LISTED, _filters_of(read_filters(request, ResidentFilters)))

    @post("/export", status_code=200)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list as a file, masked as on the page."""
        chosen = read_filters(request, ResidentFilters)
        return await exporting.send(
            request, actor, _LISTED, _filters_of(chosen), lambda words: _table(actor, chosen, words)
        )


def _filters_of(chosen: ResidentFilters) -> dict[str, object]:
    """The filters as the record names them."""
    return {"q": chosen.q, "area": chosen.area, "status": chosen.status}


async def _table(actor: Actor, chosen: ResidentFilters, words: Catalogue) -> Table:
    rows = await residents.find_residents(actor, chosen.sought, None, MOST_ROWS + 1)
    balances = await points.balances([row["id"] for row in rows])
    return Table(
        title=words.text("residents.title"),
        header=[words.text(Key(key)) for key in _COLUMNS],
        rows=[
            [
                str(row["id"]),
                mask_name(row["name"]),
                row["area_en" if words.language == EN else "area_zh"],
                words.text(f"person.status.{row['status']}"),
                str(balances[row["id"]]),
                row["registered_at"].astimezone(SHANGHAI).isoformat(" ", "minutes"),
            ]
            for row in rows
        ],
    )


_COLUMNS = (
    Key("residents.number"),
    Key("residents.name"),
    Key("residents.area"),
    Key("residents.status"),
    Key("residents.balance"),
    Key("residents.registered"),
)


def _newcomer(typed: ResidentForm) -> NewPerson:
    return NewPerson(
        name=typed.name,
        area_id=typed.area_id,
        phone=typed.phone,
        birth_year=typed.birth_year,
        sex=typed.sex,
        resident=typed.takes_part == "yes",
    )


async def _by_phone(phone: str | None) -> UUID | None:
    if phone is None:
        return None
    person = await find_person_by_phone(phone)
    if person is None:
        raise PersonUnknown
    return person.id


async def _list_page(
    request: AnyRequest,
    actor: Actor,
    chosen: ResidentFilters,
    shown: paging.Page[db.Row],
    form: Form[Any],
    *,
    status_code: int = 200,
) -> Response[Any]:
    language = language_for(request)
    context: dict[str, Any] = {
        "rows": shown.items,
        "places": await place_names({row["area_path"] for row in shown.items}, language),
        "balances": await points.balances([row["id"] for row in shown.items]),
        "areas": await area_choices(actor, LOOKING, language),
        **ways(_LIST, chosen, shown.next_cursor),
        "filters": chosen,
        "filtered": any_chosen(chosen),
        "keeps": actor.has(*KEEPING),
        "mask": mask_name,
        "export": exporting.address(f"{_LIST}/export", _filters_of(chosen)),
    }
    return page(request, "staff/residents.html", status_code=status_code, form=form, **context)


def _within(actor: Actor) -> Within:
    return Within(actor.territories(*KEEPING))


async def _form_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    areas = await area_field(_within(actor), form)
    return page(request, "staff/resident_form.html", status_code=status_code, form=form, areas=areas)


async def _resident_page(
    person_id: UUID,
    request: AnyRequest,
    actor: Actor,
    form: Form[Any],
    status_code: int = 200,
    *,
    unmasked: Unmasked | None = None,
) -> Response[Any]:
    language = language_for(request)
    row = await residents.find_resident(actor, person_id)
    members = await households.members_of(row["household"]) if row["household"] else []
    book = await rule_book()
    context: dict[str, Any] = {
        "resident": row,
        "place": (await place_names({row["area_path"]}, language))[row["area_path"]],
        "unmasked": unmasked,
        "wallet": await points.wallet(person_id),
        "score": await points.credit_of(person_id, (await points.now()).astimezone(SHANGHAI).date()),
        "participations": await points.own_participations(person_id, before=None, limit=_RECENT),
        "vouchers": await rewards.list_vouchers(person_id, None, None, _RECENT),
        "household": [each for each in (await find_people(members)).values() if each.id != person_id],
        "keeps": actor.has(*KEEPING),
        "unmasks": actor.has(*UNMASKING),
        "mask": mask_name,
        "reason_of": lambda code: detail(code, language),
        "action_of": lambda code: _named(book.actions.get(code), code, language),
    }
    return page(request, "staff/resident.html", status_code=status_code, form=form, **context)


def _named(action: Any, code: str, language: str) -> str:
    if action is None:
        return code
    return str(action.label.en if language == EN else action.label.zh)
