"""What anybody chooses for himself on any page: language, large text for elders, light or dark."""

from typing import Annotated, Any, Literal

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from msgspec import Meta

from identity.actor import Actor
from identity.guards import public
from identity.preferences import choose_language, choose_view
from kit.wire import In
from web.pages import cookies
from web.pages.addresses import local_path, see_other
from web.pages.cookies import AnyRequest, View
from web.pages.forms import read_form


class LanguageIn(In):
    """A language."""

    language: Literal["zh-CN", "en"]


class ViewIn(In):
    """How pages should look; what is left out stays, and the size follows when only 长辈版 is chosen."""

    elder: bool | None = None
    size: Annotated[int, Meta(ge=16, le=30)] | None = None
    theme: Literal["auto", "light", "dark"] | None = None


class ChoicesController(Controller):
    """Choices that are kept in the browser, and with the person when somebody is signed in."""

    guards = (public(),)

    @post("/language", status_code=200)
    async def language(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Read on in another language."""
        form = await read_form(request, LanguageIn)
        chosen = form.accepted().language
        if actor.kind == "person":
            await choose_language(actor=actor, language=chosen)
        response = see_other(request, local_path(form.next) or "/")
        cookies.keep_choice(request, response, cookies.LANGUAGE, chosen)
        return response

    @post("/view", status_code=200)
    async def view(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """See pages in another way."""
        form = await read_form(request, ViewIn)
        chosen = _changed(cookies.view_of(request), form.accepted())
        if actor.kind == "person":
            await choose_view(actor=actor, view=chosen.text)
        response = see_other(request, local_path(form.next) or "/")
        cookies.keep_choice(request, response, cookies.VIEW, chosen.text)
        return response


def _changed(before: View, asked: ViewIn) -> View:
    elder = before.elder if asked.elder is None else asked.elder
    theme = asked.theme or before.theme
    if asked.size is not None:
        return View(elder, asked.size, theme)
    return (
        before
        if elder == before.elder and theme == before.theme
        else _with_size(before, View.usual(elder=elder, theme=theme))
    )


def _with_size(before: View, after: View) -> View:
    """Changing the theme alone keeps the size that was chosen."""
    return after if after.elder != before.elder else View(after.elder, before.size, after.theme)
