"""Acceptance: somebody of the right level confirms an event with its category and severity, or refuses it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from grid import awards, clocks, notes_to_reporter, sealing
from grid.categories import Category, check_severity, require_category
from grid.events import AwardSeen, Event, EventAnswer, add_step, lock_event, move_event, verifiers_of
from grid.states import check_step
from grid.verifiers import check_verifier, levels_needed
from identity import audit
from identity.actor import Actor
from kit import clock, db
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from points.errors import AlreadyDecided

_CONFIRM = """
    UPDATE grid_event SET category = $2, severity = $3, department = $4, identity_sealed = $5,
        text = CASE WHEN $6::bytea IS NULL THEN text END, text_sealed = coalesce($6::bytea, text_sealed)
    WHERE id = $1
"""
_VERIFY = """
    INSERT INTO grid_event_verification (id, event, position, level, verifier, at) VALUES ($1, $2, $3, $4, $5, $6)
"""


@db.flow
async def accept_event(
    *,
    actor: Actor,
    event_id: UUID,
    severity: int | None = None,
    category: str | None = None,
    note: str | None = None,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[EventAnswer]:
    """Confirm a report with its category and severity, at the level that the reporter's action asks for.

    Where two levels are needed (V2+V4) the first leaves it reported; the second accepts it.
    Moves: the reporter's first stage, once all levels have confirmed; the caps may refuse it, the event goes on.
    Answers: the event, the levels still missing, and what was awarded.
    Raises: NotFound, AlreadyDecided, Invalid, OutsideArea, OwnParticipation, VerifierLevel, SamePerson,
        DirectSuperior, SameHousehold.
    """

    async def work() -> EventAnswer:
        moment = await clock.value_time(at)
        event = await lock_event(event_id)
        if event.state != "reported":
            raise AlreadyDecided
        kind = await require_category(category or event.category)
        degree = severity or event.degree
        check_severity(kind, degree)
        levels = await levels_needed(kind.action, event.area_path, clock.business_day(event.reported_at))
        earlier = await verifiers_of(event_id)
        level = levels[min(len(earlier), len(levels) - 1)]
        level = await check_verifier(actor, event, level=level, earlier=earlier)
        event = await _confirm(event, kind, degree)
        await db.current().execute(_VERIFY, new_id(), event.id, len(earlier) + 1, level, actor.id, moment)
        missing = levels[len(earlier) + 1 :]
        return await _go_on(actor, event, missing=missing, note=note, moment=moment)

    return await answered_once(once, work)


async def _confirm(event: Event, kind: Category, degree: int) -> Event:
    """Write category and severity; the text is sealed when the case turns out to be a private one."""
    sealed = None
    if kind.private and not event.private:
        text = await db.current().fetchval("SELECT text FROM grid_event WHERE id = $1", event.id)
        sealed = sealing.seal_text(event.id, text)
    identity_sealed = event.identity_sealed or kind.seals_identity
    department = event.department if kind.code == event.category else kind.department
    await db.current().execute(_CONFIRM, event.id, kind.code, degree, department, identity_sealed, sealed)
    return replace(
        event,
        category=kind.code,
        action=kind.action,
        private=kind.private,
        times=kind.times,
        severity=degree,
        identity_sealed=identity_sealed,
        department=department,
    )


async def _go_on(
    actor: Actor, event: Event, *, missing: tuple[int, ...], note: str | None, moment: datetime
) -> EventAnswer:
    """Accept the event when nobody is missing, else note the first confirmation."""
    award: AwardSeen | None = None
    state, due_at = "reported", clocks.acceptance(event.times, event.degree, event.reported_at).due
    if missing:
        await db.current().execute("UPDATE grid_event SET due_at = $2 WHERE id = $1", event.id, due_at)
        await add_step(event, "confirmed", actor=actor, at=moment, state=state, due_at=due_at, note=note)
    else:
        going = clocks.dispatching(event.times, event.degree, moment)
        state, due_at = "accepted", going.due
        await db.current().execute("UPDATE grid_event SET accepted_at = $2 WHERE id = $1", event.id, moment)
        await move_event(event, "accepted", actor=actor, at=moment, clock=going, note=note)
        award = await awards.award_acceptance(actor, event, at=moment)
        await notes_to_reporter.tell(event, "accepted")
    await audit.record(
        actor,
        action="event.confirmed" if missing else "event.accepted",
        subject=("event", event.id),
        before={"state": "reported"},
        after={"state": state, "category": event.category, "severity": event.degree},
    )
    return EventAnswer(event.id, event.number, state, event.severity, event.category, due_at, missing, award)


@db.flow
async def refuse_event(*, actor: Actor, event_id: UUID, reason: str, at: datetime | None = None) -> EventAnswer:
    """Refuse a report, with the reason that its reporter reads.

    Moves: nothing.
    Answers: the event.
    Raises: NotFound, AlreadyDecided, OutsideArea, OwnParticipation, VerifierLevel, SamePerson, DirectSuperior,
        SameHousehold.
    """
    moment = await clock.value_time(at)
    event = await lock_event(event_id)
    if event.state != "reported":
        raise AlreadyDecided
    check_step(event.state, "refuse")
    levels = await levels_needed(event.action, event.area_path, clock.business_day(event.reported_at))
    earlier = await verifiers_of(event_id)
    level = levels[min(len(earlier), len(levels) - 1)]
    await check_verifier(actor, event, level=level, earlier=earlier)
    await move_event(event, "refused", actor=actor, at=moment, clock=None, note=reason)
    await notes_to_reporter.tell(event, "refused")
    await audit.record(
        actor,
        action="event.refused",
        subject=("event", event_id),
        before={"state": "reported"},
        after={"state": "refused"},
        why=None if event.private else reason,
    )
    return EventAnswer(event.id, event.number, "refused", event.severity, event.category, None)
