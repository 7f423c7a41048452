"""A bonus on its way, for tests: from a closed event to any state before it is paid."""

from datetime import datetime, timedelta
from uuid import UUID

from admin.approvals import approve_bonus
from admin.budgets import decide_budget
from admin.nomination import ShareAsked, nominate_bonus
from admin.notice import end_notices, publish_notices
from admin.scoring import score_bonus
from kit import clock
from kit.once import result_of
from tests.grid.county import START, County, closed_event

LATER = START + timedelta(days=1)
MARKS = {  # by tier: truth, timeliness, harm, loop of both assessors
    3: (20, 12, 20, 12),
    2: (22, 14, 22, 14),
    1: (26, 16, 26, 16),
    0: (29, 19, 29, 19),
}


async def budget_of(county: County, *, fen: int = 10_000_000, special: bool = False, at: datetime = LATER) -> UUID:
    """The county's bonus money of the year in which something is approved."""
    answer = await decide_budget(
        actor=county["finance"],
        purpose="bonus_special" if special else "bonus",
        period=f"{clock.business_day(at):%Y}",
        amount_fen=fen,
        area_id=county.areas["lyx"],
    )
    return result_of(answer)


async def nominated(
    county: County,
    *,
    bonus_class: int = 1,
    shares: dict[str, tuple[str, int]] | None = None,
    at: datetime = LATER,
    by: str = "reporter",
    category: str = "HOUSE-RISK",
) -> UUID:
    """A nominated bonus for a fresh event; the reporter gets everything unless shares say otherwise."""
    event_id = await closed_event(county, by=by, category=category, at=at - timedelta(days=1))
    asked = shares or {by: ("reporter", 100)}
    answer = await nominate_bonus(
        actor=county["town"],
        event_id=event_id,
        bonus_class=bonus_class,
        summary="提前三天发现墙体开裂，转移两户居民",
        shares=[ShareAsked(county[name].id, part, percent) for name, (part, percent) in asked.items()],  # type: ignore[arg-type]
        at=at,
    )
    return answer.id


async def scored(county: County, bonus_id: UUID, *, tier: int = 3, at: datetime = LATER) -> None:
    """Two assessors put the bonus into a tier."""
    truth, timeliness, harm, loop = MARKS[tier]
    for name in ("assessor", "second_assessor"):
        await score_bonus(
            actor=county[name], bonus_id=bonus_id, truth=truth, timeliness=timeliness, harm=harm, loop=loop, at=at
        )


async def approved(county: County, bonus_id: UUID, *, tier: int = 3, at: datetime = LATER) -> None:
    """The people whom the matrix names say yes."""
    people = {
        3: ("town_approver", "county_approver"),
        2: ("town_approver", "county_approver"),
        1: ("county_approver", "second_county_approver"),
        0: ("county_approver", "second_county_approver"),
    }[tier]
    fen = 300_000 if tier == 0 else None
    for name in people:
        await approve_bonus(actor=county[name], bonus_id=bonus_id, amount_fen=fen, at=at)
    if tier == 0:
        await approve_bonus(actor=county["leader"], bonus_id=bonus_id, meeting_note="常务会 2026 年 7 号", at=at)


async def payable_bonus(county: County, *, tier: int = 3, at: datetime = LATER, **how: object) -> UUID:
    """A bonus whose notice is over; the budget must be there."""
    bonus_id = await nominated(county, at=at, **how)  # type: ignore[arg-type]
    await scored(county, bonus_id, tier=tier, at=at)
    await approved(county, bonus_id, tier=tier, at=at)
    while await publish_notices(at=at):
        pass
    while await end_notices(at=at + timedelta(days=14)):
        pass
    return bonus_id
