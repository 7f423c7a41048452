"""Time: the database's, in the county's business days.

Value is decided at the transaction's database time, but never before the start of the last closed business day, so
that a clock that steps back makes no voucher valid again and expires nothing twice.

The migration of kit makes `kit_business_day` (one row, `closed_day date`, a trigger lets it move forward only) and
    kit_value_time() = greatest(now(), closed_day at 00:00 Asia/Shanghai)   STABLE
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kit import db
from kit.settings import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


class ChosenTimeRefused(RuntimeError):
    """`at=` is for seed, import and tests; production decides value at the database's time alone."""


async def value_time(at: datetime | None = None) -> datetime:
    """The moment at which this transaction decides value (a step)."""
    if at is None:
        moment: datetime = await db.current().fetchval("SELECT kit_value_time()")
        return moment
    if settings().environment == "production":
        raise ChosenTimeRefused
    return at


def now() -> datetime:
    """The process's clock, for what decides no value: token lifetimes in memory, logs, pauses."""
    return datetime.now(UTC)


def business_day(moment: datetime) -> date:
    """The day in Shanghai on which the moment falls."""
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Midnight in Shanghai at which the business day begins."""
    return datetime.combine(day, time.min, SHANGHAI)


async def close_business_day() -> date:
    """Close yesterday, if it is not closed yet, and give the last closed day (a step of the worker's nightly job)."""
    closed: date = await db.current().fetchval(
        "UPDATE kit_business_day SET closed_day = greatest(closed_day, (now() AT TIME ZONE 'Asia/Shanghai')::date - 1)"
        " RETURNING closed_day"
    )
    return closed
