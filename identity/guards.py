"""Who may call a route. Every handler declares exactly one access, on itself, its controller or its router:

`guards=[allow("resident", "grid_worker")]`, `guards=[public()]` or `guards=[integration()]`.

A guard loads the actor and looks at roles only; whether he may touch this one thing in this one place is for the flow
to say (`actor.covers`, `actor.merchant_ids`).

Programs send a bearer token. Browsers send the cookie of a page's session: pages (routes with the `opt` PAGE) know
nothing else, the API takes it where no bearer came. A change that comes with the cookie must come from a page of ours.
"""

from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from identity import cross_site, refused_access
from identity.actor import ROLES, Actor
from identity.actor_loading import load_actor
from identity.errors import CrossSite, RoleMissing, SignInRequired, TokenInvalid
from identity.page_sessions import load_page_actor
from kit.settings import settings

Connection = ASGIConnection[Any, Any, Any, Any]
PAGE = "page"
"""The `opt` of a route that answers a browser with a page."""
_BEARER = "bearer "
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares, and the guard that keeps it."""

    kind: Literal["roles", "public", "integration"]
    roles: tuple[str, ...] = ()
    integrations: bool = False

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let the request in with its actor, or refuse it."""
        if self.kind == "public":
            connection.state.actor = await _anybody(connection, page=bool(handler.opt.get(PAGE)))
            return
        connection.state.actor = actor = await _signed_in(connection, page=bool(handler.opt.get(PAGE)))
        if not self.lets_in(actor):
            await refused_access.record_refusal(actor=actor, route=str(connection.scope.get("path_template", "")))
            raise RoleMissing

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


def cookie_name(connection: Connection) -> str:
    """The name of the session's cookie; browsers keep one named `__Host-` for this host and for https alone."""
    secure = settings().production or connection.scope["scheme"] == "https"
    return "__Host-qunzhifen" if secure else "qunzhifen"


async def reader(connection: Connection) -> Actor:
    """Who is signed in in this browser; else a visitor, for whom nothing is loaded."""
    request_id, source = _origin(connection)
    visitor = Actor.visitor(request_id=request_id, source=source)
    secret = connection.cookies.get(cookie_name(connection))
    try:
        return await load_page_actor(secret, request_id=request_id, source=source) if secret else visitor
    except TokenInvalid:
        return visitor


async def _anybody(connection: Connection, *, page: bool) -> Actor:
    """On a page, who is signed in in this browser; else a visitor. No change is taken from another site's page."""
    if not page:
        request_id, source = _origin(connection)
        return Actor.visitor(request_id=request_id, source=source)
    if _changes(connection) and not cross_site.is_from_this_site(connection.headers):
        raise CrossSite
    return await reader(connection)


async def _signed_in(connection: Connection, *, page: bool) -> Actor:
    request_id, source = _origin(connection)
    header = None if page else connection.headers.get("authorization")
    if header is not None:
        return await load_actor(_bearer(header), request_id=request_id, source=source)
    secret = connection.cookies.get(cookie_name(connection))
    if secret is None:
        raise SignInRequired
    actor = await load_page_actor(secret, request_id=request_id, source=source)
    if _changes(connection) and not await _asked_by_our_page(connection, actor):
        raise CrossSite
    return actor


def _changes(connection: Connection) -> bool:
    return connection.scope.get("method", "GET") not in cross_site.SAFE_METHODS


async def _asked_by_our_page(connection: Connection, actor: Actor) -> bool:
    """Whether both signs of a page of this session are there: where it came from, and the token."""
    if actor.session_id is None or not cross_site.is_from_this_site(connection.headers):
        return False
    token = connection.headers.get(cross_site.HEADER)
    if token is None and isinstance(connection, Request) and connection.content_type[0] in _FORMS:
        token = (await connection.form()).get(cross_site.FIELD)
    return isinstance(token, str) and cross_site.is_token(actor.session_id, token)


def _bearer(header: str) -> str:
    if not header[: len(_BEARER)].lower() == _BEARER or not header.isascii():
        raise TokenInvalid
    return header[len(_BEARER) :].strip()


def _origin(connection: Connection) -> tuple[str | None, str | None]:
    state = connection.scope.get("state") or {}
    return state.get("request_id"), connection.client.host if connection.client else None
