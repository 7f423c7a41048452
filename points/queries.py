"""Reads of the points domain, as rows and values ready for a page or an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from identity import scheme
from identity.actor import Actor
from identity.people import find_people
from kit import clock, db
from kit.clock import business_day
from kit.refusals import NotFound
from points import caps, credit_score, months
from points.credit_score import CreditEvent, Score
from points.levels import LEVEL_OF_ROLE, VERIFIER_ROLES
from points.rules import Action, Rule, rule_book
from points.usage import read_this_year

_EVENTS = db.load_sql(__file__, "credit_events")
_WALLET = db.load_sql(__file__, "wallet")
_ENTRIES = db.load_sql(__file__, "entries")
_QUEUE = db.load_sql(__file__, "verification_queue")
_FIGURES = f"""
    SELECT action, count(*)::int AS waiting, min(submitted_at) AS oldest FROM ({_QUEUE}) AS queue
    GROUP BY action ORDER BY waiting DESC, action
"""
_BALANCES = """
    SELECT id, balance, first_month, by_month FROM points_account
    WHERE id = ANY ($1::uuid[]) AND asset = 'points'
"""
NEWEST = 2_147_483_647
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What of a queue is asked for."""

    action: str | None = None
    area_path: str | None = None
    handed_in_before: datetime | None = None


EVERYTHING = QueueFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """How much of an action waits, and since when; counting stops at the most that is counted."""

    action: str
    waiting: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """The numbers of a resident, never mixed: what he can spend, what is on its way, honour, hours."""

    balance: int
    waiting: int
    """How many acts wait to be verified; `pending` is what they would bring."""
    pending: int
    recovery: int
    honour: int
    hours: int
    expiring: Sequence[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Offer:
    """An action with the rule that holds for somebody today, and what is left of its caps."""

    action: Action
    rule: Rule
    left_today: int | None
    left_this_month: int | None


async def now() -> datetime:
    """The moment at which value is shown: the one at which it would be decided."""
    moment: datetime = await db.fetchval("SELECT kit_value_time()")
    return moment


async def wallet(person_id: UUID, at: datetime | None = None) -> Wallet:
    """What a resident has; points that have expired are gone from it, whether or not the job has run."""
    moment = at or await now()
    today = business_day(moment)
    row = await db.fetchrow(_WALLET, person_id)
    held = _spendable(row, today) if row is not None else {}
    return Wallet(
        balance=sum(held.values()),
        waiting=row["waiting"] if row is not None else 0,
        pending=row["pending"] if row is not None else 0,
        recovery=row["recovery"] if row is not None else 0,
        honour=row["honour"] if row is not None else 0,
        hours=row["hours"] if row is not None else 0,
        expiring=[(months.last_day(month), points) for month, points in sorted(held.items())],
    )


def _spendable(row: db.Row, today: date) -> dict[int, int]:
    this_month = months.month_number(today)
    held = months.from_row(row["first_month"], row["by_month"])
    return {month: points for month, points in held.items() if month >= this_month}


async def balances(person_ids: Sequence[UUID], at: datetime | None = None) -> dict[UUID, int]:
    """What these people can spend now; who has no account yet has nothing."""
    today = business_day(at or await now())
    rows = await db.fetch(_BALANCES, list(person_ids))
    found = {row["id"]: sum(_spendable(row, today).values()) for row in rows}
    return {person_id: found.get(person_id, 0) for person_id in person_ids}


async def entries(person_id: UUID, *, below: int | None, limit: int) -> Sequence[db.Row]:
    """A resident's transfers, the newest first, from below a version on."""
    return await db.fetch(_ENTRIES, person_id, NEWEST if below is None else below, limit)


async def credit_events(person_ids: Sequence[UUID]) -> dict[UUID, list[CreditEvent]]:
    """The contributions to these people's scores, withdrawn ones too."""
    events: dict[UUID, list[CreditEvent]] = {person_id: [] for person_id in person_ids}
    for row in await db.fetch(_EVENTS, list(person_ids)):
        events[row["person_id"]].append(
            CreditEvent(
                id=row["id"],
                action=row["action"],
                category=row["category"],
                tenths=row["tenths"],
                counts_from=row["counts_from"],
                counts_until=row["counts_until"],
                withdrawn_on=row["withdrawn_on"],
                rule_version_id=row["rule_version_id"],
                rule_version=row["rule_version"],
                verified_by=row["verified_by"],
            )
        )
    return events


async def credit_levels(person_ids: Sequence[UUID], on: date) -> dict[UUID, Score]:
    """The scores of these people on a day."""
    ceiling = await scheme.number("credit.category_ceiling")
    events = await credit_events(person_ids)
    return {person_id: credit_score.score(events[person_id], on, ceiling=ceiling) for person_id in person_ids}


async def credit_of(person_id: UUID, on: date) -> Score:
    """The score of one person on a day."""
    return (await credit_levels([person_id], on))[person_id]


async def counted_credit(person_id: UUID, on: date) -> tuple[Score, Sequence[credit_score.CountedEvent]]:
    """The score of one person on a day, with every event and what it counts."""
    ceiling = await scheme.number("credit.category_ceiling")
    events = (await credit_events([person_id]))[person_id]
    return (
        credit_score.score(events, on, ceiling=ceiling),
        credit_score.counted_events(events, on, ceiling=ceiling),
    )


async def offers(person_id: UUID, area_path: str) -> list[Offer]:
    """The catalogue as it holds for a person today: actions that are open, with what is left of their caps."""
    book = await rule_book()
    today = clock.business_day(await now())
    person = (await find_people([person_id])).get(person_id)
    household_id = person.household_id if person is not None else None
    tallies = await read_this_year([each for each in (person_id, household_id) if each is not None], today.year)
    found = []
    for action in book.actions.values():
        rule = action.rule(area_path, today)
        if action.enabled and rule is not None:
            subject = household_id if rule.household and household_id is not None else person_id
            found.append(Offer(action, rule, *caps.left(rule.caps, tallies[subject], action.number, today)))
    return found


async def verification_queue(
    actor: Actor, *, after: UUID | None, limit: int, wanted: QueueFilter = EVERYTHING
) -> Sequence[db.Row]:
    """What waits for a verification that this verifier may give, the oldest first."""
    return await db.fetch(_QUEUE, *_queue_of(actor, after, limit, wanted))


async def queue_figures(actor: Actor) -> list[QueueFigures]:
    """How much waits for this verifier, by action, the most of it first."""
    rows = await db.fetch(_FIGURES, *_queue_of(actor, None, MOST_COUNTED, EVERYTHING))
    return [QueueFigures(**row) for row in rows]


def _queue_of(actor: Actor, after: UUID | None, limit: int, wanted: QueueFilter) -> tuple[object, ...]:
    """The values of the queue's statement."""
    held = [role for role in actor.held(*VERIFIER_ROLES) if role.area_path is not None]
    return (
        [role.area_path for role in held],
        [LEVEL_OF_ROLE[role.role] for role in held],
        actor.id,
        actor.household_id,
        after,
        limit,
        wanted.action,
        wanted.area_path,
        wanted.handed_in_before,
    )


async def own_participations(person_id: UUID, *, before: UUID | None, limit: int) -> Sequence[db.Row]:
    """What a resident handed in himself or had handed in for him, the newest first."""
    return await db.fetch(db.load_sql(__file__, "own_participations"), person_id, before, limit)


async def read_participation(actor: Actor, participation_id: UUID) -> db.Row:
    """One participation, for its resident and for verifiers of his area; for anybody else there is none."""
    row = await db.fetchrow(db.load_sql(__file__, "read_participation"), participation_id)
    if row is None or not _is_for(actor, row):
        raise NotFound
    return row


async def sees_participation(actor: Actor, participation_id: UUID) -> bool:
    """Whether the actor may see a participation, and with it the pictures that prove it."""
    row = await db.fetchrow(db.load_sql(__file__, "read_participation"), participation_id)
    return row is not None and _is_for(actor, row)


def _is_for(actor: Actor, row: db.Row) -> bool:
    return row["person_id"] == actor.id or actor.covers(row["area_path"], *VERIFIER_ROLES)
