"""Events: the row that every step locks, and the one way to move it on.

Steps: `lock_event`, `move_event`, `record_move`, `add_step`. For the package above: `event_for_bonus`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grid import sealing
from grid.clocks import CategoryTimes, Clock
from identity import audit
from identity.actor import Actor
from kit import db
from kit.ids import new_id
from kit.refusals import NotFound

_LOCK = db.load_sql(__file__, "lock_event")
_ADD_STEP = """
    INSERT INTO grid_event_step (id, event, kind, state, person, assignee, at, due_at, note, note_sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_MOVE = """
    UPDATE grid_event SET state = $2, clock_from = $3, due_at = $4, urged = 'no' WHERE id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What decides who may do what with an event."""

    state: str
    area_path: str
    private: bool
    identity_sealed: bool
    reporter_id: UUID | None
    entered_by_id: UUID | None
    assignee_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Matter):
    """A locked event with what its category says."""

    id: UUID
    number: str
    category: str
    action: str
    times: CategoryTimes
    area_id: UUID
    severity_proposed: int
    severity: int | None
    round: int
    department: str
    reported_at: datetime
    accepted_at: datetime | None
    fed_back_at: datetime | None
    participation_id: UUID | None

    @property
    def occurrence(self) -> str:
        """The key of the act that the reporter is awarded for."""
        return f"event:{self.id}"

    @property
    def degree(self) -> int:
        """The severity that counts: the confirmed one, before that the proposed one."""
        return self.severity or self.severity_proposed


@dataclass(frozen=True, slots=True)
class AwardSeen:
    """What points decided about a stage of the reporter's award."""

    action: str
    stage: int
    code: str
    points: int


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What a step of an event came to."""

    id: UUID
    number: str
    state: str
    severity: int | None
    category: str
    due_at: datetime | None
    levels_missing: tuple[int, ...] = ()
    award: AwardSeen | None = None


@dataclass(frozen=True, slots=True)
class EventForBonus:
    """What a bonus must know about the matter it is for."""

    id: UUID
    number: str
    state: str
    area_id: UUID
    area_path: str
    reporter_id: UUID | None
    verifier_ids: tuple[UUID, ...]
    private: bool
    identity_sealed: bool


async def lock_event(event_id: UUID) -> Event:
    """Lock an event for a step of its way (a step); raises NotFound."""
    row = await db.current().fetchrow(_LOCK, event_id)
    if row is None:
        raise NotFound
    fields = dict(row)
    times = CategoryTimes(
        (fields.pop("accept_1"), fields.pop("accept_3"), fields.pop("accept_5")),
        (fields.pop("close_1"), fields.pop("close_3"), fields.pop("close_5")),
    )
    return Event(times=times, **fields)


async def event_for_bonus(event_id: UUID) -> EventForBonus | None:
    """Lock an event and say who reported and who verified it (a step, for admin)."""
    if not await db.current().fetchval("SELECT true FROM grid_event WHERE id = $1", event_id):
        return None
    event = await lock_event(event_id)
    verifiers = await verifiers_of(event_id)
    return EventForBonus(
        id=event.id,
        number=event.number,
        state=event.state,
        area_id=event.area_id,
        area_path=event.area_path,
        reporter_id=event.reporter_id,
        verifier_ids=tuple(verifier for verifier, _ in verifiers),
        private=event.private,
        identity_sealed=event.identity_sealed,
    )


async def record_move(
    actor: Actor, event: Event, state: str, also: Mapping[str, str | int | None] | None = None
) -> None:
    """Write down for the auditors who moved an event from which state to which (a step)."""
    await audit.record(
        actor,
        action=f"event.{state}",
        subject=("event", event.id),
        before={"state": event.state},
        after={"state": state, **(also or {})},
    )


async def verifiers_of(event_id: UUID) -> list[tuple[UUID, int]]:
    """Who confirmed an event, each with the level that he filled, in their order."""
    rows = await db.fetch(
        "SELECT verifier, level FROM grid_event_verification WHERE event = $1 ORDER BY position", event_id
    )
    return [(row["verifier"], row["level"]) for row in rows]


async def add_step(
    event: Event,
    kind: str,
    *,
    actor: Actor,
    at: datetime,
    state: str,
    due_at: datetime | None,
    note: str | None = None,
    assignee_id: UUID | None = None,
) -> None:
    """Write down who did what and until when the next step is due (a step); notes of private cases are sealed."""
    step_id = new_id()
    sealed = sealing.seal_note(step_id, note) if note is not None and event.private else None
    await db.current().execute(
        _ADD_STEP,
        step_id,
        event.id,
        kind,
        state,
        actor.id if actor.kind == "person" else None,
        assignee_id,
        at,
        due_at,
        None if event.private else note,
        sealed,
    )


async def move_event(
    event: Event,
    state: str,
    *,
    actor: Actor,
    at: datetime,
    clock: Clock | None,
    note: str | None = None,
    assignee_id: UUID | None = None,
) -> None:
    """Move an event to a state with the clock of its next step, and write the step down (a step)."""
    due_at = clock.due if clock else None
    await db.current().execute(_MOVE, event.id, state, clock.begins if clock else None, due_at)
    await add_step(event, state, actor=actor, at=at, state=state, due_at=due_at, note=note, assignee_id=assignee_id)
