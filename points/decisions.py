"""Decision rows: what people, and the system later on, decided about a participation.

They are written once (a step), and read by the resident whom they are about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kit import db
from kit.ids import new_id

Outcome = Literal["accepted", "refused", "not_allowed", "recalled", "reversed", "changed"]

_INSERT = """
    INSERT INTO points_decision
        (id, participation_id, person_id, level, step, outcome, code, rule_version_id, decided_at)
    SELECT line.id, line.participation_id, line.person_id, line.level, line.step, line.outcome, line.code,
           line.rule_version_id, $9
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::uuid[])
        AS line (id, participation_id, person_id, level, step, outcome, code, rule_version_id)
"""
_READ = """
    SELECT level, outcome, code, decided_at FROM points_decision
    WHERE participation_id = $1 AND outcome <> 'not_allowed' ORDER BY decided_at, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision; without a person it was the system's."""

    participation_id: UUID
    outcome: Outcome
    code: str
    person_id: UUID | None = None
    level: int | None = None
    step: int | None = None
    rule_version_id: UUID | None = None


async def write_decisions(decisions: Sequence[Decision], *, at: datetime) -> None:
    """Write them in one statement."""
    if decisions:
        await db.current().execute(
            _INSERT,
            [new_id() for _ in decisions],
            [each.participation_id for each in decisions],
            [each.person_id for each in decisions],
            [each.level for each in decisions],
            [each.step for each in decisions],
            [each.outcome for each in decisions],
            [each.code for each in decisions],
            [each.rule_version_id for each in decisions],
            at,
        )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as the resident reads it: by which verifier level, not by whom."""

    level: int | None
    outcome: Outcome
    code: str
    at: datetime


async def read_decisions(participation_id: UUID) -> list[Decided]:
    """What was decided about a participation, in order; tries of people who were not allowed are left out."""
    rows = await db.fetch(_READ, participation_id)
    return [Decided(row["level"], row["outcome"], row["code"], row["decided_at"]) for row in rows]
