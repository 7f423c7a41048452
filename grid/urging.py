"""Urging: clocks that run out are marked, and those whose turn it is are told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grid import clocks, notes_to_reporter
from grid.clocks import Clock
from grid.events import add_step, lock_event
from identity import audit, scheme
from identity.actor import Actor
from identity.roles import people_with_role
from kit import clock, db

_RUNNING_OUT = db.load_sql(__file__, "running_out")
_DUE_SOON, _OVERDUE = "due_soon", "overdue"


@dataclass(frozen=True, slots=True)
class Urged:
    """How many events were marked."""

    due_soon: int
    overdue: int


@db.flow
async def urge_events(*, limit: int = 100, at: datetime | None = None) -> Urged:
    """Mark events whose current step is due soon or overdue, each once a step, and tell whose turn it is.

    Moves: nothing.
    Answers: how many were marked; call again until there are none.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    percent = await scheme.number("event.due_soon")
    actor = Actor.system("urging")
    rows = await db.current().fetch(_RUNNING_OUT, moment, percent, limit)
    told: list[tuple[UUID, str, str]] = []
    marked = {_DUE_SOON: 0, _OVERDUE: 0}
    for row in rows:
        event = await lock_event(row["id"])
        running = Clock(row["clock_from"], row["due_at"])
        kind = _OVERDUE if moment >= running.due else _DUE_SOON
        if kind == _DUE_SOON and not clocks.is_due_soon(running, moment, percent):
            continue
        marked[kind] += 1
        await db.current().execute("UPDATE grid_event SET urged = $2 WHERE id = $1", event.id, kind)
        await add_step(event, kind, actor=actor, at=moment, state=event.state, due_at=running.due)
        people = [event.assignee_id] if event.assignee_id else await _whose_turn(event.state, event.area_path)
        told += [(person, kind, event.number) for person in people]
    await notes_to_reporter.urge(told)
    await audit.record_lines(
        actor, [audit.AuditLine(action="event.urged", subject=("event", row["id"])) for row in rows]
    )
    return Urged(marked[_DUE_SOON], marked[_OVERDUE])


async def _whose_turn(state: str, area_path: str) -> list[UUID]:
    """The grid workers of the place until it is accepted, then the town's command room, which sends it on."""
    workers = await people_with_role("grid_worker", covering=area_path) if state == "reported" else []
    return workers or await people_with_role("town_verifier", covering=area_path)
