"""Every error that leaves the API: `application/problem+json` with a stable code, in the reader's language.

Whatever a client sends, the answer is a problem that names what to change; whatever breaks here, the answer names
the request's id and nothing of our insides, and the log has the rest under the same id.
"""

import errno
import re
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from kit import logs
from kit.errors import EN, ZH, DatabaseAway, Refusal
from kit.refusals import NotFound
from kit.wire import Invalid
from web.faults import REQUIRED, Fault, fault_of

PROBLEM = "application/problem+json"
RETRY_SECONDS = 1
_MISSING = re.compile(r"Missing required (\w+) parameter '([^']+)'")
_log = structlog.get_logger(__name__)


class Malformed(Refusal):
    """The body is not JSON."""

    status = 400
    code = "malformed"
    zh = "请求内容不是有效的 JSON。"
    en = "The body is not valid JSON."


class MethodNotAllowed(Refusal):
    """The path exists, but not with this method."""

    status = 405
    code = "method_not_allowed"
    zh = "此地址不支持该操作。"
    en = "This address does not take this method."


class BodyTooLarge(Refusal):
    """The body is larger than this route takes."""

    status = 413
    code = "body_too_large"
    zh = "提交的内容过大。"
    en = "The body is too large."


class UnsupportedMediaType(Refusal):
    """The body is of a type that this route does not read."""

    status = 415
    code = "unsupported_media_type"
    zh = "不支持这种内容类型，请使用 application/json。"
    en = "This type of content is not read here; use application/json."


class StorageFull(Refusal):
    """There is no room left to write in; reading goes on."""

    status = 503
    code = "storage_full"
    zh = "暂时无法保存，请稍后再试。"
    en = "Nothing can be saved at the moment; please try again later."


class Unexpected(Refusal):
    """A fault of ours. The request's id leads to it in the log."""

    status = 500
    code = "internal_error"
    zh = "系统出错，已记录。请稍后再试，或提供请求编号。"
    en = "Something went wrong on our side and was recorded. Try again, or quote the request id."


class _ByStatus(Refusal):
    """A refusal of the framework with no class of its own here."""

    code = "refused"
    zh = "请求被拒绝。"
    en = "The request was refused."


_OF_STATUS: dict[int, type[Refusal]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
    503: DatabaseAway,
}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def language_of(header: str) -> str:
    """`en` when the reader's Accept-Language puts English before Chinese, else `zh-CN`."""
    if not header:
        return ZH
    wanted: dict[str, float] = {}
    for choice in header.split(",")[:20]:
        tag, _, quality = choice.partition(";")
        try:
            weight = float(quality.partition("=")[2]) if quality else 1.0
        except ValueError:
            weight = 0.0
        primary = tag.strip().lower().partition("-")[0]
        wanted[primary] = max(weight, wanted.get(primary, 0.0))
    return EN if wanted.get("en", 0.0) > wanted.get("zh", 0.0) else ZH


def refusal_of(error: Exception) -> Refusal:  # noqa: PLR0911 - one line a kind of error
    """The refusal that says to the client what this error means for him."""
    match error:
        case Refusal():
            return error
        case ValidationException():
            return _misfit(error)
        case HTTPException() if error.status_code < 500 or error.status_code in _OF_STATUS:  # noqa: PLR2004
            return _of_status(error)
        case msgspec.ValidationError():
            return Invalid(fault_of(str(error)))
        case RecursionError():
            return Malformed()
        case asyncpg.InsufficientResourcesError() | asyncpg.ReadOnlySQLTransactionError():
            return StorageFull()
        case OSError() if error.errno in _NO_ROOM:
            return StorageFull()
    return Unexpected()


def _of_status(error: HTTPException) -> Refusal:
    kind = _OF_STATUS.get(error.status_code)
    if kind is not None:
        return kind()
    if error.status_code == 400:  # noqa: PLR2004
        return Malformed()
    refusal = _ByStatus()
    refusal.status = error.status_code  # type: ignore[misc]
    return refusal


def _misfit(error: ValidationException) -> Invalid:
    """Litestar's list of what does not fit in path, query and headers."""
    faults = []
    for entry in error.extra if isinstance(error.extra, list) else []:
        source = str(getattr(entry.get("source"), "value", entry.get("source") or ""))
        key = entry.get("key", "")
        root = "" if source == "body" else f"/{source or 'query'}"
        pointer = f"{root}/{key}" if key and key != "data" else root
        faults.append(fault_of(entry.get("message", ""), pointer))
    return Invalid(*(faults or [_missing(error.detail)]))


def _missing(said: str) -> Fault:
    """A parameter of the address or a header that is not there, of which Litestar tells in words alone."""
    found = _MISSING.match(said)
    return (f"/{found[1]}/{found[2]}", *REQUIRED) if found else fault_of(said, "/query")


def problem_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's handler of every exception."""
    refusal = refusal_of(error)
    request_id = logs.request_id.get()
    if refusal.status == 500:  # noqa: PLR2004
        _log.error("request failed", path=request.scope.get("path_template", ""), exc_info=error)
    language = language_of(request.headers.get("accept-language", ""))
    return Response(
        problem_bytes(refusal, language, request_id),
        status_code=refusal.status,
        media_type=PROBLEM,
        headers={"Content-Language": language, "Vary": "Accept-Language", **problem_headers(refusal, error)},
    )


def problem_bytes(refusal: Refusal, language: str, request_id: str) -> bytes:
    """The document, with `errors` in the reader's language where fields are named."""
    if isinstance(refusal, Invalid):
        refusal.data["errors"] = [
            {"pointer": pointer, "code": code, "detail": en if language == EN else zh}
            for pointer, code, zh, en in refusal.faults
        ]
    return refusal.problem(language, request_id)


def problem_headers(refusal: Refusal, error: Exception) -> dict[str, str]:
    """What the client's program goes by: which methods there are, how to sign in, when to come again."""
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException) and error.headers and "allow" in error.headers:
        headers["Allow"] = error.headers["allow"]
    if refusal.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    retry_after = refusal.data.get("retry_after", RETRY_SECONDS if refusal.status == 503 else None)  # noqa: PLR2004
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return headers
