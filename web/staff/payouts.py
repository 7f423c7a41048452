"""Payouts: what can be paid goes into a batch for the bank, its file is taken out, the bank's results come back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from admin.access import FINANCE_ROLE, PAYOUT_READING_ROLES
from admin.payout_lists import list_batches, waiting_payments
from admin.payout_results import LineResult, record_results
from admin.payouts import make_payout_batch, take_batch_file
from admin.queries import batch_in_territory, read_batch
from admin.results_file import ResultRow, RowFault, read_results
from admin.schemas import PayoutOut, payout_out
from identity.actor import Actor
from identity.exports import ExportFile
from identity.guards import allow
from identity.people import find_people, mask_name
from identity.schemas import SixDigits
from kit import db, paging, spreadsheet
from kit.clock import SHANGHAI
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.money import fen_text
from kit.spreadsheet import Table, TableUnreadable
from kit.wire import Id, In, Invalid
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, ways
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import Catalogue, Key
from web.staff import exporting
from web.staff.exporting import Listed

LIST: Final = "/staff/payouts"
_LISTED: Final = Listed("payouts", Key("payout.title"), LIST)
_SHOWN: Final = 50
_FILE_BYTES: Final = 1024 * 1024
_SHOWN_FAULTS: Final = 200


class CodeIn(In):
    """The authenticator's code."""

    code: SixDigits


class NothingIn(In):
    """A form with a file alone, or with nothing."""


class PayoutController(Controller):
    """The batches."""

    path = LIST
    guards = (allow(*PAYOUT_READING_ROLES),)

    @get("/")
    async def batches(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        cursor: Annotated[paging.Cursor | None, QueryParameter()] = None,
    ) -> Response[Any]:
        """What can be paid now, and the batches so far."""
        return await _list(request, actor, cursor)

    @get("/{batch_id:uuid}")
    async def batch(self, request: AnyRequest, batch_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One batch with its lines."""
        return await _show(request, actor, batch_id, form=blank(request))

    @get("/export")
    async def ask_export(self, request: AnyRequest) -> Response[Any]:
        """The question before the list leaves."""
        return exporting.ask(request, _LISTED, Filters())

    @post("/export", status_code=200)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list of batches as a file."""

        async def read(words: Catalogue) -> Table:
            return _table(await list_batches(actor, after=None, limit=spreadsheet.MOST_ROWS + 1), words)

        return await exporting.send(request, actor, _LISTED, Filters(), read)


class PayingController(Controller):
    """What finance does with a batch."""

    path = LIST
    guards = (allow(FINANCE_ROLE),)

    @post("/", status_code=200)
    async def make(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Everything that can be paid goes into a batch."""
        try:
            made = done(await make_payout_batch(actor=actor, once=keyed.once(payout_out)), PayoutOut)
        except Refusal as refusal:
            return await _list(request, actor, None, refusal=refusal)
        return see_other(request, f"{LIST}/{made.id}?said=made")

    @post("/{batch_id:uuid}/file", status_code=200)
    async def take(self, request: AnyRequest, batch_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """The file for the bank, after the code."""
        form = await read_form(request, CodeIn)
        if form.value is None:
            return await _show(request, actor, batch_id, form=form.without("code"), status_code=MISFIT)
        file = await take_batch_file(actor=actor, batch_id=batch_id, totp_code=form.value.code)
        if isinstance(file, Refusal):
            said = form.refused(file).without("code")
            return await _show(request, actor, batch_id, form=said, status_code=file.status)
        return exporting.attachment(ExportFile(file.name, "text/csv", file.content, file.checksum))

    @post("/{batch_id:uuid}/results", status_code=200, request_max_body_size=_FILE_BYTES)
    async def results(
        self,
        request: AnyRequest,
        batch_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """The bank's results from a file: all rows of it, or none with what is wrong in which row."""
        form = await read_form(request, NothingIn, files=("results",))
        sent = form.files["results"]
        try:
            results, faults = read_results(spreadsheet.read_rows(await sent[0].read() if sent else b""))
            if faults or not results:
                return await _show(request, actor, batch_id, form=form, faults=faults, status_code=MISFIT, none=True)
            await _record(actor, batch_id, results, keyed)
        except Invalid as misfit:
            faults = _rows_of(misfit, results)
            return await _show(request, actor, batch_id, form=form, faults=faults, status_code=misfit.status)
        except Refusal as refusal:
            told = form.refused(refusal) if isinstance(refusal, TableUnreadable) else form
            return await _show(request, actor, batch_id, form=told, status_code=refusal.status, refusal=refusal)
        return see_other(request, f"{LIST}/{batch_id}?said=recorded")


async def _record(actor: Actor, batch_id: UUID, results: Sequence[ResultRow], keyed: Keyed) -> None:
    """Hand the results to the flow."""
    answer = await record_results(
        actor=actor,
        batch_id=batch_id,
        results=[LineResult(each.line_id, each.outcome, each.receipt_number, each.reason) for each in results],
        once=keyed.once(payout_out, status=200),
    )
    done(answer, PayoutOut)


def _rows_of(misfit: Invalid, results: Sequence[ResultRow]) -> list[RowFault]:
    """The flow's faults by the row of the file in which each stands."""
    found = []
    for pointer, code, _, _ in misfit.faults:
        _, _, place, name = pointer.split("/")
        column, why = ("receipt", "receipt_taken") if name == "receipt_number" else ("line", code)
        found.append(RowFault(results[int(place)].row, column, "not_a_line" if column == "line" else why))  # type: ignore[arg-type]
    return found


async def _list(
    request: AnyRequest, actor: Actor, cursor: str | None, *, refusal: Refusal | None = None
) -> Response[Any]:
    scope = f"desk:payouts:{actor.id}"
    after = paging.after(cursor, scope, datetime, UUID)
    rows = await list_batches(actor, after=after, limit=_SHOWN + 1)
    listed = paging.page(
        rows,
        limit=_SHOWN,
        scope=scope,
        position=lambda row: (row["exported_at"], row["id"]),
        show=lambda row: row,
    )
    return page(
        request,
        "staff/payouts.html",
        status_code=refusal.status if refusal else 200,
        rows=listed.items,
        waiting=await waiting_payments(actor),
        pays=actor.has(FINANCE_ROLE),
        refusal=refusal.detail(language_for(request)) if refusal else "",
        **ways(LIST, Filters(cursor=cursor), listed.next_cursor),
    )


async def _show(
    request: AnyRequest,
    actor: Actor,
    batch_id: UUID,
    *,
    form: Form[Any],
    status_code: int = 200,
    faults: Sequence[RowFault] = (),
    refusal: Refusal | None = None,
    none: bool = False,
) -> Response[Any]:
    await batch_in_territory(actor, batch_id, *PAYOUT_READING_ROLES)
    batch = await read_batch(batch_id)
    people = await find_people([line.person_id for line in batch.lines])
    return page(
        request,
        "staff/payout.html",
        status_code=status_code,
        batch=batch,
        names={line.id: mask_name(people[line.person_id].name) for line in batch.lines},
        places={line.id: line.position for line in batch.lines},
        open_lines=sum(line.state == "exported" for line in batch.lines),
        again=sum(line.state in {"failed", "returned"} for line in batch.lines),
        pays=actor.has(FINANCE_ROLE),
        form=form,
        faults=faults[:_SHOWN_FAULTS],
        more_faults=max(0, len(faults) - _SHOWN_FAULTS),
        nothing_in_it=none and not faults,
        refusal=refusal.detail(language_for(request)) if refusal else "",
        back=LIST,
        said=request.query_params.get("said", ""),
    )


def _table(rows: Sequence[db.Row], words: Catalogue) -> Table:
    """The batches as rows of a file."""
    names = ("number", "exported", "lines", "amount", "paid", "open", "failed", "checksum")
    return Table(
        title=words.text("payout.title"),
        header=[words.text(f"payout.column.{name}") for name in names],
        rows=[
            [
                row["number"],
                row["exported_at"].astimezone(SHANGHAI).isoformat(" ", "minutes"),
                str(row["lines"]),
                fen_text(row["amount_fen"]),
                str(row["paid"]),
                str(row["open"]),
                str(row["failed"]),
                row["checksum"],
            ]
            for row in rows
        ],
    )
