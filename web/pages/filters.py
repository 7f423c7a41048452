"""Filters live in the address: read from it as a struct, and written back into every link of the list.

class EventFilters(Filters): state: State | None = None
chosen = read_filters(request, EventFilters)
address("/staff/events", chosen, cursor=page.next_cursor)      # the same list, further on
address("/staff/events", chosen, state=None)                   # without one of them
"""

from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from kit.paging import Cursor
from kit.wire import In, Invalid
from web.faults import fault_of
from web.pages.cookies import AnyRequest


class Filters(In):
    """What every list takes: the place in it."""

    cursor: Cursor | None = None


F = TypeVar("F", bound=Filters)


def read_filters(request: AnyRequest, struct: type[F]) -> F:
    """What the address asks for; empty fields of a form count as left out, raises Invalid for what cannot be."""
    known = struct.__struct_fields__
    sent = {name: value for name, value in request.query_params.items() if name in known and value.strip()}
    try:
        return msgspec.convert(sent, type=struct, strict=False)
    except msgspec.ValidationError as misfit:
        raise Invalid(fault_of(str(misfit))) from None


def address(path: str, chosen: Filters, **changes: Any) -> str:
    """The address of a list with these filters; from its first page unless a cursor is given."""
    values = {**msgspec.structs.asdict(chosen), "cursor": None, **changes}
    query = urlencode({name: _text(value) for name, value in values.items() if value not in {None, "", False}})
    return f"{path}?{query}" if query else path


def ways(path: str, chosen: Filters, next_cursor: str | None, **others: Any) -> dict[str, Any]:
    """Where the pager of a list leads: further on, and back to its first page; empty where it leads nowhere."""
    return {
        "next_page": address(path, chosen, **others, cursor=next_cursor) if next_cursor else "",
        "first_page": address(path, chosen, **others) if chosen.cursor else "",
    }


def any_chosen(chosen: Filters) -> bool:
    """Whether anything is filtered."""
    return any(value for name, value in msgspec.structs.asdict(chosen).items() if name != "cursor")


def _text(value: Any) -> str:
    return "true" if value is True else str(value)
