"""Who holds which office, and who can sign in: at least two of every role, whose territories meet.

The people who sign in work for the first community of the town or for an area above it, so that any resident among
them can be served by any verifier among them; the third of some roles works elsewhere, to be refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final
from uuid import UUID

from identity.actor import STAFF_ROLES, Actor, RoleHeld
from identity.logins import LoginRequest, create_logins
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from seed.geography import COUNTY, DEMO_TOWN, GRIDS_A_VILLAGE, QINGSHI, micro_grids
from seed.people import Registry, Resident

_V1, _V2 = f"{DEMO_TOWN}.v1", f"{DEMO_TOWN}.v2"
_FIRST_GRIDS = (f"{_V1}.g1", f"{_V1}.g2")
_FIRST_MICRO_GRIDS = tuple(f"{_V1}.g1.m{number}" for number in (1, 2, 3))

COUNTY_STAFF: Final = (
    ("county_verifier", COUNTY, 3), ("assessor", COUNTY, 3), ("county_approver", COUNTY, 3), ("leader", COUNTY, 2),
    ("finance", COUNTY, 2), ("auditor", COUNTY, 2), ("rule_editor", COUNTY, 2), ("operations_admin", COUNTY, 2),
    ("system_admin", COUNTY, 2), ("security_admin", COUNTY, 2), ("hotline", COUNTY, 2),
    ("town_verifier", DEMO_TOWN, 2), ("town_approver", DEMO_TOWN, 2),
)  # fmt: skip
"""Role, territory and how many: people from outside, who earn nothing here."""

LOCAL_STAFF: Final = (
    ("micro_grid_head", _FIRST_MICRO_GRIDS, 2), ("grid_worker", _FIRST_GRIDS, 2), ("organiser", (_V1,), 2),
    ("village_verifier", (_V1,), 2), ("mediator", (DEMO_TOWN,), 2),
)  # fmt: skip
"""The same for neighbours who hold an office, each of another household."""

ELSEWHERE: Final = (("grid_worker", (f"{_V2}.g1", f"{_V2}.g2")), ("village_verifier", (_V2,)))
"""One more of these, for another village."""

RESIDENT_LOGINS, OWNER_LOGINS, CLERK_LOGINS = 6, 3, 4
SHOPKEEPERS: Final = 24
"""An owner and a clerk of each of the twelve partners."""
_WORDS = (
    "liushu", "shiqiao", "meihua", "qinghe", "zhulin", "hetao", "xingye", "songfeng", "yunhai", "chunyu", "qiutian",
    "hehua", "lanhua", "guihua", "yinxing", "baihe", "fengye", "shanquan", "xiaozhou", "dengta",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """One line of the file of logins."""

    role: str
    login: str
    password: str
    name: str
    totp_secret: str | None = None


@dataclass(slots=True)
class Cast:
    """The people whom the history calls by their office, and who may sign in as what."""

    by_role: dict[str, list[Actor]] = field(default_factory=dict)
    signing_in: list[tuple[str, Actor]] = field(default_factory=list)
    residents: list[Resident] = field(default_factory=list)
    """Those with logins, who have a whole wallet to show."""
    shopkeepers: list[Resident] = field(default_factory=list)
    """Heads of households who own or work in a shop."""

    def one(self, role: str, number: int = 0) -> Actor:
        """One of the people of a role, counted round."""
        people = self.by_role[role]
        return people[number % len(people)]

    def over(self, role: str, path: str, *, but: Iterable[UUID] = ()) -> list[Actor]:
        """The people whose role reaches an area, without some."""
        left_out = set(but)
        return [each for each in self.by_role[role] if each.covers(path, role) and each.id not in left_out]


def resident_actor(resident: Resident) -> Actor:
    """A resident as he acts for himself."""
    return Actor(
        id=resident.id,
        kind="person",
        name=resident.name,
        roles=(RoleHeld("resident", resident.path),),
        area_path=resident.path,
        household_id=resident.household_id,
    )


async def fill_offices(
    system: Actor, registry: Registry, residents: Sequence[Resident], areas: Mapping[str, UUID], *, at: datetime
) -> Cast:
    """Register the staff from outside, give everybody his roles, and answer with who is who."""
    heads = [each for each in residents if each.head and each.birth_year >= registry.oldest_worker]
    cast = Cast()
    actors = await _county_staff(system, registry, areas, at)
    actors += _local_staff(cast, heads)
    grants = [
        RoleGrant(person_id=actor.id, role=role, area_id=areas[path], starts_at=at)
        for role, actor, paths, _ in actors
        for path in paths
    ]
    await grant_roles(actor=system, grants=grants, why="建立演示镇")
    for role, actor, _, signs_in in actors:
        cast.by_role.setdefault(role, []).append(actor)
        if signs_in:
            cast.signing_in.append((role, actor))
    return cast


_Appointed = tuple[str, Actor, tuple[str, ...], bool]


async def _county_staff(system: Actor, registry: Registry, areas: Mapping[str, UUID], at: datetime) -> list[_Appointed]:
    wanted = [(role, path) for role, path, count in COUNTY_STAFF for _ in range(count)]
    drawn = [registry.adult() for _ in wanted]
    ids = await register_people(
        actor=system,
        people=[
            NewPerson(
                name=each.name,
                area_id=areas[path],
                phone=each.phone,
                birth_year=each.birth_year,
                sex=each.sex,
                resident=False,
            )
            for each, (_, path) in zip(drawn, wanted, strict=True)
        ],
        at=at,
    )
    return [
        (
            role,
            Actor(id=id_, kind="person", name=each.name, roles=(RoleHeld(role, path),), area_path=path),
            (path,),
            True,
        )
        for id_, each, (role, path) in zip(ids, drawn, wanted, strict=True)
    ]


def _local_staff(cast: Cast, heads: Sequence[Resident]) -> list[_Appointed]:
    """Neighbours of the first grids who sign in, and then an officer for every village, grid and micro-grid."""
    free = list(heads)
    cast.residents = _take(free, _FIRST_MICRO_GRIDS, RESIDENT_LOGINS)
    appointed: list[_Appointed] = []
    for role, paths, count in LOCAL_STAFF:
        appointed += [_appoint(each, role, paths, signs_in=True) for each in _take(free, (_V1,), count)]
    appointed += [
        _appoint(each, role, paths, signs_in=True) for role, paths in ELSEWHERE for each in _take(free, (_V2,), 1)
    ]
    cast.shopkeepers = [free.pop() for _ in range(SHOPKEEPERS)]
    for village in range(2, len(QINGSHI) + 1):
        path = f"{DEMO_TOWN}.v{village}"
        appointed += [
            _appoint(each, role, (path,))
            for role in ("village_verifier", "organiser")
            for each in _take(free, (path,), 1)
        ]
        appointed += [
            _appoint(each, "grid_worker", (f"{path}.g{grid}",))
            for grid in range(1, GRIDS_A_VILLAGE + 1)
            for each in _take(free, (path,), 1)
        ]
    appointed += [
        _appoint(each, "micro_grid_head", (path,))
        for path in micro_grids()
        if path not in _FIRST_MICRO_GRIDS
        for each in _take(free, (path,), 1)
    ]
    return appointed


def _take(free: list[Resident], paths: tuple[str, ...], count: int) -> list[Resident]:
    """The next people without an office who live in one of the areas."""
    found = [each for each in free if any(each.path == path or each.path.startswith(f"{path}.") for path in paths)]
    for each in found[:count]:
        free.remove(each)
    return found[:count]


def _appoint(resident: Resident, role: str, paths: tuple[str, ...], *, signs_in: bool = False) -> _Appointed:
    own = resident_actor(resident)
    actor = Actor(
        id=own.id,
        kind="person",
        name=own.name,
        roles=(*own.roles, *(RoleHeld(role, path) for path in paths)),
        area_path=own.area_path,
        household_id=own.household_id,
    )
    return role, actor, paths, signs_in


async def make_logins(system: Actor, draw: Random, signing_in: Sequence[tuple[str, Actor]]) -> list[DemoLogin]:
    """Give these people a login each, named after the role; staff get an authenticator too."""
    numbers: dict[str, int] = {}
    asked: list[LoginRequest] = []
    for role, actor in signing_in:
        numbers[role] = numbers.get(role, 0) + 1
        login = f"{role.replace('_', '-')}-{numbers[role]}"
        password = f"{draw.choice(_WORDS)}-{draw.choice(_WORDS)}-{draw.randint(100, 999)}"
        asked.append(LoginRequest(person_id=actor.id, login=login, password=password, with_totp=role in STAFF_ROLES))
    made = await create_logins(actor=system, logins=asked)
    return [
        DemoLogin(role, each.login, each.password, actor.name, new.totp_secret)
        for (role, actor), each, new in zip(signing_in, asked, made, strict=True)
    ]
