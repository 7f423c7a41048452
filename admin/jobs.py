"""What happens to bonuses by itself: notices are put up, and taken down when their days are over."""

from admin.notice import end_notices, publish_notices
from kit import jobs


@jobs.every("admin.notices", minutes=5)
async def notices(_payload: jobs.Payload) -> None:
    """Put approved bonuses up; make those payable whose notice is over."""
    while await publish_notices():
        pass
    while await end_notices():
        pass
