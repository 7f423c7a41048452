"""Expiry: points whose month has ended leave the accounts.

Nobody waits for this: whoever spends posts what is due on the account first, and whoever looks sees it gone. This
flow only brings the books of those who do neither up to date, some accounts at a time, on as many machines as wanted.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity import audit
from identity.actor import Actor
from kit import clock, db
from points.accounts import POINTS, Account
from points.ledger import open_book
from points.months import month_number

_DUE = db.load_sql(__file__, "accounts_due")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Expired:
    """How many accounts were brought up to date, and how many points left them."""

    accounts: int
    points: int


@db.flow
async def expire_points(*, actor: Actor | None = None, limit: int = BATCH, at: datetime | None = None) -> Expired:
    """Post what has expired on up to `limit` accounts; call it again until no account is left.

    Moves: from each account the points of the months that have ended, to the system account of expired points.
    Answers: how many accounts and points it were. Accounts that somebody else works on are left for the next call.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    rows = await db.current().fetch(_DUE, month_number(clock.business_day(moment)), limit)
    held = [Account(row["id"], row["kind"], POINTS, row["owner_id"]) for row in rows]
    before = sum(row["balance"] for row in rows)
    async with open_book(held, at=moment) as book:
        points = before - sum(book.balance(each) for each in held)
    if rows:
        last: UUID = rows[-1]["id"]
        await audit.record(
            actor or Actor.system("expiry"),
            action="points.expired",
            subject=("account", last),
            after={"accounts": len(rows), "points": points},
        )
    return Expired(len(rows), points)
