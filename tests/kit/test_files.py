"""Pictures: nothing but pixels survives, nothing dangerous is decoded, nothing is kept that nobody wants."""

import asyncio
import io
import os
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from PIL import Image

from kit import db, files
from kit.ids import new_id
from kit.settings import settings

OWNER = new_id()


def picture(size: tuple[int, int] = (64, 48), form: str = "JPEG", colour: str = "teal", **options: object) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", size, colour).save(encoded, form, **options)  # type: ignore[arg-type]
    return encoded.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # turned by 90 degrees
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 16.0, 27.0), 3: "E", 4: (120.0, 9.0, 18.0)})
    return picture(exif=exif, comment=b"my home address")


def bomb() -> bytes:
    """A PNG of a few kilobytes that would decode to ten gigapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


async def keep(data: bytes, owner_id: UUID = OWNER) -> UUID:
    cleaned = await files.clean_picture(data)
    async with db.transaction():
        return await files.store(cleaned, owner_id=owner_id)


async def stored(file_id: UUID) -> bytes:
    row = await files.file_of(file_id)
    assert row is not None
    return await files.read(row)


async def test_place_camera_and_comments_are_gone_and_the_picture_stands_upright(database: str) -> None:
    sent = with_place()
    assert b"SecretCamera" in sent
    assert b"my home address" in sent
    kept = await stored(await keep(sent))
    assert b"SecretCamera" not in kept
    assert b"my home address" not in kept
    with Image.open(io.BytesIO(kept)) as opened:
        assert not opened.getexif()
        assert opened.size == (48, 64)


async def test_what_is_hidden_behind_a_picture_does_not_come_along(database: str) -> None:
    kept = await stored(await keep(picture(form="PNG") + b"PK\x03\x04 a whole archive"))
    assert b"a whole archive" not in kept


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg/>", picture()[:200], picture(form="GIF"), b"\x89PNG\r\n\x1a\n"])
async def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(files.FileUnreadable):
        await files.clean_picture(data)


async def test_bombs_and_giants_are_refused_before_they_are_decoded() -> None:
    for data in (bomb(), bytes(files.MOST_BYTES + 1)):
        with pytest.raises(files.FileTooLarge):
            await files.clean_picture(data)


async def test_large_pictures_are_made_smaller_and_see_through_ones_stay_so() -> None:
    large = await files.clean_picture(picture((5000, 1000)))
    assert (large.width, large.height) == (2560, 512)
    encoded = io.BytesIO()
    Image.new("RGBA", (10, 10), (1, 2, 3, 100)).save(encoded, "PNG")
    assert (await files.clean_picture(encoded.getvalue())).media_type == "image/png"


async def test_the_same_picture_is_known_again_whatever_is_written_into_it() -> None:
    plain, commented = picture(quality=90), picture(quality=90, comment=b"not the same bytes")
    assert plain != commented
    assert (await files.clean_picture(plain)).pixels_sha256 == (await files.clean_picture(commented)).pixels_sha256
    assert (await files.clean_picture(plain)).pixels_sha256 != (
        await files.clean_picture(picture(colour="red"))
    ).pixels_sha256


async def test_only_one_s_own_unused_uploads_can_be_claimed(database: str) -> None:
    mine, also_mine, foreign = await keep(picture()), await keep(picture()), await keep(picture(), owner_id=new_id())
    subject = ("event", new_id())
    for wrong in ([foreign], [mine, foreign], [mine, mine], [new_id()]):
        with pytest.raises(files.FileUnknown):
            async with db.transaction():
                await files.claim(wrong, owner_id=OWNER, subject=subject)
    async with db.transaction():
        rows = await files.claim([also_mine, mine], owner_id=OWNER, subject=subject)
    assert [row.id for row in rows] == [also_mine, mine]
    assert [row.id for row in await files.rows_of(*subject)] == [mine, also_mine]
    with pytest.raises(files.FileUnknown):
        async with db.transaction():
            await files.claim([mine], owner_id=OWNER, subject=("event", new_id()))


async def test_orphans_go_after_a_day_and_shared_bytes_stay(database: str, owner: "asyncpg.Connection") -> None:
    orphan, claimed, lonely = await keep(picture()), await keep(picture()), await keep(picture(colour="red"))
    async with db.transaction():
        await files.claim([claimed], owner_id=OWNER, subject=("event", new_id()))
    assert await files.sweep() == 0
    await owner.execute("UPDATE kit_file SET uploaded_at = now() - $1::interval", timedelta(hours=25))
    assert await files.sweep() == 2
    assert await files.file_of(orphan) is None
    assert await files.file_of(lonely) is None
    assert await stored(claimed)
    assert len(kept_files()) == 1


async def test_files_go_when_their_time_is_over(database: str, owner: "asyncpg.Connection") -> None:
    kept = await keep(picture())
    async with db.transaction():
        await files.claim([kept], owner_id=OWNER, subject=("event", new_id()))
    await owner.execute("UPDATE kit_file SET keep_until = '2020-01-01'")
    assert await files.sweep() == 1
    assert kept_files() == []


async def test_bytes_without_a_row_go_after_a_day(database: str) -> None:
    cleaned = await files.clean_picture(picture(colour="blue"))

    async def store_and_crash() -> None:
        async with db.transaction():
            await files.store(cleaned, owner_id=OWNER)
            raise RuntimeError("crash before the commit")

    with pytest.raises(RuntimeError, match="crash"):
        await store_and_crash()
    (stray,) = kept_files()
    assert await files.sweep_strays() == 0
    await asyncio.to_thread(lambda: os.utime(stray, (0, 0)))
    assert await files.sweep_strays() == 1
    assert kept_files() == []


async def test_damaged_bytes_are_not_handed_out(database: str) -> None:
    row = await files.file_of(await keep(picture()))
    assert row is not None
    kept_files()[0].write_bytes(b"something else")
    with pytest.raises(files.FileDamaged):
        await files.read(row)


def kept_files() -> list[Path]:
    return [path for path in settings().files_dir.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def empty_folder() -> None:
    for path in kept_files():
        path.unlink()
