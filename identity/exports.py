"""Lists that leave as files: with the second factor once more, at most so many rows, and always written down.

What the rows are is for the package that owns them: it hands its query over, which runs here after the code was
checked, in the same transaction as the audit entry, so that no list is read out that is not on record.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from identity import audit
from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.sign_in import confirm_totp
from kit import clock, db, spreadsheet
from kit.spreadsheet import Format, Table


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A list as a file."""

    name: str
    media_type: str
    content: bytes
    checksum: str


@db.flow
async def export_list(
    *,
    actor: Actor,
    name: str,
    filters: Mapping[str, object],
    form: Format,
    totp_code: str,
    read: Callable[[], Awaitable[Table]],
) -> ExportFile | BadCredentials | TooManyWrongTries:
    """Take a list out as a file. `name` is the list's word in the record and in the file's name (`bonuses`).

    Moves: nothing; an audit entry `list.exported` with the filters, the number of rows and the checksum.
    Answers: the file; BadCredentials, TooManyWrongTries (returned, so that the try is kept).
    Raises: TooManyRows, and what the query refuses.
    """
    refusal = await confirm_totp(actor, totp_code)
    if refusal is not None:
        return refusal
    table = await read()
    content = spreadsheet.file_bytes(table, form)
    checksum = sha256(content).hexdigest()
    await audit.record(
        actor,
        action="list.exported",
        subject=("list", name),
        after={"rows": len(table.rows), "form": form, "checksum": checksum, "filters": dict(filters)},
    )
    stamp = f"{clock.business_day(clock.now()):%Y%m%d}"
    return ExportFile(f"{name}-{stamp}.{form}", spreadsheet.MEDIA_TYPES[form], content, checksum)
