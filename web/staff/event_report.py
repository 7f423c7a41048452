"""Reporting an event from the grid worker's phone: the picture first, then what and where."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from grid.access import ON_BEHALF_ROLES
from grid.intake import Report, report_once
from grid.schemas import ReportedOut, reported_out
from identity.actor import Actor
from identity.areas import LOWEST, VILLAGE
from identity.guards import allow
from identity.people import find_person_by_phone
from kit.keyed import Keyed
from kit.wire import Code, Id, In, Invalid, Phone, Severity, ShortText, Text
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.forms import Form, blank, read_form
from web.pages.rendering import page
from web.staff.event_steps import FORM_BYTES, keep_pictures
from web.staff.events import LIST, kinds
from web.staff.territory import Within, area_field, area_named


class FoundIn(In):
    """What was found: the picture comes as a file; somebody who reported it by word is named by his phone."""

    category: Code
    severity: Severity
    place: ShortText
    text: Text
    area_id: Id | None = None
    phone: Phone | None = None


class EventReportController(Controller):
    """Reporting as grid staff and the hotline do."""

    path = f"{LIST}/new"
    guards = (allow(*ON_BEHALF_ROLES),)

    @get("/")
    async def ask(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The form."""
        return await _form_page(request, actor, blank(request, severity="2"))

    @post("/", status_code=200, request_max_body_size=FORM_BYTES)
    async def report(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Take the report, once however often it is sent."""
        form = await read_form(request, FoundIn, files=("pictures",), named=area_named(_within(actor)))

        async def work(found: FoundIn) -> str:
            report = await _report(actor, form, found)
            made = done(await report_once(actor=actor, report=report, once=keyed.once(reported_out)), ReportedOut)
            return f"{LIST}/{made.id}?said=report"

        return await carry_out(request, actor, form, work, _form_page)


async def _report(actor: Actor, form: Form[FoundIn], found: FoundIn) -> Report:
    reporter = await find_person_by_phone(found.phone) if found.phone else None
    if found.phone and reporter is None:
        raise Invalid(
            ("/phone", "person_unknown", "没有登记这个手机号的居民。", "Nobody is registered with this phone.")
        )
    return Report(
        category=found.category,
        severity=found.severity,
        place=found.place,
        text=found.text,
        area_id=found.area_id,
        file_ids=await keep_pictures(actor, form),
        on_behalf_of=reporter.id if reporter else None,
    )


def _within(actor: Actor) -> Within:
    """The places that he looks after, from the village down, for the one in which it was found."""
    return Within(actor.territories(*ON_BEHALF_ROLES), (VILLAGE, LOWEST))


async def _form_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    return page(
        request,
        "staff/event_new.html",
        status_code=status_code,
        form=form,
        kinds=await kinds(language_for(request)),
        areas=await area_field(_within(actor), form),
    )
