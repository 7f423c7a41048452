"""Handing the holder of a rotating voucher its own secret, so that his phone can show the code without a network.

The secret is good for this one voucher, until it is used, expires or is given back. What it was handed out for stays
on record, since whoever has it can show the code.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.actor import Actor
from identity.audit import record
from kit import clock, db
from kit.refusals import NotFound
from rewards import codes, queries
from rewards.vouchers import refuse_ended


@dataclass(frozen=True, slots=True)
class OwnSecret:
    """From what a phone computes the code: finder ‖ base32(HMAC-SHA256(secret, "step N")), 40 bits of it."""

    finder: str
    secret: bytes
    rotates_every: int
    moment: datetime
    """The server's time, by which the phone sets its steps."""


@db.flow
async def hand_out_secret(*, actor: Actor, voucher_id: UUID, at: datetime | None = None) -> OwnSecret:
    """Give the holder what his phone computes the rotating code from.

    Moves: nothing.
    Answers: the finder, the secret, and how often the code changes.
    Raises: NotFound, when it is not his own or its code stays; VoucherAlreadyRedeemed, VoucherExpired,
    VoucherCancelled.
    """
    moment = await clock.value_time(at)
    row = await queries.find_voucher(voucher_id)
    if row is None or row["person"] != actor.id or not row["rotating"]:
        raise NotFound
    await refuse_ended(voucher_id, row["state"], row["expires_at"], moment)
    await record(
        actor,
        action="voucher.secret_handed_out",
        subject=("voucher", voucher_id),
        after={"issue_number": row["issue_number"]},
        person_id=actor.id,
    )
    issue = queries.issue_of(row)
    return OwnSecret(codes.finder(issue), codes.own_secret(issue), codes.ROTATES_EVERY, moment)
