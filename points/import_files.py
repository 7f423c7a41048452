"""Files of participations that staff hand in: tried out, looked at, applied. Every step is a row, so nothing is lost.

A file's work goes on where it stopped: what came of a batch is written with the batch. The same file again changes
nothing, because every line has its reference.
"""

import asyncio
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Final, Literal
from uuid import UUID

import msgspec

from identity import audit
from identity.actor import Actor, covers_sql
from kit import clock, db, jobs
from kit.ids import derived_id, new_id
from points.errors import ImportKindUnknown, ImportNotReady, ImportTooLarge, ImportUnknown
from points.import_participations import (
    SPREADSHEETS,
    Fault,
    FileNotReadable,
    Imported,
    Sheet,
    batches,
    check_rows,
    import_batch,
    read_sheet,
)

TRY: Final = "points.try_import"
APPLY: Final = "points.apply_import"
IMPORTING: Final = ("operations_admin",)
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_LINES: Final = 20_000
AT_ONCE: Final = 500
"""A file with at most so many lines is worked on while its page is asked for; a longer one by the worker."""
_UNPACKED: Final = 64 * 1024 * 1024
_PATIENCE: Final = timedelta(minutes=2)
"""After so long the worker takes up what a request began and did not finish."""
_KEPT: Final = timedelta(days=7)
_SUFFIXES: Final = SPREADSHEETS | {".csv"}

Kind = Literal["fault", "tried", "applied"]

_WRITE_LINES = """
    INSERT INTO points_import_line (id, file, kind, row, "column", code, value, state, points)
    SELECT line.id, $1, $2, line.row, line."column", line.code, line.value, line.state, line.points
    FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::integer[])
        AS line (id, row, "column", code, value, state, points)
    ON CONFLICT DO NOTHING
"""


@db.flow
async def hand_in_import(*, actor: Actor, name: str, content: bytes) -> UUID:
    """Take a file in; it is tried out next, and changes nothing until somebody applies it.

    Moves: nothing; a job tries it out.
    Answers: the file's id.
    Raises: ImportKindUnknown, ImportTooLarge.
    """
    if PurePath(name).suffix.lower() not in _SUFFIXES:
        raise ImportKindUnknown
    if len(content) > MOST_BYTES:
        raise ImportTooLarge(megabytes=MOST_BYTES // 1024 // 1024)
    file_id = new_id()
    digest = sha256(content).digest()
    await db.current().execute(
        "INSERT INTO points_import_file"
        " (id, name, sha256, content, state, done, handed_in_by, territories, handed_in_at)"
        " VALUES ($1, $2, $3, $4, 'trying', 0, $5, $6, now())",
        file_id,
        PurePath(name).name[-200:],
        digest,
        content,
        actor.id,
        list(actor.territories(*IMPORTING)),
    )
    await jobs.enqueue(TRY, {"file": str(file_id)}, run_at=_later(content))
    await audit.record(
        actor, action="import.handed_in", subject=("import", file_id), after={"sha256": digest.hex()[:16]}
    )
    return file_id


@db.flow
async def apply_import(*, actor: Actor, file_id: UUID) -> None:
    """Import the good lines of a file that was tried out.

    Moves: nothing yet; a job awards what its lines bring.
    Answers: nothing.
    Raises: ImportUnknown, ImportNotReady.
    """
    row = await _locked(actor, file_id)
    if row["state"] != "tried" or not row["good"] or row["content"] is None:
        raise ImportNotReady
    await db.current().execute(
        "UPDATE points_import_file SET state = 'applying', done = 0, applied_by = $2 WHERE id = $1", file_id, actor.id
    )
    await jobs.enqueue(APPLY, {"file": str(file_id)}, run_at=_later(row["content"]))
    await audit.record(
        actor,
        action="import.applied",
        subject=("import", file_id),
        before={"state": "tried"},
        after={"state": "applying", "lines": row["good"]},
    )


@db.flow
async def forget_contents() -> None:
    """Let the contents of files go that nobody has applied for a week: they name people.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(
        "UPDATE points_import_file SET content = NULL"
        " WHERE content IS NOT NULL AND state = 'tried' AND tried_at < now() - $1::interval",
        _KEPT,
    )


def _later(content: bytes) -> datetime | None:
    """When the worker looks at it: at once, or for a short file only if the request that works on it fails."""
    return clock.now() + _PATIENCE if is_short(content) else None


def is_short(content: bytes) -> bool:
    """Whether a file is worked on within the request; spreadsheets are packed, so their size says little."""
    return content.count(b"\n") <= AT_ONCE and len(content) <= 64 * 1024


async def try_lines(file_id: UUID) -> None:
    """Read a file and write down what would come of each of its lines; nothing is awarded."""
    row = await _file(file_id)
    if row is None or row["state"] != "trying":
        return
    try:
        sheet = await _read(row)
    except FileNotReadable as unreadable:
        await _cannot_be_read(file_id=file_id, code=unreadable.code)
        return
    rows, faults = await check_rows(sheet.lines, within=row["territories"])
    await _begin(file_id=file_id, sheet=sheet, good=len(rows), faults=faults)
    for batch in batches(rows):
        imported = await import_batch(actor=_actor(row["handed_in_by"]), rows=batch, dry_run=True)
        await _note_tried(file_id=file_id, imported=imported)
    await _finish_trying(file_id=file_id)


async def apply_lines(file_id: UUID) -> None:
    """Award what a file brings, batch by batch; a batch that was written before is left out."""
    row = await _file(file_id)
    if row is None or row["state"] != "applying":
        return
    sheet = await _read(row)
    rows, faults = await check_rows(sheet.lines, within=row["territories"])
    done = await db.fetch("SELECT row FROM points_import_line WHERE file = $1 AND kind = 'applied'", file_id)
    known = {each["row"] for each in done}

    async def note(imported: Sequence[Imported]) -> None:
        await _write_outcomes(file_id, "applied", imported)

    for batch in batches([each for each in rows if each.row not in known]):
        await import_batch(actor=_actor(row["applied_by"]), rows=batch, note=note)
    await _finish_applying(file_id=file_id, faults=faults)


async def find_import(actor: Actor, file_id: UUID) -> db.Row:
    """A file of one's own, or of one's territory; for anybody else there is none."""
    row = await db.fetchrow(
        "SELECT file.*, person.name AS by_name FROM points_import_file AS file"
        " LEFT JOIN identity_person AS person ON person.id = file.handed_in_by WHERE file.id = $1",
        file_id,
    )
    if row is None or not _sees(actor, row):
        raise ImportUnknown
    return row


async def list_imports(actor: Actor, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[db.Row]:
    """The files of one's own and of one's territories, the newest first."""
    return await db.fetch(
        "SELECT file.id, file.name, file.state, file.lines, file.good, file.done, file.handed_in_at, file.applied_at,"
        " person.name AS by_name FROM points_import_file AS file"
        " LEFT JOIN identity_person AS person ON person.id = file.handed_in_by"
        " WHERE (file.handed_in_by = $1 OR NOT EXISTS (SELECT 1 FROM unnest(file.territories) AS theirs (path)"
        f" WHERE NOT {covers_sql('$2', 'theirs.path')}))"
        " AND ($3::timestamptz IS NULL OR (file.handed_in_at, file.id) < ($3, $4::uuid))"
        " ORDER BY file.handed_in_at DESC, file.id DESC LIMIT $5",
        actor.id,
        list(actor.territories(*IMPORTING)),
        *(after or (None, None)),
        limit,
    )


async def outcomes_of(file_id: UUID, kind: Kind) -> Sequence[db.Row]:
    """What came of a file's lines, or would come: how many of each outcome, with their points."""
    return await db.fetch(
        "SELECT state, code, count(*) AS lines, sum(points)::bigint AS points FROM points_import_line"
        " WHERE file = $1 AND kind = $2 GROUP BY state, code ORDER BY state, count(*) DESC, code",
        file_id,
        kind,
    )


async def lines_of(file_id: UUID, kind: Kind, limit: int = MOST_LINES * 8) -> Sequence[db.Row]:
    """The faults of a file, or the outcomes of its lines, in the file's order."""
    return await db.fetch(
        'SELECT row, "column", code, value, state, points FROM points_import_line'
        ' WHERE file = $1 AND kind = $2 ORDER BY row, "column" LIMIT $3',
        file_id,
        kind,
        limit,
    )


async def applied_before(row: db.Row) -> datetime | None:
    """When the very same file was applied before."""
    before: datetime | None = await db.fetchval(
        "SELECT max(applied_at) FROM points_import_file WHERE sha256 = $1 AND state = 'applied' AND id <> $2",
        row["sha256"],
        row["id"],
    )
    return before


async def _file(file_id: UUID) -> db.Row | None:
    return await db.fetchrow("SELECT * FROM points_import_file WHERE id = $1", file_id)


async def _locked(actor: Actor, file_id: UUID) -> db.Row:
    row = await db.current().fetchrow("SELECT * FROM points_import_file WHERE id = $1 FOR UPDATE", file_id)
    if row is None or not _sees(actor, row):
        raise ImportUnknown
    return row


def _sees(actor: Actor, row: db.Row) -> bool:
    return row["handed_in_by"] == actor.id or all(actor.covers(path, *IMPORTING) for path in row["territories"])


def _actor(person_id: UUID) -> Actor:
    """Who answers for it, as the record names him."""
    return Actor(id=person_id, kind="person", name="")


async def _read(row: db.Row) -> Sheet:
    return await asyncio.to_thread(_parsed, PurePath(row["name"]).suffix.lower(), bytes(row["content"] or b""))


def _parsed(suffix: str, content: bytes) -> Sheet:
    """Read a file's bytes; one that would unpack to a flood, or has too many lines, is not read."""
    with tempfile.TemporaryDirectory(prefix="qunzhifen-import-") as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        if suffix in {".xlsx", ".ods"} and not _is_modest(path):
            raise FileNotReadable("it unpacks to too much", "too_large")
        sheet = read_sheet(path)
    if len(sheet.lines) > MOST_LINES:
        raise FileNotReadable("it has too many lines", "too_many_lines")
    return sheet


def _is_modest(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return sum(each.file_size for each in packed.infolist()) <= _UNPACKED
    except zipfile.BadZipFile:
        return True  # its reader says what is wrong with it


@db.flow
async def _cannot_be_read(*, file_id: UUID, code: str) -> None:
    """Write down why a file cannot be read, and let its content go.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(
        "UPDATE points_import_file SET state = 'unreadable', code = $2, content = NULL, tried_at = now()"
        " WHERE id = $1 AND state = 'trying'",
        file_id,
        code,
    )


@db.flow
async def _begin(*, file_id: UUID, sheet: Sheet, good: int, faults: Sequence[Fault]) -> None:
    """Write down a file's columns and faults.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(
        "UPDATE points_import_file SET columns = $2, lines = $3, good = $4 WHERE id = $1",
        file_id,
        msgspec.json.encode(sheet.titles).decode(),
        len(sheet.lines),
        good,
    )
    await _write_faults(file_id, faults)


@db.flow
async def _note_tried(*, file_id: UUID, imported: Sequence[Imported]) -> None:
    """Write down what would come of a batch.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await _write_outcomes(file_id, "tried", imported)


@db.flow
async def _finish_trying(*, file_id: UUID) -> None:
    """Let somebody look at it.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(
        "UPDATE points_import_file SET state = 'tried', tried_at = now() WHERE id = $1 AND state = 'trying'", file_id
    )


@db.flow
async def _finish_applying(*, file_id: UUID, faults: Sequence[Fault]) -> None:
    """Close a file: its lines are in the books, its content goes.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await _write_faults(file_id, faults)
    await db.current().execute(
        "UPDATE points_import_file SET state = 'applied', applied_at = now(), content = NULL"
        " WHERE id = $1 AND state = 'applying'",
        file_id,
    )


async def _write_faults(file_id: UUID, faults: Sequence[Fault]) -> None:
    rows = [(fault.row, fault.column, fault.code, str(fault.value or ""), None, None) for fault in faults]
    await _write(file_id, "fault", rows)


async def _write_outcomes(file_id: UUID, kind: Kind, imported: Sequence[Imported]) -> None:
    await _write(file_id, kind, [(each.row, "", each.code, "", each.state, each.points) for each in imported])
    await db.current().execute(
        "UPDATE points_import_file SET done = (SELECT count(*) FROM points_import_line WHERE file = $1 AND kind = $2)"
        " WHERE id = $1",
        file_id,
        kind,
    )


_Line = tuple[int, str, str, str, str | None, int | None]


async def _write(file_id: UUID, kind: Kind, rows: Sequence[_Line]) -> None:
    """Lines have ids of their own place, so that writing them again changes nothing."""
    ids = [derived_id("import line", f"{file_id}|{kind}|{row[0]}|{row[1]}") for row in rows]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    await db.current().execute(_WRITE_LINES, file_id, kind, ids, *columns)
