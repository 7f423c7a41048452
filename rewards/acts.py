"""What many actors did in one batch, written down with as few statements as there are actors (a step)."""

from collections.abc import Sequence

from identity.actor import Actor
from identity.audit import AuditLine, record_lines


async def record_acts(acts: Sequence[tuple[Actor, AuditLine]]) -> None:
    """Write down one act for each pair of actor and line."""
    by_request: dict[tuple[object, str | None], tuple[Actor, list[AuditLine]]] = {}
    for actor, line in acts:
        by_request.setdefault((actor.id, actor.request_id), (actor, []))[1].append(line)
    for actor, lines in by_request.values():
        await record_lines(actor, lines)
