"""Wrong tries: five in fifteen minutes lock an account, and a source that was wrong about five accounts.

They are counted in PostgreSQL, under a lock for the account and one for the source, so that guesses sent all at once
count one by one. A right sign-in clears its account. Somebody who mistypes his own password locks himself out, not
the whole office that shares his address; and whoever signed in from there before still can.
"""

from datetime import datetime

from identity.actor import Actor
from identity.errors import TooManyWrongTries
from kit import crypto, db
from kit.ids import new_id

_LOCKED_UNTIL = """
    SELECT max(until) FROM (
        (SELECT at + interval '15 minutes' AS until FROM identity_sign_in_attempt
         WHERE account = $1 AND NOT "right" AND at > now() - interval '15 minutes'
           AND at > coalesce((SELECT max(at) FROM identity_sign_in_attempt WHERE account = $1 AND "right"), '-infinity')
         ORDER BY at DESC OFFSET $3 - 1 LIMIT 1)
        UNION ALL
        (SELECT wrong_at + interval '15 minutes' FROM (
             SELECT max(at) FILTER (WHERE NOT "right") AS wrong_at, max(at) FILTER (WHERE "right") AS right_at
             FROM identity_sign_in_attempt WHERE source = $2 AND at > now() - interval '15 minutes' GROUP BY account
         ) AS tried
         WHERE wrong_at > coalesce(right_at, '-infinity')
           AND NOT EXISTS (SELECT FROM identity_sign_in_attempt WHERE account = $1 AND source = $2 AND "right")
         ORDER BY wrong_at DESC OFFSET $3 - 1 LIMIT 1)
    ) AS locks
"""


def account_of(kind: str, name: str) -> bytes:
    """What stands for an account in the attempts, whether it exists or not: a login name or a phone, unreadable."""
    return crypto.blind_index("account", f"{kind}:{name.lower()}")


async def lock_out(account: bytes, source: str | None, tries: int) -> TooManyWrongTries | None:
    """The refusal that this account or this source gets now, if any."""
    until: datetime | None = await db.fetchval(_LOCKED_UNTIL, account, source, tries)
    if until is None:
        return None
    seconds = await db.fetchval("SELECT ceil(extract(epoch FROM $1::timestamptz - now()))::int", until)
    return TooManyWrongTries(retry_after=max(1, seconds))


async def take_turn(account: bytes, source: str | None) -> None:
    """Let nobody else try this account or from this source until the transaction ends (a step)."""
    keys = {int.from_bytes(account[:8], "big", signed=True)}
    if source is not None:
        keys.add(int.from_bytes(crypto.blind_index("source", source)[:8], "big", signed=True))
    for key in sorted(keys):
        await db.current().execute("SELECT pg_advisory_xact_lock($1)", key)


async def note(account: bytes, actor: Actor, *, right: bool) -> None:
    """Write down how a try ended (a step)."""
    await db.current().execute(
        'INSERT INTO identity_sign_in_attempt (id, account, source, "right", at) VALUES ($1, $2, $3, $4, now())',
        new_id(),
        account,
        actor.source,
        right,
    )
