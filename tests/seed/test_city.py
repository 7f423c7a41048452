"""The bench's city keeps every invariant, and the domains go on from it as from their own."""

from datetime import UTC, datetime, timedelta

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
    """The newest year stands in the account, the year before in a row of its own."""
    await build_city(residents=30, now=datetime(2026, 2, 20, tzinfo=UTC))
    rows = await db.fetch("SELECT id, subject_id, year FROM points_usage")
    assert len(rows) == 30
    assert all(row["id"] == usage_id(row["subject_id"], row["year"]) for row in rows)
    assert await db.fetchval("SELECT sum(cardinality(uses)) FROM points_account") < 130
    assert [found.invariant.name for found in await prove(registered()) if not found.ok] == []
