"""The form of a product: what staff type, as a product, and a product as what stands in the form."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, field

from kit import db
from kit.clock import SHANGHAI
from kit.money import fen_text, parse_fen
from kit.wire import Count, Id, In, Instant, Name, Percent, Points, Quantity, Version
from rewards.products import NewProduct
from rewards.queries import Kind, Period
from rewards.schemas import Level
from web.pages.cookies import AnyRequest
from web.pages.forms import Form, blank

Yuan = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?(?![\s\S])", examples=["12.50"])]
FIELDS: Final = (
    "name_zh", "name_en", "kind", "points", "value_yuan", "merchant_percent", "town_percent", "sponsor_percent",
    "sponsor", "opens_at", "closes_at", "person_limit", "limit_period", "min_level", "min_age", "area_id", "cash_like",
    "voucher_days", "merchants",
)  # fmt: skip
_AS_TYPED: Final = "%Y-%m-%dT%H:%M"


class ProductForm(In):
    """What a product is, as it is typed."""

    name_zh: Name
    name_en: Name
    kind: Kind
    points: Points
    value_yuan: Yuan
    merchant_percent: Percent
    town_percent: Percent
    sponsor_percent: Percent = 0
    sponsor: Name | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    person_limit: Quantity | None = None
    limit_period: Period | None = None
    min_level: Level = "L1"
    min_age: Annotated[int, Meta(ge=1, le=120)] | None = None
    area_id: Id | None = None
    cash_like: bool = False
    voucher_days: Annotated[int, Meta(ge=1, le=3_660)] = 30
    merchants: Annotated[list[Id], Meta(max_length=500)] = field(default_factory=list)
    stock: Count | None = None
    state: Literal["draft", "open"] = "draft"
    version: Version = 0


def product_of(typed: ProductForm) -> NewProduct:
    """The product that was typed."""
    return NewProduct(
        name_zh=typed.name_zh,
        name_en=typed.name_en,
        kind=typed.kind,
        points=typed.points,
        value_fen=parse_fen(typed.value_yuan) or 0,
        opens_at=typed.opens_at,
        closes_at=typed.closes_at,
        stock=typed.stock,
        person_limit=typed.person_limit,
        limit_period=typed.limit_period,
        min_level=int(typed.min_level[1:]),
        min_age=typed.min_age,
        area_id=typed.area_id,
        cash_like=typed.cash_like,
        merchant_percent=typed.merchant_percent,
        town_percent=typed.town_percent,
        sponsor_percent=typed.sponsor_percent,
        sponsor=typed.sponsor,
        voucher_days=typed.voucher_days,
        merchants=tuple(typed.merchants),
        state=typed.state,
    )


def stored_as_typed(row: db.Row, merchants: Iterable[db.Row]) -> dict[str, list[str]]:
    """A product as it would have been typed."""
    found: dict[str, Any] = {name: row[name] for name in FIELDS if name in row.keys()}  # noqa: SIM118 - a record's keys
    found |= {
        "value_yuan": fen_text(row["value_fen"]).removesuffix(".00"),
        "min_level": f"L{row['min_level']}",
        "area_id": row["area"],
        "cash_like": "true" if row["cash_like"] else None,
    }
    typed = {name: [_text(value)] for name, value in found.items() if value is not None}
    return {**typed, "merchants": [str(each["id"]) for each in merchants], "version": [str(row["version"])]}


def filled(request: AnyRequest, typed: dict[str, list[str]]) -> Form[Any]:
    """A form with what is stored."""
    return replace(blank(request), typed=typed)


def differing(form: Form[Any], stored: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """Where what is stored now is not what was typed: field, stored, typed."""
    return [
        (name, "、".join(stored.get(name, [])), "、".join(form.typed.get(name, [])))
        for name in FIELDS
        if name != "merchants" and [each for each in form.typed.get(name, []) if each] != stored.get(name, [])
    ]


def _text(value: Any) -> str:
    return value.astimezone(SHANGHAI).strftime(_AS_TYPED) if isinstance(value, datetime) else str(value)
