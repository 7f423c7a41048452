"""Where a page sends the browser next, always within this site."""

import re
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Response
from litestar.status_codes import HTTP_204_NO_CONTENT, HTTP_303_SEE_OTHER

from web.pages.cookies import AnyRequest

_LONGEST = 1_000
_UNSAFE = re.compile(r"[\\\x00-\x20\x7f]")


def local_path(text: str | None) -> str | None:
    """A path of this site with its query, or None: nothing that could lead a browser to another host."""
    if not text or len(text) > _LONGEST or not text.startswith("/") or text.startswith("//") or _UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text


def is_htmx(request: AnyRequest) -> bool:
    """Whether htmx asks, for a part of the page that is open."""
    return "hx-request" in request.headers


def see_other(request: AnyRequest, path: str) -> Response[Any]:
    """Go on to another page after a change, so that loading it again repeats nothing."""
    location = quote(local_path(path) or "/", safe="/?&=#%+:,;@!$'()*~[]-._")
    if is_htmx(request):
        return Response(None, status_code=HTTP_204_NO_CONTENT, headers={"HX-Redirect": location})
    return Response(b"", status_code=HTTP_303_SEE_OTHER, headers={"Location": location}, media_type="text/plain")


def here(request: AnyRequest) -> str:
    """The page that is being looked at, to come back to it: what htmx asks for is only a part of it."""
    shown = request.headers.get("hx-current-url")
    if shown is not None:
        parts = urlsplit(shown)
        return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path) or "/"
    if request.method != "GET":
        return "/"
    query = request.scope["query_string"].decode("latin-1")
    return local_path(request.scope["path"] + (f"?{query}" if query else "")) or "/"
