"""The second stage of reports: the rest of the points and all the credit, when the case is closed (a step)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity import people, scheme
from kit import db
from kit.ids import new_id
from points import accounts, levels
from points.deciding import NUMBERS, Submission, open_case
from points.ledger import open_book
from points.paying import Till
from points.rules import RuleBook, rule_book
from points.stages import stage_points, stage_tenths

_FIND = db.load_sql(__file__, "find_acts")
_LOCK = "SELECT FROM points_participation WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_READ = db.load_sql(__file__, "read_first_stages")
_STAGES = """
    INSERT INTO points_award_stage (id, participation, stage, split, points, credit_tenths, awarded_at)
    SELECT line.id, line.participation, 2, line.split, line.points, line.tenths, $6
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::integer[])
        AS line (id, participation, split, points, tenths)
"""
_ADD = """
    UPDATE points_participation AS done
    SET points = done.points + line.points, code = 'awarded', decided_at = $3
    FROM unnest($1::uuid[], $2::integer[]) AS line (participation, points)
    WHERE done.id = line.participation
"""


@dataclass(frozen=True, slots=True)
class SecondStage:
    """A closed case for one reporter, and who has confirmed it."""

    person_id: UUID
    action: str
    occurrence: str
    occurred_at: datetime
    deciders: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class SecondPaid:
    """What came of it; the code is `awarded`, or why nothing was paid."""

    participation_id: UUID | None
    code: str
    points: int = 0
    balance_after: int | None = None


async def pay_second_stages(wanted: Sequence[SecondStage], *, at: datetime) -> list[SecondPaid]:
    """Pay the second stages of these acts, in one book (a step)."""
    book = await rule_book()
    keys = await _act_keys(wanted, book)
    acts = await db.current().fetch(_FIND, [each.person_id for each in wanted], keys)
    await db.current().execute(_LOCK, [row["id"] for row in acts])
    rows = await db.current().fetch(_READ, [row["id"] for row in acts])
    found = {(row["person_id"], row["act_key"]): row for row in rows}
    numbers = await scheme.numbers(*NUMBERS)
    people_with = [accounts.person(row["person_id"]) for row in rows]
    results: list[SecondPaid] = []
    stages: list[tuple[UUID, UUID, str, int, int]] = []
    async with open_book(people_with, at=at) as ledger:
        till = Till(ledger, numbers["points.expiry_months"], numbers["points.recovery_share"])
        for each, key in zip(wanted, keys, strict=True):
            row = found.get((each.person_id, key))
            refusal = _refusal(each, row, book, numbers["points.two_people_from"])
            if row is None or refusal is not None:
                results.append(SecondPaid(row["id"] if row else None, refusal or "no_first_stage"))
                continue
            del found[each.person_id, key]  # the same act twice in one call is paid once
            results.append(_pay(each, row, book, till, stages))
        await _write(stages, at)
        await till.write()
    return results


async def _act_keys(wanted: Sequence[SecondStage], book: RuleBook) -> list[str | None]:
    known = await people.find_standings(list({each.person_id for each in wanted}))
    return [
        open_case(
            Submission(
                person_id=each.person_id,
                action=each.action,
                occurred_at=each.occurred_at,
                occurrence=each.occurrence,
                source="event",
            ),
            known.get(each.person_id),
            book,
        ).act_key
        for each in wanted
    ]


def _refusal(wanted: SecondStage, row: db.Row | None, book: RuleBook, two_people_from: int) -> str | None:
    if row is None or row["action"] != wanted.action:
        return "no_first_stage"
    if row["has_second"]:
        return "duplicate"
    worth = book.action(wanted.action).version(row["rule_version_id"]).points * row["units"]
    if worth >= two_people_from and len(wanted.deciders | set(row["deciders"])) < levels.TWO:
        return "two_people_needed"
    return None


def _pay(
    wanted: SecondStage, row: db.Row, book: RuleBook, till: Till, stages: list[tuple[UUID, UUID, str, int, int]]
) -> SecondPaid:
    action = book.action(wanted.action)
    rule = action.version(row["rule_version_id"])
    points = stage_points(rule.points * row["units"], row["split"], 2)
    tenths = stage_tenths(rule.credit_tenths * row["units"], row["split"], 2)
    reference = new_id()
    stages.append((reference, row["id"], row["split"], points, tenths))
    if not points:  # a "me too" has its one point already
        return SecondPaid(row["id"], "awarded", 0, till.book.balance(accounts.person(wanted.person_id)))
    _, balance = till.pay(
        account=accounts.person(wanted.person_id),
        participation_id=row["id"],
        reference=reference,
        points=points,
        tenths=tenths,
        action=action,
        rule=rule,
    )
    return SecondPaid(row["id"], "awarded", points, balance)


async def _write(stages: list[tuple[UUID, UUID, str, int, int]], at: datetime) -> None:
    if stages:
        columns = [list(column) for column in zip(*stages, strict=True)]
        await db.current().execute(_STAGES, *columns, at)
        await db.current().execute(_ADD, columns[1], columns[3], at)
