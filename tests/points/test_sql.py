"""Each statement in a file reads by the indexes that its header names."""

import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import points
from kit import db
from kit.ids import new_id
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
    "lock_accounts": (f"{{{ONE}}}",),
    "lock_participation": (ONE,),
    "month_entries": (ONE, NOON, NOON, 10, 10),
    "month_sums": (ONE,),
    "own_participations": (ONE, None, 10),
    "read_entry": (ONE, ONE),
    "read_first_stages": ([ONE],),
    "read_paid": ([ONE],),
    "read_participation": (ONE,),
    "read_standings": ([ONE],),
    "read_usage": (f"{{{ONE}}}",),
    "verification_queue": (["lyx"], [3], ONE, None, None, 10, None, None, None),
    "wallet": (ONE,),
}
WRITES = {"insert_participations", "open_accounts", "post_transfers", "write_usage"}
WHOLE = {"read_rules"}
"""Reads whole tables of a few rows."""


FILL = """
    INSERT INTO points_account (id, kind, owner_id, asset, version, balance, first_month, by_month, recovery)
    SELECT gen_random_uuid(), 'person', gen_random_uuid(), 'points', 0, 0, NULL, '{}', 0 FROM generate_series(1, 2000);
    INSERT INTO identity_person (id, name, area, resident, status, language, data_key, registered_at)
    SELECT id, 'n', (SELECT id FROM identity_area WHERE level = 1), true, 'active', 'zh-CN', 'k', now()
    FROM points_account;
    INSERT INTO points_participation
        (id, person_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key, quantity, units, points,
         counted, state, code, decided_at, source, caller_id, reference, levels, steps_done, recalls, submitted_at)
    SELECT gen_random_uuid(), account.id, (SELECT id FROM identity_area WHERE level = 1), 'VOL-SKILL',
           (SELECT id FROM points_rule_version WHERE action = 'VOL-SKILL'), now(), '2026-11-20', 'x' || place, 1, 1,
           CASE place WHEN 3 THEN 0 ELSE 30 END, 0, (ARRAY['pending', 'awarded', 'refused'])[place], 'pending', now(),
           'import', account.id, 'x' || place, '3', 0, 0, now()
    FROM points_account AS account, generate_series(1, 3) AS place;
    INSERT INTO points_participation_picture SELECT gen_random_uuid(), id, sha256(uuid_send(id)), '2026-11-20'
    FROM points_participation;
    INSERT INTO points_decision (id, participation_id, person_id, outcome, code, decided_at)
    SELECT gen_random_uuid(), id, person_id, 'accepted', 'accepted', now() FROM points_participation;
    INSERT INTO points_award_stage SELECT gen_random_uuid(), id, 1, 'full', 4, 0, now(), NULL FROM points_participation;
    INSERT INTO points_usage (id, subject_id, year, uses) SELECT gen_random_uuid(), id, 2026, '{}' FROM points_account;
    INSERT INTO points_recovery SELECT gen_random_uuid(), id, id, id, 5, 0, now() FROM points_account;
    INSERT INTO points_transfer
        (id, kind, reference, asset, amount, debit_id, credit_id, debit_version, credit_version, label_zh, label_en,
         by_month, fact_kind, fact_id, reverses_id, credit_tenths, posted_at)
    SELECT gen_random_uuid(), 'award', gen_random_uuid(), 'points', 1, id, id, 1, 1, '', '', '{}', '', id, id, 5,
           now()
    FROM points_account;
    ANALYZE;
"""


@pytest.mark.parametrize("name", READS)
async def test_a_statement_reads_by_its_indexes(unproven_town: Town, owner: "asyncpg.Connection", name: str) -> None:
    await owner.execute(FILL)
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
async def test_a_write_is_one_statement_over_arrays(database: str, name: str) -> None:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    async with db.transaction() as connection:
        statement = await connection.prepare(text)
        given = [_nothing(each.name) for each in statement.get_parameters()]
        assert "Function Scan" in str(await statement.explain(*given))


def _nothing(kind: str) -> list[object] | str | None:
    return {"text": "{}", "text[]": []}.get(kind)


def test_every_statement_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == {*READS, *WRITES, *WHOLE}
