"""What the caps count over the turn of a year: the newest year in the account, the years before in rows."""

import importlib
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

import points
from identity.actor import Actor
from kit import db
from kit.clock import SHANGHAI
from points.awards import AwardLine, LineOutcome, Undo, award_lines, reverse_stage
from tests.points.conftest import SYSTEM, Town

NEW_YEAR = datetime(2027, 1, 1, 9, 0, tzinfo=SHANGHAI)


async def patrol(town: Town, day: datetime, reference: str) -> LineOutcome:
    """A patrol of that day, which counts once a day and twelve times a month; handed in three weeks into the year."""
    line = AwardLine(person_id=town["lan"], action="VOL-PATROL", occurred_at=day, reference=reference)
    (outcome,) = await award_lines(actor=SYSTEM, lines=[line], at=NEW_YEAR + timedelta(days=20), trusted=True)
    return outcome


async def in_account_and_before(town: Town) -> tuple[int, int, list[tuple[int, int]]]:
    account = await db.fetchrow(
        "SELECT used_year, cardinality(uses) AS uses FROM points_account WHERE id = $1", town["lan"]
    )
    assert account is not None
    rows = await db.fetch("SELECT year, cardinality(uses) AS uses FROM points_usage WHERE subject_id = $1", town["lan"])
    return account["used_year"], account["uses"], [(row["year"], row["uses"]) for row in rows]


async def test_the_account_keeps_the_newest_year_and_hands_the_old_one_on(town: Town) -> None:
    assert (await patrol(town, NEW_YEAR - timedelta(days=1), "old")).outcome == "awarded"
    assert await in_account_and_before(town) == (2026, 1, [])
    assert (await patrol(town, NEW_YEAR, "new")).outcome == "awarded"
    assert await in_account_and_before(town) == (2027, 1, [(2026, 1)])


async def test_caps_of_the_year_before_hold_after_the_new_one_began(town: Town) -> None:
    await patrol(town, NEW_YEAR, "new")
    assert (await patrol(town, NEW_YEAR - timedelta(days=1), "old")).outcome == "awarded"
    assert (await patrol(town, NEW_YEAR - timedelta(days=1, hours=2), "old too")).code == "cap_day"
    assert (await patrol(town, NEW_YEAR + timedelta(hours=2), "new too")).code == "cap_day"
    assert await in_account_and_before(town) == (2027, 1, [(2026, 1)])


async def test_lines_of_both_years_in_one_call_are_each_counted_once(town: Town) -> None:
    lines = [
        AwardLine(
            person_id=town["lan"], action="VOL-PATROL", occurred_at=NEW_YEAR + timedelta(days=day), reference=f"{day}"
        )
        for day in (0, -1, 1, -2)
    ]
    outcomes = await award_lines(actor=SYSTEM, lines=lines, at=NEW_YEAR + timedelta(days=20), trusted=True)
    assert [each.outcome for each in outcomes] == ["awarded"] * 4
    assert await in_account_and_before(town) == (2027, 2, [(2026, 2)])


async def test_an_award_of_the_year_before_that_is_taken_back_frees_its_cap(town: Town) -> None:
    old = await patrol(town, NEW_YEAR - timedelta(days=1), "old")
    await patrol(town, NEW_YEAR, "new")
    assert old.participation_id is not None
    async with db.transaction():
        await reverse_stage(Actor.system("tests"), Undo(old.participation_id), code="mistaken", at=NEW_YEAR)
    assert await in_account_and_before(town) == (2027, 1, [(2026, 0)])
    assert (await patrol(town, NEW_YEAR - timedelta(days=1), "again")).outcome == "awarded"


async def test_usage_kept_by_month_is_written_back_by_year(unproven_town: Town, owner: "asyncpg.Connection") -> None:
    """The migration of a town that was in use before."""
    town = unproven_town
    await patrol(town, NEW_YEAR, "new")
    await owner.execute("UPDATE points_account SET used_year = NULL, uses = NULL")
    await owner.execute(
        "CREATE TABLE points_usage_by_month AS SELECT $1::uuid AS subject_id, month, days::smallint[],"
        " actions::smallint[], units::smallint[], points::integer[]"
        " FROM (VALUES (24323, '{30,31}', '{9,9}', '{1,2}', '{0,15}'), (24324, '{1}', '{9}', '{1}', '{0}'))"
        " AS kept (month, days, actions, units, points)",
        town["lan"],
    )
    (path,) = (Path(points.__file__).parent / "piccolo_migrations").glob("points_2026_11_22t00_34_59*.py")
    migration = importlib.import_module(f"points.piccolo_migrations.{path.stem}")
    await owner.execute(migration.WRITE_BACK)
    assert await in_account_and_before(town) == (2027, 1, [(2026, 2)])
    assert await db.fetchval("SELECT uses FROM points_account WHERE id = $1", town["lan"]) == [1_0009_0001_0000000]
    assert await db.fetchval("SELECT uses FROM points_usage") == [364_0009_0001_0000000, 365_0009_0002_0000015]
