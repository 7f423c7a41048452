"""What stands between a person and a product, the first thing first.

Pure: the exchange decides by it on locked rows, the shop shows it beforehand.
"""

from datetime import datetime
from typing import NamedTuple

from kit import clock
from kit.errors import Refusal
from points.errors import InsufficientPoints
from rewards.errors import AgeTooLow, LevelTooLow, LimitReached, NotOpen, OutOfStock
from rewards.queries import ProductRow


class Means(NamedTuple):
    """What a person brings: his level and age, what he has had of the product in this period, what he can spend."""

    level: int
    birth_year: int | None
    had: int
    balance: int


def refuse_person(product: ProductRow, means: Means, moment: datetime) -> Refusal | None:
    """Whether the product is open, and for such a person."""
    if not product.is_open(moment):
        return NotOpen()
    if means.level < product.min_level:
        return LevelTooLow(level=f"L{means.level}", needed=f"L{product.min_level}")
    if product.min_age is not None:
        this_year = clock.business_day(moment).year
        if means.birth_year is None or this_year - means.birth_year < product.min_age:
            return AgeTooLow(needed=product.min_age)
    return None


def refuse_quantity(product: ProductRow, means: Means, left: int | None, quantity: int) -> Refusal | None:
    """Whether so many are left, for this person and on the shelf, and whether he has the points."""
    if product.person_limit is not None and means.had + quantity > product.person_limit:
        return LimitReached(limit=product.person_limit, left=max(0, product.person_limit - means.had))
    if left is not None and left < quantity:
        return OutOfStock(left=left)
    if means.balance < product.points * quantity:
        return InsufficientPoints(balance=means.balance, needed=product.points * quantity)
    return None
