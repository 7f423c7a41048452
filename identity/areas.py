"""Territory in five levels: county, town, village, grid, micro-grid.

An area's path names every area above it (`lyx.t1.v2.g3.m4`), so that who is responsible for what is a question about
the beginning of a text, with no walk through a tree.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from identity import audit
from identity.actor import Actor, covers_sql
from identity.errors import AreaTaken, AreaUnknown
from kit import db
from kit.ids import new_id

LEVELS = {1: "county", 2: "town", 3: "village", 4: "grid", 5: "micro_grid"}
COUNTY, TOWN, VILLAGE, LOWEST = 1, 2, 3, 5
Levels = tuple[int, int]
"""From one level down to another, both of them too."""
EVERY_LEVEL: Levels = (COUNTY, LOWEST)


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area as others read it."""

    id: UUID
    parent_id: UUID | None
    level: int
    path: str
    name_zh: str
    name_en: str
    dedicated: bool

    def name(self, language: str) -> str:
        """Its name in the reader's language."""
        return self.name_en if language == "en" else self.name_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArea:
    """An area to be opened; the area above it is the one that its path names."""

    path: str
    name_zh: str
    name_en: str
    dedicated: bool = False


def level_of(path: str) -> int:
    """1 for the county down to 5 for a micro-grid."""
    return path.count(".") + 1


def at_level(path: str, level: int) -> str | None:
    """The area of this level in which the path lies; None when it lies above."""
    labels = path.split(".")
    return ".".join(labels[:level]) if len(labels) >= level else None


def town_path(path: str) -> str:
    """The town in which an area lies; the county's own path stays."""
    return at_level(path, TOWN) or path


def village_path(path: str) -> str | None:
    """The village in which an area lies, if it lies in one."""
    return at_level(path, VILLAGE)


_COLUMNS = "id, parent AS parent_id, level, path, name_zh, name_en, dedicated"


async def find_area(area_id: UUID) -> AreaRow | None:
    """One area."""
    return (await find_areas([area_id])).get(area_id)


async def find_areas(area_ids: Sequence[UUID]) -> dict[UUID, AreaRow]:
    """These areas by id; unknown ones are left out."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM identity_area WHERE id = any($1::uuid[])", area_ids)
    return {row["id"]: AreaRow(**row) for row in rows}


async def find_area_by_path(path: str) -> AreaRow | None:
    """The area with this path."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM identity_area WHERE path = $1", path)
    return AreaRow(**row) if row else None


async def named_areas(paths: Collection[str]) -> dict[str, AreaRow]:
    """These areas and all above them, by path, in one read."""
    wanted = {each.rsplit(".", cut)[0] for each in paths for cut in range(each.count(".") + 1)}
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM identity_area WHERE path = any($1::text[])", list(wanted))
    return {row["path"]: AreaRow(**row) for row in rows}


async def require_area(area_id: UUID) -> AreaRow:
    """One area, which must exist."""
    area = await find_area(area_id)
    if area is None:
        raise AreaUnknown
    return area


async def require_areas(area_ids: Collection[UUID]) -> None:
    """Refuse unless all of these areas exist."""
    wanted = set(area_ids)
    if wanted - (await find_areas(list(wanted))).keys():
        raise AreaUnknown


async def areas_under(path: str, level: int | None = None) -> list[AreaRow]:
    """The area itself and all below it, from the top down, or only those of one level."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM identity_area"
        " WHERE (path = $1 OR path LIKE $1 || '.%') AND ($2::smallint IS NULL OR level = $2) ORDER BY level, path",
        path,
        level,
    )
    return [AreaRow(**row) for row in rows]


_WITHIN = f"""
    SELECT {_COLUMNS} FROM identity_area
    WHERE {covers_sql("$1", "identity_area.path")} AND level BETWEEN $2 AND $3
"""


async def areas_within(territories: Sequence[str], levels: Levels, *, limit: int) -> list[AreaRow]:
    """The areas of somebody's territories on these levels, from the top down, as many as asked for."""
    rows = await db.fetch(f"{_WITHIN} ORDER BY level, path LIMIT $4", list(territories), *levels, limit)
    return [AreaRow(**row) for row in rows]


async def areas_called(territories: Sequence[str], levels: Levels, called: str, *, limit: int) -> list[AreaRow]:
    """Those whose name, in one of the languages, holds these words, or whose path this is; the exact ones first."""
    rows = await db.fetch(
        f"{_WITHIN} AND (path = $4 OR strpos(lower(name_zh), $4) > 0 OR strpos(lower(name_en), $4) > 0)"
        " ORDER BY (path = $4 OR lower(name_zh) = $4 OR lower(name_en) = $4) DESC, level, path LIMIT $5",
        list(territories),
        *levels,
        called.lower(),
        limit,
    )
    return [AreaRow(**row) for row in rows]


@db.flow
async def open_area(*, actor: Actor, path: str, name_zh: str, name_en: str, dedicated: bool = False) -> UUID:
    """Open one area under the one that its path names.

    Moves: nothing.
    Answers: the area's id.
    Raises: AreaTaken, AreaUnknown (the area above).
    """
    (area_id,) = await _add_areas(actor, [NewArea(path=path, name_zh=name_zh, name_en=name_en, dedicated=dedicated)])
    return area_id


@db.flow
async def open_areas(*, actor: Actor, areas: Sequence[NewArea]) -> list[UUID]:
    """Open many areas at once, in any order.

    Moves: nothing.
    Answers: their ids, in the order given.
    Raises: AreaTaken, AreaUnknown (an area above that is neither there nor among them).
    """
    return await _add_areas(actor, areas)


async def _add_areas(actor: Actor, areas: Sequence[NewArea]) -> list[UUID]:
    above = {parent for each in areas if (parent := _parent_path(each.path))}
    ids = {each.path: new_id() for each in areas}
    rows = await db.current().fetch("SELECT id, path FROM identity_area WHERE path = any($1::text[])", list(above))
    known = {row["path"]: row["id"] for row in rows}
    missing = above - known.keys() - ids.keys()
    if missing:
        raise AreaUnknown(path=min(missing))
    parents = known | ids
    added = await db.current().fetch(
        "INSERT INTO identity_area (id, parent, level, path, name_zh, name_en, dedicated, opened_at)"
        " SELECT *, now() FROM unnest"
        " ($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::boolean[])"
        " ON CONFLICT DO NOTHING RETURNING id",
        [ids[each.path] for each in areas],
        [parents[parent] if (parent := _parent_path(each.path)) else None for each in areas],
        [level_of(each.path) for each in areas],
        [each.path for each in areas],
        [each.name_zh for each in areas],
        [each.name_en for each in areas],
        [each.dedicated for each in areas],
    )
    if len(added) != len(areas):
        raise AreaTaken
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(action="area.opened", subject=("area", ids[each.path]), after={"path": each.path})
            for each in areas
        ],
    )
    return [ids[each.path] for each in areas]


def _parent_path(path: str) -> str | None:
    return path.rpartition(".")[0] or None
