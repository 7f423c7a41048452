"""How one submission is decided: which rule it falls under, and whether it is awarded, pending or refused, and why.

Pure: everything it needs was read before, everything it changes (the tallies, the acts seen so far) is in memory, so
that several lines of one person in one call have the same effect as if they had come one after the other.

Values that are made for every line, here and on the way to the ledger, are msgspec Structs: a fifth of the price.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from identity.actor import covers
from identity.people import Standing
from kit.clock import business_day
from points import accounts, caps, levels
from points.accounts import Account
from points.rules import HOUR, Action, Rule, RuleBook
from points.stages import Split, Stage, is_two_stage, split_points, stage_points, stage_tenths

MOST_UNITS = 1_000
PEOPLES_DOORS = frozenset({"self", "integration"})
"""Doors whose acts may lie only some days back; upper packages and imports answer for theirs."""


class Submission(msgspec.Struct, kw_only=True, gc=False):
    """Something handed in through one of the doors.

    `occurrence` tells acts of one kind apart; None where the caller's reference does, which is taken once for ever.
    `verified` means that its verifiers (`verifiers` different people) have
    decided before it comes here; `within` is the territory of an integration, outside of which it knows nobody;
    `refused` carries a reason that the door itself found.
    """

    person_id: UUID
    action: str
    occurred_at: datetime
    occurrence: str | None
    source: str
    quantity: int = 1
    stage: Stage = 0
    split: Split = "full"
    verified: bool = False
    verifiers: int = 0
    backdated: bool = False
    within: str | None = None
    reference: str | None = None
    note: str | None = None
    place: str | None = None
    refused: str | None = None


class Live(msgspec.Struct, frozen=True, gc=False):
    """A participation that counts: pending or awarded."""

    id: UUID
    action: str
    subject: UUID
    use: caps.Use
    worth: int


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """What is decided about a submission. `points` and `tenths` are what it is given now, or would be."""

    state: str
    code: str
    points: int = 0
    tenths: int = 0
    use: caps.Use | None = None
    levels: str = ""
    next_eligible_on: date | None = None
    replaces: Live | None = None


class Case(msgspec.Struct, gc=False):
    """A submission with what it is decided by."""

    submission: Submission
    action: Action
    person: Standing | None
    rule: Rule | None
    occurred_on: date
    act_key: str | None
    account: Account
    household_id: UUID | None = None

    @property
    def subject(self) -> UUID:
        """Whom the caps count: the person, or his household where the rule says so."""
        return self.household_id or self.submission.person_id


@dataclass(slots=True, kw_only=True)
class Desk:
    """What the decisions of one transaction are made by."""

    at: datetime
    today: date
    numbers: dict[str, int]
    book: RuleBook
    tallies: dict[UUID, caps.Tally] = field(default_factory=dict)
    acts: dict[tuple[UUID, str], Live] = field(default_factory=dict)
    ceilings: caps.Ceilings = field(init=False)

    def __post_init__(self) -> None:
        """Know the global caps once for all decisions."""
        self.ceilings = caps.Ceilings(self.numbers["points.cap_day_global"], self.numbers["points.cap_month_global"])


NUMBERS = (
    "points.cap_day_global",
    "points.cap_month_global",
    "points.backdating_days",
    "points.two_people_from",
    "points.expiry_months",
    "points.recovery_share",
)


def open_case(submission: Submission, person: Standing | None, book: RuleBook) -> Case:
    """Find the rule of the day on which the act happened, where the person lives."""
    action = book.action(submission.action)
    if person is not None and submission.within is not None and not covers(submission.within, person.area_path):
        person = None
    occurred_on = business_day(submission.occurred_at)
    rule = action.rule(person.area_path, occurred_on) if person is not None else None
    act_key = None
    if submission.occurrence is not None:
        act_key = ((rule.exclusive_group if rule is not None else None) or action.code) + submission.occurrence
    return Case(submission, action, person, rule, occurred_on, act_key, accounts.person(submission.person_id))


def decide(case: Case, desk: Desk) -> Ruling:
    """Decide about one submission, and count what it uses."""
    code = case.submission.refused or _standing(case, desk)
    rule = case.rule
    if code is not None or rule is None:
        return Ruling("refused", code or "rule_not_in_force")
    submission = case.submission
    units = submission.quantity if rule.per == HOUR else 1
    whole = split_points(rule.points * units, submission.split)
    if _lacks_people(submission, whole, desk):
        return Ruling("refused", "two_people_needed")
    use = caps.Use(case.occurred_on, case.action.number, units, whole if rule.counts_to_global_cap else 0)
    live = desk.acts.get((submission.person_id, case.act_key)) if case.act_key is not None else None
    if live is not None and (live.action == case.action.code or live.worth >= whole or not _can_replace(live, case)):
        return Ruling("refused", "duplicate" if live.action == case.action.code else "exclusive_group")
    if live is not None:
        desk.tallies[live.subject].remove(live.use)
    tally, personal = desk.tallies[case.subject], desk.tallies[submission.person_id]
    reached = caps.check(rule.caps, desk.ceilings, tally, personal, use)
    if reached is not None:
        if live is not None:
            desk.tallies[live.subject].add(live.use)
        soonest = reached.next_eligible_on and max(reached.next_eligible_on, desk.today)
        return Ruling("refused", reached.code, next_eligible_on=soonest)
    tally.add(use)
    return _given(case, desk, whole, use, live)


def _can_replace(live: Live, case: Case) -> bool:
    """A lower award of the group gives way, unless an earlier rule counted it for a household."""
    return live.subject == case.submission.person_id


def _given(case: Case, desk: Desk, whole: int, use: caps.Use, replaces: Live | None) -> Ruling:
    submission, rule = case.submission, case.rule
    if rule is None:
        return Ruling("refused", "rule_not_in_force")
    levels_needed = "" if submission.verified else _levels(submission, rule, whole, desk)
    state = "pending" if levels_needed else "awarded"
    stage: Stage = submission.stage if is_two_stage(case.action.code) else 0
    points = stage_points(rule.points * use.units, submission.split, stage)
    tenths = stage_tenths(rule.credit_tenths * use.units, submission.split, stage)
    return Ruling(state, state, points, tenths, use, levels_needed, replaces=replaces)


def _levels(submission: Submission, rule: Rule, whole: int, desk: Desk) -> str:
    """Whose verification is still needed; what comes verified on paper needs two people only from 100 points on."""
    two_people_from = desk.numbers["points.two_people_from"]
    if submission.backdated and whole < two_people_from:
        return ""
    return levels.needed(rule.verified_by, whole, two_people_from)


def _lacks_people(submission: Submission, whole: int, desk: Desk) -> bool:
    """An award of 100 points or more needs two people; a first stage is only a part, the second one asks again."""
    big = whole >= desk.numbers["points.two_people_from"]
    return big and submission.verified and submission.stage != 1 and submission.verifiers < levels.TWO


def _standing(case: Case, desk: Desk) -> str | None:
    """What speaks against the submission before its points are looked at."""
    if case.person is None:
        return "resident_unknown"
    if case.person.status != "active" or not case.person.resident:
        return "person_inactive"
    if not case.action.enabled:
        return "action_disabled"
    return _untimely(case, desk) or _unruly(case, case.person, desk)


def _untimely(case: Case, desk: Desk) -> str | None:
    submission = case.submission
    if submission.occurred_at > desk.at:
        return "in_future"
    if submission.backdated or submission.source not in PEOPLES_DOORS:
        return None
    oldest = desk.today - timedelta(days=desk.numbers["points.backdating_days"])
    return "too_old" if case.occurred_on < oldest else None


def _unruly(case: Case, person: Standing, desk: Desk) -> str | None:
    rule, quantity = case.rule, case.submission.quantity
    if rule is None:
        return "rule_not_in_force"
    if rule.discretionary and desk.book.pauses(person.area_path):
        return "discretionary_closed"
    if not 1 <= quantity <= MOST_UNITS or (quantity != 1 and rule.per != HOUR):
        return "quantity_not_counted"
    return None
