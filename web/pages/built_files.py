"""The built files under /static/, and the two that browsers look for at the root: the worker and the app's manifest."""

from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromPath

from identity.guards import public
from kit.refusals import NotFound
from kit.wire import encode
from web.pages.assets import Served, asset, built, served_files
from web.pages.cookies import AnyRequest, language_for
from web.pages.texts import Key, catalogue

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
# Scripts that run as workers live under the policy they are sent with.
_SCRIPT_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'"
_SHORTCUTS = ((Key("home.show_code"), "/code"), (Key("home.my_points"), "/points"))
_PAPER = "#f6f1e6"  # the ground of the pages, as web/frontend/css/tokens.css has it


class BuiltFilesController(Controller):
    """Styles, scripts, pictures: the same for everybody, kept by browsers for ever under names that change."""

    guards = (public(),)

    @get("/static/{name:path}")
    async def file(self, request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        """One built file, packed when the browser takes it so."""
        found = served_files().get(name.lstrip("/"))
        if found is None:
            raise NotFound
        return _sent(request, found, _FOR_EVER)

    @get("/sw.js")
    async def worker(self, request: AnyRequest) -> Response[bytes]:
        """The service worker, which answers for the whole site and is asked for afresh."""
        found = built("sw.js")
        if found is None:
            raise NotFound
        response = _sent(request, found, _ASK_AGAIN)
        response.headers["Service-Worker-Allowed"] = "/"
        return response

    @get("/manifest.webmanifest")
    async def manifest(self, request: AnyRequest) -> Response[bytes]:
        """What the app is called and looks like on a phone's home screen."""
        words = catalogue(language_for(request))
        body: dict[str, Any] = {
            "id": "/",
            "name": words.text("app.full_name"),
            "short_name": words.text("app.name"),
            "lang": words.language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "categories": ["government", "lifestyle"],
            "shortcuts": [
                {"name": words.text(text), "url": path, "icons": [{"src": asset("icon-192.png"), "sizes": "192x192"}]}
                for text, path in _SHORTCUTS
            ],
            "background_color": _PAPER,
            "theme_color": _PAPER,
            "icons": [
                {"src": asset("icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": asset("icon-512.png"), "sizes": "512x512", "type": "image/png"},
                {
                    "src": asset("icon-maskable-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "maskable",
                },
            ],
        }
        return Response(encode(body), media_type="application/manifest+json", headers={"Cache-Control": _ASK_AGAIN})


def _sent(request: AnyRequest, found: Served, caching: str) -> Response[bytes]:
    encoding, body = found.chosen(request.headers.get("accept-encoding", ""))
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    if found.media_type.startswith("text/javascript"):
        headers["Content-Security-Policy"] = _SCRIPT_POLICY
    return Response(body, media_type=found.media_type, headers=headers)
