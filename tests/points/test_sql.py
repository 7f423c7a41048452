"""Each statement in a file reads by the indexes that its header names."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import points
from kit import db
from kit.ids import new_id
from points.ledger import _POST
from tests.points.conftest import NOON, Town

FOLDER = Path(points.__file__).parent / "sql"
ONE = new_id()
READS: dict[str, tuple[Any, ...]] = {
    "accounts_due": (24_000, 10),
    "collect_recoveries": ([ONE], [5]),
    "count_ever": ([ONE], ["PLT-ACTIVATE"]),
    "credit_events": ([ONE],),
    "entries": (ONE, 10, 10),
    "find_acts": ([ONE], ["x"]),
    "find_references": (ONE, ["x"]),
    "find_same_picture": ([b"x"], NOON),
    "lock_accounts": ([ONE],),
    "lock_participation": (ONE,),
    "own_participations": (ONE, None, 10),
    "read_first_stages": ([ONE],),
    "read_paid": ([ONE],),
    "read_participation": (ONE,),
    "read_standings": ([ONE],),
    "read_usage": ([ONE],),
    "verification_queue": (["lyx"], [3], ONE, None, None, 10),
    "wallet": (ONE,),
}
WRITES = {"insert_participations", "open_accounts", "post_transfers", "write_usage"}
WHOLE = {"read_rules"}
"""Reads whole tables of a few rows."""


@pytest.mark.parametrize("name", READS)
async def test_a_statement_reads_by_its_indexes(town: Town, owner: "asyncpg.Connection", name: str) -> None:
    for day in range(20):
        await town.award("lan", "LRN-PUBLIC", at=NOON - timedelta(days=40 * day))
    await owner.execute("ANALYZE")
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    header = re.search(r"-- Index: (.*?)\n(?!--)", text, re.DOTALL)
    assert header is not None
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        await connection.execute("SET LOCAL enable_hashjoin = off")
        await connection.execute("SET LOCAL enable_mergejoin = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {text}", *READS[name]))
    named = re.findall(r"(?:points|identity)_\w+", header[1].replace("points_recovery's key award_id", ""))
    named = [each for each in named if not each.endswith("points_transfer") or "key" not in header[1]]
    assert [index for index in named if index not in plan] == [], plan


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_a_write_is_one_statement_over_arrays(town: Town, name: str) -> None:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    async with db.transaction() as connection:
        statement = await connection.prepare(text)
        given = [None if "[]" not in each.name else [] for each in statement.get_parameters()]
        assert "Function Scan" in str(await statement.explain(*given))
    assert _POST


def test_every_statement_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == {*READS, *WRITES, *WHOLE}
    assert date(2026, 1, 1)
