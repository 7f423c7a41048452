"""What a browser is shown when something is refused or breaks: the same code and sentence as the API's problem.

Somebody who is not signed in is led to sign in and then back; a page that is not his says so; a part of a page that
htmx asked for is answered with a part.
"""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope

from identity.actor import Actor
from identity.errors import RoleMissing, SignInRequired, TokenInvalid
from identity.guards import PAGE, cookie_name, reader
from kit import logs
from kit.errors import Refusal
from kit.refusals import NotFound
from web.pages.addresses import here, is_htmx, see_other
from web.pages.cookies import forget_session, language_for
from web.pages.navigation import landing
from web.pages.rendering import fragment, page
from web.pages.texts import Key
from web.problems import BodyTooLarge, Unexpected, problem_headers, problem_response, refusal_of

SIGN_IN = "/sign-in"
_API = ("/api/", "/schema", "/problems/", "/livez", "/readyz", "/metrics", "/static/")
_log = structlog.get_logger(__name__)
_TITLES: dict[int, Key] = {
    400: Key("problem.bad"),
    403: Key("problem.forbidden"),
    404: Key("problem.missing"),
    405: Key("problem.missing"),
    409: Key("problem.conflict"),
    413: Key("problem.too_large"),
    429: Key("problem.too_many"),
    503: Key("problem.busy"),
}
_BROKEN, _REFUSED = Key("problem.broken"), Key("problem.refused")
_SERVER_FAULT = 500


async def know_reader(_: Exception, scope: Scope) -> None:
    """Before the answer at an address that we do not have, where no guard has looked: who reads it, in his language."""
    if scope["type"] != ScopeType.HTTP or scope.get("route_handler") is not None:
        return
    request: Request[Any, Any, Any] = Request(scope)
    try:
        if _wants_page(request):
            request.state.actor = await reader(request)
    except Exception as failure:  # noqa: BLE001 - without a database the page is a visitor's
        _log.warning("the reader of a problem's page is not known", exc_info=failure)


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Litestar's handler of every exception: a page for browsers that asked for one, else the API's problem."""
    if not _wants_page(request):
        return problem_response(request, error)
    refusal = refusal_of(error)
    try:
        return _led_on(request, refusal) or _problem_page(request, refusal, error)
    except Exception as failure:  # noqa: BLE001 - a page about a problem that breaks must not hide the problem
        _log.error("the problem's page failed", exc_info=failure)
        return problem_response(request, error)


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    handler: object = request.scope.get("route_handler")  # none at an address that we do not have
    if isinstance(handler, BaseRouteHandler) and not handler.opt.get(PAGE):
        return False
    if handler is None and str(request.scope["path"]).startswith(_API):
        return False
    return is_htmx(request) or "text/html" in request.headers.get("accept", "")


def _led_on(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any] | None:
    """The way on, where there is one: to sign in, or from the front door to where somebody belongs."""
    if isinstance(refusal, SignInRequired | TokenInvalid):
        response = see_other(request, _sign_in_for(here(request)))
        if cookie_name(request) in request.cookies:
            forget_session(request, response)
        return response
    actor = getattr(request.state, "actor", None)
    at_the_door = request.method == "GET" and request.scope["path"] == "/"
    if isinstance(refusal, RoleMissing) and at_the_door and isinstance(actor, Actor) and landing(actor) != "/":
        return see_other(request, landing(actor))
    return None


def _sign_in_for(path: str) -> str:
    if path == "/":
        return SIGN_IN
    escaped = path.replace("%", "%25").replace("?", "%3F").replace("&", "%26").replace("#", "%23").replace("+", "%2B")
    return f"{SIGN_IN}?next={escaped}"


def _problem_page(request: Request[Any, Any, Any], refusal: Refusal, error: Exception) -> Response[bytes]:
    if refusal.status == _SERVER_FAULT:
        _log.error("request failed", path=request.scope.get("path_template", ""), exc_info=error)
    language = language_for(request)
    show = fragment if is_htmx(request) else page
    return show(
        request,
        "problems/fragment.html" if is_htmx(request) else "problems/page.html",
        status_code=refusal.status,
        headers=problem_headers(refusal, error),
        title=_title(refusal),
        text=refusal.detail(language),
        status=refusal.status,
        code=refusal.code,
        request_id=logs.request_id.get(),
    )


def _title(refusal: Refusal) -> Key:
    match refusal:
        case NotFound():
            return _TITLES[404]
        case BodyTooLarge():
            return _TITLES[413]
        case Unexpected():
            return _BROKEN
    return _TITLES.get(refusal.status, _REFUSED)
