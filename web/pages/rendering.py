"""From a template to an answer: one way for pages, one for the parts of a page that htmx asks for.

Templates know the texts, formats and built files of their language (globals and filters), and of each request what
`_context` gives them. They decide nothing: what may be done and what it costs comes from the caller.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from identity import cross_site
from identity.actor import Actor
from identity.masks import mask_name
from kit import logs
from kit.ids import new_id
from kit.settings import settings
from web.pages import assets, navigation
from web.pages.addresses import here
from web.pages.cookies import AnyRequest, language_for, view_of
from web.pages.formats import FILTERS, Formats
from web.pages.texts import LANGUAGES, catalogue

TEMPLATES = Path(__file__).parent.parent / "templates"
HTML = "text/html"
_POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " font-src 'self'; manifest-src 'self'; media-src 'self' blob:; worker-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_PACKED_FROM = 860  # bytes; less does not fill a packet
_PACKING = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """The one who is signed in, as templates may name him."""

    name: str
    full_name: str
    roles: tuple[str, ...]


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    words = catalogue(language)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=not settings().production,
        cache_size=-1,
    )
    made.globals.update(
        {
            "_": words.markup,
            "ngettext": words.plural_markup,
            "language": language,
            "asset": assets.asset,
            "icon": assets.icon,
            "art": assets.art,
        }
    )
    formats = Formats(words)
    made.filters.update({name: getattr(formats, name) for name in FILTERS})
    return made


def page(
    request: AnyRequest,
    template: str,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    wasm: bool = False,
    **context: Any,
) -> Response[bytes]:
    """A whole page in the reader's language. `wasm` lets this page run the reader of codes."""
    language = language_for(request)
    html = environment(language).get_template(template).render(_context(request, context))
    return _answer(request, html, language, status_code, headers, wasm=wasm)


def fragment(
    request: AnyRequest,
    template: str,
    *,
    block: str | None = None,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[bytes]:
    """A part of a page for htmx: a template of its own, or one block of the page's template."""
    language = language_for(request)
    found = environment(language).get_template(template)
    known = _context(request, context)
    html = found.render(known) if block is None else "".join(found.blocks[block](found.new_context(known)))
    return _answer(request, html, language, status_code, headers, wasm=False)


def once_key() -> str:
    """The key that a form which moves value carries, made when it is shown."""
    return new_id().hex


def compile_templates() -> None:
    """Compile every template in both languages, so that the first visitor waits for none."""
    for language in LANGUAGES:
        made = environment(language)
        for name in made.list_templates(filter_func=lambda each: each.endswith(".html") and "/" in each):
            made.get_template(name)


def _context(request: AnyRequest, context: dict[str, Any]) -> dict[str, Any]:
    actor = getattr(request.state, "actor", None)
    person = actor if isinstance(actor, Actor) and actor.kind == "person" else None
    path = str(request.scope["path"])
    audience = context.get("audience") or navigation.audience_of(path, person)
    return {
        "signed_in": person is not None,
        "actor": _shown(person),
        "csrf": cross_site.new_token(person.session_id) if person is not None and person.session_id else "",
        "once": once_key(),
        "path": path,
        "address": here(request) if request.method == "GET" else path,
        "view": view_of(request),
        "audience": audience,
        "audiences": navigation.switches(person, audience),
        "nav": navigation.places(person, audience, path),
        "home": navigation.landing(person) if person is not None else "/",
        "request_id": logs.request_id.get(),
        **context,
    }


def _shown(person: Actor | None) -> Shown | None:
    if person is None:
        return None
    return Shown(mask_name(person.name), person.name, tuple(sorted({each.role for each in person.roles})))


def _answer(
    request: AnyRequest,
    html: str,
    language: str,
    status_code: int,
    headers: dict[str, str] | None,
    *,
    wasm: bool,
) -> Response[bytes]:
    body = html.encode()
    sent = {
        "Content-Security-Policy": _POLICY.format(wasm=" 'wasm-unsafe-eval'" if wasm else ""),
        "Content-Language": language,
        "Vary": "Accept-Encoding",
        **(headers or {}),
    }
    if len(body) >= _PACKED_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, _PACKING, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, status_code=status_code, media_type=HTML, headers=sent)
