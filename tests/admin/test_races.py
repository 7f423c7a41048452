"""Many approvers at once: the budget and the ceiling of the month hold exactly; without their guards they do not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest

from admin.approvals import approve_bonus
from admin.errors import MonthlyCeiling
from admin.invariants import INVARIANTS
from admin.nomination import ShareAsked, nominate_bonus
from identity.actor import Actor
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from kit import db, invariants
from points import budget
from points.errors import BudgetExhausted
from tests.admin.bonus_way import LATER, budget_of, nominated, scored
from tests.grid.county import HOME, SYSTEM, County, actor_of, closed_event
from tests.races import Meeting, meet_inside

pytestmark = pytest.mark.stores

APPROVERS = 20
ENOUGH_FOR = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    """Bonuses that each wait for one approval, and the approver of each."""

    bonus_ids: list[UUID]
    approvers: list[Actor]


async def new_people(county: County, count: int, *, role: str | None = None) -> list[Actor]:
    people = await register_people(
        actor=SYSTEM, people=[NewPerson(name=f"李{number}", area_id=county.areas[HOME]) for number in range(count)]
    )
    if role:
        await grant_roles(
            actor=SYSTEM,
            grants=[RoleGrant(person_id=person, role=role, area_id=county.areas["lyx"]) for person in people],
        )
    return [await actor_of(person) for person in people]


async def waiting_for_the_county(county: County) -> Waiting:
    """Twenty bonuses of 100 yuan for twenty reporters, approved by the town."""
    reporters = await new_people(county, APPROVERS)
    bonus_ids = []
    for number, reporter in enumerate(reporters):
        county.actors[f"reporter {number}"] = reporter
        event_id = await closed_event(county, by=f"reporter {number}")
        answer = await nominate_bonus(
            actor=county["town"],
            event_id=event_id,
            bonus_class=1,
            summary="提前发现",
            shares=[ShareAsked(reporter.id, "reporter", 100)],
            at=LATER,
        )
        await scored(county, answer.id)
        await approve_bonus(actor=county["town_approver"], bonus_id=answer.id, at=LATER)
        bonus_ids.append(answer.id)
    return Waiting(bonus_ids, await new_people(county, APPROVERS, role="county_approver"))


async def all_at_once(waiting: Waiting, refusal: type[Exception]) -> int:
    """How many of the approvals, given at the same moment, came through; all others meet the refusal."""

    async def approve(bonus_id: UUID, approver: Actor) -> bool:
        try:
            await approve_bonus(actor=approver, bonus_id=bonus_id, at=LATER)
        except refusal:
            return False
        return True

    pairs = zip(waiting.bonus_ids, waiting.approvers, strict=True)
    return sum(await asyncio.gather(*(approve(*pair) for pair in pairs)))


async def broken() -> set[str]:
    return {finding.invariant.name for finding in await invariants.prove(list(INVARIANTS)) if not finding.ok}


async def test_twenty_approvers_spend_exactly_what_the_budget_has(county: County) -> None:
    line_id = await budget_of(county, fen=ENOUGH_FOR * 10_000 + 9_999)
    waiting = await waiting_for_the_county(county)
    assert await all_at_once(waiting, BudgetExhausted) == ENOUGH_FOR
    assert await db.fetchval("SELECT reserved_fen FROM points_budget_line WHERE id = $1", line_id) == 70_000
    assert await broken() == set()


async def test_the_control_without_the_lock_on_the_line_spends_too_much(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    await budget_of(county, fen=ENOUGH_FOR * 10_000 + 9_999)
    waiting = await waiting_for_the_county(county)
    monkeypatch.setattr(budget, "_LOCK", budget._LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(budget, "open_lines", meet_inside(budget.open_lines, size=ENOUGH_FOR + 1))
    assert await all_at_once(waiting, BudgetExhausted) > ENOUGH_FOR
    assert "I18 bonus budgets" in await broken()


async def five_of_one_person(county: County) -> Waiting:
    """Five bonuses of 800 yuan for one reporter, each waiting for the second person at the county."""
    await budget_of(county)
    bonus_ids = []
    for _ in range(5):
        bonus_id = await nominated(county)
        await scored(county, bonus_id, tier=1)
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
        bonus_ids.append(bonus_id)
    return Waiting(bonus_ids, await new_people(county, 5, role="county_approver"))


async def test_the_ceiling_of_the_month_holds_for_one_person_in_parallel(county: County) -> None:
    waiting = await five_of_one_person(county)
    assert await all_at_once(waiting, MonthlyCeiling) == 3
    assert await broken() == set()


async def test_the_control_without_the_lock_on_the_person_pays_over_the_ceiling(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await five_of_one_person(county)

    all_have_read = Meeting(size=5)

    @asynccontextmanager
    async def unlocked(_accounts: object, **_: object) -> AsyncIterator[None]:
        yield
        await all_have_read.wait()

    monkeypatch.setattr("admin.approvals.ledger.open_book", unlocked)
    assert await all_at_once(waiting, MonthlyCeiling) > 3
