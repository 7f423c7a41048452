"""The area of a form: chosen from a list where the territory has few, else typed, by its name or its code.

What was typed is looked up when the form comes, so that a browser without scripts is enough; with them the desk offers
what fits while one types.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from identity.actor import STAFF_ROLES, Actor
from identity.areas import (
    EVERY_LEVEL,
    TOWN,
    AreaRow,
    Levels,
    areas_called,
    areas_within,
    find_areas,
    named_areas,
)
from identity.guards import allow
from kit.errors import EN, ZH
from kit.wire import ShortText
from web.faults import Fault
from web.pages.cookies import AnyRequest
from web.pages.filters import Filters, read_filters
from web.pages.forms import Form, Named
from web.pages.rendering import fragment

_FIELD: Final = "area_id"
_MOST: Final = 200
"""So many lines a list of choices may have; where there are more, an area is typed."""
_OFFERED: Final = 12
_SAID: Final = 5
_LOOKED_AT: Final = 200
_BETWEEN: Final = " · "
_Level = Annotated[int, Meta(ge=1, le=5)]


@dataclass(frozen=True, slots=True)
class Within:
    """Where the area of a form may lie: in these areas, on these levels."""

    paths: Sequence[str]
    levels: Levels = EVERY_LEVEL


@dataclass(frozen=True, slots=True)
class Place:
    """An area with its full name, from the town down."""

    area: AreaRow
    zh: str
    en: str

    def name(self, language: str) -> str:
        """Its full name in the reader's language."""
        return self.en if language == EN else self.zh

    def is_called(self, typed: str) -> bool:
        """Whether this is its code, its name or its full name."""
        said = _BETWEEN.join(_parts(typed))
        names = (self.area.path, self.area.name_zh, self.area.name_en, self.zh, self.en)
        return said in {each.casefold() for each in names}


@dataclass(frozen=True, slots=True)
class AreaField:
    """What a page shows: the choices, or where there are too many what was typed, and what may have been meant."""

    options: Sequence[tuple[str, str]] | None
    typed: str = ""
    offered: Sequence[Place] = ()
    levels: Levels = EVERY_LEVEL


class Typing(Filters):
    """What was typed so far, and the levels that the field takes."""

    area_id: ShortText | None = None
    highest: _Level = EVERY_LEVEL[0]
    lowest: _Level = EVERY_LEVEL[1]


class TerritoryController(Controller):
    """Areas of one's own territory."""

    path = "/staff/areas"
    guards = (allow(*sorted(STAFF_ROLES)),)

    @get("/")
    async def offer(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Those that fit what was typed, for the field in which it is being typed."""
        typing = read_filters(request, Typing)
        within = Within(actor.territories(*STAFF_ROLES), (typing.highest, typing.lowest))
        return fragment(request, "staff/areas_offered.html", offered=await _offered(within, typing.area_id or ""))


async def area_field(within: Within, form: Form[Any]) -> AreaField:
    """The field as it is shown with this form."""
    found = await areas_within(within.paths, within.levels, limit=_MOST + 1)
    if len(found) <= _MOST:
        places = await _places(sorted(found, key=_order))
        return AreaField([(str(each.area.id), each.name(form.language)) for each in places])
    typed = form.get(_FIELD)
    chosen = await _places(list((await find_areas([UUID(typed)])).values())) if _is_id(typed) else []
    if chosen:
        return AreaField(None, chosen[0].name(form.language), levels=within.levels)
    return AreaField(None, typed, await _offered(within, typed), within.levels)


def area_named(within: Within) -> Named:
    """For `read_form`: the id of the area that was chosen or typed, or why nobody can tell which it is."""

    async def find(typed: str) -> str | Fault:
        if _is_id(typed):
            return typed
        found = await _sought(within, typed)
        meant = [each for each in found if each.is_called(typed)]
        return str(meant[0].area.id) if len(meant) == 1 else _which(meant, found)

    return {_FIELD: find}


def _which(meant: Sequence[Place], found: Sequence[Place]) -> Fault:
    """What to say when it is none, or one of several."""
    named = (meant or found)[:_SAID]
    zh, en = [" / ".join(each.name(language) for each in named) for language in (ZH, EN)]
    if meant:
        said = f"有几处叫这个名字，请写全：{zh}", f"Several are called so; name it in full: {en}"
    elif found:
        said = f"没有正好叫这个名字的。相近的有：{zh}", f"None is called just so. Similar: {en}"
    else:
        said = "您负责的范围内没有这个名字或编码。", "No area of your territory has this name or code."
    return f"/{_FIELD}", "area_ambiguous" if meant else "area_unknown", *said


async def _offered(within: Within, typed: str) -> Sequence[Place]:
    return (await _sought(within, typed))[:_OFFERED]


async def _sought(within: Within, typed: str) -> list[Place]:
    """Places whose name or code holds the last part of what was typed, their full name the rest; exact ones first."""
    *above, own = _parts(typed)
    if not own:
        return []
    found = await _places(await areas_called(within.paths, within.levels, own, limit=_LOOKED_AT))
    fit = [each for each in found if all(part in f"{each.zh} {each.en}".casefold() for part in above)]
    return sorted(fit, key=lambda place: (not place.is_called(typed), _order(place.area)))


def _parts(typed: str) -> list[str]:
    return [part.strip().casefold() for part in typed.split(_BETWEEN.strip())]


async def _places(found: Sequence[AreaRow]) -> list[Place]:
    known = await named_areas([area.path for area in found])
    return [Place(area, *(_full(area.path, known, language) for language in (ZH, EN))) for area in found]


def _full(path: str, known: dict[str, AreaRow], language: str) -> str:
    labels = path.split(".")
    above = [".".join(labels[:depth]) for depth in range(min(TOWN, len(labels)), len(labels) + 1)]
    return _BETWEEN.join(known[each].name(language) for each in above)


def _order(area: AreaRow) -> list[tuple[str, int]]:
    """Paths in the order of their numbers: v2 before v10."""
    labels = area.path.split(".")
    return [(name := label.rstrip("0123456789"), int(label[len(name) :] or 0)) for label in labels]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
