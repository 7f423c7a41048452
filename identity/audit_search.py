"""Looking things up in the record: who did what, to which thing, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity.actor import Actor, covers_sql
from kit import db

AUDITING_ROLE: Final = "auditor"
_SEARCH: Final = f"""
    SELECT entry.id, entry.at, entry.actor_kind, entry.actor_id, entry.actor_name, person.name AS person_name,
           entry.action, entry.subject_kind, entry.subject_id, entry.before::text AS before, entry.after::text AS after,
           entry.why, entry.source, entry.request_id
    FROM identity_audit_entry AS entry
    LEFT JOIN identity_person AS person ON person.id = entry.actor_id
    LEFT JOIN identity_area AS area ON area.id = person.area
    WHERE (area.path IS NULL OR {covers_sql("$1", "area.path")})
      AND ($2::text IS NULL OR entry.actor_name = $2 OR entry.actor_id IN (
              SELECT id FROM identity_person WHERE name = $2
              UNION ALL SELECT person FROM identity_login WHERE name = lower($2)))
      AND ($3::text IS NULL OR entry.action = $3 OR entry.action LIKE $3 || '.%')
      AND ($4::text IS NULL OR entry.subject_kind = $4)
      AND ($5::text IS NULL OR entry.subject_id = $5)
      AND ($6::timestamptz IS NULL OR entry.at >= $6)
      AND ($7::timestamptz IS NULL OR entry.at < $7)
      AND ($8::uuid IS NULL OR entry.id < $8)
    ORDER BY entry.id DESC LIMIT $9
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is looked for: a name or a login, an action or the word before its dot, a thing, a stretch of time."""

    who: str | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def search_audit(actor: Actor, wanted: AuditFilter, *, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """Entries of people of the auditor's territory and of systems, newest first."""
    return await db.fetch(
        _SEARCH,
        list(actor.territories(AUDITING_ROLE)),
        wanted.who,
        wanted.action,
        wanted.subject_kind,
        wanted.subject_id,
        wanted.since,
        wanted.until,
        before,
        limit,
    )
