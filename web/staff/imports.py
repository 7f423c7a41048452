"""Importing participations: a file is handed in, tried out, looked at, applied; its report can be taken along."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from identity.actor import Actor
from identity.guards import allow
from kit import db, paging, spreadsheet
from kit.errors import Refusal
from kit.spreadsheet import Table
from kit.wire import Id, Invalid
from points import import_files
from points.errors import ImportNotReady
from points.import_files import IMPORTING, MOST_BYTES
from points.reasons import detail
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, read_filters, ways
from web.pages.forms import Form, NoFields, blank, read_form
from web.pages.rendering import fragment, page
from web.pages.texts import Catalogue, Key, catalogue

_LIST = "/staff/import"
_SHOWN = 20
_FAULTS = 100
_REQUIRED = ("/file", "required", "请选择文件。", "Choose a file.")
_FORM_BYTES = MOST_BYTES + 64 * 1024
_COLUMNS = (
    ("resident", Key("import.column.resident")),
    ("phone", Key("import.column.phone")),
    ("action", Key("import.column.action")),
    ("occurred_at", Key("import.column.occurred_at")),
    ("quantity", Key("import.column.quantity")),
    ("reference", Key("import.column.reference")),
    ("note", Key("import.column.note")),
)


class ImportController(Controller):
    """Files of participations."""

    path = _LIST
    guards = (allow(*IMPORTING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The form, and the files of before."""
        return await _list_page(request, actor, blank(request))

    @post("/", status_code=200, request_max_body_size=_FORM_BYTES)
    async def hand_in(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Take a file in; a short one is tried out at once, a long one by the worker."""
        form = await read_form(request, NoFields, files=("file",))
        sent = next((each for each in form.files["file"] if each.filename), None)
        if sent is None:
            return await _list_page(request, actor, form.refused(Invalid(_REQUIRED)), Invalid.status)
        try:
            file_id = await _take(actor, sent)
        except Refusal as refusal:
            return await _list_page(request, actor, form.refused(refusal), refusal.status)
        return see_other(request, f"{_LIST}/{file_id}")

    @get("/{file_id:uuid}")
    async def one(self, request: AnyRequest, file_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One file: how far it is, what would come of it, what came of it."""
        return await _file_page(request, actor, file_id, blank(request))

    @get("/{file_id:uuid}/progress")
    async def progress(
        self, request: AnyRequest, file_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """How far it is, asked for again and again while it is worked on."""
        row = await import_files.find_import(actor, file_id)
        if row["state"] in {"trying", "applying"}:
            return fragment(request, "staff/import_progress.html", file=row)
        return see_other(request, f"{_LIST}/{file_id}")

    @post("/{file_id:uuid}/apply", status_code=200)
    async def apply(self, request: AnyRequest, file_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Import its good lines."""
        form = await read_form(request, NoFields)
        row = await import_files.find_import(actor, file_id)
        try:
            await import_files.apply_import(actor=actor, file_id=file_id)
        except ImportNotReady as refusal:
            return await _file_page(request, actor, file_id, form.refused(refusal), refusal.status)
        if import_files.is_short(row["content"]):
            await import_files.apply_lines(file_id)
        return see_other(request, f"{_LIST}/{file_id}")

    @get("/{file_id:uuid}/faults.csv")
    async def faults(self, request: AnyRequest, file_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Every fault by row, column and reason."""
        row = await import_files.find_import(actor, file_id)
        words = catalogue(language_for(request))
        return _file(_faults_table(await import_files.lines_of(row["id"], "fault"), words), f"faults-{file_id}.csv")

    @get("/{file_id:uuid}/report.csv")
    async def report(self, request: AnyRequest, file_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """What came of every line."""
        row = await import_files.find_import(actor, file_id)
        words = catalogue(language_for(request))
        kind: import_files.Kind = "applied" if row["state"] == "applied" else "tried"
        return _file(_report_table(await import_files.lines_of(row["id"], kind), words), f"report-{file_id}.csv")


async def _take(actor: Actor, sent: UploadFile) -> UUID:
    content = await sent.read()
    file_id = await import_files.hand_in_import(actor=actor, name=sent.filename, content=content)
    if import_files.is_short(content):
        await import_files.try_lines(file_id)
    return file_id


def _file(table: Table, name: str) -> Response[bytes]:
    return Response(
        spreadsheet.file_bytes(table, "csv"),
        media_type=spreadsheet.MEDIA_TYPES["csv"],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _faults_table(rows: Any, words: Catalogue) -> Table:
    return Table(
        title=words.text("import.faults"),
        header=[words.text("import.row"), words.text("import.column"), words.text("import.reason")],
        rows=[[str(row["row"]), words.text(f"import.column.{row['column']}"), fault_text(row, words)] for row in rows],
    )


def _report_table(rows: Any, words: Catalogue) -> Table:
    return Table(
        title=words.text("import.report"),
        header=[words.text(Key(key)) for key in (Key("import.row"), Key("import.outcome"), Key("import.points"))],
        rows=[[str(row["row"]), detail(row["code"], words.language), str(row["points"])] for row in rows],
    )


def fault_text(row: db.Row, words: Catalogue) -> str:
    """What is wrong with a cell, in the reader's language."""
    return words.text(f"import.fault.{row['code']}", value=row["value"])


async def _list_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    chosen = read_filters(request, Filters)
    scope = f"staff imports:{actor.id}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await import_files.list_imports(actor, after, _SHOWN + 1)
    shown = paging.page(
        rows, limit=_SHOWN, scope=scope, position=lambda row: (row["handed_in_at"], row["id"]), show=lambda row: row
    )
    turned = ways(_LIST, chosen, shown.next_cursor)
    return page(request, "staff/imports.html", status_code=status_code, form=form, rows=shown.items, **turned)


async def _file_page(
    request: AnyRequest, actor: Actor, file_id: UUID, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    words = catalogue(language_for(request))
    row = await import_files.find_import(actor, file_id)
    faults = await import_files.lines_of(file_id, "fault", _FAULTS + 1)
    kind: import_files.Kind = "applied" if row["state"] == "applied" else "tried"
    context: dict[str, Any] = {
        "file": row,
        "titles": msgspec.json.decode(row["columns"]) if row["columns"] else [],
        "names": dict(_COLUMNS),
        "faults": faults[:_FAULTS],
        "more": len(faults) > _FAULTS,
        "fault_text": lambda each: fault_text(each, words),
        "outcomes": await import_files.outcomes_of(file_id, kind),
        "reason_of": lambda code: detail(code, words.language),
        "before": await import_files.applied_before(row),
    }
    return page(request, "staff/import.html", status_code=status_code, form=form, **context)
