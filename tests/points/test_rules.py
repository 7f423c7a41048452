"""Rules: drafts never award, a territory's own rule goes before the county's, and old awards keep their version."""

from datetime import timedelta
from uuid import UUID

import pytest

from kit import db
from kit.clock import business_day
from points.caps import Caps
from points.catalogue import load_catalogue, read_catalogue
from points.errors import ActionUnknown, RuleNotADraft
from points.rules import (
    RuleText,
    draft_rule,
    put_rule_in_force,
    retire_rule,
    rule_book,
    set_discretionary_awards,
)
from tests.points.conftest import NOON, SYSTEM, Town, rows, send

TODAY = business_day(NOON)
TEXT = RuleText(points=44, credit_tenths=5, evidence="sheet", verified_by="V3", caps=Caps(day=2))


async def draft(town: Town, action: str, path: str | None, text: RuleText = TEXT) -> UUID:
    async with db.transaction():
        area_id = town.areas[path] if path else None
        return await draft_rule(actor=SYSTEM, action=action, area_id=area_id, text=text)


async def put_in_force(rule_id: UUID, days_ago: int = 3) -> None:
    async with db.transaction():
        await put_rule_in_force(actor=SYSTEM, rule_id=rule_id, from_day=TODAY - timedelta(days=days_ago))


async def points(town: Town, name: str, days_ago: int = 1, hour: int = 0) -> int:
    happened = NOON - timedelta(days=days_ago, hours=hour)
    (outcome,) = await send(town, (name, "VOL-SKILL", happened, f"{name}{days_ago}{hour}"))
    return outcome.points


async def test_the_catalogue_has_forty_eight_actions_each_with_a_rule_in_force(town: Town) -> None:
    book = await rule_book()
    assert len(book.actions) == len(read_catalogue()) == 48
    assert all(action.rule("lyx.t1", TODAY) for action in book.actions.values())
    assert await load_catalogue() == ()
    with pytest.raises(ActionUnknown):
        book.action("NO-SUCH")


async def test_an_action_that_a_newer_version_adds_is_loaded_once(town: Town, owner: object) -> None:
    await owner.execute("DELETE FROM points_rule_version WHERE action = 'LRN-DRILL'")  # type: ignore[attr-defined]
    await owner.execute("DELETE FROM points_action WHERE code = 'LRN-DRILL'")  # type: ignore[attr-defined]
    assert "LRN-DRILL" not in (await rule_book()).actions
    assert await load_catalogue() == ("LRN-DRILL",)
    assert "LRN-DRILL" in (await rule_book()).actions


async def test_a_draft_never_awards(town: Town) -> None:
    await draft(town, "VOL-SKILL", "lyx.t1.v1")
    assert await points(town, "lan") == 30


async def test_a_villages_rule_goes_before_its_towns_and_the_countys(town: Town) -> None:
    await put_in_force(await draft(town, "VOL-SKILL", "lyx.t1"))
    await put_in_force(await draft(town, "VOL-SKILL", "lyx.t1.v1", RuleText(**(_fields() | {"points": 55}))))
    assert [await points(town, name) for name in ("lan", "hong", "fang")] == [55, 44, 30]


def _fields() -> dict[str, object]:
    return {name: getattr(TEXT, name) for name in TEXT.__slots__}


async def test_the_rule_is_that_of_the_day_on_which_it_happened(town: Town) -> None:
    await put_in_force(await draft(town, "VOL-SKILL", None), days_ago=3)
    assert [await points(town, "lan", days_ago) for days_ago in (2, 3, 4)] == [44, 44, 30]
    versions = await rows(
        "SELECT rule.version, rule.state FROM points_participation AS done"
        " JOIN points_rule_version AS rule ON rule.id = done.rule_version_id ORDER BY done.occurred_on"
    )
    assert [(row["version"], row["state"]) for row in versions] == [(1, "retired"), (2, "in_force"), (2, "in_force")]


async def test_a_rule_that_retires_gives_way_to_the_wider_one(town: Town) -> None:
    rule_id = await draft(town, "VOL-SKILL", "lyx.t1.v1")
    await put_in_force(rule_id)
    async with db.transaction():
        await retire_rule(actor=SYSTEM, rule_id=rule_id, on_day=TODAY)
    assert [await points(town, "lan"), await points(town, "lan", 0, 1)] == [44, 30]
    with pytest.raises(RuleNotADraft):
        await put_in_force(rule_id)


async def test_discretionary_awards_pause_where_rewards_are_not_covered(town: Town) -> None:
    async with db.transaction():
        await set_discretionary_awards(
            actor=SYSTEM, area_id=town.areas["lyx.t1"], is_open=False, reason="cover below 100 %"
        )
    happened = NOON - timedelta(hours=1)
    outcomes = await send(town, ("lan", "LRN-QUIZ", happened, "a"), ("fang", "LRN-QUIZ", happened, "b"))
    assert [each.code for each in outcomes] == ["discretionary_closed", "awarded"]


async def test_a_discretion_that_opens_again_awards_again(town: Town) -> None:
    for is_open, outcome in ((False, "refused"), (True, "awarded")):
        async with db.transaction():
            await set_discretionary_awards(
                actor=SYSTEM, area_id=town.areas["lyx"], is_open=is_open, reason="cover ratio"
            )
        (sent,) = await send(town, ("lan", "LRN-QUIZ", NOON - timedelta(hours=1), outcome))
        assert sent.outcome == outcome
