"""Who may confirm an event: the level that the reporter's action asks for, over the place, and nobody too near."""

from datetime import date
from typing import Final
from uuid import UUID

from grid.access import level_held, reads
from grid.events import Matter
from identity import scheme
from identity.actor import Actor
from identity.people import find_people
from kit.refusals import NotFound
from points.errors import (
    DirectSuperior,
    NotAllowedToVerify,
    OutsideArea,
    OwnParticipation,
    SameHousehold,
    SamePerson,
    VerifierLevel,
)
from points.levels import needed
from points.rules import rule_book
from points.verifiers import households_stood_in_for, level_for

_REFUSALS: Final[dict[str, type[NotAllowedToVerify]]] = {
    "own_participation": OwnParticipation,
    "same_household": SameHousehold,
    "outside_area": OutsideArea,
    "verifier_level": VerifierLevel,
    "direct_superior": DirectSuperior,
}


async def levels_needed(action: str, area_path: str, on: date) -> tuple[int, ...]:
    """The levels that must confirm such an event, in their order; a grid worker's where no rule is in force."""
    known = (await rule_book()).actions.get(action)
    rule = known.rule(area_path, on) if known else None
    if rule is None:
        return (2,)
    two_people_from = await scheme.number("points.two_people_from")
    return tuple(int(level) for level in needed(rule.verified_by, rule.points, two_people_from)) or (1,)


async def check_verifier(actor: Actor, event: Matter, *, level: int, earlier: list[tuple[UUID, int]]) -> int:
    """The level at which this person confirms this event; raises what stands against it."""
    if actor.id in (event.reporter_id, event.entered_by_id):
        raise OwnParticipation
    if not reads(actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed):
        raise NotFound
    if actor.kind != "person":
        raise OutsideArea
    if any(verifier == actor.id for verifier, _ in earlier):
        raise SamePerson
    people = await find_people([each for each in (event.reporter_id, *(who for who, _ in earlier)) if each])
    if actor.household_id is not None and any(each.household_id == actor.household_id for each in people.values()):
        raise SameHousehold
    if event.reporter_id is None:
        held = level_held(actor, event.area_path)
        if held < level:
            raise VerifierLevel
        return held
    stood_in_for = await households_stood_in_for(actor)
    found = level_for(actor, people[event.reporter_id], event.area_path, level, stood_in_for)
    if isinstance(found, str):
        raise _REFUSALS[found]
    return found
