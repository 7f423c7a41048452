"""Awards from other systems and from the flows above: decided one by one, written together."""

from datetime import timedelta

from tests.points.conftest import NOON, Town, rows, send

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
