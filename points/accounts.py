"""Ledger accounts: who may hold value, and the system accounts whose sums are derived.

A person's or a merchant's account is a row with a version and a balance. A system account has no row, so that no
two awards ever wait for each other on it; its sum is derived from the transfers. A budget line is its own row in
`points_budget_line`.
"""

from typing import Final, Literal, NamedTuple
from uuid import UUID

from kit.ids import derived_id, id_of

Asset = Literal["points", "fen"]
POINTS: Final = "points"
FEN: Final = "fen"
PERSON: Final = "person"


class Account(NamedTuple):
    """One ledger account; `held` accounts have a row, a version and a floor of zero."""

    id: UUID
    kind: str
    asset: Asset
    owner_id: UUID | None = None

    @property
    def held(self) -> bool:
        """Whether somebody holds the value: the account then has a balance of its own."""
        return self.owner_id is not None


def person(person_id: UUID) -> Account:
    """A resident's points; the account has the person's own id."""
    return Account(person_id, PERSON, POINTS, person_id)


def household(household_id: UUID) -> Account:
    """What a household has pooled."""
    return Account(household_id, "household", POINTS, household_id)


def merchant(merchant_id: UUID) -> Account:
    """What the county owes a merchant (合作商户应付), in fen; the account has the merchant's own id."""
    return Account(merchant_id, "merchant", FEN, merchant_id)


def worker(person_id: UUID) -> Account:
    """The cash bonus that is owed to a person, in fen."""
    return Account(derived_id("worker payable", person_id), "worker", FEN, person_id)


def budget_line(line_id: UUID) -> Account:
    """A budget line of a town, a sponsor or the bonus scheme, in fen; it has its own row and stops hard."""
    return Account(line_id, "budget_line", FEN)


def _system(number: int, kind: str, asset: Asset) -> Account:
    return Account(id_of(number.to_bytes(16)), kind, asset)


ISSUE: Final = _system(1, "issue", POINTS)
ESCROW: Final = _system(2, "escrow", POINTS)
REDEEMED: Final = _system(3, "redeemed", POINTS)
EXPIRED: Final = _system(4, "expired", POINTS)
GIVEN: Final = _system(5, "given", POINTS)
CLEARING: Final = _system(6, "clearing", FEN)

SYSTEM: Final = (ISSUE, ESCROW, REDEEMED, EXPIRED, GIVEN, CLEARING)
