"""Who may call what: every route declares it, and every role is tried on every route."""

import re
from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from identity.actor import ROLES
from identity.guards import PAGE, access_of
from web.app import create_app

from .conftest import Callers

PUBLIC = {
    "GET /api/bonus-notices",
    "GET /api/event-categories",
    "GET /design",
    "GET /livez",
    "GET /manifest.webmanifest",
    "GET /metrics",
    "GET /offline",
    "GET /problems/{code}",
    "GET /readyz",
    "GET /schema",
    "GET /schema/openapi.json",
    "GET /schema/reference.css",
    "GET /sign-in",
    "GET /sign-in/code",
    "GET /sign-in/invitation",
    "GET /sign-in/invitation/set-up",
    "GET /sign-in/phone",
    "GET /sign-in/staff",
    "GET /static/{name}",
    "GET /sw.js",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/sms-codes",
    "POST /language",
    "POST /sign-in/code",
    "POST /sign-in/demo",
    "POST /sign-in/invitation",
    "POST /sign-in/invitation/set-up",
    "POST /sign-in/phone",
    "POST /sign-in/staff",
    "POST /view",
}
"""Every route that anybody may call. A new one is a decision; write it here."""
LEAVING = {"/api/auth/logout", "/sign-out", "/sign-out/everywhere"}
"""Routes that end the session which the next routes need."""
STREAMS = {"/live"}
"""Routes whose answer does not end; test_live.py opens them."""


def routes_of(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield method, route.path_format, handler


def test_every_route_declares_exactly_one_access() -> None:
    undeclared = [f"{method} {path}" for method, path, handler in routes_of(create_app()) if access_of(handler) is None]
    assert undeclared == []


def test_the_public_routes_are_those_of_the_list() -> None:
    public = set()
    for method, path, handler in routes_of(create_app()):
        access = access_of(handler)
        if access is not None and access.kind == "public":
            public.add(f"{method} {path}")
    assert public == PUBLIC


@pytest.mark.parametrize("role", [*ROLES, "integration"])
async def test_a_role_is_let_in_exactly_where_it_is_declared(
    role: str, app: Litestar, client: httpx.AsyncClient, callers: Callers
) -> None:
    wrong = []
    for method, path, handler in routes_of(app):
        access = access_of(handler)
        if access is None or access.kind == "public":
            continue
        expected = (
            (access.kind == "integration" or access.integrations)
            if role == "integration"
            else access.kind == "roles" and (not access.roles or role in access.roles)
        )
        page = bool(handler.opt.get(PAGE))
        if (path in LEAVING | STREAMS and expected) or (page and role == "integration"):
            continue  # a key opens no page, as the next test shows
        headers = callers.in_browser(role) if page else callers.headers(role)
        answer = await client.request(method, filled(path), headers=headers)
        shut_out = answer.status_code == 403 and answer.json()["code"] == "role_missing"
        if shut_out is expected or answer.status_code in {401, 500}:
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:100]}")
    assert wrong == []


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic YTpi", "Bearer qzf_nonsense", "Bearer "])
async def test_without_a_good_token_every_route_is_closed(
    header: str | None, app: Litestar, client: httpx.AsyncClient
) -> None:
    headers = {"Authorization": header} if header else {}
    open_routes = [
        f"{method} {path}: {answer.status_code}"
        for method, path, handler in routes_of(app)
        if (access := access_of(handler)) is not None and access.kind != "public"
        if (answer := await client.request(method, filled(path), headers=headers)).status_code != 401
    ]
    assert open_routes == []


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f", path)
