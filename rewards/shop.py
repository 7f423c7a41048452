"""The shop as one person sees it: each product with what is left for him, and what stands in the way, said beforehand.

Reads only. `rewards.exchange` decides by the same terms on locked rows, and has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.actor import Actor
from identity.people import require_person
from kit import clock, db
from kit.errors import Refusal
from kit.refusals import NotFound
from points import queries as points
from points.errors import InsufficientPoints
from rewards import queries
from rewards.errors import ProductUnknown
from rewards.limits import period_start
from rewards.queries import Kind, ProductRow
from rewards.terms import Means, refuse_person, refuse_quantity

_EXCHANGE = """
    SELECT exchange.id, exchange.product, product.name_zh, product.name_en, product.kind, exchange.quantity,
           exchange.points, exchange.exchanged_at
    FROM rewards_exchange AS exchange JOIN rewards_product AS product ON product.id = exchange.product
    WHERE exchange.id = $1 AND exchange.person = $2
"""
_ITS_VOUCHERS = "SELECT id, state, expires_at FROM rewards_voucher WHERE exchange = $1 ORDER BY id"


@dataclass(frozen=True, slots=True)
class Shown:
    """A product on the shelf: what is left for this person (None: no end), and why he cannot have one now."""

    product: ProductRow
    left_for_me: int | None
    refusal: Refusal | None

    @property
    def missing(self) -> int:
        """How many points are missing, where that alone stands in the way."""
        refusal = self.refusal
        return refusal.data["needed"] - refusal.data["balance"] if isinstance(refusal, InsufficientPoints) else 0


@dataclass(frozen=True, slots=True)
class Window:
    """Some products, and what the person can spend."""

    balance: int
    shown: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Done:
    """An exchange that was made, with its vouchers; a gift has none."""

    row: db.Row
    vouchers: Sequence[db.Row]


async def open_window(
    actor: Actor, *, kind: Kind | None = None, after: tuple[int, UUID] | None = None, limit: int
) -> Window:
    """What points can be exchanged for where the person lives, the cheapest first, and so what he can afford."""
    products = await queries.list_products(actor.area_path or "", after, limit, kind=kind)
    return await _look(actor, products)


async def look_at(actor: Actor, product_id: UUID) -> Window:
    """One product; raises ProductUnknown where it is not offered to this person."""
    product = (await queries.find_products([product_id])).get(product_id)
    if product is None or product.state == "draft" or not product.is_for(actor.area_path or ""):
        raise ProductUnknown
    return await _look(actor, [product])


async def exchange_made(actor: Actor, exchange_id: UUID) -> Done:
    """An exchange of one's own; raises NotFound."""
    row = await db.fetchrow(_EXCHANGE, exchange_id, actor.id)
    if row is None:
        raise NotFound
    return Done(row, await db.fetch(_ITS_VOUCHERS, exchange_id))


async def _look(actor: Actor, products: Sequence[ProductRow]) -> Window:
    moment = await points.now()
    person = await require_person(actor.id)
    balance = (await points.balances([actor.id], moment))[actor.id]
    level = 1
    if any(each.min_level > 1 for each in products):
        level = int((await points.credit_of(actor.id, clock.business_day(moment))).level[1:])
    had = await queries.count_in_force(
        [(actor.id, each.id, period_start(each.limit_period, moment)) for each in products if each.limit_period]
    )
    shown = [
        _shown(each, Means(level, person.birth_year, had.get((actor.id, each.id), 0), balance), moment)
        for each in products
    ]
    return Window(balance, shown)


def _shown(product: ProductRow, means: Means, moment: datetime) -> Shown:
    limit = product.person_limit
    return Shown(
        product,
        None if limit is None else max(0, limit - means.had),
        refuse_person(product, means, moment) or refuse_quantity(product, means, product.stock_left, 1),
    )
