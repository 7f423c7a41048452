"""Budgets: public money is decided for a purpose and a period, by finance or the county, and stops hard."""

from datetime import datetime
from typing import Final
from uuid import UUID

from admin.access import BUDGET_ROLES
from admin.errors import BudgetLineTaken, OutsideTerritory
from identity import audit
from identity.actor import Actor
from identity.areas import AreaRow, find_area
from kit import clock, db
from kit.once import Answer, Once, answered_once
from kit.wire import Invalid
from points import budget
from points.budget import Purpose

BONUS_PURPOSES: Final = ("bonus", "bonus_special")
_COUNTY = 1
_ONE_AT_A_TIME = 7_108_022


@db.flow
async def decide_budget(
    *,
    actor: Actor,
    purpose: Purpose,
    period: str,
    amount_fen: int,
    area_id: UUID | None = None,
    sponsor: str | None = None,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[UUID]:
    """Record that so much money is there for a purpose, an area or a sponsor, and a period (`2026-11`, `2026`).

    Moves: nothing; from now on the line can be reserved from.
    Answers: the budget line's id.
    Raises: OutsideTerritory, BudgetLineTaken, Invalid.
    """

    async def work() -> UUID:
        await clock.value_time(at)
        await db.current().execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)
        area = await find_area(area_id) if area_id else None
        if area_id is not None and area is None:
            raise Invalid(("/area_id", "area_unknown", "没有这个区域。", "There is no such area."))
        if (purpose == "sponsor") != (sponsor is not None) or (purpose != "sponsor" and area is None):
            raise Invalid(
                (
                    "/purpose",
                    "whose_money",
                    "赞助资金须写明赞助方，其他资金须写明区域。",
                    "Money of a sponsor names the sponsor, any other its area.",
                )
            )
        if area is not None and not actor.covers(area.path, *BUDGET_ROLES):
            raise OutsideTerritory
        if purpose in BONUS_PURPOSES:
            _check_bonus_line(purpose, period, area)
        if await budget.find_line(purpose=purpose, period=period, area_id=area_id, sponsor=sponsor) is not None:
            raise BudgetLineTaken
        line_id = await budget.open_line(
            purpose=purpose, period=period, amount_fen=amount_fen, area_id=area_id, sponsor=sponsor
        )
        await audit.record(
            actor,
            action="budget.decided",
            subject=("budget_line", line_id),
            after={"purpose": purpose, "period": period, "amount_fen": amount_fen},
        )
        return line_id

    return await answered_once(once, work)


def _check_bonus_line(purpose: Purpose, period: str, area: AreaRow | None) -> None:
    """Bonuses are paid by the county, those of the special tier by the year; nothing would find money put elsewhere."""
    if area is None or area.level != _COUNTY:
        raise Invalid(("/area_id", "county_only", "奖励资金由县级安排。", "Bonus money is the county's."))
    if purpose == "bonus_special" and "-" in period:
        raise Invalid(("/period", "year_only", "特别奖励按年度安排。", "The special tier has a line a year."))
