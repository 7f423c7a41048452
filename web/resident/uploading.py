"""Pictures that come with a form become files of the resident's own, which a claim or a report then takes."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar.datastructures import UploadFile

from identity.actor import Actor
from kit.wire import Invalid
from web.uploads import upload_picture

PICTURES: Final = "pictures"
MOST_PICTURES: Final = 9
FORM_BYTES: Final = 40 * 1024 * 1024
"""A form in all. Phones send their pictures made smaller; without a script a few large ones fit."""


async def keep_pictures(actor: Actor, sent: Sequence[UploadFile]) -> list[UUID]:
    """Clean and keep each picture; raises Invalid, FileUnreadable, FileTooLarge."""
    pictures = [data for each in sent if (data := await each.read())]
    if len(pictures) > MOST_PICTURES:
        raise Invalid(
            (
                f"/{PICTURES}",
                "too_many",
                f"最多上传 {MOST_PICTURES} 张照片。",
                f"At most {MOST_PICTURES} pictures are taken.",
            )
        )
    return [await upload_picture(actor=actor, data=each) for each in pictures]
