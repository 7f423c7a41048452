"""The record, for the auditor: who did what, whether its chain holds; and whether the books balance."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from identity.actor import Actor
from identity.audit import ChainReport, verify_chain
from identity.audit_search import AUDITING_ROLE, AuditFilter, search_audit
from identity.guards import allow
from identity.masks import mask_name
from kit import db, paging, spreadsheet
from kit.clock import SHANGHAI
from kit.invariants import prove, registered
from kit.proofs import is_missing, last_proof
from kit.spreadsheet import Table
from kit.wire import Code, Day, Name, Reference
from points.answers import trial_balance_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, address, any_chosen, read_filters, ways
from web.pages.forms import blank
from web.pages.navigation import BOOK_READING_ROLES
from web.pages.rendering import page
from web.pages.texts import Catalogue, Key, catalogue
from web.staff import exporting
from web.staff.audit_words import AuditWords
from web.staff.exporting import Listed

LIST: Final = "/staff/audit"
_LISTED: Final = Listed("audit", Key("audit.title"), LIST)
_SHOWN: Final = 50


class AuditFilters(Filters):
    """What is looked for in the record."""

    who: Name | None = None
    action: Code | None = None
    subject: Code | None = None
    id: Reference | None = None
    since: Day | None = None
    until: Day | None = None

    @property
    def wanted(self) -> AuditFilter:
        """The same for the query; the last day counts whole."""
        return AuditFilter(
            who=self.who,
            action=self.action,
            subject_kind=self.subject,
            subject_id=self.id,
            since=datetime.combine(self.since, time(), SHANGHAI) if self.since else None,
            until=datetime.combine(self.until + timedelta(days=1), time(), SHANGHAI) if self.until else None,
        )


class AuditController(Controller):
    """The record."""

    path = LIST
    guards = (allow(AUDITING_ROLE),)

    @get("/")
    async def search(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The entries, newest first."""
        return await _show(request, actor)

    @post("/chain", status_code=200)
    async def chain(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Walk the whole chain and say what came of it."""
        return await _show(request, actor, report=await verify_chain())

    @get("/export")
    async def ask_export(self, request: AnyRequest) -> Response[Any]:
        """The question before the entries leave."""
        return exporting.ask(request, _LISTED, read_filters(request, AuditFilters))

    @post("/export", status_code=200)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The entries as a file."""
        chosen = read_filters(request, AuditFilters)

        async def read(words: Catalogue) -> Table:
            rows = await search_audit(actor, chosen.wanted, before=None, limit=spreadsheet.MOST_ROWS + 1)
            return _table(rows, words)

        return await exporting.send(request, actor, _LISTED, chosen, read)


class TrialBalanceController(Controller):
    """The books."""

    path = "/staff/trial-balance"
    guards = (allow(*BOOK_READING_ROLES),)

    @get("/")
    async def trial_balance(self, request: AnyRequest) -> Response[Any]:
        """Every invariant in words, proven now in one snapshot, and what the last hourly proof found."""
        proof = await last_proof()
        found = trial_balance_out(await prove(registered()), language_for(request))
        return page(
            request,
            "staff/trial_balance.html",
            found=found,
            broken=[each for each in found.invariants if not each.ok],
            proof=proof,
            unproven=is_missing(proof),
        )


async def _show(request: AnyRequest, actor: Actor, *, report: ChainReport | None = None) -> Response[Any]:
    chosen = read_filters(request, AuditFilters)
    scope = f"desk:audit:{actor.id}:{address('', chosen)}"
    before = paging.after_one(chosen.cursor, scope, UUID)
    rows = await search_audit(actor, chosen.wanted, before=before, limit=_SHOWN + 1)
    listed = paging.page(rows, limit=_SHOWN, scope=scope, position=lambda row: (row["id"],), show=lambda row: row)
    return page(
        request,
        "staff/audit.html",
        rows=listed.items,
        name_of=_name,
        called=AuditWords(catalogue(language_for(request))),
        report=report,
        form=blank(request),
        filters=chosen,
        filtered=any_chosen(chosen),
        clear=LIST,
        chain=address(f"{LIST}/chain", chosen),
        link=lambda **changes: address(LIST, chosen, **changes),
        export=address(f"{LIST}/export", chosen),
        **ways(LIST, chosen, listed.next_cursor),
    )


def _name(row: db.Row) -> str:
    """Who did it, masked; a system by its own name."""
    return mask_name(row["person_name"]) if row["person_name"] else row["actor_name"] or ""


def _table(rows: Sequence[db.Row], words: Catalogue) -> Table:
    """The entries as rows of a file."""
    called = AuditWords(words)
    names = ("at", "kind", "who", "action", "code", "subject", "id", "before", "after", "why", "request")
    return Table(
        title=words.text("audit.title"),
        header=[words.text(f"audit.column.{name}") for name in names],
        rows=[
            [
                row["at"].astimezone(SHANGHAI).isoformat(" ", "seconds"),
                words.text(f"audit.kind.{row['actor_kind']}"),
                _name(row),
                called.act(row["action"]),
                row["action"],
                called.thing(row["subject_kind"]),
                row["subject_id"],
                row["before"] or "",
                row["after"] or "",
                row["why"] or "",
                row["request_id"] or "",
            ]
            for row in rows
        ],
    )
