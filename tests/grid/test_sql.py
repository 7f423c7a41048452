"""Each statement in a file reads by an index that its header names, in grid and in admin."""

import re
from pathlib import Path

import asyncpg
import pytest

import admin
import grid
from kit import clock, db
from kit.ids import new_id

FOLDERS = {name: Path(module.__file__ or "").parent / "sql" for name, module in (("grid", grid), ("admin", admin))}
NOW = clock.now()
READS: dict[str, tuple[object, ...]] = {
    "grid/lock_event": (new_id(),),
    "grid/read_event": (new_id(),),
    "grid/list_own_events": (new_id(), None, NOW, new_id(), 21),
    "grid/list_events": (
        *(["lyx.a1"], ["lyx.a1"], ["lyx.a1"], None, NOW, new_id(), 21),
        *(None, None, None, None, None),
    ),
    "grid/open_events": (["lyx.a1"], ["lyx.a1"], ["lyx.a1"], NOW, 50),
    "grid/running_out": (NOW, 25, 100),
    "admin/payable_shares": (["lyx"], new_id()),
}
FILL = """
    INSERT INTO identity_area SELECT gen_random_uuid(), NULL, 1, 'lyx', '县', 'County', false, now();
    INSERT INTO identity_area
    SELECT gen_random_uuid(), (SELECT id FROM identity_area WHERE level = 1), 2, 'lyx.a' || number, '镇', 'Town',
        false, now()
    FROM generate_series(1, 50) AS number;
    INSERT INTO identity_person (id, name, area, resident, status, language, data_key, registered_at)
    SELECT gen_random_uuid(), 'n', (SELECT id FROM identity_area WHERE level = 1), true, 'active', 'zh-CN', 'k', now()
    FROM generate_series(1, 100);
    INSERT INTO grid_event (id, number, category, area, reporter, entered_by, identity_sealed, severity_proposed,
        severity, place, text, state, round, department, reported_at, clock_from, due_at, urged)
    SELECT gen_random_uuid(), row_number() OVER (), 'RUBBISH', area.id, person.id,
        lead(person.id) OVER (ORDER BY area.id, person.id), false, 1, 1, 'p', 't', 'accepted', 0, 'd',
        now() - row_number() OVER () * interval '1 minute', now(), now() + interval '1 day', 'no'
    FROM identity_area AS area, identity_person AS person WHERE area.level = 2;
    INSERT INTO admin_bonus (id, number, event, area, bonus_class, summary, sealed, state, nominated_by, nominated_at,
        notice_estimated)
    SELECT gen_random_uuid(), number, id, area, 1, 's', false, 'nominated', reporter, now(), false FROM grid_event;
    ANALYZE;
"""


def statement(name: str) -> str:
    folder, file = name.split("/")
    return (FOLDERS[folder] / f"{file}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READS)
async def test_a_statement_reads_by_its_index(database: str, owner: "asyncpg.Connection", name: str) -> None:
    await owner.execute(FILL)
    header = re.search(r"-- Index: (.*?)\n(?!--)", statement(name), re.DOTALL)
    assert header is not None
    async with db.transaction() as connection:
        rows = await connection.fetch(f"EXPLAIN {statement(name)}", *READS[name])
    plan = "\n".join(row[0] for row in rows)
    named = re.findall(r"(?:grid|admin)_\w+", header[1])
    used = [index for index in named if index in plan]
    assert used == named or (" or " in header[1] and used), plan


def test_every_statement_is_looked_at() -> None:
    assert {f"{name}/{path.stem}" for name, folder in FOLDERS.items() for path in folder.glob("*.sql")} == set(READS)
