"""Settlement: making the statements of a month, and noting that one was paid."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity.actor import Actor
from identity.guards import allow
from kit import clock, paging
from kit.keyed import Keyed
from kit.refusals import NotFound
from kit.wire import Id, In, Reference
from merchants import queries, registry
from merchants.schemas import PaidOut, paid_out
from merchants.settlement import month_before, pay_statement, settle
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest
from web.pages.doing_once import done
from web.pages.filters import Filters, any_chosen, read_filters, ways
from web.pages.forms import Form, blank, read_form
from web.pages.rendering import page

_LIST = "/staff/settlements"
_SHOWN = 20
_LINES = 200
SETTLING = ("finance",)
Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?![\s\S])")]


class StatementFilters(Filters):
    """Which statements are shown."""

    state: Literal["issued", "paid"] | None = None


class PeriodIn(In):
    """The month to be settled."""

    period: Month


class ReceiptIn(In):
    """The number of the payment's receipt."""

    receipt: Reference


class SettlementsController(Controller):
    """Statements of the partners of one's territory."""

    path = _LIST
    guards = (allow(*SETTLING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list, and the form that settles a month."""
        return await _list_page(request, actor, blank(request, period=month_before(clock.business_day(clock.now()))))

    @post("/", status_code=200)
    async def run(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Make the statements of a month; again makes none."""

        async def work(asked: PeriodIn) -> str:
            merchants = await queries.merchants_within(actor.territories(*SETTLING))
            made = await settle(actor=actor, period=asked.period, only=set(merchants))
            return f"{_LIST}?made={len(made)}"

        return await carry_out(request, actor, await read_form(request, PeriodIn), work, _list_page)

    @get("/{statement_id:uuid}")
    async def one(
        self, request: AnyRequest, statement_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """One statement with its lines."""
        return await _statement_page(statement_id, request, actor, blank(request))

    @post("/{statement_id:uuid}/pay", status_code=200)
    async def pay(
        self,
        request: AnyRequest,
        statement_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Note that it was paid."""

        async def work(paid: ReceiptIn) -> str:
            await _own(actor, statement_id)
            once = keyed.once(paid_out, status=200)
            done(await pay_statement(actor=actor, statement_id=statement_id, receipt=paid.receipt, once=once), PaidOut)
            return f"{_LIST}/{statement_id}"

        form = await read_form(request, ReceiptIn)
        return await carry_out(request, actor, form, work, partial(_statement_page, statement_id))


async def _list_page(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    chosen = read_filters(request, StatementFilters)
    scope = f"staff statements:{actor.id}:{chosen.state}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await registry.statements_within(actor.territories(*SETTLING), chosen.state, after, _SHOWN + 1)
    shown = paging.page(
        rows, limit=_SHOWN, scope=scope, position=lambda row: (row["issued_at"], row["id"]), show=lambda row: row
    )
    made = request.query_params.get("made", "")
    context: dict[str, Any] = {
        "rows": shown.items,
        **ways(_LIST, chosen, shown.next_cursor),
        "filters": chosen,
        "filtered": any_chosen(chosen),
        "made": int(made) if made.isascii() and made.isdigit() and len(made) < len("1000000") else None,
    }
    return page(request, "staff/settlements.html", status_code=status_code, form=form, **context)


async def _own(actor: Actor, statement_id: UUID) -> Any:
    """A statement of the actor's territory; for anybody else there is none."""
    row = await queries.find_statement(statement_id)
    merchant = (await queries.find_merchants([row["merchant"]]))[row["merchant"]] if row is not None else None
    if merchant is None or not actor.covers(merchant.area_path, *SETTLING):
        raise NotFound
    return row, merchant


async def _statement_page(
    statement_id: UUID, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[Any]:
    row, merchant = await _own(actor, statement_id)
    lines = await queries.list_lines(statement_id, None, _LINES + 1)
    context: dict[str, Any] = {
        "statement": row,
        "merchant": merchant,
        "lines": lines[:_LINES],
        "more": len(lines) > _LINES,
    }
    return page(request, "staff/settlement.html", status_code=status_code, form=form, **context)
