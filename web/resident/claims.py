"""What somebody handed in: all of it, and each with what was decided about it, by which level and why."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from identity.actor import Actor
from identity.guards import allow
from kit import db, files, paging
from kit.refusals import NotFound
from kit.wire import Id
from points import queries
from points.answers import detail_out, line_out
from points.decisions import read_decisions
from points.rules import rule_book
from points.schemas import ParticipationDetailOut
from web.pages import evidence
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, ways
from web.pages.rendering import page
from web.pages.texts import catalogue

_SHOWN = 20


class ClaimsController(Controller):
    """One's own participations."""

    path = "/claims"
    guards = (allow("resident"),)

    @get("/")
    async def claims(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """All of them, the newest first."""
        language = language_for(request)
        scope = f"participations:{actor.id}:None"
        before = paging.after_one(cursor, scope, UUID)
        rows = await queries.own_participations(actor.id, before=before, limit=_SHOWN + 1)
        found = paging.page(
            rows,
            limit=_SHOWN,
            scope=scope,
            position=lambda row: (row["id"],),
            show=lambda row: line_out(row, language),
        )
        turned = ways(self.path, Filters(cursor=cursor), found.next_cursor)
        return page(request, "resident/claims.html", claims=found, names=await _names(language), **turned)

    @get("/{claim_id:uuid}")
    async def claim(self, request: AnyRequest, claim_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One of them, with every step."""
        row, found = await _own(request, claim_id, actor)
        words = catalogue(language_for(request))
        return page(
            request,
            "resident/claim.html",
            claim=found,
            name=(await _names(words.language))[found.action],
            decisions=await read_decisions(claim_id),
            missing=row["levels"][row["steps_done"] :],
            verifier=lambda level: evidence.verifier(int(level), words),
        )

    @get("/{claim_id:uuid}/result")
    async def result(self, request: AnyRequest, claim_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """What came of it at once."""
        _, found = await _own(request, claim_id, actor)
        name = (await _names(language_for(request)))[found.action]
        return page(request, "resident/claimed.html", claim=found, name=name)


async def _own(request: AnyRequest, claim_id: UUID, actor: Actor) -> tuple[db.Row, ParticipationDetailOut]:
    row = await queries.read_participation(actor, claim_id)
    if row["person_id"] != actor.id:
        raise NotFound
    pictures = await files.rows_of("participation", claim_id)
    return row, detail_out(row, pictures, language_for(request))


async def _names(language: str) -> dict[str, str]:
    """The actions' names by their codes."""
    book = await rule_book()
    return {code: each.label.en if language == "en" else each.label.zh for code, each in book.actions.items()}
