"""Each statement in a file reads by the index that its header names."""

import re
from pathlib import Path

import asyncpg
import pytest

import identity
from identity import audit
from kit import db
from kit.ids import new_id

FOLDER = Path(identity.__file__).parent / "sql"
READS = {
    "find_people": (f"{{{new_id()}}}",),
    "find_standings": (f"{{{new_id()}}}",),
    "roles_of": (new_id(),),
    "load_person": (new_id(), new_id(), ["finance"]),
    "audit_chain_faults": (),
    "audit_chain_counts": (),
    "seal_audit": (audit.ENTRIES_PER_BLOCK,),
}


FILL = """
    INSERT INTO identity_area SELECT gen_random_uuid(), NULL, 1, 'lyx', '县', 'County', false, now();
    INSERT INTO identity_person (id, name, area, resident, status, language, data_key, registered_at)
    SELECT gen_random_uuid(), 'n', (SELECT id FROM identity_area), true, 'active', 'zh-CN', 'k', now()
    FROM generate_series(1, 500);
    INSERT INTO identity_session (id, person, started_at, expires_at)
    SELECT gen_random_uuid(), id, now(), now() FROM identity_person, generate_series(1, 5);
    ANALYZE identity_area, identity_person, identity_session;
"""


@pytest.mark.parametrize("name", READS)
async def test_a_statement_reads_by_its_index(database: str, owner: "asyncpg.Connection", name: str) -> None:
    await owner.execute(FILL)
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    header = re.search(r"-- Index: (.*?)\n(?!--)", text, re.DOTALL)
    assert header is not None
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {text}", *READS[name]))
    named = re.findall(r"identity_\w+", header[1])
    assert [index for index in named if index not in plan] == []


async def test_people_are_added_in_one_statement(database: str) -> None:
    async with db.transaction() as connection:
        statement = await connection.prepare((FOLDER / "add_people.sql").read_text(encoding="utf-8"))
        plan = str(await statement.explain(*([[]] * 10), None))
    assert "Function Scan" in plan


def test_every_statement_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == {*READS, "add_people"}
