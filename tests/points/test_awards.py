"""Awards from other systems and from the flows above: decided one by one, written together."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from identity.actor import Actor
from kit import db
from kit.ids import new_id
from points import accounts
from points.awards import (
    Act,
    ActOutcome,
    AwardLine,
    Decider,
    Resplit,
    TakenBack,
    Undo,
    award_lines,
    award_stages,
    find_participation,
    resplit,
    reverse_stages,
)
from points.ledger import Label, Transfer, open_book
from tests.points.conftest import NOON, SYSTEM, Town, rows, send

YESTERDAY = NOON - timedelta(days=1)


async def test_a_line_is_awarded_once_and_its_reference_stays_taken(town: Town) -> None:
    first = await send(town, ("lan", "VOL-SKILL", YESTERDAY, "r1"))
    again = await send(town, ("lan", "VOL-SKILL", YESTERDAY, "r1"))
    assert (first[0].outcome, first[0].points, first[0].balance_after) == ("awarded", 30, 30)
    assert (again[0].outcome, again[0].points, again[0].balance_after) == ("duplicate", 0, 30)
    assert len(await rows("SELECT FROM points_participation")) == 1


async def test_lines_of_one_person_in_one_call_count_one_after_the_other(town: Town) -> None:
    outcomes = await send(
        town,
        ("lan", "VOL-SKILL", YESTERDAY, "r1"),
        ("lan", "VOL-SKILL", YESTERDAY, "r2"),
        ("hong", "VOL-SKILL", YESTERDAY, "r3"),
        ("lan", "LRN-PUBLIC", YESTERDAY, "r1"),
        ("lan", "LRN-PUBLIC", YESTERDAY, "r4"),
    )
    assert [each.outcome for each in outcomes] == ["awarded", "capped", "awarded", "duplicate", "awarded"]
    assert [each.balance_after for each in outcomes] == [30, 30, 30, 30, 40]
    assert (outcomes[1].code, outcomes[1].next_eligible_on) == ("cap_day", NOON.date())


def act(town: Town, name: str, action: str, stage: int = 0, occurrence: str = "event:1", **more: object) -> Act:
    return Act(
        person_id=town[name],
        action=action,
        occurrence=occurrence,
        occurred_at=YESTERDAY,
        source="event",
        stage=stage,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


async def pay(*acts: Act, at: datetime = NOON) -> list[ActOutcome]:
    async with db.transaction():
        return await award_stages(SYSTEM, acts, at=at)


async def undo(*undos: Undo, code: str = "reopened", at: datetime = NOON) -> list[TakenBack]:
    async with db.transaction():
        return await reverse_stages(SYSTEM, undos, code=code, at=at)


async def spend(town: Town, name: str, points: int) -> None:
    async with db.transaction(), open_book([accounts.person(town[name])], at=NOON) as book:
        book.post(
            Transfer(
                kind="exchange",
                reference=new_id(),
                amount=points,
                debit=accounts.person(town[name]),
                credit=accounts.ESCROW,
                label=Label("兑换", "Exchange"),
                fact=("voucher", new_id()),
            )
        )


async def test_a_report_is_paid_a_fifth_on_acceptance_and_the_rest_with_the_credit_on_closing(town: Town) -> None:
    (first,) = await pay(act(town, "lan", "RPT-HAZARD", 1))
    (second,) = await pay(act(town, "lan", "RPT-HAZARD", 2))
    (again,) = await pay(act(town, "lan", "RPT-HAZARD", 2))
    assert [each.points for each in (first, second, again)] == [4, 16, 0]
    assert (again.outcome, again.balance_after) == ("duplicate", None)
    credit = await rows("SELECT tenths FROM points_credit_event WHERE person_id = $1", town["lan"])
    assert [row["tenths"] for row in credit] == [10]
    assert await find_participation(town["lan"], "RPT-HAZARD", "event:1") == first.participation_id
    assert await find_participation(town["lan"], "RPT-HAZARD", "event:_") is None


async def test_reopening_takes_the_second_stage_back_and_closing_again_pays_it_again(town: Town) -> None:
    (first,) = await pay(act(town, "lan", "RPT-HAZARD", 1))
    await pay(act(town, "lan", "RPT-HAZARD", 2))
    (taken,) = await undo(Undo(first.participation_id, 2))
    assert (taken.points, taken.taken, taken.recovery) == (16, 16, 0)
    (twice,) = await undo(Undo(first.participation_id, 2))
    assert twice.points == 0
    (paid,) = await pay(act(town, "lan", "RPT-HAZARD", 2))
    assert (paid.points, paid.balance_after) == (16, 20)
    assert [row["tenths"] for row in await rows("SELECT * FROM points_credit_event WHERE withdrawn_on IS NULL")] == [10]


async def test_the_first_stage_uses_the_cap_and_a_voided_report_gives_it_back(town: Town) -> None:
    reports = [act(town, "lan", "RPT-HAZARD", 1, f"event:{number}") for number in range(4)]
    paid = await pay(*reports)
    assert [each.code for each in paid] == ["awarded", "awarded", "awarded", "cap_day"]
    await undo(Undo(paid[0].participation_id), code="false_report")
    (after,) = await pay(act(town, "lan", "RPT-HAZARD", 1, "event:9"))
    assert after.outcome == "awarded"


async def test_a_hundred_points_need_two_different_people_over_both_stages(town: Town) -> None:
    worker, verifier = Decider(town["worker"], 2), Decider(town["town"], 4)
    await pay(act(town, "lan", "RPT-MAJOR", 1, decided_by=(worker,)))
    (alone,) = await pay(act(town, "lan", "RPT-MAJOR", 2, decided_by=(worker,)))
    assert (alone.outcome, alone.code) == ("refused", "two_people_needed")
    (both,) = await pay(act(town, "lan", "RPT-MAJOR", 2, decided_by=(verifier,)))
    assert (both.outcome, both.points) == ("awarded", 80)
    (bonus,) = await pay(act(town, "hong", "GRD-HVI", decided_by=(worker, worker)))
    assert bonus.code == "two_people_needed"


async def test_points_spent_before_they_are_taken_back_are_recovered_from_half_of_later_awards(town: Town) -> None:
    deciders = (Decider(town["county"], 5), Decider(town["county_too"], 5))
    (bonus,) = await pay(act(town, "lan", "GRD-HVI", decided_by=deciders))
    await spend(town, "lan", 190)
    (taken,) = await undo(Undo(bonus.participation_id), code="clawed_back")
    assert (taken.taken, taken.recovery) == (10, 190)
    await town.award("lan", times=5)
    (account,) = await rows("SELECT balance, recovery FROM points_account WHERE id = $1", town["lan"])
    assert (account["balance"], account["recovery"]) == (75, 115)
    (recovery,) = await rows("SELECT points, collected FROM points_recovery")
    assert (recovery["points"], recovery["collected"]) == (190, 75)


async def test_merging_leaves_the_later_reporter_his_part_and_unmerging_gives_the_difference_back(town: Town) -> None:
    (first,) = await pay(act(town, "lan", "RPT-ENV", 1))
    await pay(act(town, "lan", "RPT-ENV", 2))
    async with db.transaction():
        (merged,) = await resplit(SYSTEM, [Resplit(first.participation_id, "new_evidence")], at=NOON)
    assert (merged.points, merged.taken) == (3, 3)
    async with db.transaction():
        (unmerged,) = await resplit(SYSTEM, [Resplit(first.participation_id, "full")], at=NOON)
    assert (unmerged.points, unmerged.taken) == (-3, -3)
    (me_too,) = await pay(act(town, "hong", "RPT-ENV", 1, split="me_too"))
    (rest,) = await pay(act(town, "hong", "RPT-ENV", 2))
    assert (me_too.points, rest.points) == (1, 0)


async def test_of_an_exclusive_group_the_highest_is_paid_once(town: Town) -> None:
    deciders = (Decider(town["village"], 3), Decider(town["town"], 4))
    (low,) = await pay(act(town, "lan", "MED-ASSIST", decided_by=deciders))
    (high,) = await pay(act(town, "lan", "MED-DONE", decided_by=deciders))
    (lower,) = await pay(act(town, "lan", "MED-ASSIST", decided_by=deciders))
    assert (low.balance_after, high.outcome) == (20, "awarded")
    assert (lower.outcome, lower.code) == ("duplicate", "exclusive_group")
    (account,) = await rows("SELECT balance FROM points_account WHERE id = $1", town["lan"])
    assert account["balance"] == 50
    both = [act(town, "hong", code, decided_by=deciders) for code in ("MED-ASSIST", "MED-DONE")]
    assert [each.outcome for each in await pay(*both)] == ["awarded", "awarded"]
    (account,) = await rows("SELECT balance FROM points_account WHERE id = $1", town["hong"])
    assert account["balance"] == 50


async def test_caps_of_a_household_are_shared_by_its_members(town: Town) -> None:
    first = act(town, "lan", "CIV-SORT", occurrence="month:11")
    second = act(town, "ming", "CIV-SORT", occurrence="month:11")
    assert [each.code for each in await pay(first, second)] == ["awarded", "cap_month"]


async def test_an_act_belongs_to_the_day_in_shanghai(town: Town) -> None:
    late = datetime(2026, 11, 19, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    outcomes = await send(
        town,
        ("lan", "VOL-SKILL", late, "r1"),
        ("lan", "VOL-SKILL", late + timedelta(minutes=1), "r2"),
        ("lan", "VOL-SKILL", late + timedelta(minutes=2), "r3"),
    )
    assert [each.outcome for each in outcomes] == ["awarded", "awarded", "capped"]
    days = await rows("SELECT occurred_on FROM points_participation WHERE state = 'awarded' ORDER BY occurred_at")
    assert [row["occurred_on"] for row in days] == [date(2026, 11, 19), date(2026, 11, 20)]


@pytest.mark.parametrize(
    ("action", "days", "outcome", "code"),
    [
        ("LRN-QUIZ", 1, "awarded", "awarded"),
        ("VOL-SKILL", 1, "pending", "pending"),
        ("LRN-QUIZ", 31, "awarded", "awarded"),
        ("LRN-QUIZ", 32, "refused", "too_old"),
        ("LRN-QUIZ", -1, "refused", "in_future"),
        ("VOL-BLOOD", 1, "refused", "action_disabled"),
        ("RPT-ENV", 1, "refused", "action_not_allowed"),
        ("NO-SUCH", 1, "refused", "action_unknown"),
    ],
)
async def test_an_integration_sends_what_its_key_lists(
    town: Town, action: str, days: int, outcome: str, code: str
) -> None:
    key = Actor(
        id=new_id(),
        kind="integration",
        name="quiz",
        actions=frozenset({"LRN-QUIZ", "VOL-SKILL", "VOL-BLOOD"}),
        area_path="lyx",
    )
    (result,) = await send(town, ("lan", action, NOON - timedelta(days=days), "r1"), actor=key)
    assert (result.outcome, result.code) == (outcome, code)


async def test_an_integration_knows_nobody_outside_of_its_area(town: Town) -> None:
    key = Actor(id=new_id(), kind="integration", name="quiz", actions=frozenset({"LRN-QUIZ"}), area_path="lyx.t2")
    (result,) = await send(town, ("lan", "LRN-QUIZ", YESTERDAY, "r1"), actor=key)
    assert (result.outcome, result.code) == ("refused", "resident_unknown")


async def test_the_global_ceilings_refuse_an_award_whole(town: Town) -> None:
    lines = [("lan", code, YESTERDAY, code) for code in ("MTG-SOLVE", "VOL-SKILL", "CIV-FOUND", "ERR-NEIGHBOR")]
    outcomes = await send(town, *lines)
    assert [each.code for each in outcomes] == ["awarded", "awarded", "awarded", "cap_day_global"]
    assert outcomes[-1].balance_after == 100


async def test_ten_thousand_points_are_never_made_by_a_thousand_equal_lines(town: Town) -> None:
    lines = [
        AwardLine(person_id=town["lan"], action="GRD-VISIT", occurred_at=YESTERDAY, reference=str(number))
        for number in range(1_000)
    ]
    outcomes = await award_lines(actor=SYSTEM, lines=lines, at=NOON, trusted=True)
    assert sum(each.points for each in outcomes) == 30


async def test_the_same_references_sent_by_twenty_at_once_are_taken_once(town: Town) -> None:
    names = ("lan", "hong", "fang", "head")
    calls = [
        send(town, *((names[(call + place) % 4], "VOL-SKILL", YESTERDAY, f"r{place}") for place in range(4)))
        for call in range(20)
    ]
    outcomes = [outcome for answers in await asyncio.gather(*calls) for outcome in answers]
    assert sum(each.outcome == "awarded" for each in outcomes) == 4
    assert sum(each.outcome == "duplicate" for each in outcomes) == 76
    assert len(await rows("SELECT FROM points_participation")) == 4
