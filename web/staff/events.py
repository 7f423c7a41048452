"""Events: the list of a territory with its filters, and one event with its way so far and its next step."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from admin.nomination import bonus_of, may_nominate
from grid import desk, queries
from grid.access import ON_BEHALF_ROLES, READING_ROLES
from grid.access import WORKING_ROLES as GRID_ROLES
from grid.categories import categories
from grid.queries import EventFilter
from grid.states import State
from identity.actor import Actor
from identity.colleagues import Colleague, colleagues_over
from identity.guards import allow
from identity.people import find_people, mask_name
from kit import clock, paging
from kit.db import Row
from kit.errors import EN
from kit.wire import Code, Id, Severity
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, address, any_chosen, read_filters, ways
from web.pages.forms import Form, blank
from web.pages.navigation import WORKING_ROLES
from web.pages.rendering import page
from web.staff.clocks import due_words
from web.staff.places import AreaPath, area_choices, place_names

LIST = "/staff/events"
OFFERED = 20
_SHOWN = 25
STATES = ("reported", "accepted", "dispatched", "handled", "fed_back", "rated", "closed", "reopened", "refused")


class EventFilters(Filters):
    """Which events are shown."""

    state: State | None = None
    category: Code | None = None
    severity: Severity | None = None
    area: AreaPath | None = None
    overdue: bool = False
    mine: bool = False


class EventsController(Controller):
    """The events of a territory."""

    path = LIST
    guards = (allow(*sorted(WORKING_ROLES)),)

    @get("/")
    async def table(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list, newest first, as the address filters it."""
        chosen = read_filters(request, EventFilters)
        rows = await _listed(actor, chosen)
        return page(request, "staff/events.html", **await _table(request, actor, chosen, rows))

    @get("/{event_id:uuid}")
    async def one(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One event."""
        return await show_event(event_id, request, actor, blank(request))


async def _listed(actor: Actor, chosen: EventFilters) -> paging.Page[Row]:
    """One page of the list, its place kept for these filters and this reader alone."""
    scope = f"desk:{actor.id}:{address('', chosen)}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await queries.list_events(
        actor,
        own=False,
        state=chosen.state,
        after=after,
        limit=_SHOWN + 1,
        wanted=EventFilter(
            category=chosen.category,
            severity=chosen.severity,
            area_path=chosen.area,
            overdue_at=clock.now() if chosen.overdue else None,
            assignee_id=actor.id if chosen.mine else None,
        ),
    )
    return paging.page(
        rows, limit=_SHOWN, scope=scope, position=lambda row: (row["reported_at"], row["id"]), show=lambda row: row
    )


async def _table(request: AnyRequest, actor: Actor, chosen: EventFilters, listed: paging.Page[Row]) -> dict[str, Any]:
    language = language_for(request)
    return {
        "form": blank(request),
        "chosen": chosen,
        "filtered": any_chosen(chosen),
        "rows": listed.items,
        "places": await place_names({row["area_path"] for row in listed.items}, language),
        "named": lambda row: row["name_en"] if language == EN else row["name_zh"],
        "due": lambda row: due_words(row["due_at"], language),
        "states": STATES,
        "may_report": actor.has(*ON_BEHALF_ROLES),
        "kinds": await kinds(language),
        "areas": await area_choices(actor, READING_ROLES, language),
        "link": lambda **changes: address(LIST, chosen, **changes),
        **ways(LIST, chosen, listed.next_cursor),
    }


async def kinds(language: str) -> list[tuple[str, str]]:
    """What can be reported, to choose from."""
    return [(each.code, each.name_en if language == EN else each.name_zh) for each in await categories()]


async def show_event(
    event_id: UUID,
    request: AnyRequest,
    actor: Actor,
    form: Form[Any],
    status_code: int = 200,
    *,
    do: str | None = None,
    people: Sequence[Colleague] | None = None,
) -> Response[Any]:
    """The page of one event, with the form of one step, which is shown again where it was refused."""
    language = language_for(request)
    seen = await queries.read_event(actor, event_id)
    open_to_him = await desk.next_steps(actor, seen)
    assignees = await find_people([step.assignee_id for step in seen.steps if step.assignee_id])
    path = seen.row["area_path"]
    step = _step(open_to_him, do or request.query_params.get("do"))
    if people is None:
        people = await colleagues_over(path, GRID_ROLES, limit=OFFERED) if step == "dispatch" else ()
    context: dict[str, Any] = {
        "seen": seen,
        "it": seen.row,
        "place": (await place_names({path}, language))[path],
        "kind": seen.row["name_en"] if language == EN else seen.row["name_zh"],
        "due": due_words(seen.row["due_at"], language),
        "next": open_to_him,
        "forbidden": open_to_him.forbidden.detail(language) if open_to_him.forbidden else "",
        "kinds": await kinds(language),
        "assignee_of": lambda person_id: mask_name(assignees[person_id].name) if person_id in assignees else "",
        "nominate": may_nominate(actor, path, seen.row["state"]) and seen.reporter_id is not None,
        "bonus": await bonus_of(event_id),
        "said": request.query_params.get("said", ""),
        "do": step,
        "people": people,
    }
    return page(request, "staff/event.html", status_code=status_code, form=form, **context)


def _step(open_to_him: desk.NextSteps, asked: str | None) -> str | None:
    """The step whose form is shown: the one asked for, else what is due; opening again is never offered by itself."""
    if asked in open_to_him.steps:
        return asked
    first = next(iter(open_to_him.steps), None)
    return None if first == "reopen" else first
