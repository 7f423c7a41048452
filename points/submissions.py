"""Taking submissions: from whatever door, one or a thousand, they are decided and written here (a step).

What is read: the people, the rules of the day, their ledger accounts (locked, in one book, households' too where the
caps count households), the acts and references that exist, the usage of the caps. What is written: a participation
each, with its decision; for an award its transfer, and its use in the account. Each of them in one statement.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

import asyncpg
import msgspec

from identity import households, people, scheme
from kit import db
from kit.clock import business_day
from kit.ids import new_id
from points import accounts, usage
from points.caps import Use
from points.deciding import NUMBERS, Case, Desk, Live, Ruling, Submission, decide, open_case
from points.decisions import Decision, write_decisions
from points.ledger import Book, open_book
from points.paying import Till, read_paid, take_back
from points.rules import Rule, RuleBook
from points.stages import is_two_stage

_ACTS = db.load_sql(__file__, "find_acts")
_REFERENCES = db.load_sql(__file__, "find_references")
_INSERT = db.load_sql(__file__, "insert_participations")
_STAGES = """
    INSERT INTO points_award_stage (id, participation, stage, split, points, credit_tenths, awarded_at)
    SELECT line.id, line.participation, 1, line.split, line.points, 0, $5
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[]) AS line (id, participation, split, points)
"""
_REPLACE = """
    UPDATE points_participation SET state = 'voided', code = 'replaced_by_higher', points = 0, decided_at = $2
    WHERE id = ANY ($1::uuid[])
"""


class TakenMeanwhile(asyncpg.SerializationError):  # type: ignore[misc]
    """Another transaction wrote one of these references between our look and our insert: the flow is tried again."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What came of one submission. `participation_id` is None where no row was written for it."""

    submission: Submission
    participation_id: UUID | None
    state: str
    code: str
    points: int
    balance_after: int | None
    rule: Rule | None
    ruling: Ruling


async def take_submissions(
    submissions: Sequence[Submission], *, rules: RuleBook, at: datetime, caller_id: UUID | None = None
) -> list[Taken]:
    """Decide these submissions in their order, pay what is awarded and write everything (a step).

    A reference that the caller used before is answered `duplicate` and writes nothing.
    """
    numbers = await scheme.numbers(*NUMBERS)
    desk = Desk(at=at, today=business_day(at), numbers=numbers, book=rules)
    known = await people.find_standings(list({each.person_id for each in submissions}))
    cases = [open_case(each, known.get(each.person_id), rules) for each in submissions]
    await _find_households(cases)
    wanted = _accounts(cases)
    results: list[Taken] = []
    for part in _parts(cases):
        async with open_book(wanted, at=at) as book:
            await _read(book, part, desk)
            till = Till(book, numbers["points.expiry_months"], numbers["points.recovery_share"])
            work = _Work(desk, till, await _references(part, caller_id))
            results += [work.take(case) for case in part]
            await work.write(caller_id)
    return results


async def _find_households(cases: Sequence[Case]) -> None:
    """Name the household where the rule counts it and not the person."""
    counted = [case for case in cases if case.rule is not None and case.rule.household]
    if counted:
        homes = await households.households_of([case.submission.person_id for case in counted])
        for case in counted:
            case.household_id = homes.get(case.submission.person_id)


def _parts(cases: Sequence[Case]) -> list[Sequence[Case]]:
    """Cut where an act comes again as another action of its group: the later replaces what must be written by then."""
    cuts, acts = [0], dict[tuple[UUID, str], str]()
    for place, case in enumerate(cases):
        if case.act_key is None:
            continue
        act = (case.submission.person_id, case.act_key)
        if acts.setdefault(act, case.action.code) != case.action.code:
            cuts.append(place)
            acts = {act: case.action.code}
    return [cases[start:end] for start, end in pairwise([*cuts, len(cases)])]


def _accounts(cases: Sequence[Case]) -> list[accounts.Account]:
    """The person's account of each case, and the household's where the caps count it: it keeps others waiting."""
    wanted = [case.account for case in cases if case.person is not None]
    counted = {case.household_id for case in cases if case.household_id is not None}
    return wanted + [accounts.household(each) for each in counted]


async def _read(book: Book, cases: Sequence[Case], desk: Desk) -> None:
    """Read the acts that count already, and the usage of everybody concerned."""
    sought = [case for case in cases if case.act_key is not None]
    rows = await _acts(sought) if sought else ()
    wanted = [
        usage.Wanted(case.subject, case.person.id, case.action.code, case.action.number, case.rule, case.occurred_on)
        for case in cases
        if case.person is not None and case.rule is not None
    ]
    for row in rows:
        action = desk.book.actions[row["action"]]
        rule = action.version(row["rule_version_id"])
        subject = row["household_id"] or row["person_id"]
        use = Use(row["occurred_on"], action.number, row["units"], row["counted"])
        live = Live(row["id"], action.code, subject, use, rule.points * row["units"])
        desk.acts[row["person_id"], row["act_key"]] = live
        if subject == row["person_id"]:
            wanted.append(usage.Wanted(subject, subject, action.code, action.number, rule, row["occurred_on"]))
    desk.tallies = await usage.read_tallies(book, wanted)


async def _acts(cases: Sequence[Case]) -> Sequence[db.Row]:
    person_ids, keys = [case.submission.person_id for case in cases], [case.act_key for case in cases]
    rows: Sequence[db.Row] = await db.current().fetch(_ACTS, person_ids, keys)
    return rows


async def _references(cases: Sequence[Case], caller_id: UUID | None) -> dict[str, UUID]:
    if caller_id is None:
        return {}
    rows = await db.current().fetch(_REFERENCES, caller_id, [case.submission.reference for case in cases])
    return {row["reference"]: row["id"] for row in rows}


class _Work:
    """The decisions of one call, as they are made, and the rows that they become."""

    def __init__(self, desk: Desk, till: Till, references: dict[str, UUID]) -> None:
        self._desk = desk
        self._till = till
        self._references = references
        self._rows: list[_Row] = []
        self._stages: list[tuple[UUID, UUID, str, int]] = []
        self._replaced: list[UUID] = []

    def take(self, case: Case) -> Taken:
        """Decide one submission and pay it."""
        submission, person = case.submission, case.person
        if submission.reference is not None and submission.reference in self._references:
            earlier = self._references[submission.reference]
            return self._taken(case, Ruling("refused", "duplicate"), earlier, self._balance(case))
        ruling = decide(case, self._desk)
        if person is None:
            return self._taken(case, ruling, None, None)
        participation_id = new_id()
        if submission.reference is not None:
            self._references[submission.reference] = participation_id
        balance = self._balance(case)
        if ruling.state == "awarded" and case.rule is not None:
            balance = self._pay(case, case.rule, ruling, participation_id)
        if ruling.use is not None and case.rule is not None and case.act_key is not None:
            worth = case.rule.points * ruling.use.units
            live = Live(participation_id, case.action.code, case.subject, ruling.use, worth)
            self._desk.acts[person.id, case.act_key] = live
        if ruling.replaces is not None:
            self._replaced.append(ruling.replaces.id)
        self._rows.append(_Row(participation_id, case, ruling))
        return self._taken(case, ruling, participation_id, balance)

    def _pay(self, case: Case, rule: Rule, ruling: Ruling, participation_id: UUID) -> int:
        submission = case.submission
        reference = participation_id
        if submission.stage == 1 and is_two_stage(case.action.code):
            reference = new_id()
            self._stages.append((reference, participation_id, submission.split, ruling.points))
        _, balance = self._till.pay(
            account=case.account,
            participation_id=participation_id,
            reference=reference,
            points=ruling.points,
            tenths=ruling.tenths,
            action=case.action,
            rule=rule,
        )
        return balance

    def _balance(self, case: Case) -> int | None:
        return None if case.person is None else self._till.book.balance(case.account)

    @staticmethod
    def _taken(case: Case, ruling: Ruling, participation_id: UUID | None, balance: int | None) -> Taken:
        points = ruling.points if ruling.state == "awarded" else 0
        return Taken(case.submission, participation_id, ruling.state, ruling.code, points, balance, case.rule, ruling)

    async def write(self, caller_id: UUID | None) -> None:
        """Write the rows; the transfers follow when the book is closed."""
        if self._replaced:
            await _void_replaced(self._till.book, self._replaced)
        await _insert(self._rows, self._desk.at, caller_id)
        if self._stages:
            columns = [list(column) for column in zip(*self._stages, strict=True)]
            await db.current().execute(_STAGES, *columns, self._desk.at)
        await usage.write_tallies(self._till.book, self._desk.tallies)
        await self._till.write()


class _Row(msgspec.Struct, frozen=True, gc=False):
    """A participation as it is written."""

    id: UUID
    case: Case
    ruling: Ruling


_NO_USE = Use(date.min, 0, 0, 0)


async def _insert(rows: list[_Row], at: datetime, caller_id: UUID | None) -> None:
    """Write the participations, in the order of their references: two calls that bring the same ones never deadlock."""
    if not rows:
        return
    rows.sort(key=lambda row: row.case.submission.reference or "")
    try:
        await db.current().execute(_INSERT, at, caller_id, *_columns(rows))
    except asyncpg.UniqueViolationError as taken:
        raise TakenMeanwhile from taken


def _columns(rows: list[_Row]) -> list[object]:
    """The columns of `points_participation`, each as one parameter, in the order of `insert_participations.sql`."""
    cases, rulings = [row.case for row in rows], [row.ruling for row in rows]
    submissions = [case.submission for case in cases]
    uses = [ruling.use or _NO_USE for ruling in rulings]
    words = [
        (case.action.code, ruling.state, ruling.code, case.submission.source, ruling.levels)
        for case, ruling in zip(cases, rulings, strict=True)
    ]
    return [
        db.array([row.id for row in rows]),
        db.array([each.person_id for each in submissions]),
        db.array([case.household_id for case in cases]),
        db.array([case.person.area_id if case.person is not None else None for case in cases]),
        db.array([case.rule.id if case.rule is not None else None for case in cases]),
        db.array([each.occurred_at for each in submissions]),
        db.array([case.occurred_on for case in cases]),
        [case.act_key for case in cases],
        db.numbers([each.quantity for each in submissions]),
        db.numbers([use.units for use in uses]),
        db.numbers([ruling.points for ruling in rulings]),
        db.numbers([use.points for use in uses]),
        db.array([ruling.next_eligible_on for ruling in rulings]),
        [each.reference for each in submissions],
        [each.note for each in submissions],
        [each.place for each in submissions],
        *db.shared(words, 5),
    ]


async def _void_replaced(book: Book, participation_ids: list[UUID]) -> None:
    """Take back lower awards of an exclusive group for which a higher one is paid."""
    stages = await db.current().fetch(
        "UPDATE points_award_stage SET reversed_at = $2 WHERE participation = ANY ($1::uuid[]) AND reversed_at IS NULL"
        " RETURNING id",
        *(participation_ids, book.at),
    )
    await take_back(book, await read_paid([*participation_ids, *(row["id"] for row in stages)]))
    await db.current().execute(_REPLACE, participation_ids, book.at)
    await write_decisions(
        [Decision(participation_id=each, outcome="reversed", code="replaced_by_higher") for each in participation_ids],
        at=book.at,
    )
