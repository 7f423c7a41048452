"""What a merchant is owed and was paid: its account, its statements, and the lines of each."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from identity.actor import MERCHANT_ROLES, Actor
from identity.guards import allow
from kit import paging
from kit.refusals import NotFound
from kit.wire import Id
from merchants import queries
from merchants.schemas import account_out, statement_line_out, statement_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, ways
from web.pages.rendering import page

_STATEMENTS, _LINES = 24, 50


class StatementsController(Controller):
    """Statements and the account."""

    path = "/till"
    guards = (allow(*sorted(MERCHANT_ROLES)),)

    @get("/statements")
    async def statements(
        self, request: AnyRequest, actor: NamedDependency[Actor], cursor: FromQuery[paging.Cursor | None] = None
    ) -> Response[Any]:
        """The statements of one's merchants, newest first."""
        scope = f"till statements:{actor.id}"
        after = paging.after(cursor, scope, datetime, UUID)
        found = paging.page(
            await queries.list_statements(actor.merchant_ids(), after, _STATEMENTS + 1),
            limit=_STATEMENTS,
            scope=scope,
            position=lambda row: (row["issued_at"], row["id"]),
            show=statement_out,
        )
        merchants = await _names(request, actor)
        turned = ways("/till/statements", Filters(cursor=cursor), found.next_cursor)
        return page(request, "merchant/statements.html", statements=found.items, merchants=merchants, **turned)

    @get("/statements/{statement_id:uuid}")
    async def statement(
        self,
        request: AnyRequest,
        statement_id: FromPath[Id],
        actor: NamedDependency[Actor],
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """One statement with its lines, in the order in which they were sold."""
        row = await queries.find_statement(statement_id, actor.merchant_ids())
        if row is None:
            raise NotFound
        scope = f"till lines:{statement_id}"
        lines = paging.page(
            await queries.list_lines(statement_id, paging.after(cursor, scope, datetime, UUID), _LINES + 1),
            limit=_LINES,
            scope=scope,
            position=lambda line: (line["sold_at"], line["id"]),
            show=lambda line: statement_line_out(line, language_for(request)),
        )
        return page(
            request,
            "merchant/statement.html",
            statement=statement_out(row),
            merchant=(await _names(request, actor))[row["merchant"]],
            lines=lines.items,
            **ways(f"/till/statements/{statement_id}", Filters(cursor=cursor), lines.next_cursor),
        )

    @get("/account")
    async def account(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        merchant_id: Annotated[Id | None, QueryParameter()] = None,
    ) -> Response[Any]:
        """What one's merchant is owed, who bore what, and what it promised."""
        mine = actor.merchant_ids()
        chosen = merchant_id or next(iter(mine), None)
        found = await queries.find_account(chosen) if chosen in mine and chosen is not None else None
        if found is None:
            raise NotFound
        pledges = await queries.list_pledges(found.merchant.id)
        shown = account_out(found, pledges, language_for(request))
        return page(request, "merchant/account.html", account=shown, merchants=await _names(request, actor))


async def _names(request: AnyRequest, actor: Actor) -> dict[UUID, str]:
    english = language_for(request) == "en"
    found = await queries.find_merchants(actor.merchant_ids())
    return {each.id: each.name_en if english else each.name_zh for each in found.values()}
