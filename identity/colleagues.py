"""Colleagues: who holds an office over a place, to whom work can be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db

_COVERING = """
    SELECT person.id, person.name, array_agg(DISTINCT held.role) AS roles, max(area.path) AS area_path
    FROM identity_role_held AS held
    JOIN identity_area AS area ON area.id = held.area
    JOIN identity_person AS person ON person.id = held.person AND person.status = 'active'
    WHERE held.role = ANY ($1::text[]) AND held.starts_at <= now() AND (held.ends_at IS NULL OR held.ends_at > now())
      AND ($2::text[] IS NULL OR area.path = ANY ($2::text[]))
      AND ($3::text IS NULL OR (person.name LIKE $3 || '%' AND EXISTS (
          SELECT FROM unnest($4::text[]) AS territory (path)
          WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')))
    GROUP BY person.id, person.name ORDER BY max(area.level) DESC, person.name LIMIT $5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody in office, with the smallest of the places that he looks after."""

    id: UUID
    name: str
    roles: tuple[str, ...]
    area_path: str


async def colleagues_over(area_path: str, roles: Sequence[str], *, limit: int) -> list[Colleague]:
    """Who holds one of these roles over a place, the nearest first."""
    above = [area_path.rsplit(".", cut)[0] for cut in range(area_path.count(".") + 1)]
    return _found(await db.fetch(_COVERING, list(roles), above, None, None, limit))


async def colleagues_named(
    beginning: str, roles: Sequence[str], *, within: Sequence[str], limit: int
) -> list[Colleague]:
    """Who holds one of these roles within territories and whose name begins so."""
    plain = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _found(await db.fetch(_COVERING, list(roles), None, plain, list(within), limit))


def _found(rows: Sequence[db.Row]) -> list[Colleague]:
    return [
        Colleague(id=row["id"], name=row["name"], roles=tuple(row["roles"]), area_path=row["area_path"])
        for row in rows
        if row["name"] is not None
    ]
