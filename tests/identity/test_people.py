"""People, households, areas and roles."""

import asyncio
from datetime import date

import asyncpg
import pytest

from identity import areas, households, people, person_keys, roles
from identity.actor import ROLES, STAFF_ROLES, Actor, RoleHeld, covers
from identity.errors import (
    AreaTaken,
    AreaUnknown,
    OwnRoles,
    PersonErased,
    PersonUnknown,
    PhoneTaken,
    RoleNeedsPlace,
    RolesConflict,
    RoleUnknown,
)
from identity.masks import mask_name, mask_phone
from kit import db
from kit.ids import new_id

from .conftest import SYSTEM, County


async def test_a_person_is_found_with_area_and_household(county: County) -> None:
    found = await people.find_people([county.people["李兰"], county.people["王芳"], new_id()])
    assert len(found) == 2
    lan = found[county.people["李兰"]]
    assert (lan.name, lan.area_path, lan.household_id) == ("李兰", "lyx.t1.v1.g1", county.household)
    assert (lan.birth_year, lan.sex, lan.status, lan.active) == (1950, "female", "active", True)
    assert found[county.people["王芳"]].household_id is None


async def test_a_person_is_found_by_phone_which_is_nowhere_in_plain(county: County) -> None:
    found = await people.find_person_by_phone("13800000002")
    assert found is not None
    assert found.id == county.people["李明"]
    assert await people.find_person_by_phone("13800000009") is None
    dump = await db.fetchval("SELECT string_agg(person::text, '') FROM identity_person AS person")
    assert "13800000002" not in dump
    assert b"13800000002".hex() not in dump


async def test_a_phone_belongs_to_one_record(county: County) -> None:
    twin = people.NewPerson(name="李二", area_id=county.areas["lyx.t2"], phone="13800000002")
    with pytest.raises(PhoneTaken):
        await people.register_person(actor=SYSTEM, person=twin)
    pair = [people.NewPerson(name=name, area_id=county.areas["lyx.t2"], phone="13900000000") for name in ("甲", "乙")]
    with pytest.raises(PhoneTaken):
        await people.register_people(actor=SYSTEM, people=pair)
    assert await db.fetchval("SELECT count(*) FROM identity_person") == 3


async def test_what_is_sealed_for_a_person_is_gone_with_his_key(county: County) -> None:
    lan, place = county.people["李兰"], ("points_transfer", "note", new_id())
    async with db.transaction() as connection:
        sealed = await person_keys.seal_for_person(lan, "张家的事".encode(), place=place)
        opened = await person_keys.open_for_person(lan, sealed, place=place)
        assert opened is not None
        assert opened.decode() == "张家的事"
        await connection.execute(
            "UPDATE identity_person SET status = 'erased', data_key = NULL, name = NULL, phone_sealed = NULL,"
            " phone_index = NULL, birth_year = NULL, sex = NULL WHERE id = $1",
            lan,
        )
        assert await person_keys.open_for_person(lan, sealed, place=place) is None
    with pytest.raises(PersonErased):
        await people.set_person_status(actor=SYSTEM, person_id=lan, status="active", why="back")


async def test_an_erased_record_keeps_no_name(county: County) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction() as connection:
            await connection.execute(
                "UPDATE identity_person SET status = 'erased', data_key = NULL WHERE id = $1", county.people["李兰"]
            )


async def test_a_person_lives_in_one_household_at_a_time(county: County) -> None:
    ming = county.people["李明"]
    other = await households.open_household(actor=SYSTEM, area_id=county.areas["lyx.t2.v1"])
    await households.move_household(actor=SYSTEM, person_id=ming, household_id=other)
    assert (await people.require_person(ming)).household_id == other
    assert await households.members_of(county.household) == [county.people["李兰"]]
    await households.move_household(actor=SYSTEM, person_id=ming, household_id=None)
    assert (await people.require_person(ming)).household_id is None
    assert await db.fetchval("SELECT count(*) FROM identity_household_membership WHERE person = $1", ming) == 2
    with pytest.raises(PersonUnknown):
        await households.move_household(actor=SYSTEM, person_id=new_id(), household_id=other)


async def test_two_who_open_a_household_for_the_same_people_at_once_do_so_one_after_the_other(county: County) -> None:
    lan, ming = county.people["李兰"], county.people["李明"]
    opened = await asyncio.gather(
        *(
            households.open_household(actor=SYSTEM, area_id=county.areas["lyx.t1"], members=members)
            for members in ([lan, ming], [ming, lan]) * 5
        )
    )
    left = [members for household in opened if (members := await households.members_of(household))]
    assert [set(members) for members in left] == [{lan, ming}]
    with pytest.raises(PersonUnknown):
        await households.open_household(actor=SYSTEM, area_id=county.areas["lyx.t1"], members=[new_id()])


async def test_who_stands_in_for_an_auditor_administers_nothing(county: County) -> None:
    lan, ming, fang = (county.people[name] for name in ("李兰", "李明", "王芳"))
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2099, 1, 1)}
    await roles.grant_role(actor=SYSTEM, person_id=lan, role="auditor", area_id=county.areas["lyx"])
    await roles.grant_role(actor=SYSTEM, person_id=ming, role="system_admin", area_id=county.areas["lyx"])
    with pytest.raises(RolesConflict):
        await roles.name_stand_in(actor=SYSTEM, person_id=lan, stand_in_id=ming, **days)
    await roles.name_stand_in(actor=SYSTEM, person_id=lan, stand_in_id=fang, **days)
    for person_id in (lan, fang):  # given to the absent it is the stand-in's too
        with pytest.raises(RolesConflict):
            await roles.grant_role(
                actor=SYSTEM, person_id=person_id, role="security_admin", area_id=county.areas["lyx"]
            )


def test_names_and_phones_are_masked() -> None:
    assert [mask_name(name) for name in ("张三", "张小三", "欧阳小三", "王", "", None)] == [
        "张*", "张*三", "欧**三", "王*", "***", "***"
    ]  # fmt: skip
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("110") == "***"


def test_a_role_reaches_its_own_area_and_those_below() -> None:
    assert covers("lyx.t1", "lyx.t1")
    assert covers("lyx.t1", "lyx.t1.v2.g3.m4")
    assert not covers("lyx.t1", "lyx.t10")
    assert not covers("lyx.t1.v2", "lyx.t1")
    actor = Actor(id=new_id(), kind="person", name="甲", roles=(RoleHeld("town_verifier", "lyx.t1"),))
    assert actor.covers("lyx.t1.v1", "town_verifier", "leader")
    assert not actor.covers("lyx.t1.v1", "leader")
    assert not actor.covers("lyx.t2")
    assert actor.territories("town_verifier") == ("lyx.t1",)
    assert Actor.system("seed").covers("lyx.t2", "leader")


async def test_areas_know_what_lies_above_and_below_them(county: County) -> None:
    under = await areas.areas_under("lyx.t1")
    assert [area.path for area in under] == ["lyx.t1", "lyx.t1.v1", "lyx.t1.v2", "lyx.t1.v1.g1", "lyx.t1.v1.g1.m1"]
    assert [area.path for area in await areas.areas_under("lyx", level=3)] == ["lyx.t1.v1", "lyx.t1.v2", "lyx.t2.v1"]
    assert areas.town_path("lyx.t1.v1.g1") == "lyx.t1"
    assert areas.town_path("lyx") == "lyx"
    assert areas.village_path("lyx.t1.v1.g1.m1") == "lyx.t1.v1"
    assert areas.village_path("lyx.t1") is None
    with pytest.raises(AreaTaken):
        await areas.open_area(actor=SYSTEM, path="lyx.t1", name_zh="一镇", name_en="Town")
    with pytest.raises(AreaUnknown):
        await areas.open_area(actor=SYSTEM, path="lyx.t9.v1", name_zh="一村", name_en="Village")


async def test_a_role_is_given_and_taken(county: County) -> None:
    lan = county.people["李兰"]
    role_id = await roles.grant_role(
        actor=SYSTEM,
        person_id=lan,
        role="grid_worker",
        area_id=county.areas["lyx.t1.v1"],
        reports_to=county.people["李明"],
    )
    again = await roles.grant_role(
        actor=SYSTEM,
        person_id=lan,
        role="grid_worker",
        area_id=county.areas["lyx.t1.v1"],
        reports_to=county.people["李明"],
    )
    assert again == role_id
    assert await roles.roles_of(lan) == [RoleHeld("grid_worker", "lyx.t1.v1", None, county.people["李明"])]
    assert await roles.people_with_role("grid_worker", covering="lyx.t1.v1.g1") == [lan]
    assert await roles.people_with_role("grid_worker", covering="lyx.t2") == []
    assert await roles.people_with_role("grid_worker", within="lyx") == [lan]
    await roles.revoke_role(actor=SYSTEM, role_id=role_id, why="moved")
    assert await roles.roles_of(lan) == []


async def test_roles_that_cannot_be_given_are_refused(county: County) -> None:
    lan, town = county.people["李兰"], county.areas["lyx.t1"]
    for role in ("resident", "emperor"):
        with pytest.raises(RoleUnknown):
            await roles.grant_role(actor=SYSTEM, person_id=lan, role=role, area_id=town)
    with pytest.raises(RoleNeedsPlace):
        await roles.grant_role(actor=SYSTEM, person_id=lan, role="merchant_clerk", area_id=town)
    with pytest.raises(RoleNeedsPlace):
        await roles.grant_role(actor=SYSTEM, person_id=lan, role="leader")
    with pytest.raises(OwnRoles):
        await roles.grant_role(
            actor=Actor(id=lan, kind="person", name="李兰"), person_id=lan, role="leader", area_id=town
        )
    await roles.grant_role(actor=SYSTEM, person_id=lan, role="auditor", area_id=town)
    with pytest.raises(RolesConflict):
        await roles.grant_role(actor=SYSTEM, person_id=lan, role="system_admin", area_id=town)
    with pytest.raises(PersonUnknown):
        await roles.grant_role(actor=SYSTEM, person_id=new_id(), role="leader", area_id=town)


def test_every_role_of_the_contract_is_known() -> None:
    assert len(ROLES) == 21
    assert {"resident", "merchant_owner", "merchant_clerk"}.isdisjoint(STAFF_ROLES)
    assert {"auditor", "grid_worker", "finance", "security_admin"} <= STAFF_ROLES
