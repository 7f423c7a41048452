"""What has been used of the caps: in the subject's account for the newest year, in a row a year for those before.

An award finds its year in the account, which it locks and writes anyway. Nothing here needs a lock of its own: whoever
counts a use holds the ledger account of its subject (a household's own account for a household), so that two claims at
the boundary of a cap decide one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import md5
from uuid import UUID

import msgspec

from kit import db
from kit.ids import id_of
from points.caps import Tally, Use, YearTally
from points.ledger import Book
from points.rules import Rule

_READ = db.load_sql(__file__, "read_usage")
_WRITE = db.load_sql(__file__, "write_usage")
_EVER = db.load_sql(__file__, "count_ever")


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """Whose tallies an act of a rule needs: those of the caps' subject, and the person's own."""

    subject: UUID
    person_id: UUID
    action: str
    number: int
    rule: Rule
    day: date


def usage_id(subject: UUID, year: int) -> UUID:
    """The row of a subject and an earlier year: a digest that PostgreSQL makes alike."""
    return id_of(md5(subject.bytes + year.to_bytes(4), usedforsecurity=False).digest())


async def read_tallies(book: Book, wanted: Iterable[Wanted]) -> dict[UUID, Tally]:
    """The tallies that decide about these acts, by subject; the subjects' accounts are in the book (a step)."""
    needed: dict[tuple[UUID, int], None] = {}
    once: dict[tuple[UUID, str], tuple[UUID, int]] = {}
    for each in wanted:
        year = each.day.year
        needed[each.subject, year] = needed[each.person_id, year] = None
        if each.rule.caps.once is not None:
            once[each.person_id, each.action] = (each.subject, each.number)
    tallies = await _read_years(book, needed)
    if once:
        for subject, number in once.values():
            tallies[subject].ever[number] = 0
        asked = [list(column) for column in zip(*once, strict=True)]
        for row in await db.current().fetch(_EVER, *asked):
            subject, number = once[row["person_id"], row["action"]]
            tallies[subject].ever[number] = row["units"]
    return tallies


async def _read_years(book: Book, needed: Iterable[tuple[UUID, int]]) -> dict[UUID, Tally]:
    tallies: dict[UUID, Tally] = {}
    before: dict[UUID, YearTally] = {}
    for subject, year in needed:
        newest, uses = book.uses(subject)
        tally = YearTally(list(uses)) if year == newest else YearTally()
        if subject not in tallies:
            tallies[subject] = Tally()
        tallies[subject].years[year] = tally
        if newest is not None and year < newest:
            before[usage_id(subject, year)] = tally
    if before:
        for row in await db.current().fetch(_READ, db.array(before)):
            before[row["id"]].uses = row["uses"]
    return tallies


async def write_tallies(book: Book, tallies: Mapping[UUID, Tally]) -> None:
    """Put every year that changed on record (a step): the newest in the account, and what stood there in its row."""
    before: list[tuple[UUID, int, list[int]]] = []
    for subject, tally in tallies.items():
        for year, of_year in sorted(tally.years.items()) if len(tally.years) > 1 else tally.years.items():
            if of_year.changed:
                before += _record(book, subject, year, of_year.uses)
                of_year.changed = False
    if before:
        await db.current().execute(
            _WRITE,
            db.array([usage_id(subject, year) for subject, year, _ in before]),
            db.array([subject for subject, _, _ in before]),
            db.numbers([year for _, year, _ in before]),
            [db.numbers(uses) for _, _, uses in before],
        )


def _record(book: Book, subject: UUID, year: int, uses: list[int]) -> list[tuple[UUID, int, list[int]]]:
    """Note a year in the account; gives what belongs in a row of its own instead."""
    newest, held = book.uses(subject)
    if newest is not None and year < newest:
        return [(subject, year, uses)]
    book.note_uses(subject, year, uses)
    return [] if newest is None or newest == year else [(subject, newest, held)]


async def read_this_year(subjects: Iterable[UUID], year: int) -> dict[UUID, Tally]:
    """What these subjects have used in the current year, to look at (a query)."""
    tallies = {subject: Tally() for subject in subjects}
    rows = await db.fetch(
        "SELECT id, uses FROM points_account WHERE id = ANY ($1::uuid[]) AND used_year = $2", list(tallies), year
    )
    for row in rows:
        tallies[row["id"]].years[year] = YearTally(row["uses"])
    return tallies


async def give_back(book: Book, used: Sequence[tuple[UUID, Use]]) -> None:
    """Give uses back to the caps of their subjects: claims were refused, awards voided (a step)."""
    tallies = await _read_years(book, {(subject, use.day.year): None for subject, use in used})
    for subject, use in used:
        tallies[subject].remove(use)
    await write_tallies(book, tallies)
