"""A small county for these tests: two towns, a few people, logins for some of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.di import Provide

from identity import controllers
from identity.actor import Actor
from identity.areas import NewArea, open_areas
from identity.guards import provide_actor
from identity.households import open_household
from identity.logins import create_login
from identity.people import NewPerson, register_people
from identity.roles import grant_role
from tests.conftest import running
from web.app import assemble
from web.keys import provide_language

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


@dataclass(frozen=True, slots=True)
class Staff:
    """A grid worker who can sign in."""

    person_id: UUID
    login: str
    password: str
    totp_secret: str
    role_id: UUID


PASSWORD = "correct horse battery"


@pytest.fixture
async def staff(county: County) -> Staff:
    """李明 is a grid worker of the first village and signs in with an authenticator."""
    ming = county.people["李明"]
    role_id = await grant_role(actor=SYSTEM, person_id=ming, role="grid_worker", area_id=county.areas["lyx.t1.v1"])
    made = await create_login(actor=SYSTEM, person_id=ming, login="Liming", password=PASSWORD, with_totp=True)
    assert made.totp_secret is not None
    return Staff(ming, "liming", PASSWORD, made.totp_secret, role_id)


@pytest.fixture
async def resident_login(county: County) -> str:
    """王芳 signs in with a password alone."""
    await create_login(
        actor=SYSTEM, person_id=county.people["王芳"], login="wangfang", password=PASSWORD, with_totp=False
    )
    return "wangfang"


@pytest.fixture
async def app(database: str) -> AsyncIterator[Litestar]:
    """The app with the routes of this package alone."""
    made = assemble(
        routes=controllers.routes,
        dependencies={
            "actor": Provide(provide_actor, sync_to_thread=False),
            "language": Provide(provide_language, sync_to_thread=False),
        },
    )
    async with running(made):
        yield made
