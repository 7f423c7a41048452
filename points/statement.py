"""A resident's statement: the movements of a month with their sums, why each was made, and the credit to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from identity import scheme
from identity.actor import Actor
from kit import db, files
from kit.clock import business_day, day_start
from kit.refusals import NotFound
from points import credit_score, months, queries
from points.credit_score import LEVEL_NAMES, LEVEL_STARTS, CountedEvent, Score
from points.rules import Action, Rule, rule_book

_ENTRIES = db.load_sql(__file__, "month_entries")
_SUMS = db.load_sql(__file__, "month_sums")
_ENTRY = db.load_sql(__file__, "read_entry")
_STEPS = """
    SELECT level, decided_at FROM points_decision
    WHERE participation_id = $1 AND outcome = 'accepted' AND level IS NOT NULL ORDER BY step, decided_at
"""
_PENDING = """
    SELECT done.id, done.points, done.submitted_at, action.name_zh AS label_zh, action.name_en AS label_en
    FROM points_participation AS done JOIN points_action AS action ON action.code = done.action
    WHERE done.person_id = $1 AND done.state = 'pending' ORDER BY done.id DESC LIMIT $2
"""
_MONTHS_AHEAD = (1, 3, 6, 9, 12)


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What came and what went in a month."""

    month: date
    came: int
    went: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A movement of points with everything behind it; what it has nothing of is None or empty."""

    row: db.Row
    expires: Sequence[tuple[date, int]]
    """When the points that it brought expire; some may have been spent since."""
    action: Action | None
    rule: Rule | None
    participation: db.Row | None
    pictures: Sequence[UUID]
    verified: Sequence[db.Row]
    """The levels that confirmed it, and when: never who."""


@dataclass(frozen=True, slots=True)
class CategorySum:
    """A category of the score: what its events bring, and what of it counts."""

    category: str
    tenths: int
    counted: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAccount:
    """Today's score with everything that makes it, and what becomes of it if nothing is added."""

    score: Score
    on: date
    ceiling: int
    counting: Sequence[CountedEvent]
    over: Sequence[CountedEvent]
    categories: Sequence[CategorySum]
    forecast: Sequence[tuple[date, Score]]
    actions: dict[str, Action]

    @property
    def level(self) -> int:
        """The level as a number."""
        return credit_score.level_number(self.score.level)

    @property
    def starts(self) -> int:
        """Where this level begins."""
        return LEVEL_STARTS[self.level - 1]

    @property
    def next_starts(self) -> int | None:
        """Where the next level begins; None on the highest."""
        return LEVEL_STARTS[self.level] if self.level < len(LEVEL_STARTS) else None


LEVELS = tuple((code, start) for code, start in zip(LEVEL_NAMES, LEVEL_STARTS, strict=True))
"""Every level with where it begins."""


async def month_sums(person_id: UUID) -> list[MonthSum]:
    """The months in which something moved, the newest first."""
    return [MonthSum(row["month"], row["came"], row["went"]) for row in await db.fetch(_SUMS, person_id)]


async def month_entries(person_id: UUID, month: date, *, below: int | None, limit: int) -> Sequence[db.Row]:
    """The movements of a month, the newest first, from below a version on."""
    first = months.month_number(month)
    begins, ends = (day_start(months.first_day(each)) for each in (first, first + 1))
    return await db.fetch(_ENTRIES, person_id, begins, ends, queries.NEWEST if below is None else below, limit)


async def pending(person_id: UUID, limit: int) -> list[db.Row]:
    """What waits to be verified and brings points then, the newest first, with the action's name."""
    return list(await db.fetch(_PENDING, person_id, limit))


async def explain_entry(actor: Actor, transfer_id: UUID) -> Explained:
    """Why a movement of the actor's own points was made; for anybody else's there is none."""
    row = await db.fetchrow(_ENTRY, transfer_id, actor.id)
    if row is None:
        raise NotFound
    action = (await rule_book()).actions.get(row["action"]) if row["action"] else None
    participation, pictures, verified = None, [], []
    if row["fact_kind"] == "participation":
        participation = await queries.read_participation(actor, row["fact_id"])
        pictures = [each.id for each in await files.rows_of("participation", row["fact_id"])]
        verified = list(await db.fetch(_STEPS, row["fact_id"]))
    held = months.from_row(row["first_month"], row["by_month"])
    return Explained(
        row=row,
        expires=[(months.last_day(month), points) for month, points in sorted(held.items())],
        action=action,
        rule=action.version(row["rule_version_id"]) if action is not None else None,
        participation=participation,
        pictures=pictures,
        verified=verified,
    )


async def credit_account(person_id: UUID, moment: datetime) -> CreditAccount:
    """The credit of a person, line by line, and its forecast."""
    today = business_day(moment)
    ceiling = await scheme.number("credit.category_ceiling")
    events = (await queries.credit_events([person_id]))[person_id]
    counted = credit_score.counted_events(events, today, ceiling=ceiling)
    counting = [each for each in counted if each.event.counts(today)]
    days = [credit_score.add_months(today, ahead) for ahead in _MONTHS_AHEAD]
    return CreditAccount(
        score=credit_score.score(events, today, ceiling=ceiling),
        on=today,
        ceiling=ceiling,
        counting=counting[::-1],
        over=[each for each in counted if not each.event.counts(today)][::-1],
        categories=_by_category(counting),
        forecast=[(day, credit_score.score(events, day, ceiling=ceiling)) for day in days],
        actions=(await rule_book()).actions,
    )


def _by_category(counting: Sequence[CountedEvent]) -> list[CategorySum]:
    """What each category brings, the one that brings most first."""
    sums: dict[str, list[int]] = {}
    for each in counting:
        brought = sums.setdefault(each.event.category, [0, 0])
        brought[0] += each.event.tenths
        brought[1] += each.counted
    found = [CategorySum(category, tenths, counted, counted < tenths) for category, (tenths, counted) in sums.items()]
    return sorted(found, key=lambda each: (-each.counted, each.category))
