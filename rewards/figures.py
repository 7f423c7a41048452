"""Today's figures of territories: what was redeemed."""

from collections.abc import Sequence
from datetime import datetime

from identity.actor import covers_sql
from kit import db
from kit.ids import first_id_of

# Ids are ordered by time, so that what is of today stands at the end of the primary key.
_REDEEMED = f"""
    SELECT count(*)::int
    FROM rewards_redemption AS redemption
    JOIN rewards_voucher AS voucher ON voucher.id = redemption.voucher
    JOIN identity_person AS person ON person.id = voucher.person
    JOIN identity_area AS area ON area.id = person.area
    WHERE redemption.id >= $1 AND redemption.redeemed_at >= $2 AND redemption.undone_at IS NULL
      AND {covers_sql("$3", "area.path")}
"""


async def redeemed_since(paths: Sequence[str], since: datetime) -> int:
    """How many vouchers of people of these territories were redeemed since a moment."""
    found: int = await db.fetchval(_REDEEMED, first_id_of(since), since, list(paths))
    return found
