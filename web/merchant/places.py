"""Where a clerk redeems: one of the tills of the merchants that he works for, chosen once and kept in the browser."""

from dataclasses import dataclass
from uuid import UUID

from identity.actor import Actor
from kit.errors import EN
from merchants.queries import OwnTillRow, list_tills
from web.pages.cookies import AnyRequest, language_for

COOKIE = "till"


@dataclass(frozen=True, slots=True)
class Place:
    """A till as pages name it."""

    till_id: UUID
    outlet_id: UUID
    merchant_id: UUID
    merchant: str
    outlet: str
    till: str


@dataclass(frozen=True, slots=True)
class Places:
    """The tills at which somebody may redeem, and the one at which he stands."""

    every: tuple[Place, ...]
    here: Place | None

    @property
    def must_choose(self) -> bool:
        """Whether he has to say first at which of them he stands."""
        return self.here is None and len(self.every) > 1

    def outlet_of(self, outlet_id: UUID | None) -> str:
        """The name of one of the outlets; empty when it is none of his any more."""
        return next((each.outlet for each in self.every if each.outlet_id == outlet_id), "")


async def places_for(request: AnyRequest, actor: Actor) -> Places:
    """The tills of this clerk; he stands at the one that the browser remembers, or at the only one there is."""
    every = tuple(_named(row, language_for(request)) for row in await list_tills(actor.merchant_ids()))
    remembered = request.cookies.get(COOKIE)
    here = next((each for each in every if str(each.till_id) == remembered), None)
    return Places(every, every[0] if len(every) == 1 else here)


def _named(row: OwnTillRow, language: str) -> Place:
    english = language == EN
    return Place(
        till_id=row.id,
        outlet_id=row.outlet_id,
        merchant_id=row.merchant_id,
        merchant=row.merchant_en if english else row.merchant_zh,
        outlet=row.outlet_en if english else row.outlet_zh,
        till=row.name,
    )
