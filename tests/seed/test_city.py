"""The bench's city keeps every invariant, and the domains go on from it as from their own."""

from datetime import timedelta

from kit import clock, db
from kit.invariants import prove, registered
from points.awards import AwardLine, award_lines
from points.usage import usage_id
from seed.city import ACTOR, build_city


async def test_a_city_written_directly_keeps_every_invariant(database: str) -> None:
    city = await build_city(residents=700)
    assert len(set(city.residents)) == 700
    assert city.awards == 3033
    assert await db.fetchval("SELECT count(*) FROM points_transfer") == 3033
    assert [found.invariant.name for found in await prove(registered()) if not found.ok] == []


async def test_the_next_award_goes_on_from_the_citys_last(database: str) -> None:
    city = await build_city(residents=30)
    now = clock.now()
    lines = [
        AwardLine(person_id=each, action="VOL-ENV", occurred_at=now - timedelta(minutes=5), reference=f"next {number}")
        for number, each in enumerate(city.residents)
    ]
    outcomes = await award_lines(actor=ACTOR, lines=lines, at=now, trusted=True)
    assert {each.outcome for each in outcomes} == {"awarded"}
    assert [found.invariant.name for found in await prove(registered()) if not found.ok] == []


async def test_its_tallies_are_where_the_domain_looks_for_them(database: str) -> None:
    await build_city(residents=30)
    rows = await db.fetch("SELECT id, subject_id, month FROM points_usage")
    assert len(rows) == 130
    assert all(row["id"] == usage_id(row["subject_id"], row["month"]) for row in rows)
