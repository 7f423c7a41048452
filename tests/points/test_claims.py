"""Claims of residents and their verification: what is paid, what is refused, and what leaves a decision row."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from identity.actor import RoleHeld
from identity.roles import grant_role
from kit.clock import business_day
from kit.errors import Refusal
from kit.invariants import prove
from kit.once import result_of
from kit.refusals import NotFound
from points import ledger, submissions
from points.errors import (
    ActionUnknown,
    AlreadyDecided,
    DirectSuperior,
    OutsideArea,
    OwnParticipation,
    RecallTooLate,
    SameHousehold,
    SamePerson,
    UseActivity,
    UseEvent,
    VerifierLevel,
)
from points.invariants import INVARIANTS
from points.participations import Claimed, claim_action
from points.verification import Verified, recall_verification, verify_participation
from tests.points.conftest import NOON, SYSTEM, Town, rows
from tests.races import meet_after

YESTERDAY = NOON - timedelta(days=1)


async def claim(town: Town, name: str = "lan", action: str = "LRN-PUBLIC", **more: Any) -> Claimed:
    values: dict[str, Any] = {"occurred_at": YESTERDAY, "at": NOON} | more
    actor = await town.actor(name)
    return result_of(await claim_action(actor=actor, person_id=town[name], action=action, **values))


async def verify(
    town: Town, name: str, participation_id: UUID, *, accept: bool = True, at: datetime = NOON
) -> Verified:
    actor = await town.actor(name)
    return result_of(await verify_participation(actor=actor, participation_id=participation_id, accept=accept, at=at))


async def balance(town: Town, name: str = "lan") -> int:
    (row,) = await rows("SELECT balance FROM points_account WHERE id = $1", town[name])
    found: int = row["balance"]
    return found


async def test_a_claim_waits_for_its_verifier_and_is_paid_when_he_confirms(town: Town) -> None:
    claimed = await claim(town)
    assert (claimed.state, claimed.code, claimed.points, claimed.rule_version) == ("pending", "pending", 10, 1)
    assert await balance(town) == 0
    verified = await verify(town, "worker", claimed.id)
    assert (verified.state, verified.points, await balance(town)) == ("awarded", 10, 10)
    with pytest.raises(AlreadyDecided):
        await verify(town, "village", claimed.id)
    (message,) = await rows("SELECT template, params FROM identity_message WHERE person = $1", town["lan"])
    assert message["template"] == "participation.awarded"


async def test_the_same_act_twice_is_a_duplicate_with_its_own_decision(town: Town) -> None:
    await claim(town)
    again = await claim(town, occurred_at=YESTERDAY + timedelta(seconds=30))
    assert (again.state, again.code) == ("refused", "duplicate")
    assert len(await rows("SELECT FROM points_participation")) == 2


@pytest.mark.parametrize(
    ("action", "first", "second", "code"),
    [
        ("VOL-SKILL", 1, 1, "cap_day"),
        ("MTG-SOLVE", 1, 2, "awarded"),
        ("CIV-CUSTOM", 1, 40, "too_old"),
    ],
)
async def test_caps_count_on_the_day_of_the_act(town: Town, action: str, first: int, second: int, code: str) -> None:
    await claim(town, action=action, occurred_at=NOON - timedelta(days=first))
    again = await claim(town, action=action, occurred_at=NOON - timedelta(days=second, hours=1))
    assert again.code == ("pending" if code == "awarded" else code)


async def test_what_waits_uses_the_cap_and_what_is_refused_gives_it_back(town: Town) -> None:
    first = await claim(town, action="VOL-SKILL")
    full = await claim(town, action="VOL-SKILL", occurred_at=YESTERDAY + timedelta(hours=1))
    assert (full.code, full.next_eligible_on) == ("cap_day", business_day(NOON))
    refused = await verify(town, "village", first.id, accept=False)
    assert (refused.state, refused.code) == ("refused", "refused_by_verifier")
    free = await claim(town, action="VOL-SKILL", occurred_at=YESTERDAY + timedelta(hours=2))
    assert free.state == "pending"


async def test_a_month_that_is_full_says_when_the_next_one_begins(town: Town) -> None:
    for day in range(4):
        assert (await claim(town, action="CIV-FOUND", occurred_at=NOON - timedelta(days=1 + day))).state == "pending"
    full = await claim(town, action="CIV-FOUND", occurred_at=NOON - timedelta(days=9))
    assert (full.code, str(full.next_eligible_on)) == ("cap_month", "2026-12-01")


async def test_an_action_of_another_door_says_which_and_keeps_the_try(town: Town) -> None:
    with pytest.raises(UseEvent):
        await claim(town, action="RPT-HAZARD")
    with pytest.raises(UseActivity):
        await claim(town, action="VOL-HOUR", quantity=2)
    with pytest.raises(ActionUnknown):
        await claim(town, action="NO-SUCH")
    codes = await rows("SELECT state, code FROM points_participation ORDER BY id")
    assert [(row["state"], row["code"]) for row in codes] == [("refused", "use_event"), ("refused", "use_activity")]


async def test_nobody_claims_for_somebody_else(town: Town) -> None:
    actor = await town.actor("hong")
    with pytest.raises(NotFound):
        await claim_action(actor=actor, person_id=town["lan"], action="CIV-FOUND", occurred_at=YESTERDAY, at=NOON)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("lan", OwnParticipation),
        ("ming", SameHousehold),
        ("elsewhere", OutsideArea),
        ("worker", VerifierLevel),
    ],
)
async def test_a_verifier_who_may_not_is_refused_with_a_decision_row(
    town: Town, name: str, refusal: type[Refusal]
) -> None:
    claimed = await claim(town, action="VOL-SKILL")
    with pytest.raises(refusal):
        await verify(town, name, claimed.id)
    (decision,) = await rows("SELECT person_id, outcome, code FROM points_decision")
    assert (decision["person_id"], decision["outcome"]) == (town[name], "not_allowed")
    assert decision["code"] == refusal.code
    assert (await verify(town, "town", claimed.id)).state == "awarded"  # a higher level may stand in


async def test_two_levels_confirm_in_their_order_and_are_two_people(town: Town) -> None:
    claimed = await claim(town, action="ERR-PAIR")
    with pytest.raises(VerifierLevel):
        await verify(town, "worker", claimed.id)
    first = await verify(town, "county", claimed.id)
    assert (first.state, first.steps_left) == ("pending", 1)
    with pytest.raises(SamePerson):
        await verify(town, "county", claimed.id)
    second = await verify(town, "town", claimed.id)
    assert (second.state, await balance(town)) == ("awarded", 100)


async def test_the_county_does_not_confirm_for_the_one_it_reports_to(town: Town) -> None:
    await grant_role(
        actor=SYSTEM,
        person_id=town["elsewhere"],
        role="town_verifier",
        area_id=town.areas["lyx.t1"],
        reports_to=town["lan"],
    )
    claimed = await claim(town, action="VOL-SKILL")
    with pytest.raises(DirectSuperior):
        await verify(town, "elsewhere", claimed.id)


async def test_a_stand_in_has_the_conflicts_of_the_one_he_stands_in_for(town: Town) -> None:
    claimed = await claim(town, action="VOL-SKILL")
    hong = replace(
        await town.actor("hong"), roles=(RoleHeld("village_verifier", "lyx.t1.v1", standing_in_for=town["ming"]),)
    )
    answer = await verify_participation(actor=hong, participation_id=claimed.id, accept=True, at=NOON)
    assert isinstance(answer.result, SameHousehold)


async def test_a_recalled_confirmation_takes_the_award_back_until_it_is_confirmed_again(town: Town) -> None:
    claimed = await claim(town)
    await verify(town, "worker", claimed.id)
    worker = await town.actor("worker")
    await recall_verification(actor=worker, participation_id=claimed.id, why="wrong person", at=NOON)
    assert await balance(town) == 0
    assert (await verify(town, "worker", claimed.id)).state == "awarded"
    assert await balance(town) == 10
    with pytest.raises(RecallTooLate):
        await recall_verification(actor=worker, participation_id=claimed.id, why="late", at=NOON + timedelta(hours=25))


async def race_for_the_cap(town: Town, days_ago: int = 1) -> int:
    """Fifty claims of one person and day at once; says how many were taken."""
    actor = await town.actor("lan")
    answers = await asyncio.gather(
        *(
            claim_action(
                actor=actor,
                person_id=town["lan"],
                action="VOL-SKILL",
                occurred_at=NOON - timedelta(days=days_ago, minutes=minute),
                at=NOON,
            )
            for minute in range(50)
        )
    )
    return sum(result_of(answer).state == "pending" for answer in answers)


async def test_of_fifty_claims_at_once_the_cap_lets_one_through(town: Town) -> None:
    assert [await race_for_the_cap(town, day) for day in (1, 2, 3)] == [1, 1, 1]


async def test_the_race_sees_it_when_accounts_are_not_locked(
    unproven_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unproven_town.award("lan", "LRN-PUBLIC")  # an account that is there is not waited for
    monkeypatch.setattr(ledger, "_LOCK", ledger._LOCK.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(submissions, "_read", meet_after(submissions._read))
    assert await race_for_the_cap(unproven_town) > 1
    broken = [each.invariant.name for each in await prove(INVARIANTS) if not each.ok]
    assert "I11 caps hold" in broken
