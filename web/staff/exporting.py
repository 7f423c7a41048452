"""How a list of the desk leaves as a file: a page asks for the form of the file and for the authenticator's code.

A list has two handlers at its own address with `/export` behind it, with the same filters in the address: `ask` shows
the question, `send` answers with the file. The rows are read only after the code was right.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response

from identity.actor import Actor
from identity.exports import ExportFile, export_list
from identity.schemas import SixDigits
from kit.errors import Refusal
from kit.spreadsheet import Format, Table, TooManyRows
from kit.wire import In
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import Catalogue, Key, catalogue

Chosen = Filters | Mapping[str, object]
"""The filters of the address, as the list reads them."""
Read = Callable[[Catalogue], Awaitable[Table]]
"""Reads the rows, with the words of the reader's language for headings and states."""


class ExportIn(In):
    """What kind of file, and the code of the authenticator."""

    form: Format
    code: SixDigits


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that may leave: its word in the record and in the file's name, its title, its address."""

    name: str
    title: Key
    path: str


def ask(request: AnyRequest, listed: Listed, chosen: Chosen) -> Response[Any]:
    """The question before a list leaves; `chosen` are the filters of the address."""
    return _page(request, listed, chosen, blank(request))


async def send(request: AnyRequest, actor: Actor, listed: Listed, chosen: Chosen, read: Read) -> Response[Any]:
    """The file, or the question again with what was wrong."""
    form = await read_form(request, ExportIn)
    if form.value is None:
        return _page(request, listed, chosen, form.without("code"), MISFIT)
    words = catalogue(language_for(request))
    try:
        file = await export_list(
            actor=actor,
            name=listed.name,
            filters=_set(chosen),
            form=form.value.form,
            totp_code=form.value.code,
            read=lambda: read(words),
        )
    except TooManyRows as refusal:
        return _page(request, listed, chosen, form.refused(refusal).without("code"), refusal.status)
    if isinstance(file, Refusal):
        return _page(request, listed, chosen, form.refused(file).without("code"), file.status)
    return attachment(file)


def attachment(file: ExportFile) -> Response[bytes]:
    """A file to be kept, never by a cache."""
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "ETag": f'"{file.checksum}"',
            "Cache-Control": "no-store",
        },
    )


def address(path: str, chosen: Chosen) -> str:
    """A path with the filters that are set."""
    query = urlencode(_set(chosen))
    return f"{path}?{query}" if query else path


def _set(chosen: Chosen) -> dict[str, str]:
    """The filters that are set, without the place in the list."""
    values = msgspec.structs.asdict(chosen) if isinstance(chosen, Filters) else chosen
    return {name: str(value) for name, value in values.items() if name != "cursor" and value not in {None, "", False}}


def _page(
    request: AnyRequest, listed: Listed, chosen: Chosen, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    return page(
        request,
        "staff/export.html",
        status_code=status_code,
        form=form,
        title=listed.title,
        back=address(listed.path, chosen),
        action=address(f"{listed.path}/export", chosen),
    )
