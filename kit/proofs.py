"""Proofs that are kept: every hour all invariants are proven, and those who look after the books see what was found.

A proof that is missing is a warning of its own where real residents depend on it: nobody looked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import msgspec
import structlog

from kit import db
from kit.ids import new_id
from kit.invariants import Invariant, prove
from kit.settings import settings

EXAMPLES = 5
"""How many rows that break an invariant are named."""
_PATIENCE = timedelta(hours=2)
_KEPT = timedelta(days=30)
_log = structlog.get_logger(__name__)


class Broken(msgspec.Struct, frozen=True):
    """An invariant that did not hold, by its name, with some of the rows that break it."""

    name: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptProof:
    """What a proof found."""

    proven_at: datetime
    milliseconds: int
    invariants: int
    checked: int
    broken: tuple[Broken, ...]
    stale: bool
    """Whether the next one should have come long ago."""


async def prove_and_keep(invariants: list[Invariant]) -> None:
    """Prove these invariants, keep what was found, and say aloud what does not hold."""
    began = monotonic()
    proven_at = await db.fetchval("SELECT now()")
    findings = await prove(invariants, shown=EXAMPLES)
    broken = [Broken(each.invariant.name, each.violations) for each in findings if not each.ok]
    async with db.transaction() as connection:
        await connection.execute(
            "INSERT INTO kit_proof (id, proven_at, milliseconds, invariants, checked, broken)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            new_id(),
            proven_at,
            round((monotonic() - began) * 1000),
            len(findings),
            sum(each.checked for each in findings),
            msgspec.json.encode(broken).decode(),
        )
        await connection.execute("DELETE FROM kit_proof WHERE proven_at < now() - $1::interval", _KEPT)
    for each in broken:
        _log.error("an invariant does not hold", invariant=each.name, examples=each.examples)


async def last_proof() -> KeptProof | None:
    """What the newest proof found; None before the first."""
    row = await db.fetchrow(
        "SELECT proven_at, milliseconds, invariants, checked, broken, proven_at < now() - $1::interval AS stale"
        " FROM kit_proof ORDER BY proven_at DESC LIMIT 1",
        _PATIENCE,
    )
    if row is None:
        return None
    return KeptProof(**{**row, "broken": msgspec.json.decode(row["broken"], type=tuple[Broken, ...])})


def is_missing(last: KeptProof | None) -> bool:
    """Whether nobody has looked for over two hours, in production; a developer's worker may rest."""
    return settings().production and (last is None or last.stale)
