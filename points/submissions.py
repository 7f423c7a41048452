"""Taking submissions: from whatever door, one or a thousand, they are decided and written here (a step).

What is read: the people, the rules of the day, their ledger accounts (locked, in one book, households' too where the
caps count households), the acts and references that exist, the usage of the caps. What is written: a participation
each, with its decision; for an award its transfer; one usage row a subject and month. Each of them in one statement.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import asyncpg

from identity import people, scheme
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


class Taken(NamedTuple):
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
    known = await people.find_people(list({each.person_id for each in submissions}))
    cases = [open_case(each, known.get(each.person_id), rules) for each in submissions]
    wanted = _accounts(cases)
    results: list[Taken] = []
    for part in _parts(cases):
        async with open_book(wanted, at=at) as book:
            await _read(part, desk)
            till = Till(book, numbers["points.expiry_months"], numbers["points.recovery_share"])
            work = _Work(desk, till, await _references(part, caller_id))
            results += [work.take(case) for case in part]
            await work.write(caller_id)
    return results


def _parts(cases: Sequence[Case]) -> list[Sequence[Case]]:
    """Cut where an act comes again as another action of its group: the later replaces what must be written by then."""
    cuts, acts = [0], dict[tuple[UUID, str], str]()
    for place, case in enumerate(cases):
        act = (case.submission.person_id, case.act_key)
        if acts.setdefault(act, case.action.code) != case.action.code:
            cuts.append(place)
            acts = {act: case.action.code}
    return [cases[start:end] for start, end in pairwise([*cuts, len(cases)])]


def _accounts(cases: Sequence[Case]) -> list[accounts.Account]:
    """The person's account of each case, and the household's where the caps count it: it keeps others waiting."""
    wanted = [case.account for case in cases if case.person is not None]
    households = {case.subject for case in cases if case.person is not None and case.subject != case.person.id}
    return wanted + [accounts.household(each) for each in households]


async def _read(cases: Sequence[Case], desk: Desk) -> None:
    """Read the acts that count already, and the usage of everybody concerned."""
    rows = await db.current().fetch(
        _ACTS, [case.submission.person_id for case in cases], [case.act_key for case in cases]
    )
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
        wanted.append(usage.Wanted(subject, row["person_id"], action.code, action.number, rule, row["occurred_on"]))
    desk.tallies = await usage.read_tallies(wanted)


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
        self._rows: list[tuple[object, ...]] = []
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
        if ruling.use is not None and case.rule is not None:
            worth = case.rule.points * ruling.use.units
            live = Live(participation_id, case.action.code, case.subject, ruling.use, worth)
            self._desk.acts[person.id, case.act_key] = live
        if ruling.replaces is not None:
            self._replaced.append(ruling.replaces.id)
        self._rows.append(_row(case, ruling, participation_id))
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
        await usage.write_tallies(self._desk.tallies)
        await self._till.write()


def _row(case: Case, ruling: Ruling, participation_id: UUID) -> tuple[object, ...]:
    """One line of `sql/insert_participations.sql`."""
    submission, person, rule = case.submission, case.person, case.rule
    use = ruling.use or _NO_USE
    return (
        participation_id,
        submission.person_id,
        case.subject if case.subject != submission.person_id else None,
        person.area_id if person is not None else None,
        case.action.code,
        rule.id if rule is not None else None,
        submission.occurred_at,
        case.occurred_on,
        case.act_key,
        submission.quantity,
        use.units,
        ruling.points,
        use.points,
        ruling.state,
        ruling.code,
        ruling.next_eligible_on,
        submission.source,
        submission.reference,
        ruling.levels,
        submission.note,
        submission.place,
    )


_NO_USE = Use(date.min, 0, 0, 0)


async def _insert(rows: list[tuple[object, ...]], at: datetime, caller_id: UUID | None) -> None:
    if not rows:
        return
    rows.sort(key=_reference_of)
    columns = [list(column) for column in zip(*rows, strict=True)]
    tag = await db.current().execute(_INSERT, *columns[:17], at, caller_id, *columns[17:])
    if tag != f"INSERT 0 {len(rows)}":
        raise TakenMeanwhile


def _reference_of(row: tuple[object, ...]) -> str:
    return str(row[17] or "")


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
