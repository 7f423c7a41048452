"""What every handler may ask for by name: the idempotency key of its request, and the reader's language."""

import re
from typing import Annotated, Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from identity.actor import Actor
from kit import logs
from kit.errors import IdempotencyKeyMissing
from kit.keyed import Keyed
from kit.once import Rendered
from web.problems import PROBLEM, language_of

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
IDEMPOTENCY_KEY = "Idempotency-Key"


async def provide_keyed(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(
            name=IDEMPOTENCY_KEY,
            description="A value of your own for this change, kept for 30 days; the same one when it is sent again.",
        ),
    ] = None,
) -> Keyed:
    """The key of a request that moves value; without one it is refused before anything is done."""
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise IdempotencyKeyMissing
    asked = f"{request.scope['path']}?{request.scope['query_string'].decode('latin-1')}\n"
    return Keyed(
        caller=str(actor.id),
        route=f"{request.method} {request.scope['path_template']}",
        key=idempotency_key,
        body=asked.encode() + await request.body(),
        respond=respond,
        language=provide_language(request),
        request_id=logs.request_id.get(),
    )


def respond(rendered: Rendered) -> Response[bytes]:
    """Send stored bytes: an answer as JSON, a stored refusal as a problem."""
    refused = rendered.status >= 400  # noqa: PLR2004
    return Response(
        rendered.body,
        status_code=rendered.status,
        media_type=PROBLEM if refused else "application/json",
    )


def provide_language(request: Request[Any, Any, Any]) -> str:
    """The language in which the client wants to read."""
    return language_of(request.headers.get("accept-language", ""))
