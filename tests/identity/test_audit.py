"""The record of who did what: written once, sealed, and every change of it found."""

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from identity import anchors, audit
from identity.actor import Actor
from identity.audit import AuditHead, AuditLine
from identity.commands import audit_command
from identity.invariants import INVARIANTS
from kit import db
from kit.ids import new_id
from kit.invariants import prove
from kit.settings import install_settings, settings

from .conftest import SYSTEM


@db.flow
async def act(*, count: int = 1, actor: Actor = SYSTEM) -> list[UUID]:
    """Write some entries in one transaction."""
    lines = [AuditLine(action="thing.done", subject=("thing", new_id()), after={"n": n}) for n in range(count)]
    await audit.record_lines(actor, lines)
    rows = await db.fetch("SELECT id FROM identity_audit_entry WHERE action = 'thing.done' ORDER BY id")
    return [row["id"] for row in rows][-count:]


@db.flow
async def act_and_fail() -> None:
    """Write an entry and fail afterwards."""
    await audit.record(SYSTEM, action="a", subject=("b", 1))
    raise ZeroDivisionError


async def three_blocks() -> list[UUID]:
    ids = []
    for count in (1, 4, 3):
        ids += await act(count=count)
        assert await audit.seal_audit() == count
    return ids


async def tamper(owner: "asyncpg.Connection", *statements: str) -> None:
    """What somebody who owns the tables can do: take the triggers away, change, and put them back."""
    for table in ("identity_audit_entry", "identity_audit_block"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER written_once")
    for statement in statements:
        await owner.execute(statement)
    for table in ("identity_audit_entry", "identity_audit_block"):
        await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER written_once")


async def faults() -> tuple[str, ...]:
    return (await audit.verify_chain()).faults


async def test_an_entry_says_who_did_what_to_what_and_why(database: str) -> None:
    person = Actor(id=new_id(), kind="person", name="李兰", request_id="r-1", source="10.0.0.9")
    subject, beneficiary = new_id(), new_id()
    async with db.transaction():
        await audit.record(
            person,
            action="voucher.cancelled",
            subject=("voucher", subject),
            before={"state": "issued"},
            after={"state": "cancelled", "points": 20},
            why="asked by phone",
            person_id=beneficiary,
        )
    row = await db.fetchrow("SELECT * FROM identity_audit_entry")
    assert row is not None
    assert (row["actor_kind"], row["actor_id"], row["person_id"]) == ("person", person.id, beneficiary)
    assert (row["action"], row["subject_kind"], row["subject_id"]) == ("voucher.cancelled", "voucher", str(subject))
    assert (row["why"], row["source"], row["request_id"]) == ("asked by phone", "10.0.0.9", "r-1")
    assert "李兰" not in str(dict(row))


async def test_an_entry_goes_with_its_transaction(database: str) -> None:
    with pytest.raises(db.OutsideTransaction):
        await audit.record(SYSTEM, action="a", subject=("b", 1))
    with pytest.raises(ZeroDivisionError):
        await act_and_fail()
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry") == 0


@pytest.mark.parametrize("table", ["identity_audit_entry", "identity_audit_block"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_neither_the_app_nor_the_owner_changes_it(
    database: str, owner: "asyncpg.Connection", table: str, statement: str
) -> None:
    await three_blocks()
    column = "why" if table.endswith("entry") else "number"
    sql = statement.format(table, column, column)
    for execute in (owner.execute, _as_app):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(sql)


async def _as_app(statement: str) -> None:
    async with db.transaction() as connection:
        await connection.execute(statement)


async def test_a_block_seals_what_was_written_since_the_last(database: str) -> None:
    ids = await three_blocks()
    assert await audit.seal_audit() == 0
    report = await audit.verify_chain()
    assert (report.ok, report.blocks, report.entries, report.unsealed) == (True, 3, len(ids), 0)
    await act()
    assert (await audit.verify_chain()).unsealed == 1


async def test_a_block_has_the_root_of_a_merkle_tree_over_its_entries(database: str) -> None:
    await act(count=5)
    await audit.seal_audit()
    rows = await db.fetch("SELECT identity_audit_leaf(entry) AS leaf FROM identity_audit_entry AS entry ORDER BY id")
    level = [row["leaf"] for row in rows]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    assert await db.fetchval("SELECT merkle_root FROM identity_audit_block") == level[0]


async def test_an_open_transaction_holds_its_entries_back_and_loses_none(database: str) -> None:
    connection = await asyncpg.connect(db.engine.config["dsn"])
    try:
        slow = connection.transaction()
        await slow.start()
        await connection.execute(
            "INSERT INTO identity_audit_entry (id, transaction_number, at, actor_kind, actor_id, action, subject_kind,"
            " subject_id) VALUES ($1, pg_current_xact_id()::text::bigint, now(), 'system', $1, 'slow', 'thing', '1')",
            new_id(),
        )
        await act(count=2)
        assert await audit.seal_audit() == 0
        await slow.commit()
    finally:
        await connection.close()
    assert await audit.seal_audit() == 3
    assert (await audit.verify_chain()).ok


async def test_sealers_at_once_seal_everything_once(database: str) -> None:
    async def write_and_seal() -> int:
        await act(count=2)
        return await audit.seal_audit()

    await asyncio.gather(*(write_and_seal() for _ in range(8)))
    await audit.seal_audit()
    report = await audit.verify_chain()
    assert (report.ok, report.entries, report.unsealed) == (True, 16, 0)


async def test_large_writes_are_cut_into_blocks_between_transactions(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ENTRIES_PER_BLOCK", 4)
    for count in (9, 2, 2, 3):
        await act(count=count)
    assert [await audit.seal_audit() for _ in range(4)] == [9, 4, 3, 0]
    assert (await audit.verify_chain()).ok


async def test_an_edit_is_found(database: str, owner: "asyncpg.Connection") -> None:
    ids = await three_blocks()
    await tamper(owner, f"UPDATE identity_audit_entry SET why = 'nothing' WHERE id = '{ids[2]}'")
    assert await faults() == ("block 2: an entry was changed",)


async def test_a_removed_row_is_found(database: str, owner: "asyncpg.Connection") -> None:
    ids = await three_blocks()
    await tamper(owner, f"DELETE FROM identity_audit_entry WHERE id = '{ids[-1]}'")
    assert await faults() == ("block 3: entries were removed",)


async def test_an_added_row_is_found(database: str, owner: "asyncpg.Connection") -> None:
    ids = await three_blocks()
    await owner.execute(
        "INSERT INTO identity_audit_entry SELECT (jsonb_populate_record(entry, jsonb_build_object('id', $2::uuid))).*"
        " FROM identity_audit_entry AS entry WHERE id = $1",
        ids[0],
        new_id(),
    )
    assert await faults() == ("block 1: entries were added",)


async def test_a_changed_or_removed_block_is_found(database: str, owner: "asyncpg.Connection") -> None:
    await three_blocks()
    await tamper(owner, "UPDATE identity_audit_block SET entries = 5 WHERE number = 2")
    assert "block 2: the block was changed" in await faults()
    await tamper(owner, "DELETE FROM identity_audit_block WHERE number = 2")
    found = await faults()
    assert "block 3: a block before it is missing" in found
    assert "block 3: the block before it is not the one it was sealed to" in found


@pytest.fixture
def no_anchors(database: str, tmp_path: Path) -> None:
    """A folder in which no other test keeps its heads."""
    install_settings(replace(settings(), data_dir=tmp_path))


async def test_the_operator_walks_the_chain(
    no_anchors: None, owner: "asyncpg.Connection", capsys: pytest.CaptureFixture[str]
) -> None:
    ids = await act(count=3)
    assert audit_command.callback is not None
    await audit_command.callback(anchor=True)
    assert capsys.readouterr().out.splitlines() == [
        "Kept the head of block 1.",
        "3 entries in 1 blocks, 0 not sealed yet, 1 anchors, 0 faults.",
    ]
    await tamper(owner, f"DELETE FROM identity_audit_entry WHERE id = '{ids[0]}'")
    with pytest.raises(SystemExit):
        await audit_command.callback(anchor=False)
    assert capsys.readouterr().out.startswith("BROKEN block 1: entries were removed")


async def test_a_removed_tail_and_a_rewritten_chain_are_found_by_the_head_kept_outside(
    no_anchors: None, owner: "asyncpg.Connection"
) -> None:
    ids = await three_blocks()
    kept = await anchors.anchor_head()
    assert kept is not None
    assert anchors.read_anchors()[-1] == kept
    assert (await audit.verify_chain(anchors=[kept])).ok
    await tamper(
        owner,
        f"DELETE FROM identity_audit_entry WHERE id = '{ids[-1]}'",
        "DELETE FROM identity_audit_block WHERE number = 3",
    )
    assert await faults() == ()
    missing = ("block 3: not the one that was anchored",)
    assert (await audit.verify_chain(anchors=[kept])).faults == missing
    await audit.seal_audit()  # the chain is whole again, with another third block
    assert await faults() == ()
    assert (await audit.verify_chain(anchors=[kept])).faults == missing
    assert (await audit.verify_chain(anchors=[AuditHead(99, b"")])).faults == (
        "block 99: not the one that was anchored",
    )


async def test_a_server_that_counts_from_the_beginning_again_is_refused(
    database: str, owner: "asyncpg.Connection"
) -> None:
    await three_blocks()
    await tamper(
        owner, "UPDATE identity_audit_block SET below_transaction = below_transaction + 1000000 WHERE number = 3"
    )
    with pytest.raises(audit.TransactionCounterBehind):
        await audit.seal_audit()


async def test_the_invariants_of_identity_hold_and_find_a_fault(database: str, owner: "asyncpg.Connection") -> None:
    ids = await three_blocks()
    findings = {found.invariant.name: found for found in await prove(list(INVARIANTS))}
    assert all(found.ok for found in findings.values())
    assert findings["I22 audit chain"].checked == len(ids)
    await tamper(owner, f"UPDATE identity_audit_entry SET after = '{{\"n\": 7}}' WHERE id = '{ids[0]}'")
    assert not (await prove([INVARIANTS[0]]))[0].ok


async def test_a_head_that_a_crash_cut_off_spoils_no_other(no_anchors: None) -> None:
    await three_blocks()
    first = await anchors.anchor_head()
    with anchors.anchor_file().open("ab") as file:
        file.write(b'{"number":4,"ha')
    assert anchors.read_anchors() == [first]
    assert await anchors.anchor_head() == first
    assert anchors.read_anchors() == [first, first]
