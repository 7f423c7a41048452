"""A small county for these tests: two towns, a few people, logins for some of them."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from identity.actor import Actor
from identity.areas import NewArea, open_areas
from identity.households import open_household
from identity.people import NewPerson, register_people

PATHS = ["lyx", "lyx.t1", "lyx.t1.v1", "lyx.t1.v2", "lyx.t1.v1.g1", "lyx.t1.v1.g1.m1", "lyx.t2", "lyx.t2.v1"]
SYSTEM = Actor.system("tests")


@dataclass(frozen=True, slots=True)
class County:
    """Areas by path, people by name."""

    areas: dict[str, UUID]
    people: dict[str, UUID]
    household: UUID


@pytest.fixture
async def county(database: str) -> County:
    """Eight areas; 李兰 and 李明 live together in the first village, 王芳 in the other town."""
    opened = await open_areas(
        actor=SYSTEM, areas=[NewArea(path=path, name_zh=f"区{path}", name_en=f"Area {path}") for path in PATHS]
    )
    areas = dict(zip(PATHS, opened, strict=True))
    lan, ming, fang = await register_people(
        actor=SYSTEM,
        people=[
            NewPerson(name="李兰", area_id=areas["lyx.t1.v1.g1"], phone="13800000001", birth_year=1950, sex="female"),
            NewPerson(name="李明", area_id=areas["lyx.t1.v1.g1"], phone="13800000002"),
            NewPerson(name="王芳", area_id=areas["lyx.t2.v1"], phone="13800000003", language="en"),
        ],
    )
    household = await open_household(actor=SYSTEM, area_id=areas["lyx.t1.v1.g1"], members=[lan, ming])
    return County(areas, {"李兰": lan, "李明": ming, "王芳": fang}, household)
