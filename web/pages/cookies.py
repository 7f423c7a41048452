"""The three cookies of the pages: who is signed in, in which language, and how pages look."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from litestar import Request, Response

from identity.actor import Actor
from identity.guards import cookie_name
from identity.page_sessions import PageSignedIn
from kit.errors import EN, ZH
from web.problems import language_of

LANGUAGE, VIEW = "lang", "view"
_YEAR = timedelta(days=365)
_VIEW = re.compile(r"(plain|elder)\.(1[6-9]|2[0-9]|30)\.(auto|light|dark)")
_PLAIN_SIZE, _ELDER_SIZE = 17, 22

Theme = Literal["auto", "light", "dark"]
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class View:
    """How pages look: for elders or plain, the size of text in pixels, light or dark."""

    elder: bool = False
    size: int = _PLAIN_SIZE
    theme: str = "auto"

    @property
    def text(self) -> str:
        """As the cookie and the person's record keep it: elder.22.auto."""
        return f"{'elder' if self.elder else 'plain'}.{self.size}.{self.theme}"

    @staticmethod
    def of(text: str) -> "View":
        """What a cookie says; the usual view when it says nothing that we know."""
        found = _VIEW.fullmatch(text)
        return View(found[1] == "elder", int(found[2]), found[3]) if found else View()

    @staticmethod
    def usual(*, elder: bool, theme: str) -> "View":
        """The view with the size of text that goes with it."""
        return View(elder, _ELDER_SIZE if elder else _PLAIN_SIZE, theme)


def view_of(request: AnyRequest) -> View:
    """How this browser wants pages to look."""
    return View.of(request.cookies.get(VIEW, ""))


def language_for(request: AnyRequest) -> str:
    """The language of the person, else of the browser's choice, else of its settings."""
    actor = getattr(request.state, "actor", None)
    if isinstance(actor, Actor) and actor.kind == "person":
        return actor.language
    chosen = request.cookies.get(LANGUAGE)
    return chosen if chosen in {ZH, EN} else language_of(request.headers.get("accept-language", ""))


def keep_session(request: AnyRequest, response: Response[Any], signed_in: PageSignedIn) -> None:
    """Give the browser its session, and what the person chose elsewhere."""
    _set(request, response, cookie_name(request), signed_in.secret, keep=signed_in.keep, hidden=True)
    _set(request, response, LANGUAGE, signed_in.language)
    if signed_in.view is not None:
        _set(request, response, VIEW, signed_in.view)


def forget_session(request: AnyRequest, response: Response[Any]) -> None:
    """Take the session from the browser."""
    _set(request, response, cookie_name(request), "", keep=timedelta(), hidden=True)


def keep_choice(request: AnyRequest, response: Response[Any], name: str, value: str) -> None:
    """Keep a choice of language or view in the browser."""
    _set(request, response, name, value)


def _set(
    request: AnyRequest,
    response: Response[Any],
    name: str,
    value: str,
    *,
    keep: timedelta | None = _YEAR,
    hidden: bool = False,
) -> None:
    response.set_cookie(
        key=name,
        value=value,
        max_age=None if keep is None else int(keep.total_seconds()),
        path="/",
        secure=cookie_name(request).startswith("__Host-"),
        httponly=hidden,
        samesite="lax",
    )
