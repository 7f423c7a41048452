"""Payouts: payable shares go into a file for the bank, once; the bank's results come back line by line.

A share has at most one line in force. A line that failed or was returned is followed, in a later batch, by a new
line that names it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from admin import payout_file, sealing
from admin.access import FINANCE_ROLE
from admin.bonuses import lock_bonus
from admin.errors import NothingPayable
from admin.payout_file import FileLine
from admin.queries import BatchAnswer, PayoutFile, batch_in_territory, payout_file_of, read_batch
from identity import audit
from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.people import find_people
from identity.sign_in import confirm_totp
from kit import clock, db
from kit.ids import new_id
from kit.once import Answer, Once, answered_once

BATCH_LOCK: Final = 7_108_021
_PAYABLE = db.load_sql(__file__, "payable_shares")
_BATCH = """
    INSERT INTO admin_payout_batch (id, number, made_by, exported_at, lines, amount_fen, checksum, file_sealed)
    VALUES ($1, to_char($3::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD')
            || lpad(nextval('admin_payout_number')::text, 6, '0'), $2, $3, $4, $5, $6, $7)
"""
_LINES = """
    INSERT INTO admin_payout_line (id, batch, position, share, replaces, amount_fen, state)
    SELECT line.id, $1, line.position, line.share, line.replaces, line.amount_fen, 'exported'
    FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::bigint[])
        AS line (id, position, share, replaces, amount_fen)
"""


@db.flow
async def make_payout_batch(
    *, actor: Actor, once: Once | None = None, at: datetime | None = None
) -> Answer[BatchAnswer]:
    """Put all shares that can be paid in the actor's territory into one file for the bank.

    These are the payable ones, and those whose last line failed or was returned. Nobody pays himself or his
    household: those wait for somebody else.

    Moves: nothing; the fen leave the payable accounts with the bank's results.
    Answers: the batch with its checksum.
    Raises: NothingPayable.
    """

    async def work() -> BatchAnswer:
        moment = await clock.value_time(at)
        await db.current().execute("SELECT pg_advisory_xact_lock($1)", BATCH_LOCK)
        rows = await db.current().fetch(_PAYABLE, list(actor.territories(FINANCE_ROLE)), actor.id)
        if not rows or actor.kind != "person":
            raise NothingPayable
        batch_id = new_id()
        await _write(actor, batch_id, rows, moment)
        for bonus_id in sorted({row["bonus_id"] for row in rows}):
            await restate(bonus_id)
        batch = await read_batch(batch_id)
        await audit.record(
            actor,
            action="payout.exported",
            subject=("payout_batch", batch_id),
            after={"checksum": batch.checksum, "lines": len(rows), "amount_fen": batch.amount_fen},
        )
        return batch

    return await answered_once(once, work)


async def _write(actor: Actor, batch_id: UUID, rows: Sequence[db.Row], moment: datetime) -> None:
    people = await find_people([row["person_id"] for row in rows])
    ids = [new_id() for _ in rows]
    content = payout_file.file_bytes(
        [
            FileLine(
                line_id,
                people[row["person_id"]].name or "",
                row["person_id"],
                row["amount_fen"],
                row["bonus_number"],
                row["replaces"],
            )
            for line_id, row in zip(ids, rows, strict=True)
        ]
    )
    await db.current().execute(
        _BATCH,
        batch_id,
        actor.id,
        moment,
        len(rows),
        sum(row["amount_fen"] for row in rows),
        payout_file.checksum(content),
        sealing.seal_file(batch_id, content),
    )
    await db.current().execute(
        _LINES,
        batch_id,
        ids,
        list(range(1, len(rows) + 1)),
        [row["share_id"] for row in rows],
        [row["replaces"] for row in rows],
        [row["amount_fen"] for row in rows],
    )


@db.flow
async def take_batch_file(
    *, actor: Actor, batch_id: UUID, totp_code: str
) -> PayoutFile | BadCredentials | TooManyWrongTries:
    """Hand the file of a batch to somebody who shows his second factor once more; the same bytes every time.

    It carries names, so it is written down who had it.

    Moves: nothing.
    Answers: the file; BadCredentials, TooManyWrongTries (returned, so that the try is kept).
    Raises: NotFound.
    """
    return await confirm_totp(actor, totp_code) or await _hand_out(actor, batch_id)


async def _hand_out(actor: Actor, batch_id: UUID) -> PayoutFile:
    """The file, and who had it (a step)."""
    await batch_in_territory(actor, batch_id, FINANCE_ROLE)
    file = await payout_file_of(batch_id)
    await audit.record(
        actor, action="payout.downloaded", subject=("payout_batch", batch_id), after={"checksum": file.checksum}
    )
    return file


async def restate(bonus_id: UUID) -> None:
    """Let a locked bonus's state follow from the newest line of each of its shares (a step)."""
    bonus = await lock_bonus(bonus_id)
    rows = await db.current().fetch(
        "SELECT DISTINCT ON (share.id) line.state FROM admin_bonus_share AS share"
        " LEFT JOIN admin_payout_line AS line ON line.share = share.id"
        " WHERE share.bonus = $1 ORDER BY share.id, line.id DESC",
        bonus_id,
    )
    state = state_of_lines([row["state"] for row in rows])
    if state != bonus.state:
        await db.current().execute("UPDATE admin_bonus SET state = $2 WHERE id = $1", bonus_id, state)


def state_of_lines(lines: Sequence[str | None]) -> str:
    """A bonus's state from the newest line of each share; what needs somebody's attention comes first. Pure."""
    for state in ("failed", "returned", None, "exported"):
        if state in lines:
            return state or "payable"
    return "paid"
