"""What has been used of the caps: one row a subject and month, read and written for many at once (steps).

The rows need no lock of their own: whoever writes one holds the ledger account of its subject (a household's own
account for a household), so that two claims at the boundary of a cap decide one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import md5
from typing import NamedTuple
from uuid import UUID

from kit import db
from points.caps import MonthTally, Tally, Use, months_needed
from points.months import month_number
from points.rules import Rule

_READ = db.load_sql(__file__, "read_usage")
_WRITE = db.load_sql(__file__, "write_usage")
_EVER = db.load_sql(__file__, "count_ever")


class Wanted(NamedTuple):
    """Whose tallies an act of a rule needs: those of the caps' subject, and the person's own."""

    subject: UUID
    person_id: UUID
    action: str
    number: int
    rule: Rule
    day: date


def usage_id(subject: UUID, month: int) -> UUID:
    """The row of a subject and a month: a digest that PostgreSQL makes alike and that costs an award nearly nothing."""
    return UUID(bytes=md5(subject.bytes + month.to_bytes(4), usedforsecurity=False).digest())


async def read_tallies(wanted: Iterable[Wanted]) -> dict[UUID, Tally]:
    """The tallies that decide about these acts, by subject; the subjects' accounts are locked before."""
    tallies: dict[UUID, Tally] = {}
    rows: dict[UUID, tuple[UUID, int]] = {}
    once: dict[tuple[UUID, str], tuple[Tally, int]] = {}
    for each in wanted:
        tally = tallies.setdefault(each.subject, Tally())
        tallies.setdefault(each.person_id, tally if each.subject == each.person_id else Tally())
        months = months_needed(each.rule.caps, each.day)
        for subject in (each.subject,) if each.subject == each.person_id else (each.subject, each.person_id):
            for month in months:
                rows[usage_id(subject, month)] = (subject, month)
        if each.rule.caps.once is not None:
            tally.ever[each.number] = 0
            once[each.person_id, each.action] = (tally, each.number)
    for row in await db.current().fetch(_READ, list(rows)):
        subject, month = rows[row["id"]]
        tallies[subject].months[month] = MonthTally(row["days"], row["actions"], row["units"], row["points"])
    for row_id, (subject, month) in rows.items():
        tallies[subject].month(month).id = row_id
    if once:
        asked = [list(column) for column in zip(*once, strict=True)]
        for row in await db.current().fetch(_EVER, *asked):
            tally, number = once[row["person_id"], row["action"]]
            tally.ever[number] = row["units"]
    return tallies


async def write_tallies(tallies: Mapping[UUID, Tally]) -> None:
    """Write every month that changed, in one statement."""
    changed = [
        (subject, month, of_month)
        for subject, tally in tallies.items()
        for month, of_month in tally.months.items()
        if of_month.changed
    ]
    if not changed:
        return
    await db.current().execute(
        _WRITE,
        [of_month.id or usage_id(subject, month) for subject, month, of_month in changed],
        [subject for subject, _, _ in changed],
        [month for _, month, _ in changed],
        [_array(of_month.days) for _, _, of_month in changed],
        [_array(of_month.actions) for _, _, of_month in changed],
        [_array(of_month.units) for _, _, of_month in changed],
        [_array(of_month.points) for _, _, of_month in changed],
    )
    for _, _, of_month in changed:
        of_month.changed = False


class Change(NamedTuple):
    """A use that is given back, and what takes its place."""

    subject: UUID
    old: Use
    new: Use | None = None


async def change(changes: Sequence[Change]) -> None:
    """Give uses back to the caps (claims refused, awards voided), or put others in their place."""
    rows = {}
    for each in changes:
        month = month_number(each.old.day)
        rows[usage_id(each.subject, month)] = (each.subject, month)
    tallies = {each.subject: Tally() for each in changes}
    for row in await db.current().fetch(_READ, list(rows)):
        subject, month = rows[row["id"]]
        tallies[subject].months[month] = MonthTally(row["days"], row["actions"], row["units"], row["points"])
    for each in changes:
        tallies[each.subject].remove(each.old)
        if each.new is not None:
            tallies[each.subject].add(each.new)
    await write_tallies(tallies)


def _array(values: list[int]) -> str:
    """An array as PostgreSQL's text, since a list of ragged arrays cannot be sent."""
    return "{" + ",".join(map(str, values)) + "}"
