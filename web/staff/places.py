"""Areas as staff read them: by their names from the village down, and as the choices of a filter."""

from collections.abc import Collection
from typing import Annotated

from msgspec import Meta

from identity.actor import Actor
from identity.areas import VILLAGE, areas_under, level_of, named_areas

AreaPath = Annotated[str, Meta(max_length=200, pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*(?![\s\S])")]
_TOP = "."


async def place_names(paths: Collection[str], language: str) -> dict[str, str]:
    """Each area by its path: 青石社区第二网格, with the village that it lies in; towns and the county by themselves."""
    known = await named_areas(paths)
    found = {}
    for path in paths:
        labels = path.split(_TOP)
        parts = [_TOP.join(labels[:depth]) for depth in range(min(VILLAGE, len(labels)), len(labels) + 1)]
        found[path] = " · ".join(known[part].name(language) for part in parts if part in known)
    return found


async def area_choices(actor: Actor, roles: Collection[str], language: str) -> list[tuple[str, str]]:
    """The areas one level below those of his roles, for a filter."""
    territories = actor.territories(*roles)
    found = [area for path in territories for area in await areas_under(path, level_of(path) + 1)]
    return [(area.path, area.name(language)) for area in found]
