"""Who may confirm an event: the level that the reporter's action asks for, over the place, and nobody too near."""

from datetime import date
from uuid import UUID

from grid.access import level_held, reads
from grid.events import Event
from identity import scheme
from identity.actor import Actor
from identity.people import find_people
from kit.refusals import NotFound
from points.errors import (
    DirectSuperior,
    OutsideArea,
    OwnParticipation,
    SameHousehold,
    SamePerson,
    VerifierLevel,
)
from points.levels import TOWN, VERIFIER_ROLES, needed
from points.rules import rule_book


async def levels_needed(action: str, area_path: str, on: date) -> tuple[int, ...]:
    """The levels that must confirm such an event, in their order; a grid worker's where no rule is in force."""
    known = (await rule_book()).actions.get(action)
    rule = known.rule(area_path, on) if known else None
    if rule is None:
        return (2,)
    two_people_from = await scheme.number("points.two_people_from")
    return tuple(int(level) for level in needed(rule.verified_by, rule.points, two_people_from)) or (1,)


async def check_verifier(actor: Actor, event: Event, *, level: int, earlier: list[tuple[UUID, int]]) -> None:
    """Raise what stands against this person confirming this event at this level (a step)."""
    if actor.id in (event.reporter_id, event.entered_by_id):
        raise OwnParticipation
    if not reads(actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed):
        raise NotFound
    if actor.kind != "person" or not actor.covers(event.area_path, *VERIFIER_ROLES):
        raise OutsideArea
    if level_held(actor, event.area_path) < level:
        raise VerifierLevel
    if any(verifier == actor.id for verifier, _ in earlier):
        raise SamePerson
    if level >= TOWN and any(role.reports_to == event.reporter_id for role in actor.roles if role.reports_to):
        raise DirectSuperior
    near = [person for person in (event.reporter_id, *(verifier for verifier, _ in earlier)) if person is not None]
    people = await find_people([actor.id, *near])
    household = people[actor.id].household_id
    if household is not None and any(people[each].household_id == household for each in near):
        raise SameHousehold
