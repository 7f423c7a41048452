"""Areas as staff read them: by their names from the village down, and as the choices of a filter."""

from collections.abc import Collection
from typing import Annotated

from msgspec import Meta

from identity.actor import Actor
from identity.areas import areas_under, level_of, named_areas, village_path

AreaPath = Annotated[str, Meta(max_length=200, pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*(?![\s\S])")]


async def place_names(paths: Collection[str], language: str) -> dict[str, str]:
    """Each area by its path, with the village that it lies in: 青石社区 · 第二微网格; towns and the county alone."""
    known = await named_areas(paths)
    return {path: " · ".join(known[each].name(language) for each in _said(path) if each in known) for path in paths}


def _said(path: str) -> list[str]:
    village = village_path(path)
    return [path] if village in {None, path} else [village or path, path]


async def area_choices(actor: Actor, roles: Collection[str], language: str) -> list[tuple[str, str]]:
    """The areas one level below those of his roles, for a filter."""
    territories = actor.territories(*roles)
    found = [area for path in territories for area in await areas_under(path, level_of(path) + 1)]
    return [(area.path, area.name(language)) for area in found]
