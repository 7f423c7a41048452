"""Refused access leaves a trace: who asked for what he may not see."""

from identity import audit
from identity.actor import Actor
from kit import db


@db.flow
async def record_refusal(*, actor: Actor, route: str) -> None:
    """Write down that somebody called a route that is not for him.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await audit.record(actor, action="access.refused", subject=("route", route))
