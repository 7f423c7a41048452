"""Work in the background: expiry, once an hour over all machines; files that are being imported."""

from typing import Any
from uuid import UUID

from kit import jobs
from points.expiry import expire_points
from points.import_files import APPLY, TRY, apply_lines, forget_contents, try_lines


@jobs.every("points.expire", minutes=60)
async def expire(_payload: dict[str, Any]) -> None:
    """Bring the books of everybody up to date."""
    while (await expire_points()).accounts:
        pass


@jobs.handler(TRY)
async def try_import(payload: dict[str, Any]) -> None:
    """Try a file out; one that was tried meanwhile is left alone."""
    await try_lines(UUID(payload["file"]))


@jobs.handler(APPLY)
async def apply_import(payload: dict[str, Any]) -> None:
    """Import a file; what an earlier try of this job has done is not done again."""
    await apply_lines(UUID(payload["file"]))


@jobs.daily("points.forget_imports", at="03:40")
async def forget_imports(_payload: dict[str, Any]) -> None:
    """Let go of files that nobody applied."""
    await forget_contents()
