"""The record of who did what.

Every flow writes its entries in its own transaction (`record`, `record_lines`, `record_acts`). They hold ids and
codes, never a name or a phone, and nobody changes them: the app has no right to, and triggers stop the owner.

Once a second `seal_audit` seals what has been written since into a block: how many entries, their Merkle root, and
the hash of the block before. A block covers whole transactions, all of those from one number up to below another, so
that no entry needs to be touched and none can be added, taken away or changed afterwards without a trace. What an
attacker who owns the database does inside the unsealed second cannot be seen, and a chain that is rewritten as a
whole is found only by comparing with a head that was kept elsewhere (`AuditHead`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from identity.actor import Actor
from kit import db
from kit.ids import new_id

SEAL_LOCK = 7_108_001
ENTRIES_PER_BLOCK = 10_000

Codes = Mapping[str, object]

CHAIN_FAULTS = db.load_sql(__file__, "audit_chain_faults")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One act: on what, what its codes were before and after, and for or about whom."""

    action: str
    subject: tuple[str, object]
    before: Codes | None = None
    after: Codes | None = None
    why: str | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest block's number and hash: kept elsewhere, it shows later that nothing up to it was rewritten."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What came of walking the whole chain."""

    blocks: int
    entries: int
    unsealed: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that was sealed is as it was."""
        return not self.faults


class TransactionCounterBehind(RuntimeError):
    """The server counts transactions below the last sealed block: it was filled from a dump, not from a backup.

    Entries written now would fall into stretches that are sealed. Restore a physical backup, or raise the counter
    (`pg_resetwal -x`) before the app writes anything.
    """


_INSERT = """
    INSERT INTO identity_audit_entry
        (id, transaction_number, at, actor_kind, actor_id, actor_name, person_id, action, subject_kind, subject_id,
         before, after, why, source, request_id)
    SELECT line.id, pg_current_xact_id()::text::bigint, now(), line.actor_kind, line.actor_id, line.actor_name,
           line.person_id, line.action, line.subject_kind, line.subject_id, line.before, line.after, line.why,
           line.source, line.request_id
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                $9::jsonb[], $10::jsonb[], $11::text[], $12::text[], $13::text[])
        AS line (id, actor_kind, actor_id, actor_name, person_id, action, subject_kind, subject_id,
                 before, after, why, source, request_id)
"""


async def record(
    actor: Actor,
    *,
    action: str,
    subject: tuple[str, object],
    before: Codes | None = None,
    after: Codes | None = None,
    why: str | None = None,
    person_id: UUID | None = None,
) -> None:
    """Write down one act (a step)."""
    line = AuditLine(action=action, subject=subject, before=before, after=after, why=why, person_id=person_id)
    await record_lines(actor, [line])


async def record_lines(actor: Actor, lines: Sequence[AuditLine]) -> None:
    """Write down many acts of one actor in one statement (a step)."""
    await record_acts([(actor, line) for line in lines])


async def record_acts(acts: Sequence[tuple[Actor, AuditLine]]) -> None:
    """Write down the acts of many actors in one statement, as hot flows do (a step)."""
    connection = db.current()
    if not acts:
        return
    rows = [
        (
            new_id(),
            actor.kind,
            actor.id,
            actor.name if actor.kind == "system" else None,
            line.person_id,
            line.action,
            line.subject[0],
            str(line.subject[1]),
            _json(line.before),
            _json(line.after),
            line.why,
            actor.source,
            actor.request_id,
        )
        for actor, line in acts
    ]
    await connection.execute(_INSERT, *(list(column) for column in zip(*rows, strict=True)))


def _json(codes: Codes | None) -> str | None:
    return None if codes is None else msgspec.json.encode(codes).decode()


@db.flow
async def seal_audit() -> int:
    """Seal what has been written since the last block; says how many entries were sealed.

    Moves: nothing; writes one block, or none when there is nothing to seal or another sealer is at work.
    Answers: the number of entries sealed.
    Raises: TransactionCounterBehind.
    """
    connection = db.current()
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", SEAL_LOCK):
        return 0
    behind = await connection.fetchval(
        "SELECT coalesce(max(below_transaction), 0) > pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " FROM identity_audit_block"
    )
    if behind:
        raise TransactionCounterBehind
    sealed: int | None = await connection.fetchval(db.load_sql(__file__, "seal_audit"), ENTRIES_PER_BLOCK)
    return sealed or 0


async def head() -> AuditHead | None:
    """The newest block, to be kept outside."""
    row = await db.fetchrow("SELECT number, hash FROM identity_audit_block ORDER BY number DESC LIMIT 1")
    return AuditHead(row["number"], row["hash"]) if row else None


async def verify_chain(*, anchors: Sequence[AuditHead] = ()) -> ChainReport:
    """Walk the chain from its first block: every entry, every root, every link, and the heads kept outside."""
    async with db.reading() as connection:
        rows = await connection.fetch(CHAIN_FAULTS)
        counts = await connection.fetchrow(db.load_sql(__file__, "audit_chain_counts"))
        known = await connection.fetch(
            "SELECT number, hash FROM identity_audit_block WHERE number = any($1::bigint[])",
            [anchor.number for anchor in anchors],
        )
    hashes = {row["number"]: row["hash"] for row in known}
    rewritten = [
        f"block {each.number}: not the one that was anchored"
        for each in anchors
        if hashes.get(each.number) != each.hash
    ]
    return ChainReport(
        counts["blocks"],
        counts["entries"],
        counts["unsealed"],
        tuple(f"block {row['number']}: {row['fault']}" for row in rows) + tuple(rewritten),
    )
