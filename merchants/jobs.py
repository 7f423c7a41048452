"""What merchants' settlement does by itself: last month's statements, in the first days of each month."""

from identity.actor import Actor
from kit import clock, jobs
from merchants.settlement import month_before, settle


@jobs.daily("merchants.settle", at="02:30")
async def settle_last_month(_payload: jobs.Payload) -> None:
    """Settle last month; on every day but the first there is nothing left to do."""
    await settle(actor=Actor.system("settle"), period=month_before(clock.business_day(clock.now())))
