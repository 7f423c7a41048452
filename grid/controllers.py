"""Events over HTTP: reporting, each step of the way, lists and one event with its steps."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from grid import queries
from grid.acceptance import accept_event, refuse_event
from grid.access import READING_ROLES, WORKING_ROLES
from grid.categories import categories
from grid.closing import close_event, rate_event, reopen_event
from grid.errors import CategoryNotAllowed, EventNotReady, NotOnBehalf, NotTheReporter, WorkOfOthers
from grid.handling import dispatch_event, feed_back, handle_event
from grid.intake import report_event
from grid.schemas import (
    AcceptIn,
    CategoryOut,
    CloseIn,
    DispatchIn,
    EventIn,
    EventLineOut,
    EventOut,
    EventStepOut,
    FeedBackIn,
    HandleIn,
    RateIn,
    ReasonIn,
    ReportedOut,
    Scope,
    StateText,
    category_out,
    event_line_out,
    event_out,
    event_step_out,
    reported_out,
)
from identity.actor import Actor
from identity.guards import allow, public
from kit import files, paging
from kit.keyed import Keyed
from kit.refusals import refuses
from kit.wire import Id, Invalid
from points.errors import (
    AlreadyDecided,
    DirectSuperior,
    OutsideArea,
    OwnParticipation,
    SameHousehold,
    SamePerson,
    VerifierLevel,
)
from points.levels import VERIFIER_ROLES

_VERIFYING = (AlreadyDecided, OutsideArea, OwnParticipation, VerifierLevel, SamePerson, DirectSuperior, SameHousehold)


@get("/api/event-categories", guards=[public()])
async def list_categories(language: NamedDependency[str]) -> list[CategoryOut]:
    """What can be reported."""
    return [category_out(each, language) for each in await categories()]


@post(
    "/api/events",
    guards=[allow(integrations=True)],
    opt=refuses(Invalid, NotOnBehalf, CategoryNotAllowed, files.FileUnknown),
)
async def report(data: JSONBody[EventIn], actor: NamedDependency[Actor]) -> Response[ReportedOut]:
    """Report what was found; another system gives its own number as `external_id` and may send it again."""
    taken = await report_event(
        actor=actor,
        category=data.category,
        severity=data.severity,
        place=data.place,
        text=data.text,
        area_id=data.area_id,
        latitude=data.latitude,
        longitude=data.longitude,
        file_ids=data.file_ids,
        on_behalf_of=data.on_behalf_of,
        external_id=data.external_id,
    )
    return Response(reported_out(taken), status_code=HTTP_201_CREATED if taken.new else HTTP_200_OK)


@get("/api/events", guards=[allow()])
async def list_events(
    actor: NamedDependency[Actor],
    chosen: Annotated[Scope | None, QueryParameter(name="scope")] = None,
    event_state: Annotated[StateText | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: Annotated[paging.Limit, QueryParameter()] = 20,
) -> paging.Page[EventLineOut]:
    """Events of one's territory (the default for staff), or one's own."""
    own = chosen == "own" or (chosen is None and not actor.has(*READING_ROLES))
    name = f"events:{actor.id}:{own}:{event_state}"
    after = paging.after(cursor, name, datetime, UUID)
    rows = await queries.list_events(actor, own=own, state=event_state, after=after, limit=limit + 1)
    return paging.page(
        rows, limit=limit, scope=name, position=lambda row: (row["reported_at"], row["id"]), show=event_line_out
    )


@get("/api/events/{event_id:uuid}", guards=[allow()])
async def show_event(event_id: FromPath[Id], actor: NamedDependency[Actor], language: NamedDependency[str]) -> EventOut:
    """One event with its steps."""
    return event_out(await queries.read_event(actor, event_id), language)


@post(
    "/api/events/{event_id:uuid}/accept",
    guards=[allow(*VERIFIER_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(Invalid, *_VERIFYING),
)
async def accept(
    event_id: FromPath[Id], data: JSONBody[AcceptIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[EventStepOut]:
    """Confirm a report; where two levels are needed, the first leaves it reported."""
    answer = await accept_event(
        actor=actor,
        event_id=event_id,
        severity=data.severity,
        category=data.category,
        note=data.note,
        once=keyed.once(event_step_out, status=HTTP_200_OK),
    )
    return _sent(keyed, answer)


@post(
    "/api/events/{event_id:uuid}/refuse",
    guards=[allow(*VERIFIER_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(*_VERIFYING),
)
async def refuse(event_id: FromPath[Id], data: JSONBody[ReasonIn], actor: NamedDependency[Actor]) -> EventStepOut:
    """Refuse a report with a reason."""
    return event_step_out(await refuse_event(actor=actor, event_id=event_id, reason=data.reason))


@post(
    "/api/events/{event_id:uuid}/dispatch",
    guards=[allow(*WORKING_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(Invalid, EventNotReady, WorkOfOthers),
)
async def dispatch(event_id: FromPath[Id], data: JSONBody[DispatchIn], actor: NamedDependency[Actor]) -> EventStepOut:
    """Send an accepted event to a department or a person."""
    done = await dispatch_event(
        actor=actor, event_id=event_id, department=data.department, assignee_id=data.assignee_id, note=data.note
    )
    return event_step_out(done)


@post(
    "/api/events/{event_id:uuid}/handle",
    guards=[allow()],
    status_code=HTTP_200_OK,
    opt=refuses(EventNotReady, WorkOfOthers, files.FileUnknown),
)
async def handle(event_id: FromPath[Id], data: JSONBody[HandleIn], actor: NamedDependency[Actor]) -> EventStepOut:
    """Record what was done about it."""
    return event_step_out(await handle_event(actor=actor, event_id=event_id, note=data.note, file_ids=data.file_ids))


@post(
    "/api/events/{event_id:uuid}/feed-back",
    guards=[allow()],
    status_code=HTTP_200_OK,
    opt=refuses(EventNotReady, WorkOfOthers),
)
async def answer_reporter(
    event_id: FromPath[Id], data: JSONBody[FeedBackIn], actor: NamedDependency[Actor]
) -> EventStepOut:
    """Tell the reporter what was done."""
    return event_step_out(await feed_back(actor=actor, event_id=event_id, note=data.note))


@post(
    "/api/events/{event_id:uuid}/rate",
    guards=[allow()],
    status_code=HTTP_200_OK,
    opt=refuses(EventNotReady, NotTheReporter),
)
async def rate(
    event_id: FromPath[Id], data: JSONBody[RateIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[EventStepOut]:
    """Rate how one's own report was dealt with."""
    answer = await rate_event(
        actor=actor,
        event_id=event_id,
        stars=data.stars,
        note=data.note,
        once=keyed.once(event_step_out, status=HTTP_200_OK),
    )
    return _sent(keyed, answer)


@post(
    "/api/events/{event_id:uuid}/close",
    guards=[allow(*WORKING_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(EventNotReady, WorkOfOthers),
)
async def close(
    event_id: FromPath[Id], data: JSONBody[CloseIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[EventStepOut]:
    """Close an event that was rated; the reporter gets the second stage."""
    answer = await close_event(
        actor=actor, event_id=event_id, note=data.note, once=keyed.once(event_step_out, status=HTTP_200_OK)
    )
    return _sent(keyed, answer)


@post(
    "/api/events/{event_id:uuid}/reopen",
    guards=[allow()],
    status_code=HTTP_200_OK,
    opt=refuses(EventNotReady, NotTheReporter),
)
async def reopen(
    event_id: FromPath[Id], data: JSONBody[ReasonIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[EventStepOut]:
    """Say that it is not fixed."""
    answer = await reopen_event(
        actor=actor, event_id=event_id, reason=data.reason, once=keyed.once(event_step_out, status=HTTP_200_OK)
    )
    return _sent(keyed, answer)


def _sent(keyed: Keyed, answer: Any) -> Response[EventStepOut]:
    response: Response[EventStepOut] = keyed.reply(answer)
    return response


file_viewers = {"event": queries.sees_event}
routes = [
    list_categories,
    report,
    list_events,
    show_event,
    accept,
    refuse,
    dispatch,
    handle,
    answer_reporter,
    rate,
    close,
    reopen,
]
