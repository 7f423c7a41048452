"""Reporting what one found, and following what becomes of it: its steps, its clock, one's own rating."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from grid import queries
from grid.categories import categories
from grid.closing import rate_event, reopen_event
from grid.intake import Report, report_once
from grid.schemas import (
    EventOut,
    EventStepOut,
    RateIn,
    ReasonIn,
    ReportedOut,
    category_out,
    event_line_out,
    event_out,
    event_step_out,
    reported_out,
)
from grid.states import BEFORE
from identity.actor import Actor
from identity.guards import allow
from kit import paging, wire
from kit.errors import IdempotencyKeyReused, Refusal
from kit.keyed import Keyed
from kit.wire import Id, In
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, ways
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import catalogue
from web.resident.uploading import FORM_BYTES, MOST_PICTURES, PICTURES, keep_pictures

_SHOWN = 20
_LAST = "OTHER"


class ReportIn(In):
    """What was found."""

    category: wire.Code
    severity: wire.Severity
    place: wire.ShortText
    text: wire.Text


class ReportController(Controller):
    """The form of a report; its draft stays on the phone until it has arrived."""

    path = "/report"
    guards = (allow("resident"),)

    @get("/")
    async def form(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Ask for a picture first, then for the place and what it is."""
        return await _report_page(request, actor, blank(request))

    @post("/", status_code=200, request_max_body_size=FORM_BYTES)
    async def report(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Take the report, once however often it is sent."""
        form = await read_form(request, ReportIn, files=(PICTURES,))
        if form.value is None:
            return await _report_page(request, actor, form, MISFIT)
        try:
            reported = await _report(actor, form, form.value, keyed)
        except Refusal as refusal:
            if refusal.data.get("was") == IdempotencyKeyReused.code:  # changed after it had arrived unnoticed
                return see_other(request, "/reports")
            return await _report_page(request, actor, form.refused(refusal), refusal.status)
        return see_other(request, f"/reports/{reported.id}/done")


class ReportsController(Controller):
    """One's own reports."""

    path = "/reports"
    guards = (allow("resident"),)

    @get("/")
    async def reports(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """All of them, the newest first."""
        scope = f"events:{actor.id}:True:None"
        after = paging.after(cursor, scope, datetime, UUID)
        rows = await queries.list_events(actor, own=True, state=None, after=after, limit=_SHOWN + 1)
        found = paging.page(
            rows,
            limit=_SHOWN,
            scope=scope,
            position=lambda row: (row["reported_at"], row["id"]),
            show=event_line_out,
        )
        names = {each.code: each.name for each in await _kinds(request)}
        turned = ways(self.path, Filters(cursor=cursor), found.next_cursor)
        return page(request, "resident/reports.html", reports=found, names=names, **turned)

    @get("/{event_id:uuid}")
    async def one(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One of them, with its steps."""
        return await _one_page(request, actor, event_id, blank(request))

    @get("/{event_id:uuid}/done")
    async def taken(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """It has arrived: its number, and until when it will be looked at."""
        return page(request, "resident/reported.html", event=await _own(request, actor, event_id))

    @post("/{event_id:uuid}/rate", status_code=200)
    async def rate(
        self,
        request: AnyRequest,
        event_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Say how well it was dealt with."""
        form = await read_form(request, RateIn)
        if form.value is None:
            return await _one_page(request, actor, event_id, form, MISFIT)
        stars, note, once = form.value.stars, form.value.note, keyed.once(event_step_out, status=200)
        done(await rate_event(actor=actor, event_id=event_id, stars=stars, note=note, once=once), EventStepOut)
        return see_other(request, f"/reports/{event_id}")

    @post("/{event_id:uuid}/reopen", status_code=200)
    async def reopen(
        self,
        request: AnyRequest,
        event_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Say that it is not fixed."""
        form = await read_form(request, ReasonIn)
        if form.value is None:
            return await _one_page(request, actor, event_id, form, MISFIT)
        once = keyed.once(event_step_out, status=200)
        done(await reopen_event(actor=actor, event_id=event_id, reason=form.value.reason, once=once), EventStepOut)
        return see_other(request, f"/reports/{event_id}")


async def _report(actor: Actor, form: Form[ReportIn], sent: ReportIn, keyed: Keyed) -> ReportedOut:
    report = Report(
        category=sent.category,
        severity=sent.severity,
        place=sent.place,
        text=sent.text,
        file_ids=await keep_pictures(actor, form.files.get(PICTURES, ())),
    )
    return done(await report_once(actor=actor, report=report, once=keyed.once(reported_out)), ReportedOut)


async def _report_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[bytes]:
    words = catalogue(language_for(request))
    kinds = [
        (each.code, words.text("report.kept_secret", name=each.name) if each.private else each.name)
        for each in sorted(await _kinds(request), key=lambda each: each.code == _LAST)
    ]
    return page(
        request,
        "resident/report.html",
        status_code=status_code,
        form=form,
        kinds=kinds,
        owner=actor.id,
        most=MOST_PICTURES,
    )


async def _one_page(
    request: AnyRequest, actor: Actor, event_id: UUID, form: Form[Any], status_code: int = 200
) -> Response[bytes]:
    event = await _own(request, actor, event_id)
    mine = event.reporter_id == actor.id
    return page(
        request,
        "resident/one_report.html",
        status_code=status_code,
        event=event,
        form=form,
        may_rate=mine and event.state in BEFORE["rate"],
        may_reopen=mine and event.state in BEFORE["reopen"],
    )


async def _own(request: AnyRequest, actor: Actor, event_id: UUID) -> EventOut:
    return event_out(await queries.read_event(actor, event_id), language_for(request))


async def _kinds(request: AnyRequest) -> list[Any]:
    return [category_out(each, language_for(request)) for each in await categories()]
