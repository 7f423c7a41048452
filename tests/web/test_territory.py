"""The area of a form in a county of two thousand areas: typed by name or by code, and found on the server."""

from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from identity.actor import Actor
from identity.areas import NewArea, find_area_by_path, open_areas
from identity.logins import create_login
from identity.people import NewPerson, find_people, register_people
from identity.roles import RoleGrant, grant_roles
from kit import db

from .browsing import browse, changing

SYSTEM = Actor.system("tests")
TOWNS, VILLAGES = 20, 99
OURS, ELSEWHERE, SMALL = "lyx", "qzx", "lyx.t3"


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who keeps the residents of a whole county, and somebody of one town of it."""

    client: httpx.AsyncClient
    county: UUID
    town: UUID

    async def get(self, who: UUID, path: str) -> str:
        await browse(self.client, who)
        answer = await self.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        return answer.text

    async def register(self, place: str) -> httpx.Response:
        """Register 王芳 there."""
        signed_in = await browse(self.client, self.county)
        sent = {"name": "王芳", "area_id": place, "takes_part": "yes"}
        return await self.client.post("/staff/residents", data=sent, headers=changing(signed_in))


@pytest.fixture
async def desk(database: str, client: httpx.AsyncClient) -> Desk:
    """Two thousand areas: 20 towns, each with 99 villages, of which the 99th is called the same everywhere."""
    areas = [NewArea(path=OURS, name_zh="林州县", name_en="Linzhou County")]
    for town in range(1, TOWNS + 1):
        areas.append(NewArea(path=f"{OURS}.t{town}", name_zh=f"第{town}镇", name_en=f"Town {town}"))
        areas += [
            NewArea(
                path=f"{OURS}.t{town}.v{number}", name_zh=f"柳{town}号{number}村", name_en=f"Willow {town}-{number}"
            )
            for number in range(1, VILLAGES)
        ]
        areas.append(NewArea(path=f"{OURS}.t{town}.v{VILLAGES}", name_zh="新安村", name_en="Xin'an"))
    other = [
        NewArea(path=ELSEWHERE, name_zh="别县", name_en="Elsewhere"),
        NewArea(path=f"{ELSEWHERE}.t1", name_zh="别镇", name_en="Other Town"),
    ]
    ids = dict(zip([each.path for each in areas], await open_areas(actor=SYSTEM, areas=[*areas, *other]), strict=False))
    assert len(ids) > 2_000
    keepers = [NewPerson(name=name, area_id=ids[OURS], resident=False) for name in ("县", "镇")]
    county, town = await register_people(actor=SYSTEM, people=keepers)
    for person, path in ((county, OURS), (town, SMALL)):
        grant = RoleGrant(person_id=person, role="operations_admin", area_id=ids[path])
        await grant_roles(actor=SYSTEM, grants=[grant])
        await create_login(actor=SYSTEM, person_id=person, login=path, password="correct horse battery", with_totp=True)
    return Desk(client, county, town)


async def area_of_the_newest() -> str:
    newest: UUID = await db.fetchval("SELECT id FROM identity_person WHERE name = '王芳' ORDER BY registered_at DESC")
    return (await find_people([newest]))[newest].area_path or ""


async def test_few_areas_are_a_list_and_many_a_name_to_type(desk: Desk) -> None:
    county = await desk.get(desk.county, "/staff/residents/new")
    assert 'hx-get="/staff/areas?highest=1&amp;lowest=5"' in county
    assert '<select class="select" id="area_id"' not in county
    assert len(county.encode()) < 30_000
    town = await desk.get(desk.town, "/staff/residents/new")
    assert town.count("第3镇 · 柳3号") == VILLAGES - 1
    assert "第4镇" not in town


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("柳20号98村", "lyx.t20.v98"),
        (" willow 7-12 ", "lyx.t7.v12"),
        ("第5镇 · 新安村", "lyx.t5.v99"),
        ("第5镇·新安村", "lyx.t5.v99"),
        ("lyx.t5.v99", "lyx.t5.v99"),
        ("林州县", "lyx"),
    ],
)
async def test_a_place_is_found_by_its_name_or_its_code(desk: Desk, typed: str, path: str) -> None:
    answer = await desk.register(typed)
    assert answer.status_code == 303, answer.text
    assert await area_of_the_newest() == path


async def test_the_id_of_a_list_is_taken_as_it_is(desk: Desk) -> None:
    village = await find_area_by_path("lyx.t2.v3")
    assert village is not None
    assert (await desk.register(str(village.id))).status_code == 303
    assert await area_of_the_newest() == "lyx.t2.v3"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("新安村", "有几处叫这个名字，请写全：第1镇 · 新安村 / 第2镇 · 新安村"),
        ("20号98", "没有正好叫这个名字的。相近的有：第20镇 · 柳20号98村"),
        ("别镇", "您负责的范围内没有这个名字或编码。"),
        ("qzx.t1", "您负责的范围内没有这个名字或编码。"),
        ("%", "您负责的范围内没有这个名字或编码。"),
        ("", "缺少此项。"),
    ],
)
async def test_what_nobody_can_tell_apart_is_asked_again(desk: Desk, typed: str, said: str) -> None:
    answer = await desk.register(typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert await db.fetchval("SELECT count(*) FROM identity_person WHERE name = '王芳'") == 0


async def test_while_one_types_the_desk_offers_what_fits_of_ones_own_territory(desk: Desk) -> None:
    offered = await desk.get(desk.county, "/staff/areas?highest=1&lowest=5&area_id=新安")
    assert offered.count("<option") == 12
    assert '<option value="第1镇 · 新安村">lyx.t1.v99</option>' in offered
    assert (await desk.get(desk.town, "/staff/areas?highest=1&lowest=5&area_id=新安")).count("<option") == 1
    assert "<option" not in await desk.get(desk.county, "/staff/areas?highest=1&lowest=2&area_id=新安")
    assert "<option" not in await desk.get(desk.county, "/staff/areas?area_id=别镇")
    assert "<option" not in await desk.get(desk.county, "/staff/areas")
