"""The form of a product: what staff type, as a product, and a product as what stands in the form."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from kit import db
from kit.clock import SHANGHAI
from kit.money import fen_text, parse_fen
from kit.wire import Version
from rewards.products import NewProduct
from rewards.schemas import ProductTerms, new_product
from web.pages.cookies import AnyRequest
from web.pages.forms import Form, blank

Yuan = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?(?![\s\S])", examples=["12.50"])]
FIELDS: Final = (
    "name_zh", "name_en", "kind", "points", "value_yuan", "merchant_percent", "town_percent", "sponsor_percent",
    "sponsor", "opens_at", "closes_at", "person_limit", "limit_period", "min_level", "min_age", "area_id", "cash_like",
    "voucher_days", "merchants",
)  # fmt: skip
_AS_TYPED: Final = "%Y-%m-%dT%H:%M"


class ProductForm(ProductTerms):
    """What a product is, as it is typed."""

    value_yuan: Yuan
    state: Literal["draft", "open"] = "draft"
    version: Version = 0


def product_of(typed: ProductForm) -> NewProduct:
    """The product that was typed."""
    return new_product(typed, value_fen=parse_fen(typed.value_yuan) or 0, state=typed.state)


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
