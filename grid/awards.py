"""What an event earns its reporter: a first part at acceptance, the rest when it is closed, and what reopening takes.

These are steps; each opens one ledger book, so a flow calls at most one of them, after it has locked its event.
"""

from datetime import datetime
from typing import Final

from grid.events import AwardSeen, Event, verifiers_of
from identity.actor import Actor
from kit import db
from points.awards import Act, Decider, Undo, award_stage, reverse_stage
from points.stages import Stage, is_two_stage

WHOLE: Final = 0
FIRST: Final = 1
REST: Final = 2
CONFIRMATION = "RPT-CONFIRM"
AWARDED = "awarded"


async def award_acceptance(actor: Actor, event: Event, *, at: datetime) -> AwardSeen | None:
    """Pay what acceptance earns: the first stage of a report, the whole of an action that has one stage."""
    if event.reporter_id is None:
        return None
    return await _award(actor, event, event.action, FIRST if is_two_stage(event.action) else WHOLE, at=at)


async def award_closing(actor: Actor, event: Event, *, at: datetime) -> AwardSeen | None:
    """Pay the rest of a report that was closed; nothing when acceptance earned nothing."""
    if event.reporter_id is None or event.participation_id is None or not is_two_stage(event.action):
        return None
    return await _award(actor, event, event.action, REST, at=at)


async def award_confirmation(actor: Actor, event: Event, *, at: datetime) -> AwardSeen | None:
    """Pay the reporter for saying whether it is fixed, once an event."""
    return await _award(actor, event, CONFIRMATION, WHOLE, at=at)


async def take_back_closing(actor: Actor, event: Event, *, at: datetime) -> AwardSeen | None:
    """Take the second stage back from the reporter of a closed event that is opened again."""
    if event.state != "closed" or event.participation_id is None or not is_two_stage(event.action):
        return None
    back = await reverse_stage(actor, Undo(event.participation_id, REST), code="reopened", at=at)
    return AwardSeen(event.action, REST, "reopened", -back.points)


async def _award(actor: Actor, event: Event, action: str, stage: Stage, *, at: datetime) -> AwardSeen | None:
    if event.reporter_id is None:
        return None
    deciders = () if action == CONFIRMATION else tuple(Decider(*each) for each in await verifiers_of(event.id))
    outcome = await award_stage(
        actor,
        Act(
            person_id=event.reporter_id,
            action=action,
            occurrence=event.occurrence,
            occurred_at=event.reported_at,
            source="event",
            stage=stage,
            decided_by=deciders,
        ),
        at=at,
    )
    if action != CONFIRMATION and stage != REST:
        await db.current().execute(
            "UPDATE grid_event SET participation_id = $2, award_code = $3 WHERE id = $1",
            event.id,
            outcome.participation_id if outcome.outcome == AWARDED else None,
            outcome.code,
        )
    return AwardSeen(action, stage, outcome.code, outcome.points)
