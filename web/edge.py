"""The outermost layer: each request gets its id, each answer its safe headers. Pure ASGI, a few microseconds."""

import re
from time import perf_counter
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from kit import logs
from kit.ids import new_id

_GIVEN_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_REQUESTS = Counter("qunzhifen_http_requests_total", "Answers by route and status.", ["method", "route", "status"])
_SECONDS = Histogram(
    "qunzhifen_http_request_seconds",
    "Time until the answer was sent.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# What an answer carries unless it says otherwise itself.
_DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


async def serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request through the app."""
    identifier = _request_id(scope)
    scope.setdefault("state", {})["request_id"] = identifier
    marked = logs.request_id.set(identifier)
    begun = perf_counter()
    status = 500

    async def send_with_headers(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            _complete(message, identifier)
        await send(message)

    try:
        await app(scope, receive, send_with_headers)
    finally:
        logs.request_id.reset(marked)
        method, route = str(scope.get("method", "")), str(scope.get("path_template", "")) or "unknown"
        method = method if method in _METHODS else "other"  # a client's own words would be counters without end
        _REQUESTS.labels(method, route, status).inc()
        _SECONDS.labels(method, route).observe(perf_counter() - begun)


def _request_id(scope: Scope) -> str:
    """The id that the proxy before us gave, if it has the form of one, else our own."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return value.decode("ascii")
    return new_id().hex


def _complete(message: Any, identifier: str) -> None:
    headers: list[tuple[bytes, bytes]] = [(name, value) for name, value in message.get("headers", ())]
    named = {name.lower() for name, _ in headers}
    headers.extend(default for default in _DEFAULTS if default[0] not in named)
    headers.append((b"x-request-id", identifier.encode("ascii")))
    message["headers"] = headers
