"""What a merchant's staff see over HTTP: the account, what was redeemed, the statements; and finance that pays them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from identity.actor import Actor
from identity.guards import allow
from kit import paging
from kit.keyed import Keyed
from kit.refusals import NotFound, refuses
from kit.wire import Id
from merchants import queries
from merchants.errors import NothingToPay, StatementAlreadyPaid
from merchants.schemas import (
    AccountOut,
    PaidOut,
    PayIn,
    SaleOut,
    StatementLineOut,
    StatementOut,
    account_out,
    paid_out,
    sale_out,
    statement_line_out,
    statement_out,
)
from merchants.settlement import pay_statement

STAFF = ("merchant_owner", "merchant_clerk")


@get("/api/merchant/account", guards=[allow(*STAFF)], opt=refuses(NotFound))
async def show_account(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    merchant_id: Annotated[Id | None, QueryParameter()] = None,
) -> AccountOut:
    """The account of one's merchant; `merchant_id` chooses for those who work for several."""
    chosen = _own(actor, merchant_id)[0]
    account = await queries.find_account(chosen)
    if account is None:
        raise NotFound
    return account_out(account, await queries.list_pledges(chosen), language)


@get("/api/merchant/redemptions", guards=[allow(*STAFF)])
async def list_redemptions(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[SaleOut]:
    """What was redeemed at one's merchant, newest first."""
    scope = f"sales:{actor.id}"
    rows = await queries.list_sales(actor.merchant_ids(), paging.after(cursor, scope, datetime, UUID), limit + 1)
    return paging.page(
        rows,
        limit=limit,
        scope=scope,
        position=lambda row: (row["sold_at"], row["id"]),
        show=lambda row: sale_out(row, language),
    )


@get("/api/merchant/settlements", guards=[allow(*STAFF)])
async def list_settlements(
    actor: NamedDependency[Actor],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[StatementOut]:
    """The statements of one's merchant, newest first."""
    scope = f"statements:{actor.id}"
    rows = await queries.list_statements(actor.merchant_ids(), paging.after(cursor, scope, datetime, UUID), limit + 1)
    return paging.page(
        rows, limit=limit, scope=scope, position=lambda row: (row["issued_at"], row["id"]), show=statement_out
    )


@get("/api/merchant/settlements/{statement_id:uuid}", guards=[allow(*STAFF)])
async def show_settlement(statement_id: FromPath[Id], actor: NamedDependency[Actor]) -> StatementOut:
    """One statement of one's merchant."""
    row = await queries.find_statement(statement_id, actor.merchant_ids())
    if row is None:
        raise NotFound
    return statement_out(row)


@get("/api/merchant/settlements/{statement_id:uuid}/lines", guards=[allow(*STAFF)])
async def list_settlement_lines(
    statement_id: FromPath[Id],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[StatementLineOut]:
    """The lines of a statement, in the order in which they were sold."""
    if await queries.find_statement(statement_id, actor.merchant_ids()) is None:
        raise NotFound
    scope = f"statement lines:{statement_id}"
    rows = await queries.list_lines(statement_id, paging.after(cursor, scope, datetime, UUID), limit + 1)
    return paging.page(
        rows,
        limit=limit,
        scope=scope,
        position=lambda row: (row["sold_at"], row["id"]),
        show=lambda row: statement_line_out(row, language),
    )


@get("/api/settlements", guards=[allow("finance")])
async def list_open_settlements(
    actor: NamedDependency[Actor],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[StatementOut]:
    """The statements of the merchants in one's territory, newest first."""
    scope = f"settlements:{actor.id}"
    merchants = await queries.merchants_within(actor.territories("finance"))
    rows = await queries.list_statements(merchants, paging.after(cursor, scope, datetime, UUID), limit + 1)
    return paging.page(
        rows, limit=limit, scope=scope, position=lambda row: (row["issued_at"], row["id"]), show=statement_out
    )


@post(
    "/api/settlements/{statement_id:uuid}/pay",
    guards=[allow("finance")],
    status_code=HTTP_200_OK,
    opt=refuses(StatementAlreadyPaid, NothingToPay),
)
async def pay(
    statement_id: FromPath[Id], data: JSONBody[PayIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[PaidOut]:
    """Note that a statement was paid, with the receipt's number."""
    row = await queries.find_statement(statement_id)
    merchant = (await queries.find_merchants([row["merchant"]]))[row["merchant"]] if row is not None else None
    if merchant is None or not actor.covers(merchant.area_path, "finance"):
        raise NotFound
    answer = await pay_statement(
        actor=actor,
        statement_id=statement_id,
        receipt=data.receipt,
        once=keyed.once(paid_out, status=HTTP_200_OK),
    )
    response: Response[PaidOut] = keyed.reply(answer)
    return response


def _own(actor: Actor, merchant_id: UUID | None) -> tuple[UUID, ...]:
    own = actor.merchant_ids()
    chosen = own if merchant_id is None else tuple(each for each in own if each == merchant_id)
    if not chosen:
        raise NotFound
    return chosen


routes = [
    show_account,
    list_redemptions,
    list_settlements,
    show_settlement,
    list_settlement_lines,
    list_open_settlements,
    pay,
]
