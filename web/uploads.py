"""Uploads: a person's picture becomes a file of his own, which a claim or an event then takes."""

from uuid import UUID

from identity import audit
from identity.actor import Actor
from kit import db, files
from kit.refusals import NotFound
from web.wiring import collect_file_viewers


async def upload_picture(*, actor: Actor, data: bytes) -> UUID:
    """Clean a picture outside of any transaction, then keep it."""
    picture = await files.clean_picture(data)
    return await keep_picture(actor=actor, picture=picture)


@db.flow
async def keep_picture(*, actor: Actor, picture: files.Picture) -> UUID:
    """Keep a cleaned picture as the actor's own.

    Moves: nothing of value; a row in kit_file, the bytes on disk, an audit row.
    Answers: the file's id.
    Raises: StorageFull by the disk.
    """
    file_id = await files.store(picture, owner_id=actor.id)
    await audit.record(actor, action="file.uploaded", subject=("file", file_id), after={"size": len(picture.data)})
    return file_id


async def visible_file(*, actor: Actor, file_id: UUID) -> files.FileRow:
    """The file, for its owner, and once it belongs to something, for whom that thing's package names."""
    row = await files.file_of(file_id)
    if row is None or not (row.owner_id == actor.id or await _may_see(actor, row)):
        raise NotFound
    return row


async def _may_see(actor: Actor, row: files.FileRow) -> bool:
    viewer = collect_file_viewers().get(row.subject_kind or "")
    return viewer is not None and row.subject_id is not None and await viewer(actor, row.subject_id)
