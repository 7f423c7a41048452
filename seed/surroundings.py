"""What every part of the seed works with: the draw, the calendar of the half year, and the town as far as it stands."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

from identity.actor import Actor
from kit.clock import SHANGHAI
from seed.offices import Cast
from seed.people import Resident

HISTORY_DAYS, PILOT_DAYS = 183, 800
SYSTEM: Final = Actor.system("seed")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the demo town; the last one is yesterday, so that nothing lies in the future."""

    now: datetime

    def ago(self, days: float, clock: str = "10:00") -> datetime:
        """So many days ago, at this time in Shanghai."""
        day = (self.now - timedelta(days=days)).astimezone(SHANGHAI).date()
        return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)

    @property
    def opening(self) -> datetime:
        """When the half year began."""
        return self.ago(HISTORY_DAYS, "08:00")

    @property
    def founding(self) -> datetime:
        """When a pilot began, years before: its points are old enough to expire."""
        return self.ago(PILOT_DAYS, "08:00")


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with its first till and the people who work there."""

    id: UUID
    key: str
    owner: Actor
    clerk: Actor
    outlet_id: UUID
    till_id: UUID


@dataclass(slots=True)
class Town:
    """The demo town while it is being built."""

    seed: int
    calendar: Calendar
    areas: dict[str, UUID] = field(default_factory=dict)
    residents: list[Resident] = field(default_factory=list)
    cast: Cast = field(default_factory=Cast)
    shops: dict[str, Shop] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    keen: list[Resident] = field(default_factory=list)
    """Those who take part the most."""
    integration: Actor = SYSTEM
    """The other system that sends awards, and its key."""
    api_key: str = ""

    def draw(self, purpose: str) -> Random:
        """A generator of its own for each part, so that changing one part leaves the others as they were."""
        return Random(f"{purpose} {self.seed}")

    @property
    def earners(self) -> list[Resident]:
        """Those who are old enough to take part."""
        this_year = self.calendar.now.year
        return [each for each in self.residents if this_year - each.birth_year >= 14]  # noqa: PLR2004 - an age
