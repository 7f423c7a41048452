"""Closing: the reporter rates, the case is closed and the rest of the award is paid; or it is opened again."""

from datetime import datetime, timedelta
from uuid import UUID

from grid import awards, clocks, notes_to_reporter
from grid.access import REOPENING_ROLES, WORKING_ROLES, reads
from grid.errors import NotTheReporter, WorkOfOthers
from grid.events import Event, EventAnswer, Matter, lock_event, move_event, record_move
from grid.states import check_closing, check_step
from identity import scheme
from identity.actor import Actor
from identity.people import find_person
from kit import clock, db
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound

_UNRATED = """
    SELECT id FROM grid_event
    WHERE state IN ('fed_back', 'rated') AND fed_back_at <= $1
    ORDER BY fed_back_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_REOPEN = """
    UPDATE grid_event SET round = round + 1, rating = NULL, fed_back_at = NULL, closed_at = NULL WHERE id = $1
"""


@db.flow
async def rate_event(
    *,
    actor: Actor,
    event_id: UUID,
    stars: int,
    note: str | None = None,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[EventAnswer]:
    """Let the reporter say how well his event was dealt with, one to five stars.

    Moves: RPT-CONFIRM to the reporter, once an event.
    Answers: the event, and what was awarded.
    Raises: NotFound, NotTheReporter, EventNotReady.
    """

    async def work() -> EventAnswer:
        moment = await clock.value_time(at)
        event = await lock_event(event_id)
        if event.reporter_id != actor.id:
            raise _not_his(actor, event)
        check_step(event.state, "rate")
        await db.current().execute("UPDATE grid_event SET rating = $2 WHERE id = $1", event_id, stars)
        going = clocks.rating(await scheme.number("event.autoclose_days"), event.fed_back_at or moment)
        await move_event(event, "rated", actor=actor, at=moment, clock=going, note=note)
        award = await awards.award_confirmation(actor, event, at=moment)
        await record_move(actor, event, "rated", {"stars": stars})
        return EventAnswer(event.id, event.number, "rated", event.severity, event.category, going.due, award=award)

    return await answered_once(once, work)


@db.flow
async def close_event(
    *, actor: Actor, event_id: UUID, note: str | None = None, once: Once | None = None, at: datetime | None = None
) -> Answer[EventAnswer]:
    """Close an event that was rated, or one that was answered for and that nobody can rate.

    Moves: the second stage, with the credit, to the reporter.
    Answers: the event, and what was awarded.
    Raises: NotFound, EventNotReady, WorkOfOthers.
    """

    async def work() -> EventAnswer:
        moment = await clock.value_time(at)
        event = await lock_event(event_id)
        await check_closer(actor, event)
        check_closing(event.state, can_be_rated=event.reporter_id is not None)
        return await _close(actor, event, note=note, moment=moment)

    return await answered_once(once, work)


@db.flow
async def close_unrated(*, at: datetime | None = None) -> int:
    """Close one event whose reporter had his days to rate it and said nothing; the worker calls it until it gives 0.

    Moves: the second stage, with the credit, to the reporter.
    Answers: 1, or 0 when there is none left.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    days = await scheme.number("event.autoclose_days")
    actor = Actor.system("autoclose")
    rows = await db.current().fetch(_UNRATED, moment - timedelta(days=days))
    for row in rows:
        await _close(actor, await lock_event(row["id"]), note=None, moment=moment)
    return len(rows)


@db.flow
async def reopen_event(
    *, actor: Actor, event_id: UUID, reason: str, once: Once | None = None, at: datetime | None = None
) -> Answer[EventAnswer]:
    """Open an event again because it is not fixed: by its reporter, or by the command room over the place.

    Moves: the second stage back from the reporter, when the event was closed.
    Answers: the event, and what was taken back.
    Raises: NotFound, NotTheReporter, EventNotReady.
    """

    async def work() -> EventAnswer:
        moment = await clock.value_time(at)
        event = await lock_event(event_id)
        check_reopener(actor, event)
        check_step(event.state, "reopen")
        going = clocks.dispatching(event.times, event.degree, moment)
        await db.current().execute(
            _REOPEN,
            event_id,
        )
        await move_event(event, "reopened", actor=actor, at=moment, clock=going, note=reason)
        back = await awards.take_back_closing(actor, event, at=moment)
        await record_move(actor, event, "reopened", {"round": event.round + 1})
        return EventAnswer(event.id, event.number, "reopened", event.severity, event.category, going.due, award=back)

    return await answered_once(once, work)


async def check_closer(actor: Actor, event: Matter) -> None:
    """Grid staff over the place close it, but nobody whose own household closing pays."""
    if await _is_near(actor, event) or not actor.covers(event.area_path, *WORKING_ROLES):
        raise _not_his(actor, event, WorkOfOthers())


def check_reopener(actor: Actor, event: Matter) -> None:
    """Its reporter opens it again, or the command room over the place."""
    if event.reporter_id != actor.id and not actor.covers(event.area_path, *REOPENING_ROLES):
        raise _not_his(actor, event)


async def _is_near(actor: Actor, event: Matter) -> bool:
    """Whether closing would pay the actor himself or his household."""
    if event.reporter_id is None or actor.id == event.reporter_id:
        return actor.id == event.reporter_id
    reporter = await find_person(event.reporter_id)
    return reporter is not None and reporter.household_id is not None and reporter.household_id == actor.household_id


async def _close(actor: Actor, event: Event, *, note: str | None, moment: datetime) -> EventAnswer:
    await db.current().execute("UPDATE grid_event SET closed_at = $2 WHERE id = $1", event.id, moment)
    await move_event(event, "closed", actor=actor, at=moment, clock=None, note=note)
    award = await awards.award_closing(actor, event, at=moment)
    await notes_to_reporter.tell(event, "closed")
    await record_move(actor, event, "closed")
    return EventAnswer(event.id, event.number, "closed", event.severity, event.category, None, award=award)


def _not_his(actor: Actor, event: Matter, refusal: Exception | None = None) -> Exception:
    """Who sees the event is told that this is not for him; for anybody else it is not there."""
    seen = actor.id in (event.reporter_id, event.entered_by_id, event.assignee_id) or reads(
        actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed
    )
    return (refusal or NotTheReporter()) if seen else NotFound()
