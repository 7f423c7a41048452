"""The areas of somebody's territory as choices of a form: by id, each with its name from the town down."""

from collections.abc import Sequence
from typing import Final

from identity.actor import Actor
from identity.areas import TOWN, AreaRow, areas_under

_MOST: Final = 800
"""So many lines a list of choices may have; where there are more, the lowest levels are left out."""


async def area_options(actor: Actor, roles: Sequence[str], language: str, *, down_to: int = 5) -> list[tuple[str, str]]:
    """The areas down to a level, those of one town or village together."""
    found = {
        area.path: area
        for path in actor.territories(*roles)
        for area in await areas_under(path)
        if area.level <= down_to
    }
    while len(found) > _MOST:
        lowest = max(area.level for area in found.values())
        found = {path: area for path, area in found.items() if area.level < lowest}
    return [(str(area.id), _name(area, found, language)) for _, area in sorted(found.items(), key=_place)]


def _place(item: tuple[str, AreaRow]) -> list[tuple[str, int]]:
    """Paths in the order of their numbers: v2 before v10."""
    return [
        (label.rstrip("0123456789"), int(label[len(label.rstrip("0123456789")) :] or 0)) for label in item[0].split(".")
    ]


def _name(area: AreaRow, known: dict[str, AreaRow], language: str) -> str:
    labels = area.path.split(".")
    above = [".".join(labels[:depth]) for depth in range(min(TOWN, len(labels)), len(labels) + 1)]
    return " · ".join(known[path].name(language) for path in above if path in known)
