"""Each statement in a file reads by the index that its header names, in both packages."""

import re
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

import merchants
import rewards
from kit import clock, db
from kit.ids import new_id

FOLDERS = {name: Path(module.__file__).parent / "sql" for name, module in (("m", merchants), ("r", rewards))}
NOW = clock.now()
READS: dict[str, tuple[object, ...]] = {
    "m/list_sales": ([new_id()], None, None, 20, None, None),
    "m/record_undo": (new_id(), new_id(), NOW),
    "m/settle": ("2026-11", NOW.date(), NOW + timedelta(days=1), NOW, [new_id()], [new_id()]),
    "r/count_in_force": ([new_id()], [new_id()], [NOW]),
    "r/count_wrong_codes": ([1], [new_id()], [new_id()], NOW),
    "r/find_budget_lines": ("2026", [new_id()], ["x"]),
    "r/find_by_code": ([b"a"], [b"b"]),
    "r/lock_due_vouchers": (NOW, 10),
    "r/lock_stock": ([new_id()],),
    "r/lock_vouchers": ([new_id()],),
    "r/write_redemptions": ([], [], [], [], [], [], NOW),
}
WRITES = {"m/record_sales", "r/issue_vouchers", "r/write_exchanges"}

FILL = """
    INSERT INTO identity_area SELECT gen_random_uuid(), NULL, 1, 'lyx', '县', 'County', false, now();
    INSERT INTO identity_person (id, name, area, resident, status, language, data_key, registered_at)
    SELECT gen_random_uuid(), 'n', (SELECT id FROM identity_area), true, 'active', 'zh-CN', 'k', now()
    FROM generate_series(1, 100);
    INSERT INTO rewards_product (id, name_zh, name_en, kind, points, opens_at, min_level, cash_like, value_fen,
        merchant_percent, town_percent, sponsor_percent, voucher_days, state, created_at)
    SELECT gen_random_uuid(), 'n', 'n', 'goods', 1, now(), 1, false, 0, 100, 0, 0, 30, 'open', now()
    FROM generate_series(1, 30);
    INSERT INTO rewards_stock SELECT id, 5, 5 FROM rewards_product;
    INSERT INTO rewards_exchange (id, person, product, quantity, points, entered_by, exchanged_at)
    SELECT gen_random_uuid(), person.id, product.id, 1, 1, person.id, now()
    FROM identity_person AS person, rewards_product AS product;
    INSERT INTO rewards_voucher (id, exchange, product, person, town, points, value_fen, merchant_fen, town_fen,
        sponsor_fen, rotating, key_id, issue_number, code_hash, state, issued_at, expires_at)
    SELECT gen_random_uuid(), id, product, person, (SELECT id FROM identity_area), 1, 0, 0, 0, 0, false, 'k', 1,
        decode(md5(id::text), 'hex'), 'issued', now(), now() FROM rewards_exchange;
    INSERT INTO merchants_merchant (id, name_zh, name_en, area, state, registered_by, registered_at)
    SELECT gen_random_uuid(), 'n', 'n', (SELECT id FROM identity_area), 'applied', gen_random_uuid(), now()
    FROM generate_series(1, 30);
    INSERT INTO merchants_statement (id, merchant, number, period, ends_on, lines, value_fen, merchant_fen, town_fen,
        sponsor_fen, state, issued_at)
    SELECT gen_random_uuid(), id, id::text, '2026-10', '2026-10-31', 99, 0, 0, 0, 0, 'issued', now()
    FROM merchants_merchant;
    INSERT INTO merchants_sale (id, redemption_id, sign, merchant, label_zh, label_en, value_fen, merchant_fen,
        town_fen, sponsor_fen, sold_at, statement)
    SELECT gen_random_uuid(), gen_random_uuid(), 1, merchant.id, 'n', 'n', 0, 0, 0, 0, now(),
        CASE WHEN nth > 1 THEN statement.id END
    FROM merchants_merchant AS merchant
    JOIN merchants_statement AS statement ON statement.merchant = merchant.id, generate_series(1, 100) AS nth;
    INSERT INTO rewards_short_code_try (id, clerk_id, tried_at)
    SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, 3000);
    ANALYZE;
"""


def statement(name: str) -> str:
    folder, file = name.split("/")
    return (FOLDERS[folder] / f"{file}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READS)
async def test_a_statement_reads_by_its_index(database: str, owner: "asyncpg.Connection", name: str) -> None:
    await owner.execute(FILL)
    text = statement(name)
    header = re.search(r"-- Index: (.*?)\n(?!--)", text, re.DOTALL)
    assert header is not None
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        await connection.execute("SET LOCAL enable_hashjoin = off")
        await connection.execute("SET LOCAL enable_mergejoin = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {text}", *READS[name]))
    reads = header[1].split("inserts into")[0]
    named = re.findall(r"(?:merchants|rewards)_\w+", reads)
    named += ["sold_once_undone_once"] if "(redemption_id, sign)" in reads else []
    assert [index for index in named if index not in plan] == []


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_any_number_of_rows_is_written_by_one_statement(database: str, name: str) -> None:
    async with db.transaction() as connection:
        prepared = await connection.prepare(statement(name))
        plan = str(await prepared.explain(*([[]] * len(prepared.get_parameters()))))
    assert "Function Scan" in plan


def test_every_statement_is_looked_at_and_says_what_it_is_for() -> None:
    found = {f"{name}/{path.stem}" for name, folder in FOLDERS.items() for path in folder.glob("*.sql")}
    assert found == {*READS, *WRITES}
    for name in found:
        for word in ("-- Purpose: ", "-- Called by: ", "-- Locks: ", "-- Index: "):
            assert word in statement(name), name
