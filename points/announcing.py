"""Telling the open pages of a resident at once that points came. Called after the flow, when its rows are there.

Nobody waits for it and nothing depends on it: a page that hears nothing shows them when it is opened again.
"""

from kit import db, live
from kit.once import Answer
from points.verification import Verified


async def tell_verified(answer: Answer[Verified]) -> None:
    """Tell who took part that the verification paid him; a stored answer was told the first time."""
    if isinstance(answer.result, Verified) and answer.result.state == "awarded":
        person_id = await db.fetchval("SELECT person_id FROM points_participation WHERE id = $1", answer.result.id)
        await live.publish(f"person:{person_id}", {"kind": "balance.changed"})
