"""What rewards does by itself: giving the points of expired vouchers back."""

from kit import jobs
from rewards.vouchers import expire_vouchers


@jobs.every("rewards.expire_vouchers", minutes=60)
async def expire(_payload: jobs.Payload) -> None:
    """Expire what is due; whether a voucher is good is decided when it is scanned, so nothing depends on this hour."""
    while await expire_vouchers():
        pass
