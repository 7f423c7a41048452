"""Reads of events: lists of a territory or of a reporter, and one event with its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grid import sealing
from grid.access import IDENTITY_ROLES, PRIVATE_ROLES, READING_ROLES, SEALED_ROLES, reads
from identity.actor import Actor
from identity.people import find_people, mask_name
from kit import db, files
from kit.refusals import NotFound

_LIST = db.load_sql(__file__, "list_events")
_LIST_OWN = db.load_sql(__file__, "list_own_events")
_ONE = db.load_sql(__file__, "read_event")
_OPEN = db.load_sql(__file__, "open_events")
_TODAY = """
    SELECT count(*)::int FROM grid_event AS event JOIN identity_area AS area ON area.id = event.area
    WHERE event.reported_at >= $1 AND EXISTS (
        SELECT FROM unnest($2::text[]) AS territory (path)
        WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
"""
MOST_COUNTED = 5_000
_STEPS = """
    SELECT id, kind, state, person, assignee, at, due_at, note, note_sealed
    FROM grid_event_step WHERE event = $1 ORDER BY at, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events of a territory are asked for."""

    category: str | None = None
    severity: int | None = None
    area_path: str | None = None
    overdue_at: datetime | None = None
    assignee_id: UUID | None = None


ALL_EVENTS = EventFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many events wait for the step that follows a state, when the next is due, how many are overdue."""

    state: str
    waiting: int
    next_due: datetime
    overdue: int


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One step as its reader sees it."""

    kind: str
    state: str
    by: str | None
    assignee_id: UUID | None
    at: datetime
    due_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One event as its reader sees it: the reporter's name is masked, or hidden where it is sealed."""

    row: db.Row
    text: str
    reporter: str | None
    reporter_id: UUID | None
    file_ids: tuple[UUID, ...]
    steps: tuple[StepSeen, ...]


async def list_events(
    actor: Actor,
    *,
    own: bool,
    state: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    wanted: EventFilter = ALL_EVENTS,
) -> Sequence[db.Row]:
    """Events that the actor reported or entered himself, or those of his territory that his roles let him see."""
    reported_at, event_id = after or (None, None)
    if own:
        return await db.fetch(_LIST_OWN, actor.id, state, reported_at, event_id, limit)
    return await db.fetch(
        _LIST,
        *_territories(actor),
        state,
        reported_at,
        event_id,
        limit,
        wanted.category,
        wanted.severity,
        wanted.area_path,
        wanted.overdue_at,
        wanted.assignee_id,
    )


async def open_events(actor: Actor, at: datetime) -> dict[str, Waiting]:
    """What is not closed in the actor's territory, by state."""
    rows = await db.fetch(_OPEN, *_territories(actor), at, MOST_COUNTED)
    return {row["state"]: Waiting(**row) for row in rows}


async def reported_since(paths: Sequence[str], since: datetime) -> int:
    """How many events were reported in these territories since a moment."""
    found: int = await db.fetchval(_TODAY, since, list(paths))
    return found


def _territories(actor: Actor) -> tuple[list[str], list[str], list[str]]:
    """Where he sees events of open categories, of private ones and sealed ones."""
    return (
        list(actor.territories(*READING_ROLES)),
        list(actor.territories(*PRIVATE_ROLES)),
        list(actor.territories(*SEALED_ROLES)),
    )


async def sees_event(actor: Actor, event_id: UUID) -> bool:
    """Whether the actor may see an event, and with it its pictures."""
    row = await db.fetchrow(_ONE, event_id)
    return row is not None and _is_for(actor, row)


def _is_for(actor: Actor, row: db.Row) -> bool:
    """Its reporter, who entered it and who handles it see an event, and those whose roles let them."""
    return actor.id in (row["reporter"], row["entered_by"], row["assignee_id"]) or reads(
        actor, row["area_path"], private=row["private"], identity_sealed=row["identity_sealed"]
    )


async def read_event(actor: Actor, event_id: UUID) -> EventSeen:
    """One event with its steps, for somebody who may see it; raises NotFound."""
    row = await db.fetchrow(_ONE, event_id)
    if row is None or not _is_for(actor, row):
        raise NotFound
    steps = await db.fetch(_STEPS, event_id)
    people = await find_people([each for each in {row["reporter"], *(step["person"] for step in steps)} if each])
    knows = (
        not row["identity_sealed"]
        or actor.id in (row["reporter"], row["entered_by"])
        or actor.covers(row["area_path"], *IDENTITY_ROLES)
    )
    hidden = None if knows else row["reporter"]

    def shown(person_id: UUID | None) -> str | None:
        return mask_name(people[person_id].name) if person_id is not None and person_id != hidden else None

    return EventSeen(
        row=row,
        text=sealing.open_text(event_id, row["text"], row["text_sealed"]),
        reporter=shown(row["reporter"]),
        reporter_id=row["reporter"] if knows else None,
        file_ids=tuple(file.id for file in await files.rows_of("event", event_id)),
        steps=tuple(
            StepSeen(
                step["kind"],
                step["state"],
                shown(step["person"]),
                step["assignee"],
                step["at"],
                step["due_at"],
                sealing.open_note(step["id"], step["note"], step["note_sealed"]),
            )
            for step in steps
        ),
    )
