"""Bonuses from nomination to claw-back, through their flows."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from admin.approvals import approve_bonus, reject_bonus
from admin.budgets import decide_budget
from admin.claw_back import claw_back_bonus
from admin.errors import (
    AmountDiffers,
    ApproverNotNamed,
    BonusNotReady,
    ClawBackTooLate,
    ConflictOfInterest,
    EventNotClosed,
    MatterTaken,
    MonthlyCeiling,
)
from admin.invariants import INVARIANTS
from admin.nomination import ShareAsked, nominate_bonus
from admin.notice import end_notices, publish_notices
from admin.queries import list_bonuses, list_notices, read_bonus
from admin.scoring import score_bonus
from grid.invariants import INVARIANTS as GRID_INVARIANTS
from identity.actor import Actor, RoleHeld
from kit import db, invariants
from kit.once import result_of
from kit.refusals import NotFound
from kit.wire import Invalid
from points.budget import Purpose
from points.errors import AlreadyDecided, BudgetExhausted
from tests.admin.bonus_way import LATER, approved, budget_of, nominated, payable_bonus, scored
from tests.grid.county import County, closed_event, fed_back_event


async def holds() -> None:
    for finding in await invariants.prove([*INVARIANTS, *GRID_INVARIANTS]):
        assert finding.ok, (finding.invariant.name, finding.violations)


async def line_of(line_id: UUID) -> tuple[int, int]:
    row = await db.fetchrow("SELECT reserved_fen, paid_fen FROM points_budget_line WHERE id = $1", line_id)
    assert row is not None
    return row["reserved_fen"], row["paid_fen"]


async def points_of(county: County, name: str) -> int:
    return await db.fetchval("SELECT balance FROM points_account WHERE id = $1", county[name].id) or 0


async def payable_fen(county: County, name: str) -> int:
    found = await db.fetchval(
        "SELECT balance FROM points_account WHERE owner_id = $1 AND asset = 'fen'", county[name].id
    )
    return found or 0


async def test_a_bonus_is_scored_approved_noticed_and_payable_and_its_money_is_reserved_then_paid(
    county: County,
) -> None:
    line_id = await budget_of(county)
    bonus_id = await nominated(county, shares={"reporter": ("reporter", 60), "helper": ("helper", 40)})
    await scored(county, bonus_id, tier=2)
    assert (await read_bonus(county["town"], bonus_id)).row["state"] == "scored"
    first = result_of(await approve_bonus(actor=county["town_approver"], bonus_id=bonus_id, at=LATER))
    assert (first.state, first.approvals_missing) == ("scored", ("county",))
    assert await line_of(line_id) == (0, 0)
    last = result_of(await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER))
    assert (last.state, last.amount_fen, last.approvals_missing) == ("approved", 30_000, ())
    assert await line_of(line_id) == (30_000, 0)
    await holds()
    assert await publish_notices(at=LATER) == 1
    (notice,) = await list_notices(before=None, limit=10)
    assert notice["noticed_until"] == (LATER + timedelta(days=7)).date()  # Tuesday + 5 working days
    before = await points_of(county, "reporter")
    assert await end_notices(at=LATER + timedelta(days=7)) == 0
    assert await end_notices(at=LATER + timedelta(days=8)) == 1
    assert await line_of(line_id) == (0, 30_000)
    assert await payable_fen(county, "reporter") == 18_000
    assert await payable_fen(county, "helper") == 12_000
    assert await points_of(county, "reporter") == before + 200
    await holds()


async def test_below_sixty_a_bonus_is_rejected_by_its_marks(county: County) -> None:
    bonus_id = await nominated(county)
    one = await score_bonus(
        actor=county["assessor"], bonus_id=bonus_id, truth=20, timeliness=10, harm=20, loop=10, at=LATER
    )
    assert one.state == "nominated"
    two = await score_bonus(
        actor=county["second_assessor"], bonus_id=bonus_id, truth=20, timeliness=10, harm=20, loop=9, at=LATER
    )
    assert (two.state, two.mean_tenths, two.tier) == ("rejected", 595, None)
    with pytest.raises(AlreadyDecided):
        await approve_bonus(actor=county["town_approver"], bonus_id=bonus_id, at=LATER)


async def test_a_third_assessor_moves_the_mean_until_somebody_approves(county: County) -> None:
    await budget_of(county)
    bonus_id = await nominated(county)
    await scored(county, bonus_id, tier=1)
    third = await score_bonus(
        actor=county["third_assessor"], bonus_id=bonus_id, truth=10, timeliness=10, harm=10, loop=10, at=LATER
    )
    assert (third.state, third.tier, third.mean_tenths) == ("scored", 3, 693)
    await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
    with pytest.raises(AlreadyDecided):
        await score_bonus(actor=county["kin"], bonus_id=bonus_id, truth=1, timeliness=1, harm=1, loop=1, at=LATER)


async def test_two_people_at_the_county_are_two_and_the_town_is_not_named(county: County) -> None:
    await budget_of(county)
    bonus_id = await nominated(county)
    with pytest.raises(BonusNotReady):
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
    await scored(county, bonus_id, tier=1)
    with pytest.raises(ApproverNotNamed):
        await approve_bonus(actor=county["town_approver"], bonus_id=bonus_id, at=LATER)
    first = result_of(await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER))
    assert first.approvals_missing == ("county",)
    with pytest.raises(AlreadyDecided):
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
    with pytest.raises(NotFound):
        await approve_bonus(actor=county["other_town"], bonus_id=bonus_id, at=LATER)
    last = result_of(await approve_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, at=LATER))
    assert (last.state, last.amount_fen) == ("approved", 80_000)


async def test_the_special_tier_takes_one_amount_in_its_range_and_a_leader_with_the_minutes(county: County) -> None:
    line_id = await budget_of(county, special=True)
    bonus_id = await nominated(county)
    await scored(county, bonus_id, tier=0)
    for fen in (None, 199_999, 500_001):
        with pytest.raises(Invalid):
            await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, amount_fen=fen, at=LATER)
    await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, amount_fen=300_000, at=LATER)
    with pytest.raises(AmountDiffers):
        await approve_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, amount_fen=400_000, at=LATER)
    await approve_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, at=LATER)
    with pytest.raises(Invalid):
        await approve_bonus(actor=county["leader"], bonus_id=bonus_id, at=LATER)
    done = result_of(
        await approve_bonus(actor=county["leader"], bonus_id=bonus_id, meeting_note="常务会 2026 年 7 号", at=LATER)
    )
    assert (done.state, done.amount_fen) == ("approved", 300_000)
    assert await line_of(line_id) == (300_000, 0)
    await holds()


async def test_money_that_is_not_there_is_not_approved_and_the_bonus_waits(county: County) -> None:
    bonus_id = await nominated(county)
    await scored(county, bonus_id)
    await approve_bonus(actor=county["town_approver"], bonus_id=bonus_id, at=LATER)
    with pytest.raises(BudgetExhausted):
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
    line_id = await budget_of(county, fen=9_999)
    with pytest.raises(BudgetExhausted):
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
    assert await line_of(line_id) == (0, 0)
    assert (await read_bonus(county["town"], bonus_id)).row["state"] == "scored"


async def test_three_thousand_yuan_a_month_is_the_most_and_the_next_month_begins_anew(county: County) -> None:
    await budget_of(county)
    for day in range(3):  # 3 × 800 yuan
        bonus_id = await nominated(county, at=LATER + timedelta(days=day))
        await scored(county, bonus_id, tier=1)
        await approved(county, bonus_id, tier=1, at=LATER + timedelta(days=day))
    fourth = await nominated(county, bonus_class=3, at=LATER + timedelta(days=4))  # 1000 yuan more
    await scored(county, fourth, tier=1)
    at = LATER + timedelta(days=5)
    await approve_bonus(actor=county["county_approver"], bonus_id=fourth, at=at)
    with pytest.raises(MonthlyCeiling):
        await approve_bonus(actor=county["second_county_approver"], bonus_id=fourth, at=at)
    in_april = LATER + timedelta(days=30)
    done = result_of(await approve_bonus(actor=county["second_county_approver"], bonus_id=fourth, at=in_april))
    assert done.state == "approved"
    await holds()


async def test_a_rejected_bonus_gives_its_money_back_and_needs_somebody_who_had_no_part(county: County) -> None:
    line_id = await budget_of(county)
    bonus_id = await nominated(county)
    await scored(county, bonus_id)
    await approved(county, bonus_id)
    assert await line_of(line_id) == (10_000, 0)
    with pytest.raises(AlreadyDecided):
        await reject_bonus(actor=county["county_approver"], bonus_id=bonus_id, reason="重复", at=LATER)
    done = result_of(
        await reject_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, reason="重复", at=LATER)
    )
    assert done.state == "rejected"
    assert await line_of(line_id) == (0, 0)
    await holds()


async def test_only_a_closed_event_of_ones_territory_is_nominated_and_only_once(county: County) -> None:
    open_event = await fed_back_event(county)
    shares = [ShareAsked(county["reporter"].id, "reporter", 100)]
    with pytest.raises(EventNotClosed):
        await nominate_bonus(
            actor=county["town"], event_id=open_event, bonus_class=1, summary="x", shares=shares, at=LATER
        )
    event_id = await closed_event(county)
    with pytest.raises(NotFound):
        await nominate_bonus(
            actor=county["other_town"], event_id=event_id, bonus_class=1, summary="x", shares=shares, at=LATER
        )
    with pytest.raises(Invalid):
        await nominate_bonus(
            actor=county["town"], event_id=event_id, bonus_class=2, summary="微博@老王说", shares=shares, at=LATER
        )
    await nominate_bonus(actor=county["town"], event_id=event_id, bonus_class=1, summary="x", shares=shares, at=LATER)
    with pytest.raises(MatterTaken):
        await nominate_bonus(
            actor=county["town"], event_id=event_id, bonus_class=1, summary="x", shares=shares, at=LATER
        )


async def test_nobody_nominates_himself_nor_his_household(county: County) -> None:
    own = await closed_event(county, by="second_worker")
    with pytest.raises(ConflictOfInterest):
        await nominate_bonus(
            actor=county["second_worker"],
            event_id=own,
            bonus_class=1,
            summary="x",
            shares=[ShareAsked(county["second_worker"].id, "reporter", 100)],
            at=LATER,
        )
    event_id = await closed_event(county)
    with pytest.raises(ConflictOfInterest):
        await nominate_bonus(
            actor=county["kin"],
            event_id=event_id,
            bonus_class=1,
            summary="x",
            shares=[ShareAsked(county["reporter"].id, "reporter", 100)],
            at=LATER,
        )


async def test_who_has_a_part_or_lives_with_somebody_who_has_neither_scores_nor_approves(county: County) -> None:
    await budget_of(county)
    bonus_id = await nominated(county)
    with pytest.raises(ConflictOfInterest):  # lives with the reporter
        await score_bonus(actor=county["kin"], bonus_id=bonus_id, truth=1, timeliness=1, harm=1, loop=1, at=LATER)
    await scored(county, bonus_id)
    with pytest.raises(AlreadyDecided):
        await scored(county, bonus_id)
    with pytest.raises(ConflictOfInterest):
        await approve_bonus(actor=county["kin"], bonus_id=bonus_id, at=LATER)


async def test_a_sealed_tip_is_never_put_up_and_shows_nobody(county: County) -> None:
    await budget_of(county)
    bonus_id = await _nominated_fraud(county)
    await scored(county, bonus_id)
    await approved(county, bonus_id)
    assert await publish_notices(at=LATER) == 1
    seen = await read_bonus(county["assessor"], bonus_id)
    assert (seen.row["state"], seen.row["noticed_on"]) == ("payable", None)
    assert seen.shares[0].name is None
    assert seen.summary == "识破集资骗局"
    assert await list_notices(before=None, limit=10) == []
    await holds()


async def _nominated_fraud(county: County) -> UUID:
    from tests.grid import county as way  # noqa: PLC0415 - the steps of the way, one by one

    event_id = await way.reported_event(county, category="FRAUD")
    await way.accept_event(actor=county["town"], event_id=event_id, at=LATER)
    await way.dispatch_event(actor=county["town"], event_id=event_id, at=LATER)
    await way.handle_event(actor=county["town"], event_id=event_id, note="x", at=LATER)
    await way.feed_back(actor=county["town"], event_id=event_id, note="x", at=LATER)
    await way.rate_event(actor=county["reporter"], event_id=event_id, stars=5, at=LATER)
    await way.close_event(actor=county["town"], event_id=event_id, at=LATER)
    answer = await nominate_bonus(
        actor=county["town"],
        event_id=event_id,
        bonus_class=3,
        summary="识破集资骗局",
        shares=[ShareAsked(county["reporter"].id, "reporter", 100)],
        at=LATER,
    )
    return answer.id


async def test_what_was_told_in_confidence_is_for_those_who_judge_it_or_may_read_the_event(county: County) -> None:
    bonus_id = await _nominated_fraud(county)
    told = {
        name: (await read_bonus(county[name], bonus_id)).summary is not None
        for name in ("town", "county", "assessor", "town_approver", "village", "finance", "auditor")
    }
    assert [name for name in told if told[name]] == ["town", "county", "assessor", "town_approver"]


async def test_a_stand_in_has_the_conflicts_of_the_absent(county: County) -> None:
    bonus_id = await nominated(county)
    await scored(county, bonus_id)

    def standing_in(name: str, role: str) -> Actor:
        held = RoleHeld(role, "lyx", standing_in_for=county[name].id)
        return replace(county["third_assessor"], roles=(held,))

    marks = {"truth": 20, "timeliness": 12, "harm": 20, "loop": 12, "at": LATER}
    for name in ("assessor", "kin"):  # one has scored, one lives with the reporter
        with pytest.raises(ConflictOfInterest):
            await score_bonus(actor=standing_in(name, "assessor"), bonus_id=bonus_id, **marks)
        with pytest.raises(ConflictOfInterest):
            await approve_bonus(actor=standing_in(name, "county_approver"), bonus_id=bonus_id, at=LATER)
        with pytest.raises(ConflictOfInterest):
            await reject_bonus(actor=standing_in(name, "county_approver"), bonus_id=bonus_id, reason="x", at=LATER)
    await approve_bonus(actor=standing_in("second_county_approver", "county_approver"), bonus_id=bonus_id, at=LATER)


async def test_a_bonus_is_clawed_back_within_twelve_months_with_its_points(county: County) -> None:
    line_id = await budget_of(county)
    bonus_id = await payable_bonus(county)
    points = await points_of(county, "reporter")
    payable_at = LATER + timedelta(days=14)
    with pytest.raises(ClawBackTooLate):
        await claw_back_bonus(
            actor=county["second_county_approver"],
            bonus_id=bonus_id,
            reason="虚报",
            at=payable_at + timedelta(days=366),
        )
    done = result_of(
        await claw_back_bonus(
            actor=county["second_county_approver"], bonus_id=bonus_id, reason="虚报", at=payable_at + timedelta(days=30)
        )
    )
    assert done.state == "clawed_back"
    assert await points_of(county, "reporter") == points - 200
    assert await payable_fen(county, "reporter") == 0
    assert await line_of(line_id) == (0, 0)
    await holds()


async def test_lists_show_the_bonuses_of_ones_territory(county: County) -> None:
    bonus_id = await nominated(county)
    rows = await list_bonuses(county["town_approver"], state="nominated", after=None, limit=10)
    assert [row["id"] for row in rows] == [bonus_id]
    assert await list_bonuses(county["town_approver"], state="scored", after=None, limit=10) == []
    assert await list_bonuses(county["other_town"], state=None, after=None, limit=10) == []
    with pytest.raises(NotFound):
        await read_bonus(county["other_town"], bonus_id)


async def test_bonus_money_that_no_bonus_would_find_is_not_decided(county: County) -> None:
    def decided(purpose: Purpose, period: str, path: str) -> Awaitable[object]:
        return decide_budget(
            actor=county["finance"], purpose=purpose, period=period, amount_fen=1, area_id=county.areas[path]
        )

    with pytest.raises(Invalid):
        await decided("bonus", "2026", "lyx.t1")
    with pytest.raises(Invalid):
        await decided("bonus_special", "2026-11", "lyx")
    await decided("bonus", "2026-11", "lyx")
    await decided("town", "2026", "lyx.t1")
