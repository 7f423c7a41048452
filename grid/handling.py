"""Handling: an accepted event is sent to somebody, dealt with, and answered for to its reporter (派—办—馈)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from grid import clocks, notes_to_reporter
from grid.access import WORKING_ROLES, reads
from grid.clocks import Clock
from grid.errors import WorkOfOthers
from grid.events import Event, EventAnswer, Matter, lock_event, move_event, record_move
from grid.states import check_step
from identity import scheme
from identity.actor import Actor
from identity.people import find_person
from kit import clock, db, files
from kit.refusals import NotFound
from kit.wire import Invalid


@db.flow
async def dispatch_event(
    *,
    actor: Actor,
    event_id: UUID,
    department: str | None = None,
    assignee_id: UUID | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> EventAnswer:
    """Send an accepted or reopened event to a department, and to a person there; again when it was the wrong one.

    Moves: nothing. The clock runs to the closing time.
    Answers: the event.
    Raises: NotFound, EventNotReady, WorkOfOthers, Invalid.
    """
    moment = await clock.value_time(at)
    event = await lock_event(event_id)
    check_worker(actor, event)
    check_step(event.state, "dispatch")
    if assignee_id is not None:
        person = await find_person(assignee_id)
        if person is None or not person.active:
            raise Invalid(("/assignee_id", "person_unknown", "查无此人。", "There is no such person."))
    await db.current().execute(
        "UPDATE grid_event SET department = coalesce($2, department), assignee = $3 WHERE id = $1",
        event_id,
        department,
        assignee_id,
    )
    closing = await _closing_clock(event, moment)
    await move_event(event, "dispatched", actor=actor, at=moment, clock=closing, note=note, assignee_id=assignee_id)
    return await _done(actor, event, "dispatched", closing, {"assignee": str(assignee_id) if assignee_id else None})


@db.flow
async def handle_event(
    *, actor: Actor, event_id: UUID, note: str, file_ids: Sequence[UUID] = (), at: datetime | None = None
) -> EventAnswer:
    """Record that a dispatched event was dealt with, and how, with pictures of the result.

    Moves: nothing.
    Answers: the event.
    Raises: NotFound, EventNotReady, WorkOfOthers, FileUnknown.
    """
    moment = await clock.value_time(at)
    event = await lock_event(event_id)
    check_handler(actor, event)
    check_step(event.state, "handle")
    if file_ids:
        await files.claim(file_ids, owner_id=actor.id, subject=("event", event_id))
    closing = await _closing_clock(event, moment)
    await move_event(event, "handled", actor=actor, at=moment, clock=closing, note=note)
    return await _done(actor, event, "handled", closing, {"pictures": len(file_ids)})


@db.flow
async def feed_back(*, actor: Actor, event_id: UUID, note: str, at: datetime | None = None) -> EventAnswer:
    """Tell the reporter what was done; from now on he may rate it, or say that it is not fixed.

    Moves: nothing. The clock of rating begins, when there is a reporter who can rate.
    Answers: the event.
    Raises: NotFound, EventNotReady, WorkOfOthers.
    """
    moment = await clock.value_time(at)
    event = await lock_event(event_id)
    check_handler(actor, event)
    check_step(event.state, "feed_back")
    days = await scheme.number("event.autoclose_days")
    rating = clocks.rating(days, moment)
    await db.current().execute("UPDATE grid_event SET fed_back_at = $2 WHERE id = $1", event_id, moment)
    await move_event(event, "fed_back", actor=actor, at=moment, clock=rating, note=note)
    await notes_to_reporter.tell(event, "fed_back", days=days)
    return await _done(actor, event, "fed_back", rating, {})


def check_worker(actor: Actor, event: Matter) -> None:
    """Grid staff over the place do the work; an event that he may not even see is not there for anybody."""
    if actor.covers(event.area_path, *WORKING_ROLES) and reads(
        actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed
    ):
        return
    if reads(actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed):
        raise WorkOfOthers
    raise NotFound


def check_handler(actor: Actor, event: Matter) -> None:
    """Whoever it was sent to handles it, and grid staff over the place."""
    if event.assignee_id != actor.id:
        check_worker(actor, event)


async def _closing_clock(event: Event, moment: datetime) -> Clock:
    """The time until closing, counted from the acceptance, or from the last reopening."""
    begins = await db.current().fetchval(
        "SELECT max(at) FROM grid_event_step WHERE event = $1 AND kind IN ('accepted', 'reopened')", event.id
    )
    return clocks.closing(event.times, event.degree, begins or moment)


async def _done(actor: Actor, event: Event, state: str, going: Clock, also: dict[str, str | int | None]) -> EventAnswer:
    await record_move(actor, event, state, also)
    return EventAnswer(event.id, event.number, state, event.severity, event.category, going.due)
