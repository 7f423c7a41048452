"""The catalogue: putting products on the shelf and taking them off."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from identity.actor import Actor
from identity.areas import find_areas
from identity.audit import AuditLine, record, record_lines
from identity.errors import AreaUnknown
from kit import clock, db
from kit.ids import new_id
from kit.money import parse_fen
from kit.wire import Invalid
from merchants.errors import MerchantUnknown
from merchants.queries import find_merchants
from rewards.errors import ProductStateSame, ProductUnknown, StockTooLow
from rewards.queries import Kind, Period, ProductState

MANAGING: Final = ("operations_admin",)
"""Who keeps the shelf, each of his territory."""
_WHOLE = 100
_CATALOGUE = Path(__file__).parent / "data" / "products.csv"
_INSERT = """
    INSERT INTO rewards_product (
        id, name_zh, name_en, kind, points, opens_at, closes_at, person_limit, limit_period, min_level, min_age, area,
        cash_like, value_fen, merchant_percent, town_percent, sponsor_percent, sponsor, voucher_days, state, created_at
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product that is to be put into the catalogue; the percents of the shares make a hundred."""

    name_zh: str
    name_en: str
    kind: Kind
    points: int
    value_fen: int
    opens_at: datetime | None = None  # at once
    closes_at: datetime | None = None
    stock: int | None = None  # no end
    person_limit: int | None = None
    limit_period: Period | None = None
    min_level: int = 1
    min_age: int | None = None
    area_id: UUID | None = None
    cash_like: bool = False
    merchant_percent: int = 0
    town_percent: int = 100
    sponsor_percent: int = 0
    sponsor: str | None = None
    voucher_days: int = 30
    merchants: tuple[UUID, ...] = ()
    state: ProductState = "open"


def default_catalogue() -> list[NewProduct]:
    """The default mix of products (`data/products.csv`), without merchants and stock.

    The loan certificate stays a draft: it needs a consent and a bank before anybody can have it.
    """
    with _CATALOGUE.open(encoding="utf-8", newline="") as file:
        return [
            NewProduct(
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                kind=cast("Kind", row["kind"]),
                points=int(row["points"]),
                value_fen=parse_fen(row["value_yuan"]) or 0,
                person_limit=int(row["per_person_month"]) if row["per_person_month"] else None,
                limit_period="month" if row["per_person_month"] else None,
                min_level=int(row["min_level"][1:]),
                cash_like=row["note"].startswith("cash-like"),
                state="draft" if row["kind"] == "loan" else "open",
            )
            for row in csv.DictReader(file)
        ]


@db.flow
async def create_products(*, actor: Actor, products: Sequence[NewProduct], at: datetime | None = None) -> list[UUID]:
    """Put products into the catalogue.

    Moves: nothing.
    Answers: their ids, in order.
    Raises: MerchantUnknown, AreaUnknown, Invalid, when figures do not fit together.
    """
    moment = await clock.value_time(at)
    for each in products:
        refuse_unfit(each, moment)
    await require_known(actor, products)
    ids = [new_id() for _ in products]
    pairs = list(zip(ids, products, strict=True))
    await db.current().executemany(_INSERT, [_row(product_id, each, moment) for product_id, each in pairs])
    await db.current().executemany(
        "INSERT INTO rewards_stock (product, supplied, remaining) VALUES ($1, $2, $2)",
        [(product_id, each.stock) for product_id, each in pairs if each.stock is not None],
    )
    await db.current().executemany(
        "INSERT INTO rewards_product_merchant (id, product, merchant) VALUES ($1, $2, $3)",
        [(new_id(), product_id, merchant_id) for product_id, each in pairs for merchant_id in set(each.merchants)],
    )
    await record_lines(
        actor,
        [
            AuditLine(
                action="product.created",
                subject=("product", product_id),
                after={"kind": each.kind, "points": each.points, "value_fen": each.value_fen, "stock": each.stock},
            )
            for product_id, each in pairs
        ],
    )
    return ids


def refuse_unfit(product: NewProduct, moment: datetime) -> None:
    """What the database would refuse, said field by field (a rule)."""
    faults = []
    if product.merchant_percent + product.town_percent + product.sponsor_percent != _WHOLE:
        faults.append(("/town_percent", "percent_sum", "三方分担之和须为 100%。", "The three shares make 100 %."))
    if (product.sponsor_percent > 0) != (product.sponsor is not None):
        faults.append(
            ("/sponsor", "sponsor_share", "赞助方与其分担须同时填写。", "A sponsor and its share go together.")
        )
    if (product.person_limit is None) != (product.limit_period is None) or (
        product.kind == "donation" and product.person_limit is not None
    ):
        faults.append(
            (
                "/limit_period",
                "limit",
                "限额与周期须同时填写；捐赠不设限额。",
                "A limit has its period; a gift has none.",
            )
        )
    if product.closes_at is not None and product.closes_at <= (product.opens_at or moment):
        faults.append(("/closes_at", "window", "结束时间须晚于开始时间。", "It closes after it opens."))
    if faults:
        raise Invalid(*faults)


def require_managed(actor: Actor, area_path: str | None) -> None:
    """Refuse unless the actor keeps the shelf of this area; what is for everybody is the county's (a rule)."""
    if actor.kind == "system":
        return
    if area_path is None:
        allowed = any("." not in path for path in actor.territories(*MANAGING))
    else:
        allowed = actor.covers(area_path, *MANAGING)
    if not allowed:
        raise ProductUnknown


async def require_known(actor: Actor, products: Sequence[NewProduct]) -> None:
    """Refuse unless the merchants that products name exist, and the areas, and the actor keeps the shelf there."""
    merchants = {merchant_id for each in products for merchant_id in each.merchants}
    if merchants - (await find_merchants(list(merchants))).keys():
        raise MerchantUnknown
    wanted = {each.area_id for each in products if each.area_id is not None}
    areas = await find_areas(list(wanted))
    if wanted - areas.keys():
        raise AreaUnknown
    for each in products:
        require_managed(actor, areas[each.area_id].path if each.area_id is not None else None)


def _row(product_id: UUID, each: NewProduct, moment: datetime) -> tuple[object, ...]:
    return (
        product_id,
        each.name_zh,
        each.name_en,
        each.kind,
        each.points,
        each.opens_at or moment,
        each.closes_at,
        each.person_limit,
        each.limit_period,
        each.min_level,
        each.min_age,
        each.area_id,
        each.cash_like,
        each.value_fen,
        each.merchant_percent,
        each.town_percent,
        each.sponsor_percent,
        each.sponsor,
        each.voucher_days,
        each.state,
        moment,
    )


@db.flow
async def change_stock(*, actor: Actor, product_id: UUID, pieces: int) -> int:
    """Put so many more pieces on the shelf, or take some off it (negative).

    Moves: nothing.
    Answers: how many are on the shelf now.
    Raises: ProductUnknown, when the product does not exist or has no stock; StockTooLow.
    """
    return await put_pieces(actor, product_id, pieces)


async def put_pieces(actor: Actor, product_id: UUID, pieces: int) -> int:
    """Change a stock and write it down (a step)."""
    shelf = await db.current().fetchrow(
        "SELECT stock.remaining, area.path FROM rewards_stock AS stock"
        " JOIN rewards_product AS product ON product.id = stock.product"
        " LEFT JOIN identity_area AS area ON area.id = product.area"
        " WHERE stock.product = $1 FOR NO KEY UPDATE OF stock",
        product_id,
    )
    if shelf is None:
        raise ProductUnknown
    require_managed(actor, shelf["path"])
    left = shelf["remaining"]
    if left + pieces < 0:
        raise StockTooLow(left=left)
    await db.current().execute(
        "UPDATE rewards_stock SET supplied = supplied + $2, remaining = remaining + $2 WHERE product = $1",
        product_id,
        pieces,
    )
    await record(
        actor,
        action="product.stock_changed",
        subject=("product", product_id),
        before={"remaining": left},
        after={"remaining": left + pieces},
    )
    return int(left + pieces)


@db.flow
async def set_product_state(*, actor: Actor, product_id: UUID, state: ProductState) -> None:
    """Open a product for exchange, or close it; vouchers that are out stay good.

    Moves: nothing.
    Answers: nothing.
    Raises: ProductUnknown, ProductStateSame.
    """
    product = await db.current().fetchrow(
        "SELECT product.state, area.path FROM rewards_product AS product"
        " LEFT JOIN identity_area AS area ON area.id = product.area WHERE product.id = $1 FOR NO KEY UPDATE OF product",
        product_id,
    )
    if product is None:
        raise ProductUnknown
    require_managed(actor, product["path"])
    before = product["state"]
    if before == state:
        raise ProductStateSame
    await db.current().execute("UPDATE rewards_product SET state = $2 WHERE id = $1", product_id, state)
    await record(
        actor,
        action="product.state_changed",
        subject=("product", product_id),
        before={"state": before},
        after={"state": state},
    )
