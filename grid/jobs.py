"""What the grid does by itself: urging, and closing what nobody rated."""

from grid.closing import close_unrated
from grid.urging import urge_events
from kit import jobs


@jobs.every("grid.urge", minutes=5)
async def urge(_payload: jobs.Payload) -> None:
    """Mark clocks that run out and tell whose turn it is."""
    while True:
        urged = await urge_events()
        if urged.due_soon + urged.overdue == 0:
            return


@jobs.every("grid.close_unrated", minutes=60)
async def close(_payload: jobs.Payload) -> None:
    """Close events whose reporter had his days to rate them."""
    while await close_unrated():
        pass
