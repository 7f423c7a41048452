"""The steps of an event from its page: accepted, sent, handled, answered for, closed, opened again, or refused.

Each form goes to the flow of the API; what it refuses is shown on the event's page.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from grid.acceptance import accept_event, refuse_event
from grid.access import WORKING_ROLES as GRID_ROLES
from grid.closing import close_event, reopen_event
from grid.handling import dispatch_event, feed_back, handle_event
from grid.queries import read_event
from grid.schemas import AcceptIn, CloseIn, DispatchIn, EventStepOut, FeedBackIn, ReasonIn, event_step_out
from grid.states import Step
from identity.actor import Actor
from identity.colleagues import Colleague, colleagues_named, colleagues_over
from identity.guards import allow
from kit import files
from kit.keyed import Keyed
from kit.wire import Id, In, Text
from web.pages.addresses import is_htmx
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest
from web.pages.doing_once import done
from web.pages.forms import Form, blank, read_form
from web.pages.navigation import WORKING_ROLES
from web.pages.rendering import fragment
from web.staff.events import LIST, OFFERED, show_event
from web.uploads import upload_picture

T = TypeVar("T", bound=msgspec.Struct)
_Place = tuple[AnyRequest, Actor, UUID]
_PICTURES = 9
FORM_BYTES = _PICTURES * (files.MOST_BYTES + 64 * 1024)


class HandledIn(In):
    """What was done; its pictures come as files."""

    note: Text


class EventStepsController(Controller):
    """What is done with one event."""

    path = f"{LIST}/{{event_id:uuid}}"
    guards = (allow(*sorted(WORKING_ROLES)),)

    @get("/people")
    async def people(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """To whom it can be sent: those over its place, or colleagues whose name begins so."""
        found = await _colleagues(actor, event_id, request.query_params.get("who", "").strip())
        if is_htmx(request):
            return fragment(request, "staff/event_people.html", people=found, form=blank(request))
        return await show_event(event_id, request, actor, blank(request), do="dispatch", people=found)

    @post("/accept", status_code=200)
    async def accept(
        self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Confirm it with category and severity."""

        async def work(given: AcceptIn) -> Any:
            once = keyed.once(event_step_out, status=200)
            return done(
                await accept_event(actor=actor, event_id=event_id, **msgspec.structs.asdict(given), once=once),
                EventStepOut,
            )

        return await _take((request, actor, event_id), await read_form(request, AcceptIn), work, "accept")

    @post("/refuse", status_code=200)
    async def refuse(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Refuse it with a reason."""

        async def work(given: ReasonIn) -> Any:
            return await refuse_event(actor=actor, event_id=event_id, reason=given.reason)

        return await _take((request, actor, event_id), await read_form(request, ReasonIn), work, "refuse")

    @post("/dispatch", status_code=200)
    async def dispatch(
        self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Send it to a department, and to a person there."""

        async def work(given: DispatchIn) -> Any:
            return await dispatch_event(actor=actor, event_id=event_id, **msgspec.structs.asdict(given))

        return await _take((request, actor, event_id), await read_form(request, DispatchIn), work, "dispatch")

    @post("/handle", status_code=200, request_max_body_size=FORM_BYTES)
    async def handle(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Record what was done, with pictures of it."""
        form = await read_form(request, HandledIn, files=("pictures",))

        async def work(given: HandledIn) -> Any:
            kept = await keep_pictures(actor, form)
            return await handle_event(actor=actor, event_id=event_id, note=given.note, file_ids=kept)

        return await _take((request, actor, event_id), form, work, "handle")

    @post("/feed-back", status_code=200)
    async def answer(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Tell the reporter what was done."""

        async def work(given: FeedBackIn) -> Any:
            return await feed_back(actor=actor, event_id=event_id, note=given.note)

        return await _take((request, actor, event_id), await read_form(request, FeedBackIn), work, "feed_back")

    @post("/close", status_code=200)
    async def close(
        self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Close it; the reporter gets the rest of his points."""

        async def work(given: CloseIn) -> Any:
            once = keyed.once(event_step_out, status=200)
            return done(await close_event(actor=actor, event_id=event_id, note=given.note, once=once), EventStepOut)

        return await _take((request, actor, event_id), await read_form(request, CloseIn), work, "close")

    @post("/reopen", status_code=200)
    async def reopen(
        self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Open it again, with the reason."""

        async def work(given: ReasonIn) -> Any:
            once = keyed.once(event_step_out, status=200)
            return done(
                await reopen_event(actor=actor, event_id=event_id, reason=given.reason, once=once), EventStepOut
            )

        return await _take((request, actor, event_id), await read_form(request, ReasonIn), work, "reopen")


async def keep_pictures(actor: Actor, form: Form[Any]) -> list[UUID]:
    """Keep the pictures that came with a form, at most nine; an empty field brings one without a name."""
    sent: list[UploadFile] = [each for each in form.files.get("pictures", ()) if each.filename]
    return [await upload_picture(actor=actor, data=await each.read()) for each in sent[:_PICTURES]]


async def _take(at: _Place, form: Form[T], work: Callable[[T], Awaitable[Any]], step: Step) -> Response[Any]:
    """Take a step and show the event as it is then, or say on its page what does not fit or was refused."""
    request, actor, event_id = at

    async def taken(given: T) -> str:
        await work(given)
        return f"{LIST}/{event_id}?said={step}"

    return await carry_out(request, actor, form, taken, partial(show_event, event_id, do=step))


async def _colleagues(actor: Actor, event_id: UUID, who: str) -> list[Colleague]:
    seen = await read_event(actor, event_id)
    if who:
        return await colleagues_named(who[:64], GRID_ROLES, within=actor.territories(*GRID_ROLES), limit=OFFERED)
    return await colleagues_over(seen.row["area_path"], GRID_ROLES, limit=OFFERED)
