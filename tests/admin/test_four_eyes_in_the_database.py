"""What the database refuses by itself, whoever writes: raw statements past all flows."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from identity.households import open_household
from kit import db
from tests.admin.bonus_way import nominated, scored
from tests.grid.county import SYSTEM, County

PARTY = "INSERT INTO admin_bonus_party (id, bonus, person, part) VALUES ($1, $2, $3, $4)"
SCORE = (
    "INSERT INTO admin_bonus_score (id, bonus, assessor, part, truth, timeliness, harm, loop, scored_at)"
    " VALUES ($1, $2, $3, 'assessor', 10, 10, 10, 10, now())"
)
APPROVAL = (
    "INSERT INTO admin_bonus_approval (id, bonus, approver, part, step, amount_fen, approved_at)"
    " VALUES ($1, $2, $3, 'approver', 'county', 10000, now())"
)


async def write(statement: str, *values: object) -> None:
    async with db.transaction() as connection:
        await connection.execute(statement, uuid4(), *values)


@pytest.fixture
async def bonus_id(county: County) -> UUID:
    return await nominated(county, shares={"reporter": ("reporter", 60), "helper": ("helper", 40)})


@pytest.mark.parametrize("name", ["reporter", "helper", "worker", "town"])  # worker verified, town nominated
@pytest.mark.parametrize("part", ["assessor", "approver"])
async def test_who_has_a_part_gets_no_second_one(county: County, bonus_id: UUID, name: str, part: str) -> None:
    with pytest.raises((asyncpg.UniqueViolationError, asyncpg.CheckViolationError)):
        await write(PARTY, bonus_id, county[name].id, part)


@pytest.mark.parametrize("statement", [SCORE, APPROVAL])
@pytest.mark.parametrize("name", ["reporter", "helper", "worker", "assessor"])
async def test_nobody_scores_or_approves_without_that_part(
    county: County, bonus_id: UUID, name: str, statement: str
) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await write(statement, bonus_id, county[name].id)


async def test_an_assessor_does_not_approve(county: County, bonus_id: UUID) -> None:
    await scored(county, bonus_id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await write(APPROVAL, bonus_id, county["assessor"].id)
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(PARTY, bonus_id, county["assessor"].id, "approver")


async def test_a_household_has_one_part(county: County, bonus_id: UUID) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(PARTY, bonus_id, county["kin"].id, "assessor")
    await open_household(
        actor=SYSTEM,
        area_id=county.areas["lyx"],
        members=[county["assessor"].id, county["county_approver"].id],
    )
    await write(PARTY, bonus_id, county["assessor"].id, "assessor")
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(PARTY, bonus_id, county["county_approver"].id, "approver")


async def test_one_matter_has_one_bonus(county: County, bonus_id: UUID) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(
            "INSERT INTO admin_bonus (id, number, event, area, bonus_class, summary, sealed, state, nominated_by,"
            " nominated_at, notice_estimated)"
            " SELECT $1, 'X', event, area, 1, 'x', false, 'nominated', nominated_by, now(), false"
            " FROM admin_bonus WHERE id = $2",
            bonus_id,
        )


async def test_shares_make_a_hundred(county: County, bonus_id: UUID) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction() as connection:
            await connection.execute(
                "UPDATE admin_bonus_share SET percent = 61 WHERE bonus = $1 AND part = 'reporter'", bonus_id
            )


async def test_parties_scores_and_approvals_are_written_once(county: County, bonus_id: UUID) -> None:
    for table in ("admin_bonus_party", "admin_bonus_score", "admin_bonus_approval", "admin_payout_batch"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction() as connection:
                await connection.execute(f"DELETE FROM {table}")


async def test_the_owner_too_is_stopped(bonus_id: UUID, owner: "asyncpg.Connection") -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="written once"):
        await owner.execute("UPDATE admin_bonus_party SET part = 'helper'")
