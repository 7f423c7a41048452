"""Routes of the platform itself: health, files, the description of the API."""

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Controller, Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from prometheus_client import CONTENT_TYPE_LATEST

from identity.actor import Actor
from identity.guards import allow, public
from kit import files
from kit.errors import Refusal
from kit.refusals import NotFound, refuses
from kit.wire import Code, Id, Invalid, Out, encode
from web import health, openapi
from web.problems import UnsupportedMediaType
from web.reference import reference_page
from web.uploads import upload_picture, visible_file

_STATIC = Path(__file__).parent / "static"
_PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_FORM_BYTES = files.MOST_BYTES + 64 * 1024  # the picture and what the form puts round it
_FORM = "multipart/form-data"


class LivenessOut(Out):
    """The process answers."""

    status: str


class ReadinessOut(Out):
    """Whether requests may come: `ok`, `degraded` (Valkey is away, everything works, slower) or `not_ready`."""

    status: str
    checks: dict[str, str]


class FileOut(Out):
    """A kept picture."""

    id: Id


class ProblemOut(Out):
    """What a problem's code means."""

    code: str
    status: int
    zh: str
    en: str


class HealthController(Controller):
    """What the machinery round the app asks."""

    guards = (public(),)

    @get("/livez")
    async def livez(self) -> LivenessOut:
        """Whether the process answers; touches nothing."""
        return LivenessOut(status="ok")

    @get(
        "/readyz",
        opt={openapi.ANSWERS_TOO: {503: "尚未就绪，checks 说明缺什么 · Not ready; `checks` says what is missing"}},
    )
    async def readyz(self) -> Response[ReadinessOut]:
        """Whether it may serve: database, migrations, durable settings, files; without Valkey it is degraded.

        A 503 is no problem document: it has the same body, which says what is missing.
        """
        found = await health.look()
        checks = {name: getattr(found, name) for name in ("database", "migrations", "durability", "files", "redis")}
        return Response(
            ReadinessOut(status=found.status, checks=checks),
            status_code=200 if found.ready else 503,
            headers={} if found.ready else {"Retry-After": "1"},
        )

    @get("/metrics", opt={openapi.MEDIA_TYPES: ["text/plain"]})
    async def metrics(self) -> Response[bytes]:
        """Counters for Prometheus: those of this process, and the queues of all."""
        return Response(await health.metrics(), media_type=CONTENT_TYPE_LATEST)


class FileController(Controller):
    """Pictures that people send."""

    path = "/api/files"

    @post(
        "/",
        guards=[allow()],
        request_max_body_size=_FORM_BYTES,
        opt={
            **refuses(files.FileUnreadable, files.FileTooLarge, Invalid),
            openapi.FORM: ["file"],
        },
    )
    async def upload(self, request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> FileOut:
        """Keep a picture: decoded, shrunk to 2,560 pixels, stripped of place and camera, encoded anew."""
        sent_as, _ = request.content_type
        if sent_as != _FORM:
            raise UnsupportedMediaType
        sent = (await request.form()).get("file")
        if not isinstance(sent, UploadFile):
            raise Invalid(("/file", "required", "请选择要上传的图片。", "A picture is required."))
        return FileOut(id=await upload_picture(actor=actor, data=await sent.read()))

    @get("/{file_id:uuid}", guards=[allow()], opt={openapi.MEDIA_TYPES: ["image/jpeg", "image/png"]})
    async def download(self, file_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[bytes]:
        """A picture, for its owner and the staff whose matter it is."""
        row = await visible_file(actor=actor, file_id=file_id)
        return Response(await files.read(row), media_type=row.media_type)


class ReferenceController(Controller):
    """The description of the API, for programs and for people."""

    guards = (public(),)

    @get("/schema/openapi.json", include_in_schema=False, cache=False)
    async def document(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """The OpenAPI 3.1 document."""
        return Response(encode(_described(request.app)), media_type="application/vnd.oai.openapi+json")

    @get("/schema", include_in_schema=False, media_type=MediaType.HTML)
    async def page(self, request: Request[Any, Any, Any], language: NamedDependency[str]) -> Response[str]:
        """The same, to read."""
        return _as_page(reference_page(_described(request.app), language))

    @get("/schema/reference.css", include_in_schema=False)
    async def sheet(self) -> Response[bytes]:
        """The style of the page."""
        return Response(
            (_STATIC / "reference.css").read_bytes(),
            media_type="text/css",
            headers={"Cache-Control": "public, max-age=3600"},
        )

    @get("/problems/{code:str}")
    async def problem(self, code: FromPath[Code]) -> ProblemOut:
        """What a problem's code means, in both languages."""
        known = _all_refusals().get(code)
        if known is None:
            raise NotFound
        return ProblemOut(code=code, status=known.status, zh=known.zh, en=known.en)


@cache
def _described(app: Litestar) -> dict[str, Any]:
    return openapi.document(app, version=version("qunzhifen"))


def _as_page(html: str) -> Response[str]:
    return Response(html, media_type=MediaType.HTML, headers={"Content-Security-Policy": _PAGE_POLICY})


@cache
def _all_refusals() -> dict[str, type[Refusal]]:
    """Every refusal of the product by its code."""
    found: dict[str, type[Refusal]] = {}
    waiting = list(Refusal.__subclasses__())
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if hasattr(each, "code"):  # a family of refusals has none of its own
            found[each.code] = each
    return found


routes = [HealthController, FileController, ReferenceController]
