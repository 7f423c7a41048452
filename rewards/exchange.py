"""The exchange: points leave the resident and stand in escrow, a voucher with its code is issued for every piece.

`exchange_lines` is a hot flow: a list in, one outcome a line out, one transaction. Within it stock, limits, points
and budgets are handed out in the order of the lines; between transactions the locked rows keep that order.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from identity.actor import Actor
from identity.areas import town_path
from identity.audit import AuditLine, record_acts
from identity.errors import PersonUnknown
from identity.people import PersonRow, find_people
from kit import clock, db
from kit.errors import Refusal
from kit.ids import new_id
from kit.money import shared
from kit.once import Answer, Once
from points import accounts, budget, ledger
from points.errors import BudgetExhausted
from points.queries import credit_levels
from rewards import codes, queries
from rewards.errors import ProductUnknown
from rewards.issuing import NewVoucher, issue
from rewards.limits import period_start
from rewards.once_lines import answer_lines
from rewards.queries import ProductRow
from rewards.stock import Shelves, open_shelves
from rewards.terms import Means, refuse_person, refuse_quantity

ON_BEHALF_ROLES: Final = ("hotline", "grid_worker", "village_verifier")

_BUDGET_LINES = db.load_sql(__file__, "find_budget_lines")
_WRITE = db.load_sql(__file__, "write_exchanges")
_TOWNS = "SELECT path, id FROM identity_area WHERE path = ANY ($1::text[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine:
    """A person who wants a number of one product; the actor is that person, or staff who act for him."""

    actor: Actor
    person_id: UUID
    product_id: UUID
    quantity: int = 1
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class IssuedVoucher:
    """A voucher as its holder gets it."""

    id: UUID
    code: str
    short_code: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange gave; a gift gives no voucher."""

    id: UUID
    vouchers: tuple[IssuedVoucher, ...]
    points: int
    balance_after: int


@db.flow
async def exchange_lines(lines: Sequence[ExchangeLine], *, at: datetime | None = None) -> list[Answer[Exchanged]]:
    """Exchange points for vouchers, for any number of people and products at once.

    Moves: points of each person to escrow, one transfer a voucher; gifts to the neighbour fund. Sets the shares of
    town and sponsor aside on their budget lines, takes the pieces from the shelf.
    Answers: for each line what it got, or the refusal: ProductUnknown, PersonUnknown, NotOpen, LevelTooLow, AgeTooLow,
    LimitReached, OutOfStock, InsufficientPoints, BudgetExhausted. A refused line moves nothing.
    Raises: nothing of its own.
    """
    moment = await clock.value_time(at)

    async def work(new: Sequence[ExchangeLine]) -> list[Exchanged | Refusal]:
        return await _exchange(new, moment)

    return await answer_lines(lines, work)


@dataclass(slots=True)
class _Facts:
    """What is known about the people and products of a batch before anything is locked."""

    moment: datetime
    people: dict[UUID, PersonRow]
    products: dict[UUID, ProductRow]
    towns: dict[str, UUID]
    levels: dict[UUID, int]
    town_lines: dict[UUID, UUID]
    sponsor_lines: dict[str, UUID]

    def town_of(self, person: PersonRow) -> UUID:
        """The person's registered town, which pays the town's share."""
        return self.towns[town_path(person.area_path)]

    def lines_for(self, person: PersonRow, product: ProductRow) -> tuple[UUID | None, UUID | None]:
        """The budget lines of the person's town and the product's sponsor, as far as they were decided."""
        return self.town_lines.get(self.town_of(person)), self.sponsor_lines.get(product.sponsor or "")


@dataclass(slots=True)
class _Deal:
    """A line that goes through."""

    line: ExchangeLine
    product: ProductRow
    vouchers: list[NewVoucher]
    balance_after: int
    id: UUID = field(default_factory=new_id)
    limit_from: datetime | None = None

    @property
    def points(self) -> int:
        return self.product.points * self.line.quantity


async def _exchange(lines: Sequence[ExchangeLine], moment: datetime) -> list[Exchanged | Refusal]:
    facts = await _gather_facts(lines, moment)
    async with ledger.open_book([accounts.person(person_id) for person_id in facts.people], at=moment) as book:
        had = Counter(await queries.count_in_force(_limited(lines, facts)))
        async with open_shelves(facts.products) as shelves, budget.open_lines(_budget_lines(facts)) as money:
            desk = _Desk(facts, book, shelves, money, had)
            outcomes = [desk.serve(line) for line in lines]
    deals = [each for each in outcomes if isinstance(each, _Deal)]
    issued = await _write(deals, moment)
    return [each if isinstance(each, Refusal) else _exchanged(each, issued, moment) for each in outcomes]


async def _gather_facts(lines: Sequence[ExchangeLine], moment: datetime) -> _Facts:
    people = await find_people(list({line.person_id for line in lines}))
    products = await queries.find_products(list({line.product_id for line in lines}))
    towns = await db.current().fetch(_TOWNS, list({town_path(person.area_path) for person in people.values()}))
    levelled = {
        line.person_id
        for line in lines
        if line.person_id in people and line.product_id in products and products[line.product_id].min_level > 1
    }
    today = clock.business_day(moment)
    scores = await credit_levels(list(levelled), today) if levelled else {}
    sponsors = {product.sponsor for product in products.values() if product.sponsor is not None}
    found = await db.current().fetch(_BUDGET_LINES, f"{today.year}", [row["id"] for row in towns], list(sponsors))
    return _Facts(
        moment=moment,
        people=people,
        products=products,
        towns={row["path"]: row["id"] for row in towns},
        levels={person_id: int(score.level[1:]) for person_id, score in scores.items()},
        town_lines={row["town"]: row["id"] for row in found if row["town"] is not None},
        sponsor_lines={row["sponsor"]: row["id"] for row in found if row["sponsor"] is not None},
    )


def _limited(lines: Sequence[ExchangeLine], facts: _Facts) -> list[tuple[UUID, UUID, datetime]]:
    """The persons and products whose vouchers of this period have to be counted."""
    asked = {(line.person_id, line.product_id) for line in lines}
    return [
        (person_id, product_id, period_start(facts.products[product_id].limit_period or "ever", facts.moment))
        for person_id, product_id in asked
        if person_id in facts.people
        and product_id in facts.products
        and facts.products[product_id].person_limit is not None
    ]


def _budget_lines(facts: _Facts) -> set[UUID]:
    """The lines from which something of this batch may be paid."""
    wanted: set[UUID] = set()
    if any(product.town_percent for product in facts.products.values()):
        wanted |= set(facts.town_lines.values())
    return wanted | set(facts.sponsor_lines.values())


class _Desk:
    """Serves the lines of a batch one after the other, on rows that are locked."""

    def __init__(
        self,
        facts: _Facts,
        book: ledger.Book,
        shelves: Shelves,
        money: budget.Lines,
        had: "Counter[tuple[UUID, UUID]]",
    ) -> None:
        self._facts = facts
        self._book = book
        self._shelves = shelves
        self._money = money
        self._had = had

    def serve(self, line: ExchangeLine) -> _Deal | Refusal:
        """Look at everything that can refuse the line, then carry it out."""
        person = self._facts.people.get(line.person_id)
        if person is None or not person.active or not person.resident or not _may_act_for(line.actor, person):
            return PersonUnknown()
        product = self._facts.products.get(line.product_id)
        if product is None or not product.is_for(person.area_path) or product.state == "draft":
            return ProductUnknown()
        means = Means(
            level=self._facts.levels.get(person.id, 1),
            birth_year=person.birth_year,
            had=self._had[person.id, product.id],
            balance=self._book.balance(accounts.person(person.id)),
        )
        refusal = (
            refuse_person(product, means, self._facts.moment)
            or refuse_quantity(product, means, self._shelves.left(product.id), line.quantity)
            or self._refuse_money(person, product, line.quantity)
        )
        if refusal is not None:
            return refusal
        return self._carry_out(line, person, product)

    def _refuse_money(self, person: PersonRow, product: ProductRow, quantity: int) -> Refusal | None:
        """Whether the budgets that share in the price have their shares."""
        _, town_fen, sponsor_fen = shared(product.value_fen, product.shares)
        lines = self._facts.lines_for(person, product)
        for line_id, fen in zip(lines, (town_fen * quantity, sponsor_fen * quantity), strict=True):
            if fen and product.kind != "donation":  # what a gift is worth goes to the fund, not to a merchant
                available = 0 if line_id is None else self._money.left(line_id)
                if fen > available:
                    return BudgetExhausted(left_fen=available, needed_fen=fen)
        return None

    def _carry_out(self, line: ExchangeLine, person: PersonRow, product: ProductRow) -> _Deal:
        deal = _Deal(line, product, [], 0)
        if product.limit_period is not None:
            deal.limit_from = period_start(product.limit_period, self._facts.moment)
        self._had[person.id, product.id] += line.quantity
        self._shelves.take(product.id, line.quantity)
        if product.kind == "donation":
            self._post(deal, "gift", ("exchange", deal.id), accounts.GIVEN, deal.points)
        else:
            deal.vouchers += [self._sell(deal, person) for _ in range(line.quantity)]
        deal.balance_after = self._book.balance(accounts.person(person.id))
        return deal

    def _sell(self, deal: _Deal, person: PersonRow) -> NewVoucher:
        """One piece: its price to escrow, its public shares set aside."""
        product, moment = deal.product, self._facts.moment
        merchant_fen, town_fen, sponsor_fen = shared(product.value_fen, product.shares)
        town_line, sponsor_line = self._facts.lines_for(person, product)
        for line_id, fen in ((town_line, town_fen), (sponsor_line, sponsor_fen)):
            if line_id is not None and fen:
                self._money.reserve(line_id, fen)
        voucher_id = new_id()
        self._post(deal, "exchange", ("voucher", voucher_id), accounts.ESCROW, product.points)
        last_day = clock.business_day(moment) + timedelta(days=product.voucher_days)
        return NewVoucher(
            id=voucher_id,
            exchange_id=deal.id,
            product_id=product.id,
            person_id=person.id,
            town_id=self._facts.town_of(person),
            points=product.points,
            value_fen=product.value_fen,
            merchant_fen=merchant_fen,
            town_line=town_line if town_fen else None,
            town_fen=town_fen,
            sponsor_line=sponsor_line if sponsor_fen else None,
            sponsor_fen=sponsor_fen,
            rotating=product.cash_like,
            issued_at=moment,
            expires_at=clock.day_start(last_day + timedelta(days=1)),
        )

    def _post(self, deal: _Deal, kind: str, fact: tuple[str, UUID], credit: accounts.Account, points: int) -> None:
        if points:
            self._book.post(
                ledger.Transfer(
                    kind=kind,
                    reference=fact[1],
                    amount=points,
                    debit=accounts.person(deal.line.person_id),
                    credit=credit,
                    label=ledger.Label(deal.product.name_zh, deal.product.name_en),
                    fact=fact,
                )
            )


def _may_act_for(actor: Actor, person: PersonRow) -> bool:
    return actor.id == person.id or actor.covers(person.area_path, *ON_BEHALF_ROLES)


async def _write(deals: Sequence[_Deal], moment: datetime) -> dict[UUID, codes.Issue]:
    """Write the exchanges, their vouchers and who did it."""
    if not deals:
        return {}
    rows = [
        (
            deal.id,
            deal.line.person_id,
            deal.product.id,
            deal.line.quantity,
            deal.points,
            deal.product.person_limit,
            deal.limit_from,
            deal.line.actor.id,
            moment,
        )
        for deal in deals
    ]
    await db.current().execute(_WRITE, *(list(column) for column in zip(*rows, strict=True)))
    issued = await issue([voucher for deal in deals for voucher in deal.vouchers])
    await record_acts([(deal.line.actor, _act(deal)) for deal in deals])
    return issued


def _act(deal: _Deal) -> AuditLine:
    return AuditLine(
        action="exchange.made",
        subject=("exchange", deal.id),
        after={"product": deal.product.id, "quantity": deal.line.quantity, "points": deal.points},
        person_id=deal.line.person_id,
    )


def _exchanged(deal: _Deal, issued: dict[UUID, codes.Issue], moment: datetime) -> Exchanged:
    vouchers = tuple(
        IssuedVoucher(each.id, codes.shown(issued[each.id], moment), codes.short(issued[each.id]), each.expires_at)
        for each in deal.vouchers
    )
    return Exchanged(deal.id, vouchers, deal.points, deal.balance_after)
