"""Staff's pages of products, partners, residents, roles and imports over HTTP: what is refused, and to whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pyotp
import pytest

from identity import role_requests, roles
from identity.actor import Actor, RoleHeld
from identity.areas import NewArea, open_areas
from identity.errors import PersonUnknown, SecondPersonNeeded
from identity.logins import create_login
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from kit import clock, db
from kit.ids import new_id
from kit.refusals import Stale
from merchants.partners import register_merchant
from points import import_files
from points.catalogue import load_catalogue
from rewards.editing import edit_product
from rewards.products import NewProduct, create_products

from .browsing import browse, changing

SYSTEM = Actor.system("tests")
COUNTY, TOWN, OTHER = "lyx", "lyx.t1", "lyx.t2"
PASSWORD = "correct horse battery"
STAFF = {
    "ops": ("operations_admin", TOWN),
    "ops2": ("operations_admin", TOWN),
    "elsewhere": ("operations_admin", OTHER),
    "security": ("security_admin", COUNTY),
    "system": ("system_admin", COUNTY),
    "hotline": ("hotline", TOWN),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Two towns, their staff by short names, a resident in each."""

    client: httpx.AsyncClient
    areas: dict[str, UUID]
    people: dict[str, UUID]
    totp: dict[str, str]

    def actor(self, name: str) -> Actor:
        role, path = STAFF[name]
        return Actor(id=self.people[name], kind="person", name=name, roles=(RoleHeld(role, path),), area_path=path)

    async def get(self, who: str, path: str) -> httpx.Response:
        await browse(self.client, self.people[who])
        return await self.client.get(path, headers={"Accept": "text/html"})

    async def post(self, who: str, path: str, *, files: Any = None, **fields: Any) -> httpx.Response:
        signed_in = await browse(self.client, self.people[who])
        return await self.client.post(path, data=fields, files=files, headers=changing(signed_in))

    def code(self, name: str) -> str:
        return pyotp.TOTP(self.totp[name]).at(clock.now())


@pytest.fixture
async def place(database: str, client: httpx.AsyncClient) -> Place:
    opened = await open_areas(
        actor=SYSTEM, areas=[NewArea(path=path, name_zh=f"区{path}", name_en=path) for path in (COUNTY, TOWN, OTHER)]
    )
    areas = dict(zip((COUNTY, TOWN, OTHER), opened, strict=True))
    names = [*STAFF, "lan", "far"]
    newcomers = [
        NewPerson(
            name=f"张{name}",
            area_id=areas[OTHER if name == "far" else STAFF.get(name, ("", TOWN))[1]],
            phone=f"138000000{number:02d}",
            resident=name not in STAFF,
        )
        for number, name in enumerate(names)
    ]
    people = dict(zip(names, await register_people(actor=SYSTEM, people=newcomers), strict=True))
    grants = [RoleGrant(person_id=people[name], role=role, area_id=areas[path]) for name, (role, path) in STAFF.items()]
    await grant_roles(actor=SYSTEM, grants=grants)
    totp = {}
    for name in STAFF:
        made = await create_login(actor=SYSTEM, person_id=people[name], login=name, password=PASSWORD, with_totp=True)
        totp[name] = made.totp_secret or ""
    await load_catalogue()
    return Place(client, areas, people, totp)


def meal(area_id: UUID) -> NewProduct:
    return NewProduct(name_zh="餐券", name_en="Meal", kind="goods", points=50, value_fen=500, stock=5, area_id=area_id)


async def audited(action: str) -> int:
    return int(await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = $1", action))


async def test_another_towns_resident_product_and_merchant_are_not_there(place: Place) -> None:
    (product,) = await create_products(actor=SYSTEM, products=[meal(place.areas[TOWN])])
    merchant = await register_merchant(actor=SYSTEM, name_zh="面馆", name_en="Noodles", area_id=place.areas[TOWN])
    lan = place.people["lan"]
    for path in (f"/staff/residents/{lan}", f"/staff/products/{product}", f"/staff/merchants/{merchant}"):
        assert (await place.get("elsewhere", path)).status_code == 404, path
        assert (await place.get("ops", path)).status_code == 200, path
    assert (await place.post("elsewhere", f"/staff/residents/{lan}/unmask", why="看看")).status_code == 404
    stock = {"pieces": "1", "direction": "more", "once": "k"}
    assert (await place.post("elsewhere", f"/staff/products/{product}/stock", **stock)).status_code == 404
    assert (await place.post("elsewhere", f"/staff/merchants/{merchant}/approve")).status_code == 404
    listed = (await place.get("elsewhere", "/staff/residents?q=张")).text
    assert str(place.people["far"]) in listed
    assert str(lan) not in listed
    assert await audited("person.unmasked") == 0


async def test_names_are_masked_and_a_look_behind_the_mask_is_on_record(place: Place) -> None:
    lan = place.people["lan"]
    masked = await place.get("hotline", f"/staff/residents/{lan}")
    assert "张lan" not in masked.text
    assert "13800000006" not in masked.text
    without = await place.post("hotline", f"/staff/residents/{lan}/unmask", why="")
    assert without.status_code == 422
    assert "张lan" not in without.text
    shown = await place.post("hotline", f"/staff/residents/{lan}/unmask", why="回访投诉")
    assert "张lan" in shown.text
    assert "13800000006" in shown.text
    row = await db.fetchrow("SELECT * FROM identity_audit_entry WHERE action = 'person.unmasked'")
    assert row is not None
    assert (row["actor_id"], row["person_id"], row["why"]) == (place.people["hotline"], lan, "回访投诉")
    assert "张lan" not in (await place.get("hotline", f"/staff/residents/{lan}")).text


async def test_a_resident_is_found_by_the_whole_phone_alone(place: Place) -> None:
    found = await place.post("ops", "/staff/residents/find", phone="13800000006")
    assert found.headers["location"] == f"/staff/residents/{place.people['lan']}"
    assert (await place.post("ops", "/staff/residents/find", phone="13800000007")).status_code == 404
    assert (await place.post("ops", "/staff/residents/find", phone="1380")).status_code == 422


async def test_of_two_editors_the_second_is_told_what_the_first_has_stored(place: Place) -> None:
    (product,) = await create_products(actor=SYSTEM, products=[meal(place.areas[TOWN])])
    path = f"/staff/products/{product}/edit"
    typed = {
        "name_zh": "餐券", "name_en": "Meal", "kind": "goods", "value_yuan": "5", "merchant_percent": "0",
        "town_percent": "100", "area_id": str(place.areas[TOWN]), "version": "1",
    }  # fmt: skip
    first = await place.post("ops", path, **typed, points="60")
    assert first.status_code == 303
    second = await place.post("ops2", path, **typed, points="70")
    assert second.status_code == 412
    assert "现在保存的" in second.text
    assert 'name="version" value="2"' in second.text
    assert await db.fetchval("SELECT points FROM rewards_product WHERE id = $1", product) == 60
    again = await place.post("ops2", path, **{**typed, "version": "2"}, points="70")
    assert again.status_code == 303
    unfit = await place.post("ops2", path, **{**typed, "version": "3", "town_percent": "90"}, points="70")
    assert unfit.status_code == 400
    assert "100%" in unfit.text
    with pytest.raises(Stale):
        await edit_product(actor=place.actor("ops"), product_id=product, version=1, product=meal(place.areas[TOWN]))


async def test_stock_that_is_sent_twice_is_changed_once(place: Place) -> None:
    (product,) = await create_products(actor=SYSTEM, products=[meal(place.areas[TOWN])])
    path = f"/staff/products/{product}/stock"
    for _ in range(2):
        assert (await place.post("ops", path, pieces="3", direction="more", once="same")).status_code == 303
    assert await db.fetchval("SELECT remaining FROM rewards_stock WHERE product = $1", product) == 8
    too_many = await place.post("ops", path, pieces="9", direction="fewer", once="other")
    assert too_many.status_code == 409


async def test_a_partner_is_approved_by_a_second_person_and_can_be_paused(place: Place) -> None:
    new = {"name_zh": "面馆", "name_en": "Noodles", "area_id": str(place.areas[TOWN])}
    made = await place.post("ops", "/staff/merchants", **new)
    path = made.headers["location"]
    assert (await place.post("ops", f"{path}/approve")).status_code == 403
    assert (await place.post("ops2", f"{path}/approve")).status_code == 303
    assert (await place.post("ops", f"{path}/suspend", why="整改")).status_code == 303
    assert (await place.post("ops", f"{path}/suspend", why="整改")).status_code == 409
    assert (await place.post("ops", f"{path}/resume", why="合格")).status_code == 303
    assert (
        await place.post("ops", "/staff/merchants", **{**new, "area_id": str(place.areas[OTHER])})
    ).status_code == 404
    assert await audited("merchant.suspended") == 1


async def test_a_role_is_given_by_two_people_each_with_a_code(place: Place) -> None:
    lan, town = place.people["lan"], str(place.areas[TOWN])
    asked = {"phone": "13800000006", "role": "grid_worker", "area_id": town, "why": "新到岗"}
    wrong = await place.post("ops", "/staff/people/requests", **asked, totp="000000")
    assert wrong.status_code == 401
    made = await place.post("ops", "/staff/people/requests", **asked, totp=place.code("ops"))
    assert made.status_code == 303
    assert await roles.roles_of(lan) == []
    (request,) = await role_requests.list_role_requests([COUNTY], only_open=True, after=None, limit=5)
    path = f"/staff/people/requests/{request['id']}/confirm"
    assert (await place.post("ops2", path, totp=place.code("ops2"))).status_code == 403
    assert (await place.post("security", path)).status_code == 422
    assert (await place.post("security", path, totp=place.code("security"))).status_code == 303
    assert [(each.role, each.area_path) for each in await roles.roles_of(lan)] == [("grid_worker", TOWN)]
    assert await audited("role_request.confirmed") == await audited("role_request.made") == 1


async def test_nobody_confirms_his_own_request_nor_does_the_database_let_him(
    place: Place, owner: "asyncpg.Connection"
) -> None:
    security = place.actor("security")
    request_id = await role_requests.request_role(
        actor=security, person_id=place.people["lan"], role="grid_worker", area_id=place.areas[TOWN], why="x"
    )
    with pytest.raises(SecondPersonNeeded):
        await role_requests.confirm_role_request(actor=security, request_id=request_id)
    for column in ("requested_by", "person"):
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(
                f"UPDATE identity_role_request SET state = 'confirmed', decided_at = now(), decided_by = {column}"
                " WHERE id = $1",
                request_id,
            )


async def test_an_api_key_is_shown_once_and_refused_once_it_is_disabled(place: Place) -> None:
    fields = {"name": "图书馆", "area_id": str(place.areas[TOWN]), "actions": ["STU-READ"]}
    made = await place.post("system", "/staff/api-keys", **fields, totp=place.code("system"))
    assert made.status_code == 200, made.text
    key = made.text.partition('id="made-key">')[2].partition("<")[0]
    assert key.startswith("qzf_")
    assert key not in (await place.get("system", "/staff/api-keys")).text
    assert (await place.get("ops", "/staff/api-keys")).status_code == 403


CSV = "手机号,行为编码,发生时间,数量,颜色\n{}\n"


async def hand_in(place: Place, *lines: str, who: str = "ops") -> str:
    content = CSV.format("\n".join(lines)).encode("gb18030")
    made = await place.post(who, "/staff/import", files={"file": ("三月.csv", content, "text/csv")})
    assert made.status_code == 303, made.text
    return made.headers["location"]


async def test_a_file_is_tried_out_then_applied_and_again_changes_nothing(place: Place) -> None:
    today = f"{clock.business_day(clock.now()):%Y-%m-%d}"
    lines = (
        f"13800000006,VOL-HOUR,{today} 00:01,1,红",
        f"13800000007,VOL-HOUR,{today},1,",
        f"13800000006,NO-SUCH,{today},0,",
    )
    path = await hand_in(place, *lines)
    tried = (await place.get("ops", path)).text
    assert "您的区域内没有这位居民" in tried
    assert "颜色 · 忽略" in tried
    faults = (await place.get("ops", f"{path}/faults.csv")).text
    assert [line.split(",")[0] for line in faults.splitlines()[1:]] == ["3", "4", "4"]
    assert await db.fetchval("SELECT count(*) FROM points_participation") == 0
    assert (await place.get("elsewhere", path)).status_code == 404
    assert (await place.post("ops", f"{path}/apply")).status_code == 303
    assert "已导入" in (await place.get("ops", path)).text
    points = await db.fetchval("SELECT sum(points) FROM points_participation WHERE state = 'awarded'")
    assert points == 10
    assert (await place.post("ops", f"{path}/apply")).status_code == 409
    again = await hand_in(place, *lines)
    assert "导入过" in (await place.get("ops", again)).text
    await place.post("ops", f"{again}/apply")
    assert await db.fetchval("SELECT sum(points) FROM points_participation WHERE state = 'awarded'") == points
    assert await db.fetchval("SELECT count(*) FROM points_import_file WHERE content IS NOT NULL") == 0


async def test_a_long_file_is_the_workers_and_goes_on_where_it_stopped(place: Place) -> None:
    today = f"{clock.business_day(clock.now()):%Y-%m-%d}"
    lines = [f"13800000006,VOL-HOUR,{today} 00:{n % 60:02d},1," for n in range(60)] * 10
    path = await hand_in(place, *lines)
    file_id = UUID(path.rpartition("/")[2])
    assert "正在试算" in (await place.get("ops", path)).text
    assert await db.fetchval("SELECT count(*) FROM kit_job WHERE name = $1", import_files.TRY) == 1
    await import_files.try_lines(file_id)
    await import_files.apply_import(actor=place.actor("ops"), file_id=file_id)
    for _ in range(2):
        await import_files.apply_lines(file_id)
    row = await import_files.find_import(place.actor("ops"), file_id)
    assert (row["state"], row["lines"], row["good"], row["done"]) == ("applied", 600, 60, 60)
    with pytest.raises(PersonUnknown):
        await role_requests.require_person_of(place.actor("elsewhere"), new_id())


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xff\xff"])
async def test_a_file_that_cannot_be_read_says_why(place: Place, content: bytes) -> None:
    made = await place.post("ops", "/staff/import", files={"file": ("x.csv", content or b"\n", "text/csv")})
    assert "无法读取" in (await place.get("ops", made.headers["location"])).text
    refused = await place.post("ops", "/staff/import", files={"file": ("x.exe", b"MZ", "text/csv")})
    assert refused.status_code == 422
    assert (await place.post("ops", "/staff/import")).status_code == 400
