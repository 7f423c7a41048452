"""Files: pictures that people send, cleaned, kept by their content and known by a row.

What comes in is decoded within bounds and encoded anew, so that nothing survives but pixels: no place, no camera, no
comment, no second file hidden behind the first. The bytes lie under `FILES_DIR` named by their digest, written
durably before the row commits; the row says whose they are. A file that nothing claims within 24 hours goes.
"""

import asyncio
import io
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError

from kit import db
from kit.errors import Refusal
from kit.ids import new_id
from kit.settings import settings

T = TypeVar("T")

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_560  # larger pictures are made smaller
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 85
_ORPHANED_AFTER = timedelta(hours=24)
_SWEPT_AT_ONCE = 500
# Decoding takes memory and a core: few at a time, and never on the event loop.
_decoders = asyncio.Semaphore(2)


class FileUnreadable(Refusal):
    """What was sent is no picture that can be read."""

    status = 400
    code = "file_unreadable"
    zh = "无法识别这张图片，请上传 JPEG、PNG 或 WebP 格式的照片。"
    en = "This cannot be read as a picture; send a JPEG, PNG or WebP."


class FileTooLarge(Refusal):
    """The picture has more bytes or pixels than are taken."""

    status = 413
    code = "file_too_large"
    zh = "图片过大，请压缩后再上传（不超过 12 MB、4000 万像素）。"
    en = "The picture is too large; at most 12 MB and 40 million pixels are taken."


class FileUnknown(Refusal):
    """A file that is named is not the caller's own, is gone, or was used already."""

    status = 400
    code = "file_unknown"
    zh = "附件不存在、已被使用或已过期，请重新上传。"
    en = "A file that is named is not there, was used already or has lapsed; upload it again."


@dataclass(frozen=True, slots=True)
class Picture:
    """A cleaned picture before it is kept."""

    data: bytes
    media_type: str
    width: int
    height: int
    pixels_sha256: bytes


@dataclass(frozen=True, slots=True)
class FileRow:
    """A kept file."""

    id: UUID
    owner_id: UUID
    sha256: bytes
    pixels_sha256: bytes
    media_type: str
    size: int
    width: int
    height: int
    uploaded_at: datetime
    subject_kind: str | None
    subject_id: UUID | None


_COLUMNS = "id, owner_id, sha256, pixels_sha256, media_type, size, width, height, uploaded_at, subject_kind, subject_id"


async def clean_picture(data: bytes) -> Picture:
    """Decode, check, turn upright, shrink if need be, and encode anew."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge
    async with _decoders:
        return await asyncio.to_thread(_clean, data)


async def look_at(data: bytes, see: Callable[[Image.Image], T]) -> T:
    """Show a picture, upright and no larger than is kept, to `see` within the same bounds; nothing of it is kept."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge
    async with _decoders:
        return await asyncio.to_thread(lambda: see(_decoded(data)))


def _decoded(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS or getattr(opened, "n_frames", 1) > 1:
                raise FileTooLarge
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decode no more than is kept
            opened.load()
            upright = ImageOps.exif_transpose(opened)
    except Image.DecompressionBombError:
        raise FileTooLarge from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, EOFError, MemoryError):
        raise FileUnreadable from None
    see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    pixels = upright.convert("RGBA" if see_through else "RGB")
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return pixels


def _clean(data: bytes) -> Picture:
    pixels = _decoded(data)
    see_through = pixels.mode == "RGBA"
    bare = Image.new(pixels.mode, pixels.size)  # a new picture has nothing but what is pasted into it
    bare.paste(pixels)
    encoded = io.BytesIO()
    if see_through:
        bare.save(encoded, "PNG", optimize=False)
    else:
        bare.save(encoded, "JPEG", quality=_QUALITY, progressive=True)
    shape = f"{bare.mode} {bare.width} {bare.height} ".encode()
    return Picture(
        data=encoded.getvalue(),
        media_type="image/png" if see_through else "image/jpeg",
        width=bare.width,
        height=bare.height,
        pixels_sha256=sha256(shape + bare.tobytes()).digest(),
    )


def _path(digest: bytes) -> Path:
    name = digest.hex()
    return settings().files_dir / name[:2] / name[2:4] / name


async def store(picture: Picture, *, owner_id: UUID) -> UUID:
    """Write the bytes durably, then the row that makes them somebody's (a step)."""
    digest = sha256(picture.data).digest()
    # The sweep takes the same lock before it removes bytes that no row names.
    await db.current().execute("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", _lock_name(digest))
    await asyncio.to_thread(_write_durably, _path(digest), picture.data)
    file_id = new_id()
    await db.current().execute(
        "INSERT INTO kit_file (id, owner_id, sha256, pixels_sha256, media_type, size, width, height, uploaded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())",
        file_id,
        owner_id,
        digest,
        picture.pixels_sha256,
        picture.media_type,
        len(picture.data),
        picture.width,
        picture.height,
    )
    return file_id


def _lock_name(digest: bytes) -> str:
    return f"kit_file {digest.hex()}"


def _write_durably(path: Path, data: bytes) -> None:
    """Have the whole file under its name after any crash, or none.

    One that is there already may have got its name a moment ago, by somebody who has not made it last yet.
    """
    if not path.exists():
        _write_whole(path, data)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _sync_folder(folder)


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def claim(
    ids: Sequence[UUID], *, owner_id: UUID, subject: tuple[str, UUID], keep_until: date | None = None
) -> list[FileRow]:
    """Make uploads of this owner part of a thing, in the order named (a step)."""
    if not ids:
        return []
    rows = await db.current().fetch(
        "UPDATE kit_file SET subject_kind = $3, subject_id = $4, keep_until = $5"
        f" WHERE id = ANY ($1::uuid[]) AND owner_id = $2 AND subject_kind IS NULL RETURNING {_COLUMNS}",
        list(ids),
        owner_id,
        subject[0],
        subject[1],
        keep_until,
    )
    if len(rows) != len(ids):
        raise FileUnknown
    by_id = {row["id"]: FileRow(*row) for row in rows}
    return [by_id[each] for each in ids]


async def file_of(file_id: UUID) -> FileRow | None:
    """The row of a file."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM kit_file WHERE id = $1", file_id)
    return None if row is None else FileRow(*row)


async def rows_of(subject_kind: str, subject_id: UUID) -> list[FileRow]:
    """The files of a thing, in the order of their upload."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM kit_file WHERE subject_id = $2 AND subject_kind = $1 ORDER BY id",
        subject_kind,
        subject_id,
    )
    return [FileRow(*row) for row in rows]


async def read(row: FileRow) -> bytes:
    """The bytes of a file, checked against their digest."""
    data = await asyncio.to_thread(_path(row.sha256).read_bytes)
    if sha256(data).digest() != row.sha256:
        raise FileDamaged(row.id)
    return data


class FileDamaged(RuntimeError):
    """The bytes on disk are not those that were written; restore them from a backup."""


async def sweep() -> int:
    """Remove uploads that nothing claimed for a day, and files whose time is over; gives how many rows went."""
    removed = 0
    while True:
        async with db.transaction() as connection:
            gone = await connection.fetch(
                "DELETE FROM kit_file WHERE id IN (SELECT id FROM kit_file"
                " WHERE (subject_kind IS NULL AND uploaded_at < now() - $1::interval)"
                "    OR keep_until < (now() AT TIME ZONE 'Asia/Shanghai')::date"
                " LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING sha256",
                _ORPHANED_AFTER,
                _SWEPT_AT_ONCE,
            )
        for digest in {row["sha256"] for row in gone}:
            await _remove_if_unused(digest)
        removed += len(gone)
        if len(gone) < _SWEPT_AT_ONCE:
            return removed


async def sweep_strays() -> int:
    """Remove bytes that no row names, left by a crash between the file and its row; gives how many files went."""
    removed = 0
    for folder in await asyncio.to_thread(lambda: sorted(settings().files_dir.glob("??/??"))):
        names = await asyncio.to_thread(_old_names, folder)
        known = await db.fetch("SELECT sha256 FROM kit_file WHERE sha256 = ANY ($1::bytea[])", names)
        for digest in set(names) - {row["sha256"] for row in known}:
            await _remove_if_unused(digest)
            removed += 1
    return removed


def _old_names(folder: Path) -> list[bytes]:
    """The digests of the files of a folder that are older than a day; drafts of that age are removed on the way."""
    before = time.time() - _ORPHANED_AFTER.total_seconds()
    old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
    for draft in old:
        if draft.name.startswith("."):
            draft.unlink(missing_ok=True)
    return [bytes.fromhex(path.name) for path in old if not path.name.startswith(".")]


async def _remove_if_unused(digest: bytes) -> None:
    """Remove bytes that no row names any more; nobody can be storing the same bytes meanwhile."""
    async with db.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _lock_name(digest))
        if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM kit_file WHERE sha256 = $1)", digest):
            await asyncio.to_thread(_path(digest).unlink, missing_ok=True)
