"""Uploads: a person's picture becomes a file of his own, which a claim, an event or a chat then takes."""

from uuid import UUID

from identity import audit
from identity.actor import MERCHANT_ROLES, Actor
from identity.people import find_person
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
    """The file, for its owner, for whom the thing's package names, else for staff of the owner's area."""
    row = await files.file_of(file_id)
    if row is None or not (row.owner_id == actor.id or await _may_see(actor, row)):
        raise NotFound
    return row


async def _may_see(actor: Actor, row: files.FileRow) -> bool:
    viewer = collect_file_viewers().get(row.subject_kind or "")
    if viewer is not None and row.subject_id is not None:
        return await viewer(actor, row.subject_id)
    roles = tuple({held.role for held in actor.roles} - MERCHANT_ROLES - {"resident"})
    owner = await find_person(row.owner_id)
    return bool(roles) and owner is not None and actor.covers(owner.area_path, *roles)
