"""The demo town from its first area to its last voucher, and who can sign in to it."""

import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from identity.actor import Actor
from identity.api_keys import create_api_key
from identity.areas import open_areas
from kit import db
from seed.bonuses import Bonuses, decide_bonus_budgets
from seed.diary import Diary, weeks
from seed.earning import Earning
from seed.geography import COUNTY, county_areas
from seed.offices import DemoLogin, fill_offices, make_logins, resident_actor
from seed.people import Registry, draw_households, register_households
from seed.reports import Reports
from seed.shops import open_shops
from seed.spending import Spending, stock_the_shelves
from seed.surroundings import SYSTEM, Calendar, Town

SIZES: Final[Mapping[str, int]] = {"demo": 2000, "small": 420}
"""How many residents a town of each size has."""

INTEGRATION: Final = "临溪文明实践平台"
_INTEGRATION_ACTIONS: Final = ("LRN-QUIZ", "PLT-ACTIVATE", "MTG-VOTE", "VOL-HOUR", "CIV-SORT", "ERR-DELIVER")

Step = tuple[str, Callable[[], Awaitable[None]]]


async def is_empty() -> bool:
    """Whether nobody is registered in the database."""
    return not await db.fetchval("SELECT EXISTS (SELECT FROM identity_person)")


async def _found(town: Town, residents: int) -> None:
    """Open the areas and register everybody who lives or works here."""
    new = county_areas()
    opened = await open_areas(actor=SYSTEM, areas=new)
    town.areas = {each.path: id_ for each, id_ in zip(new, opened, strict=True)}
    registry = Registry(town.seed, town.calendar.now.year)
    households = draw_households(registry, residents)
    town.residents = await register_households(SYSTEM, households, town.areas, at=town.calendar.founding)
    town.cast = await fill_offices(SYSTEM, registry, town.residents, town.areas, at=town.calendar.founding)
    town.cast.by_role["resident"] = [resident_actor(each) for each in town.cast.residents]
    town.cast.signing_in[:0] = [("resident", each) for each in town.cast.by_role["resident"]]
    key = await create_api_key(actor=SYSTEM, name=INTEGRATION, actions=_INTEGRATION_ACTIONS, area_id=town.areas[COUNTY])
    town.api_key = key.key
    town.integration = Actor(
        id=key.id, kind="integration", name=INTEGRATION, area_path=COUNTY, actions=frozenset(_INTEGRATION_ACTIONS)
    )


async def build_town(
    *, seed: int, residents: int, now: datetime, each: Callable[[list[Step]], Iterable[Step]] = iter
) -> tuple[Town, list[dict[str, str]]]:
    """Build the town through the domains' flows; answers with it and with everybody's login.

    `each` gives the steps one after another, as a progress bar does.
    """
    town = Town(seed=seed, calendar=Calendar(now))
    diary = Diary(now)

    async def found() -> None:
        await _found(town, residents)
        await open_shops(town)
        await decide_bonus_budgets(town)
        await stock_the_shelves(town)
        _write_plans(town, diary)

    def week(end: datetime) -> Callable[[], Awaitable[None]]:
        return lambda: diary.live_until(end)

    steps: list[Step] = [("people and shops", found)]
    steps += [(f"{end:%Y-%m-%d}", week(end)) for end in weeks(town.calendar.opening, now)]
    for _, step in each(steps):
        await step()
    return town, await _logins(town)


def _write_plans(town: Town, diary: Diary) -> None:
    """Let every part of life write its plans into the diary."""
    Earning(town, diary).plan()
    Spending(town, diary).plan()
    reports = Reports(town, diary)
    reports.plan()
    Bonuses(town, diary, reports).plan()


async def _logins(town: Town) -> list[dict[str, str]]:
    """Make the logins, and put them together as the file of logins holds them."""
    logins = await make_logins(SYSTEM, town.draw("passwords"), town.cast.signing_in)
    rows = [_row(login) for login in logins]
    return [*rows, {"role": "integration", "login": "", "password": "", "name": INTEGRATION, "api_key": town.api_key}]


def _row(login: DemoLogin) -> dict[str, str]:
    return {key: value for key, value in asdict(login).items() if value is not None}


def write_logins(path: Path, logins: list[dict[str, str]]) -> None:
    """Write the file of logins, which only this user may read; it is whole or not there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(logins, file, ensure_ascii=False, indent=2)
        file.write("\n")
    draft.replace(path)
