"""A county with two towns, people of one household and of others, and verifiers of every level."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from identity.actor import Actor, RoleHeld
from identity.areas import NewArea, open_areas
from identity.households import open_household
from identity.people import NewPerson, find_person, register_people
from identity.roles import RoleGrant, grant_roles, roles_of
from kit import db
from kit.clock import SHANGHAI
from kit.invariants import prove
from points.awards import AwardLine, LineOutcome, award_lines
from points.invariants import INVARIANTS

PATHS = ("lyx", "lyx.t1", "lyx.t1.v1", "lyx.t1.v2", "lyx.t1.v1.g1", "lyx.t1.v1.g1.m1", "lyx.t2", "lyx.t2.v1")
SYSTEM = Actor.system("tests")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
"""A Friday at noon, at which these tests act unless they say otherwise."""

PEOPLE = {
    "lan": "lyx.t1.v1.g1",
    "ming": "lyx.t1.v1.g1",
    "hong": "lyx.t1.v2",
    "fang": "lyx.t2.v1",
    "head": "lyx.t1.v1.g1",
    "worker": "lyx.t1",
    "village": "lyx.t1",
    "town": "lyx",
    "county": "lyx",
    "county_too": "lyx",
    "elsewhere": "lyx.t2",
}
ROLES = (
    ("ming", "village_verifier", "lyx.t1.v1"),  # who lives with lan
    ("head", "micro_grid_head", "lyx.t1.v1.g1"),
    ("worker", "grid_worker", "lyx.t1.v1"),
    ("village", "village_verifier", "lyx.t1.v1"),
    ("town", "town_verifier", "lyx.t1"),
    ("county", "county_verifier", "lyx"),
    ("county_too", "county_verifier", "lyx"),
    ("elsewhere", "village_verifier", "lyx.t2.v1"),
)


@dataclass(frozen=True, slots=True)
class Town:
    """Areas by path, people by a short name."""

    areas: dict[str, UUID]
    people: dict[str, UUID]
    household: UUID

    def __getitem__(self, name: str) -> UUID:
        """A person's id."""
        return self.people[name]

    async def actor(self, name: str) -> Actor:
        """The person as he acts: with his roles, for his area."""
        person = await find_person(self.people[name])
        assert person is not None
        own = RoleHeld("resident", person.area_path)
        return Actor(
            id=person.id,
            kind="person",
            name=name,
            roles=(own, *await roles_of(person.id)),
            area_path=person.area_path,
            household_id=person.household_id,
        )

    async def award(self, name: str, action: str = "VOL-SKILL", *, times: int = 1, at: datetime = NOON) -> None:
        """Give somebody points, as the system does: each on a day of its own, before `at`."""
        lines = [
            AwardLine(
                person_id=self[name],
                action=action,
                occurred_at=at - timedelta(days=day, hours=1),
                reference=f"{name}-{action}-{at:%y%m%d%H%M}-{day}",
            )
            for day in range(times)
        ]
        outcomes = await award_lines(actor=SYSTEM, lines=lines, at=at, trusted=True)
        assert [each.outcome for each in outcomes] == ["awarded"] * times


@pytest.fixture
async def unproven_town(database: str) -> Town:
    """The town, for tests that break something on purpose."""
    opened = await open_areas(
        actor=SYSTEM, areas=[NewArea(path=path, name_zh=f"区{path}", name_en=f"Area {path}") for path in PATHS]
    )
    areas = dict(zip(PATHS, opened, strict=True))
    ids = await register_people(
        actor=SYSTEM, people=[NewPerson(name=f"王{name}", area_id=areas[path]) for name, path in PEOPLE.items()]
    )
    people = dict(zip(PEOPLE, ids, strict=True))
    household = await open_household(
        actor=SYSTEM, area_id=areas["lyx.t1.v1.g1"], members=[people["lan"], people["ming"]]
    )
    await grant_roles(
        actor=SYSTEM,
        grants=[RoleGrant(person_id=people[name], role=role, area_id=areas[path]) for name, role, path in ROLES],
    )
    return Town(areas, people, household)


@pytest.fixture
async def town(unproven_town: Town) -> AsyncIterator[Town]:
    """The town; at the end of every test that uses it, every invariant of points holds."""
    yield unproven_town
    await db.open_pool()  # an app that was started has closed it
    assert [(each.invariant.name, each.violations) for each in await prove(INVARIANTS) if not each.ok] == []


async def send(
    town: Town,
    *lines: tuple[str, str, datetime, str],
    actor: Actor = SYSTEM,
    at: datetime = NOON,
    trusted: bool = True,
) -> list[LineOutcome]:
    """Send lines of (person, action, occurred at, reference)."""
    sent = [
        AwardLine(person_id=town[name], action=action, occurred_at=moment, reference=reference)
        for name, action, moment, reference in lines
    ]
    return await award_lines(actor=actor, lines=sent, at=at, trusted=trusted)


async def rows(query: str, *args: object) -> Sequence[db.Row]:
    """Rows as the database has them."""
    return await db.fetch(query, *args)
