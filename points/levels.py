"""Verifier levels: whose verification an award needs, in which order, and which roles give which level. Pure.

V0 is the system, V1 a micro-grid head or organiser, V2 a grid worker, V3 a village, V4 a town, V5 the county.
"""

from collections.abc import Mapping
from typing import Final

LEVEL_OF_ROLE: Final[Mapping[str, int]] = {
    "micro_grid_head": 1,
    "organiser": 1,
    "grid_worker": 2,
    "village_verifier": 3,
    "town_verifier": 4,
    "county_verifier": 5,
}
VERIFIER_ROLES: Final = tuple(LEVEL_OF_ROLE)
TOWN: Final = 4
TWO: Final = 2


def needed(verified_by: str, points: int, two_people_from: int) -> str:
    """The levels still to be filled by people, in order, as digits: `V2+V4` gives `24`, `V0` gives nothing.

    The system's own check (V0) is done when a thing is handed in. An award of 100 points and more takes two people:
    a single level is then filled twice, and where the system alone verifies, the town twice.
    """
    people = verified_by.replace("V", "").replace("+", "").replace("0", "")
    if points >= two_people_from and len(people) < TWO:
        people = (people or str(TOWN)) * TWO
    return people


def text(levels: str) -> str:
    """The levels as the catalogue writes them."""
    return "+".join(f"V{each}" for each in levels) or "V0"
