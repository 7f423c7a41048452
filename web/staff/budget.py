"""Budget: what public money was decided for, what of it is used and set aside, and what is left."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from msgspec import Meta

from admin.access import BUDGET_READING_ROLES, BUDGET_ROLES
from admin.budgets import decide_budget
from admin.payout_lists import BudgetFilter, list_budget_lines
from admin.schemas import BudgetDecidedOut, PeriodText
from identity.actor import Actor
from identity.areas import find_area_by_path
from identity.guards import allow
from kit import clock, db, paging, spreadsheet
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.money import fen_text, parse_fen
from kit.spreadsheet import Table
from kit.wire import In, Invalid, ShortText
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.filters import Filters, address, any_chosen, read_filters, ways
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import Catalogue, Key
from web.staff import exporting
from web.staff.exporting import Listed
from web.staff.places import AreaPath, area_choices, place_names

LIST: Final = "/staff/budget"
_LISTED: Final = Listed("budget", Key("budget.title"), LIST)
_SHOWN: Final = 50
Purpose = Literal["town", "sponsor", "bonus", "bonus_special"]
Yuan = Annotated[str, Meta(max_length=20, pattern=r"^[0-9,.]+(?![\s\S])")]


class BudgetFilters(Filters):
    """What of the lines is shown."""

    purpose: Purpose | None = None
    period: PeriodText | None = None
    area: AreaPath | None = None

    @property
    def wanted(self) -> BudgetFilter:
        """The same for the query."""
        return BudgetFilter(purpose=self.purpose, period=self.period, area_path=self.area)


class DecideIn(In):
    """A decision: for what, where or from whom, for how long, how much."""

    purpose: Purpose
    period: PeriodText
    amount: Yuan
    area: AreaPath | None = None
    sponsor: ShortText | None = None

    @property
    def amount_fen(self) -> int:
        """The amount in fen; raises Invalid."""
        fen = parse_fen(self.amount.replace(",", ""))
        if not fen:
            raise Invalid(("/amount", "no_amount", "请填写金额，如 50000。", "Give an amount such as 50000."))
        return fen


class BudgetController(Controller):
    """The budget lines."""

    path = LIST
    guards = (allow(*BUDGET_READING_ROLES),)

    @get("/")
    async def lines(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The lines of one's territory."""
        return await _show(request, actor)

    @get("/export")
    async def ask_export(self, request: AnyRequest) -> Response[Any]:
        """The question before the list leaves."""
        return exporting.ask(request, _LISTED, read_filters(request, BudgetFilters))

    @post("/export", status_code=200)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The lines as a file."""
        chosen = read_filters(request, BudgetFilters)

        async def read(words: Catalogue) -> Table:
            rows = await list_budget_lines(actor, chosen.wanted, before=None, limit=spreadsheet.MOST_ROWS + 1)
            return _table(rows, words)

        return await exporting.send(request, actor, _LISTED, chosen, read)


class BudgetDecisionController(Controller):
    """Deciding about public money."""

    path = f"{LIST}/new"
    guards = (allow(*BUDGET_ROLES),)

    @get("/")
    async def ask(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The form of a decision."""
        return await _form(request, actor, blank(request))

    @post("/", status_code=200)
    async def decide(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Record a decision."""
        form = await read_form(request, DecideIn)
        try:
            await _decide(actor, form.accepted(), keyed)
        except Refusal as refusal:
            status = MISFIT if isinstance(refusal, Invalid) else refusal.status
            return await _form(request, actor, form.refused(_on_the_form(refusal)), status)
        return see_other(request, f"{LIST}?said=decided")


async def _decide(actor: Actor, given: DecideIn, keyed: Keyed) -> None:
    area = await find_area_by_path(given.area) if given.area else None
    answer = await decide_budget(
        actor=actor,
        purpose=given.purpose,
        period=given.period,
        amount_fen=given.amount_fen,
        area_id=area.id if area else None,
        sponsor=given.sponsor,
        once=keyed.once(lambda line_id: BudgetDecidedOut(id=line_id)),
    )
    done(answer, BudgetDecidedOut)


def _on_the_form(refusal: Refusal) -> Refusal:
    """The flow names the area by its id, the form by its path."""
    if not isinstance(refusal, Invalid):
        return refusal
    return Invalid(*((pointer.replace("_id", ""), code, zh, en) for pointer, code, zh, en in refusal.faults))


async def _form(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200) -> Response[Any]:
    return page(
        request,
        "staff/budget_new.html",
        status_code=status_code,
        form=form,
        areas=await _areas(actor, language_for(request)),
        this_month=f"{clock.business_day(clock.now()):%Y-%m}",
    )


async def _areas(actor: Actor, language: str) -> list[tuple[str, str]]:
    """His own territories, and the areas one level below."""
    own = actor.territories(*BUDGET_READING_ROLES)
    names = await place_names(own, language)
    return [*((path, names[path]) for path in own), *await area_choices(actor, BUDGET_READING_ROLES, language)]


async def _show(request: AnyRequest, actor: Actor) -> Response[Any]:
    chosen = read_filters(request, BudgetFilters)
    language = language_for(request)
    scope = f"desk:budget:{actor.id}:{address('', chosen)}"
    before = paging.after_one(chosen.cursor, scope, UUID)
    rows = await list_budget_lines(actor, chosen.wanted, before=before, limit=_SHOWN + 1)
    listed = paging.page(rows, limit=_SHOWN, scope=scope, position=lambda row: (row["id"],), show=lambda row: row)
    return page(
        request,
        "staff/budget.html",
        rows=listed.items,
        totals=_totals(listed.items),
        names=await place_names({row["area_path"] for row in listed.items if row["area_path"]}, language),
        areas=await _areas(actor, language),
        decides=actor.has(*BUDGET_ROLES),
        this_month=f"{clock.business_day(clock.now()):%Y-%m}",
        form=blank(request),
        filters=chosen,
        filtered=any_chosen(chosen),
        clear=LIST,
        export=address(f"{LIST}/export", chosen),
        **ways(LIST, chosen, listed.next_cursor),
        said=request.query_params.get("said", ""),
    )


def _totals(rows: Sequence[db.Row]) -> dict[str, int]:
    """What is listed, added up."""
    sums = {name: sum(row[f"{name}_fen"] for row in rows) for name in ("amount", "paid", "reserved")}
    return {**sums, "left": sums["amount"] - sums["paid"] - sums["reserved"]}


def _table(rows: Sequence[db.Row], words: Catalogue) -> Table:
    """The lines as rows of a file."""
    names = ("purpose", "period", "whose", "amount", "paid", "reserved", "left")
    return Table(
        title=words.text("budget.title"),
        header=[words.text(f"budget.column.{name}") for name in names],
        rows=[
            [
                words.text(f"budget.purpose.{row['purpose']}"),
                row["period"],
                row["area_path"] or row["sponsor"] or "",
                *(fen_text(row[f"{name}_fen"]) for name in ("amount", "paid", "reserved")),
                fen_text(row["amount_fen"] - row["paid_fen"] - row["reserved_fen"]),
            ]
            for row in rows
        ],
    )
