"""Participations from files that counties have: CSV and spreadsheets, of any age, checked before anything is written.

A file has a line of titles (English or Chinese) and then a line each: the resident by id or phone, the action, when
it happened, how many hours, a reference of the file's own. A line without a reference is known by what it says, so
that the same file again changes nothing.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

import python_calamine

from identity import audit
from identity.actor import Actor, covers
from identity.people import find_people
from kit import clock, crypto, db
from kit.clock import SHANGHAI
from kit.ids import derived_id
from points.deciding import MOST_UNITS, Submission
from points.participations import minute_of
from points.rules import RuleBook, rule_book
from points.submissions import Taken, take_submissions

TITLES: Final[Mapping[str, str]] = {
    "resident": "resident", "居民编号": "resident",
    "phone": "phone", "手机号": "phone",
    "action": "action", "行为编码": "action",
    "occurred_at": "occurred_at", "发生时间": "occurred_at",
    "quantity": "quantity", "数量": "quantity",
    "reference": "reference", "凭证号": "reference",
    "note": "note", "备注": "note",
}  # fmt: skip
FAULTS: Final[Mapping[str, str]] = {
    "resident_unknown": "no such resident",
    "action_unknown": "no such action",
    "moment_unreadable": "not a moment such as 2026-03-05 09:30",
    "quantity_unfit": "not a whole number from 1 to {}",
    "too_long": "longer than {} characters",
    "repeated": "the same as row {}",
}
CALLER: Final = derived_id("caller", "import")
BATCH: Final = 500
LONGEST_REFERENCE: Final = 64
LONGEST_NOTE: Final = 2_000
SPREADSHEETS: Final = frozenset({".xlsx", ".xls", ".ods"})

Cell = str | float | bool | date | datetime


class FileNotReadable(ValueError):
    """The file is neither CSV nor a spreadsheet, or has no line of titles that we know; `code` says which."""

    def __init__(self, said: str, code: str = "unreadable") -> None:
        """Keep the words for an operator and the code for a page."""
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell; `row` counts from 1, with the titles as the first."""

    row: int
    column: str
    code: str
    value: int = 0

    @property
    def reason(self) -> str:
        """What an operator reads; pages have the text in their reader's language."""
        return FAULTS[self.code].format(self.value)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A line of the file that can be taken."""

    row: int
    person_id: UUID
    action: str
    occurred_at: datetime
    quantity: int
    reference: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a line."""

    row: int
    state: str
    code: str
    points: int


Note = Callable[[Sequence[Imported]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its titles, each with the column that it stands for (or none), and its lines by column."""

    titles: list[tuple[str, str]]
    lines: list[tuple[int, dict[str, Cell]]]


class _OnlyTried(Exception):
    """Undoes a dry run, and carries what would have come of it."""

    def __init__(self, imported: list[Imported]) -> None:
        super().__init__()
        self.imported = imported


def read_file(path: Path) -> list[tuple[int, dict[str, Cell]]]:
    """The lines of a CSV file (UTF-8 or GB 18030) or a spreadsheet's first sheet, by column, with their row numbers."""
    return read_sheet(path).lines


def read_sheet(path: Path) -> Sheet:
    """The same with the file's titles."""
    try:
        lines = _spreadsheet(path) if path.suffix.lower() in SPREADSHEETS else _csv(path)
        written = [str(cell).strip() for cell in next(lines)]
        titles = [TITLES.get(title, "") for title in written]
        if not {"action", "occurred_at"} <= set(titles) or not {"resident", "phone"} & set(titles):
            raise FileNotReadable("the titles need action, occurred_at, and resident or phone", "titles_missing")
        return Sheet(
            [(title, column) for title, column in zip(written, titles, strict=True) if title],
            [
                (number, {title: cell for title, cell in zip(titles, line, strict=False) if title})
                for number, line in enumerate(lines, start=2)
                if any(str(cell).strip() for cell in line)
            ],
        )
    except StopIteration as failure:
        raise FileNotReadable("the file is empty", "empty") from failure
    except (UnicodeDecodeError, csv.Error, python_calamine.CalamineError) as failure:
        raise FileNotReadable(str(failure) or "the file is damaged") from failure


def _csv(path: Path) -> Iterator[list[Cell]]:
    """Spreadsheets of this country save CSV in GB 18030, most other programs in UTF-8."""
    written = path.read_bytes()
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = written.decode("gb18030")
    for line in csv.reader(io.StringIO(text, newline="")):
        yield list(line)


def _spreadsheet(path: Path) -> Iterator[list[Cell]]:
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    for line in sheet.to_python():
        yield [_cell(each) for each in line]


def _cell(value: object) -> Cell:
    if isinstance(value, str | bool | date | datetime):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | float) else str(value)


async def check_rows(
    lines: Sequence[tuple[int, dict[str, Cell]]], *, within: Sequence[str] | None = None
) -> tuple[list[ImportRow], list[Fault]]:
    """Turn lines into rows that can be taken; every cell that cannot is a fault.

    `within` names the territories of whoever brings the file: outside of them there is no resident.
    """
    book = await rule_book()
    phones = await _people_by_phone([_text(line.get("phone")) for _, line in lines])
    rows: list[ImportRow] = []
    faults: list[Fault] = []
    for number, line in lines:
        found = _check(number, line, book, phones)
        if isinstance(found, ImportRow):
            rows.append(found)
        else:
            faults += found
    known = await find_people(list({row.person_id for row in rows}))
    served = {each.id for each in known.values() if within is None or any(covers(p, each.area_path) for p in within)}
    faults += [Fault(row.row, "resident", "resident_unknown") for row in rows if row.person_id not in served]
    faults += _repeated(rows)
    faulty = {fault.row for fault in faults}
    return [row for row in rows if row.row not in faulty], sorted(faults, key=lambda fault: (fault.row, fault.column))


async def _people_by_phone(phones: Sequence[str]) -> dict[str, UUID]:
    wanted = {index: phone for phone in set(phones) if phone for index in crypto.blind_indexes("phone", phone)}
    rows = await db.fetch(
        "SELECT id, phone_index FROM identity_person WHERE phone_index = ANY ($1::bytea[])", list(wanted)
    )
    return {wanted[bytes(row["phone_index"])]: row["id"] for row in rows}


def _check(
    number: int, line: Mapping[str, Cell], book: RuleBook, phones: Mapping[str, UUID]
) -> ImportRow | list[Fault]:
    faults: list[Fault] = []

    def lacks(column: str, code: str, value: int = 0) -> None:
        faults.append(Fault(number, column, code, value))

    person_id = _person(line, phones)
    if person_id is None:
        lacks("resident" if _text(line.get("resident")) else "phone", "resident_unknown")
    action = _text(line.get("action"))
    if action not in book.actions:
        lacks("action", "action_unknown")
    occurred_at = _moment(line.get("occurred_at"))
    if occurred_at is None:
        lacks("occurred_at", "moment_unreadable")
    quantity = _quantity(line.get("quantity"))
    if quantity is None:
        lacks("quantity", "quantity_unfit", MOST_UNITS)
    reference, note = _text(line.get("reference")), _text(line.get("note"))
    if len(reference) > LONGEST_REFERENCE:
        lacks("reference", "too_long", LONGEST_REFERENCE)
    if len(note) > LONGEST_NOTE:
        lacks("note", "too_long", LONGEST_NOTE)
    if faults or person_id is None or occurred_at is None or quantity is None:
        return faults
    said = f"{person_id}|{action}|{occurred_at.isoformat()}"
    own = sha256(said.encode()).hexdigest()[:40]
    return ImportRow(number, person_id, action, occurred_at, quantity, reference or own, note or None)


def _person(line: Mapping[str, Cell], phones: Mapping[str, UUID]) -> UUID | None:
    given = _text(line.get("resident"))
    if given:
        try:
            return UUID(given)
        except ValueError:
            return None
    return phones.get(_text(line.get("phone")))


def _text(cell: Cell | None) -> str:
    return "" if cell is None else str(cell).strip().replace("\0", "")


def _moment(cell: Cell | None) -> datetime | None:
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime.combine(cell, time.min)
    else:
        try:
            moment = datetime.fromisoformat(_text(cell).replace("/", "-"))
        except ValueError:
            return None
    if not 2000 <= moment.year < 2100:  # noqa: PLR2004 - the calendar of the scheme
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def _quantity(cell: Cell | None) -> int | None:
    text = _text(cell) or "1"
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_UNITS)):
        return None
    return int(text) if 1 <= int(text) <= MOST_UNITS else None


def _repeated(rows: Sequence[ImportRow]) -> list[Fault]:
    """Lines of which an earlier one in the file has the reference."""
    first: dict[str, int] = {}
    faults = []
    for row in rows:
        earlier = first.setdefault(row.reference, row.row)
        if earlier != row.row:
            faults.append(Fault(row.row, "reference", "repeated", earlier))
    return faults


def batches(rows: Sequence[ImportRow]) -> Iterator[list[ImportRow]]:
    """The rows in batches that keep one person's together, so that trying them out sees all of his."""
    batch: list[ImportRow] = []
    for row in sorted(rows, key=lambda each: (each.person_id, each.occurred_at, each.row)):
        if len(batch) >= BATCH and batch[-1].person_id != row.person_id:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


async def import_batch(
    *,
    actor: Actor,
    rows: Sequence[ImportRow],
    dry_run: bool = False,
    at: datetime | None = None,
    note: Note | None = None,
) -> list[Imported]:
    """Take a batch of rows, or only try them. `note` writes down what came of them in the same transaction."""
    try:
        return await _import_batch(actor=actor, rows=rows, dry_run=dry_run, at=at, note=note)
    except _OnlyTried as tried:
        return tried.imported


@db.flow
async def _import_batch(
    *, actor: Actor, rows: Sequence[ImportRow], dry_run: bool, at: datetime | None, note: Note | None
) -> list[Imported]:
    """Award what an administrator's file brings, as verified on paper; 100 points and more wait for two people.

    Moves: points to each resident whose line is awarded.
    Answers: one outcome a line; a line that was imported before is `duplicate` and changes nothing.
    Raises: _OnlyTried for a dry run, which undoes everything.
    """
    moment = await clock.value_time(at)
    submissions = [_submission(row) for row in rows]
    taken = await take_submissions(submissions, rules=await rule_book(), at=moment, caller_id=CALLER)
    imported = [_imported(row, each) for row, each in zip(rows, taken, strict=True)]
    if dry_run:
        raise _OnlyTried(imported)
    if note is not None:
        await note(imported)
    if any(each.code != "duplicate" for each in imported):
        await audit.record(
            actor,
            action="participations.imported",
            subject=("participation", taken[0].participation_id),
            after={"lines": len(rows), "points": sum(each.points for each in imported)},
        )
    return imported


def _submission(row: ImportRow) -> Submission:
    return Submission(
        person_id=row.person_id,
        action=row.action,
        occurred_at=row.occurred_at,
        occurrence=minute_of(row.occurred_at),
        source="import",
        quantity=row.quantity,
        backdated=True,
        reference=row.reference,
        note=row.note,
    )


def _imported(row: ImportRow, taken: Taken) -> Imported:
    return Imported(row.row, taken.state, taken.code, taken.points)
