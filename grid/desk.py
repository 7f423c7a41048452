"""What a person can do next with an event, and who had to do with it, as the desk shows it before anything is pressed.

Reads only; each flow checks again what it does.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from grid.closing import check_closer, check_reopener
from grid.events import Matter, verifiers_of
from grid.handling import check_handler, check_worker
from grid.queries import EventSeen
from grid.states import BEFORE, Step, check_closing
from grid.verifiers import check_verifier, levels_needed
from identity.actor import Actor
from identity.people import find_people
from kit import db
from kit.clock import business_day
from kit.errors import Refusal

Part = Literal["reporter", "verifier", "helper"]
_HANDLED = """
    SELECT DISTINCT person FROM grid_event_step
    WHERE event = $1 AND person IS NOT NULL AND kind IN ('handled', 'fed_back')
"""
_WAYS: tuple[Step, ...] = ("accept", "refuse", "handle", "feed_back", "close", "dispatch", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSteps:
    """The steps that this person may take now, the one that is due first; else why he may not take that one."""

    steps: tuple[Step, ...]
    forbidden: Refusal | None
    levels: tuple[int, ...]
    confirmed: int


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody who reported, confirmed or handled an event."""

    person_id: UUID
    part: Part
    name: str | None


async def next_steps(actor: Actor, seen: EventSeen) -> NextSteps:
    """What the actor may do with an event that he sees."""
    matter = _matter(seen.row)
    steps: list[Step] = []
    forbidden: Refusal | None = None
    levels = await levels_needed(seen.row["action"], matter.area_path, business_day(seen.row["reported_at"]))
    earlier = await verifiers_of(seen.row["id"])
    for step in _WAYS:
        if not _follows(matter, step):
            continue
        try:
            if step in {"accept", "refuse"}:
                await check_verifier(actor, matter, level=levels[min(len(earlier), len(levels) - 1)], earlier=earlier)
            else:
                await _check(actor, matter, step)
        except Refusal as refusal:
            forbidden = forbidden or (None if step == "reopen" else refusal)
        else:
            steps.append(step)
    return NextSteps(steps=tuple(steps), forbidden=None if steps else forbidden, levels=levels, confirmed=len(earlier))


def _follows(matter: Matter, step: Step) -> bool:
    if step == "close":
        try:
            check_closing(matter.state, can_be_rated=matter.reporter_id is not None)
        except Refusal:
            return False
        return True
    return matter.state in BEFORE[step]


async def _check(actor: Actor, matter: Matter, step: Step) -> None:
    match step:
        case "dispatch":
            check_worker(actor, matter)
        case "handle" | "feed_back":
            check_handler(actor, matter)
        case "close":
            await check_closer(actor, matter)
        case "reopen":
            check_reopener(actor, matter)


async def people_concerned(seen: EventSeen) -> list[Concerned]:
    """Who reported it, who confirmed it, and who handled it; a reporter whose identity is sealed has no name."""
    row = seen.row
    verifiers = [person for person, _ in await verifiers_of(row["id"])]
    handlers = [each["person"] for each in await db.fetch(_HANDLED, row["id"])]
    people = await find_people([each for each in (row["reporter"], *verifiers, *handlers) if each])
    found = [Concerned(row["reporter"], "reporter", seen.reporter)] if row["reporter"] else []
    named = {row["reporter"]}
    for part, ids in (("verifier", verifiers), ("helper", handlers)):
        for person_id in ids:
            if person_id not in named:
                named.add(person_id)
                found.append(Concerned(person_id, part, people[person_id].name))  # type: ignore[arg-type]
    return found


def _matter(row: db.Row) -> Matter:
    return Matter(
        state=row["state"],
        area_path=row["area_path"],
        private=row["private"],
        identity_sealed=row["identity_sealed"],
        reporter_id=row["reporter"],
        entered_by_id=row["entered_by"],
        assignee_id=row["assignee_id"],
    )
