"""Who may call a route. Every handler declares exactly one access, on itself, its controller or its router:

`guards=[allow("resident", "grid_worker")]`, `guards=[public()]` or `guards=[integration()]`.

A guard loads the actor and looks at roles only; whether he may touch this one thing in this one place is for the flow
to say (`actor.covers`, `actor.merchant_ids`).
"""

from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from identity import refused_access
from identity.actor import ROLES, Actor
from identity.actor_loading import load_actor
from identity.errors import RoleMissing, SignInRequired, TokenInvalid

Connection = ASGIConnection[Any, Any, Any, Any]
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares, and the guard that keeps it."""

    kind: Literal["roles", "public", "integration"]
    roles: tuple[str, ...] = ()
    integrations: bool = False

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        """Let the request in with its actor, or refuse it."""
        request_id, source = _origin(connection)
        if self.kind == "public":
            connection.state.actor = Actor.visitor(request_id=request_id, source=source)
            return
        actor = await load_actor(_bearer(connection), request_id=request_id, source=source)
        if not self.lets_in(actor):
            await refused_access.record_refusal(actor=actor, route=str(connection.scope.get("path_template", "")))
            raise RoleMissing
        connection.state.actor = actor

    def lets_in(self, actor: Actor) -> bool:
        """Whether an actor of this kind with these roles may call the route."""
        if actor.kind == "integration":
            return self.kind == "integration" or self.integrations
        return self.kind == "roles" and (not self.roles or actor.has(*self.roles))


def allow(*roles: str, integrations: bool = False) -> Access:
    """People who hold one of these roles, or any signed-in person when none is named."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    return Access("roles", roles, integrations)


def public() -> Access:
    """Everybody, signed in or not."""
    return Access("public")


def integration() -> Access:
    """Other systems with an API key, and nobody else."""
    return Access("integration")


def access_of(handler: BaseRouteHandler) -> Access | None:
    """The one access that a registered handler declares; None when it declares none or several."""
    declared = [guard for guard in handler.resolve_guards() if isinstance(guard, Access)]
    return declared[0] if len(declared) == 1 else None


def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """The dependency `actor`: whom the guard let in."""
    actor: Actor = request.state.actor
    return actor


def _bearer(connection: Connection) -> str:
    header = connection.headers.get("authorization")
    if header is None:
        raise SignInRequired
    if not header[: len(_BEARER)].lower() == _BEARER or not header.isascii():
        raise TokenInvalid
    return header[len(_BEARER) :].strip()


def _origin(connection: Connection) -> tuple[str | None, str | None]:
    state = connection.scope.get("state") or {}
    return state.get("request_id"), connection.client.host if connection.client else None
