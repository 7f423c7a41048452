"""Stock: how many of a product are left, handed out in order within a batch (steps)."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from kit import db

_LOCK = db.load_sql(__file__, "lock_stock")
_WRITE = """
    UPDATE rewards_stock AS stock SET remaining = shelf.remaining
    FROM unnest($1::uuid[], $2::integer[]) AS shelf (product, remaining)
    WHERE stock.product = shelf.product
"""


class Shelves:
    """The locked stock of one transaction."""

    def __init__(self, remaining: dict[UUID, int]) -> None:
        """Take over what is left of each product; one that is not listed has no end."""
        self._remaining = remaining
        self._changed: set[UUID] = set()

    def left(self, product_id: UUID) -> int | None:
        """How many are left; None where there is no end."""
        return self._remaining.get(product_id)

    def take(self, product_id: UUID, pieces: int) -> None:
        """Hand out so many; the caller has looked whether they are there, and the database looks again."""
        if product_id in self._remaining:
            self._remaining[product_id] -= pieces
            self._changed.add(product_id)

    def put_back(self, product_id: UUID, pieces: int) -> None:
        """Take back what nobody used."""
        self.take(product_id, -pieces)

    async def write(self) -> None:
        """Write the changed shelves in one statement; done when the block of `open_shelves` is left."""
        if self._changed:
            changed = sorted(self._changed)
            await db.current().execute(_WRITE, changed, [self._remaining[each] for each in changed])


@asynccontextmanager
async def open_shelves(product_ids: Iterable[UUID]) -> AsyncIterator[Shelves]:
    """Lock the stock of these products, in the order of their ids, and write what changed at the end of the block."""
    rows = await db.current().fetch(_LOCK, list(set(product_ids)))
    shelves = Shelves({row["product"]: row["remaining"] for row in rows})
    yield shelves
    await shelves.write()
