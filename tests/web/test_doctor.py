"""`qunzhifen doctor` says what a person has to look at."""

from dataclasses import replace
from datetime import date, datetime

from kit import db
from kit.calendar import last_published_year, set_calendar_day
from kit.clock import SHANGHAI
from kit.settings import settings
from web import doctor
from web.doctor import Finding, examine


async def findings(subject: str, **changed: str) -> list[Finding]:
    """What it says about one thing, with these settings changed."""
    found = await examine(replace(settings(), **changed))  # type: ignore[arg-type]
    return [each for each in found if each.subject == subject]


async def test_the_app_with_a_role_of_its_own_is_well(database: str) -> None:
    (role,) = await findings("role")
    assert (role.verdict, role.said) == ("ok", "qunzhifen_app may not change immutable tables")


async def test_one_role_for_everything_is_a_warning_that_says_what_to_do(database: str) -> None:
    (role,) = await findings("role", database_url=settings().migration_database_url)
    assert role.verdict == "warning"
    assert "only triggers guard them" in role.said
    assert "MIGRATION_DATABASE_URL" in role.said


async def test_this_year_and_the_next_have_working_days_or_a_warning(database: str) -> None:
    this_year = datetime.now(SHANGHAI).year
    for year, found in zip((this_year, this_year + 1), await findings("calendar"), strict=True):
        assert found.said.startswith(f"{year}: ")
        assert found.verdict == ("ok" if year <= last_published_year() else "warning")


async def test_a_year_that_nobody_has_published_is_well_once_the_county_has_entered_it(database: str) -> None:
    year = last_published_year() + 1
    assert doctor._year(year, 0).verdict == "warning"
    async with db.transaction():
        await set_calendar_day(date(year, 1, 1), working=False, why="元旦")
    (own,) = await db.fetch(doctor._OWN_DAYS)
    assert (own["year"], own["days"]) == (year, 1)
    assert doctor._year(year, 1).verdict == "ok"
