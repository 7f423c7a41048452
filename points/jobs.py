"""Work in the background: expiry, once an hour over all machines."""

from typing import Any

from kit import jobs
from points.expiry import expire_points


@jobs.every("points.expire", minutes=60)
async def expire(_payload: dict[str, Any]) -> None:
    """Bring the books of everybody up to date."""
    while (await expire_points()).accounts:
        pass
