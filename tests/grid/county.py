"""A small county for the tests of events and bonuses: two towns, and one person for each part to play."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from grid.acceptance import accept_event
from grid.closing import close_event, rate_event
from grid.handling import dispatch_event, feed_back, handle_event
from grid.intake import report_event
from identity.actor import Actor, RoleHeld
from identity.areas import NewArea, open_areas
from identity.households import open_household
from identity.people import NewPerson, find_person, register_people
from identity.roles import RoleGrant, grant_roles, roles_of

SYSTEM = Actor.system("tests")
PATHS = (
    "lyx",
    "lyx.t1",
    "lyx.t1.v1",
    "lyx.t1.v1.g1",
    "lyx.t1.v1.g1.m1",
    "lyx.t1.v2",
    "lyx.t1.v2.g2",
    "lyx.t1.v2.g2.m2",
    "lyx.t2",
    "lyx.t2.v3",
)
HOME = "lyx.t1.v1.g1.m1"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 9 in the morning in Shanghai

# who lives where and holds which role for which area
CAST: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "reporter": (HOME, ()),
    "helper": (HOME, ()),
    "neighbour": (HOME, ()),
    "kin": (HOME, (("grid_worker", "lyx.t1.v1.g1"), ("assessor", "lyx"), ("county_approver", "lyx"))),
    "head": (HOME, (("micro_grid_head", HOME),)),
    "worker": ("lyx.t1.v1.g1", (("grid_worker", "lyx.t1.v1.g1"),)),
    "second_worker": ("lyx.t1.v1.g1", (("grid_worker", "lyx.t1.v1.g1"),)),
    "far_worker": ("lyx.t1.v2.g2", (("grid_worker", "lyx.t1.v2.g2"),)),
    "village": ("lyx.t1.v1", (("village_verifier", "lyx.t1.v1"),)),
    "town": ("lyx.t1", (("town_verifier", "lyx.t1"),)),
    "other_town": ("lyx.t2", (("town_verifier", "lyx.t2"), ("town_approver", "lyx.t2"))),
    "county": ("lyx", (("county_verifier", "lyx"),)),
    "assessor": ("lyx", (("assessor", "lyx"),)),
    "second_assessor": ("lyx", (("assessor", "lyx"),)),
    "third_assessor": ("lyx", (("assessor", "lyx"),)),
    "town_approver": ("lyx.t1", (("town_approver", "lyx.t1"),)),
    "second_town_approver": ("lyx.t1", (("town_approver", "lyx.t1"),)),
    "county_approver": ("lyx", (("county_approver", "lyx"),)),
    "second_county_approver": ("lyx", (("county_approver", "lyx"),)),
    "leader": ("lyx", (("leader", "lyx"),)),
    "finance": ("lyx", (("finance", "lyx"),)),
    "auditor": ("lyx", (("auditor", "lyx"),)),
    "hotline": ("lyx", (("hotline", "lyx"),)),
}


@dataclass(frozen=True, slots=True)
class County:
    """Areas by path, actors by the part that they play."""

    areas: dict[str, UUID]
    actors: dict[str, Actor]

    def __getitem__(self, name: str) -> Actor:
        """The actor who plays a part."""
        return self.actors[name]


async def build_county() -> County:
    """The areas and the cast; reporter and kin live together."""
    opened = await open_areas(
        actor=SYSTEM, areas=[NewArea(path=path, name_zh=f"区{path}", name_en=f"Area {path}") for path in PATHS]
    )
    areas = dict(zip(PATHS, opened, strict=True))
    ids = await register_people(
        actor=SYSTEM,
        people=[NewPerson(name=f"张{name[0]}三", area_id=areas[where]) for name, (where, _) in CAST.items()],
    )
    people = dict(zip(CAST, ids, strict=True))
    await grant_roles(
        actor=SYSTEM,
        grants=[
            RoleGrant(person_id=people[name], role=role, area_id=areas[path])
            for name, (_, roles) in CAST.items()
            for role, path in roles
        ],
    )
    await open_household(actor=SYSTEM, area_id=areas[HOME], members=[people["reporter"], people["kin"]])
    return County(areas, {name: await actor_of(person_id) for name, person_id in people.items()})


async def actor_of(person_id: UUID) -> Actor:
    """A person as the one who asks."""
    person = await find_person(person_id)
    assert person is not None
    own = RoleHeld("resident", person.area_path)
    return Actor(
        id=person_id,
        kind="person",
        name=person.name or "",
        roles=(own, *await roles_of(person_id)),
        area_path=person.area_path,
        household_id=person.household_id,
    )


async def reported_event(
    county: County, *, category: str = "HOUSE-RISK", severity: int = 3, by: str = "reporter", at: datetime = START
) -> UUID:
    """An event as it was just reported."""
    taken = await report_event(
        actor=county[by], category=category, severity=severity, place="桥头", text="墙体开裂，随时可能倒塌", at=at
    )
    return taken.event_id


async def fed_back_event(county: County, *, at: datetime = START, **report: str) -> UUID:
    """An event up to the answer to its reporter: accepted by the grid worker, dispatched and handled by the town."""
    event_id = await reported_event(county, at=at, **report)  # type: ignore[arg-type]
    await accept_event(actor=county["worker"], event_id=event_id, at=at + timedelta(hours=1))
    await dispatch_event(actor=county["town"], event_id=event_id, at=at + timedelta(hours=2))
    await handle_event(actor=county["town"], event_id=event_id, note="已加固", at=at + timedelta(hours=3))
    await feed_back(actor=county["town"], event_id=event_id, note="已处理完毕", at=at + timedelta(hours=4))
    return event_id


async def closed_event(county: County, *, at: datetime = START, **report: str) -> UUID:
    """An event from its report to its closing, rated with five stars."""
    event_id = await fed_back_event(county, at=at, **report)
    by = report.get("by", "reporter")
    await rate_event(actor=county[by], event_id=event_id, stars=5, at=at + timedelta(hours=5))
    await close_event(actor=county["town"], event_id=event_id, at=at + timedelta(hours=6))
    return event_id
