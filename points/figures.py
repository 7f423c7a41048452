"""Today's figures of territories: what was handed in and what was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from identity.actor import covers_sql
from kit import db
from kit.ids import first_id_of

_WITHIN = covers_sql("$3", "area.path")
# Ids are ordered by time, so that what is of today stands at the end of each primary key.
_CLAIMS = f"""
    SELECT count(*)::int FROM points_participation AS done JOIN identity_area AS area ON area.id = done.area_id
    WHERE done.id >= $1 AND done.submitted_at >= $2 AND {_WITHIN}
"""
_GIVEN = f"""
    SELECT coalesce(sum(transfer.amount), 0)::bigint
    FROM points_transfer AS transfer
    JOIN identity_person AS person ON person.id = transfer.credit_id
    JOIN identity_area AS area ON area.id = person.area
    WHERE transfer.id >= $1 AND transfer.posted_at >= $2 AND transfer.kind = 'award' AND {_WITHIN}
"""


@dataclass(frozen=True, slots=True)
class Earned:
    """Claims handed in, and points given."""

    claims: int
    points: int


async def earned_since(paths: Sequence[str], since: datetime) -> Earned:
    """What people of these territories handed in and were given since a moment."""
    first = first_id_of(since)
    return Earned(
        claims=await db.fetchval(_CLAIMS, first, since, list(paths)),
        points=await db.fetchval(_GIVEN, first, since, list(paths)),
    )
