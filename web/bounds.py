"""Bounds of query, path and header parameters.

Litestar takes a parameter's type out of its `Annotated` and loses the bounds that msgspec would enforce. A type of
its own (`NewType`) around the annotation is left alone by Litestar and understood by msgspec.
"""

import typing
from collections.abc import Iterable
from typing import Annotated, Any, NewType

from litestar import Controller
from litestar.handlers import BaseRouteHandler
from litestar.params import KwargDefinition, ParameterKwarg


def handlers_of(routes: Iterable[Any]) -> list[BaseRouteHandler]:
    """The handlers among these routes, those of controllers included."""
    found: list[BaseRouteHandler] = []
    for route in routes:
        if isinstance(route, BaseRouteHandler):
            found.append(route)
        elif isinstance(route, type) and issubclass(route, Controller):
            members = (getattr(route, name) for name in dir(route))
            found.extend(member for member in members if isinstance(member, BaseRouteHandler))
    return found


def parameter_types(handler: BaseRouteHandler) -> dict[str, tuple[Any, ParameterKwarg]]:
    """Each parameter of the address or a header: its type with its bounds, and where Litestar takes it from."""
    hints = typing.get_type_hints(handler.fn, include_extras=True)
    return {name: taken for name, hint in hints.items() if (taken := _apart(hint)) is not None}


def keep_bounds(routes: Iterable[Any]) -> None:
    """Make the bounds of all parameters of these routes hold; done once, before the app is built."""
    for handler in handlers_of(routes):
        for name, (bounded, marker) in parameter_types(handler).items():
            handler.fn.__annotations__[name] = Annotated[_own_type(name, bounded), marker]


def _own_type(name: str, bounded: Any) -> Any:
    make: Any = NewType  # made while the app is built, which type checkers do not follow
    return make(name, bounded)


def _apart(hint: Any) -> tuple[Any, ParameterKwarg] | None:
    """`Annotated[int, Meta(…), QueryParameter()]` as `Annotated[int, Meta(…)]` and the marker."""
    if typing.get_origin(hint) is not Annotated:
        return None
    plain, *extras = typing.get_args(hint)
    marker = next((extra for extra in extras if isinstance(extra, ParameterKwarg)), None)
    if marker is None:
        return None
    bounds = tuple(extra for extra in extras if not isinstance(extra, KwargDefinition))
    return (Annotated[(plain, *bounds)] if bounds else plain), marker
