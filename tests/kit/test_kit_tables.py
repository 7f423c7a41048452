"""What the database itself keeps for the tools."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from kit import clock, db

pytestmark = pytest.mark.stores


async def test_the_closed_business_day_only_moves_forward(owner: "asyncpg.Connection") -> None:
    for statement in (
        "UPDATE kit_business_day SET closed_day = closed_day - 1",
        "DELETE FROM kit_business_day",
        "TRUNCATE kit_business_day",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(statement)
    await owner.execute("UPDATE kit_business_day SET closed_day = closed_day + 1")


async def test_value_is_never_decided_before_the_start_of_the_closed_day(owner: "asyncpg.Connection") -> None:
    async with db.transaction():
        assert abs(await clock.value_time() - datetime.now(UTC)) < timedelta(minutes=1)
    await owner.execute("UPDATE kit_business_day SET closed_day = '2099-01-01'")
    async with db.transaction():
        assert await clock.value_time() == clock.day_start(datetime(2099, 1, 1, tzinfo=UTC).date())


async def test_answers_lie_in_a_partition_of_their_day_and_go_after_thirty_days(owner: "asyncpg.Connection") -> None:
    reference = "0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f"
    keep = (
        "INSERT INTO kit_once_answer VALUES ($1, (now() AT TIME ZONE 'Asia/Shanghai')::date - $2::int, 200, '', false)"
    )
    async with db.transaction() as connection:
        await connection.execute(keep, reference, 0)
        await connection.execute(keep, reference, 31)  # no partition: the other one catches it
        place = await connection.fetch(
            "SELECT tableoid::regclass::text AS name FROM kit_once_answer ORDER BY created_on"
        )
        assert place[0]["name"] == "kit_once_answer_other"
        assert place[1]["name"].startswith("kit_once_answer_20")
    await owner.execute(
        "CREATE TABLE kit_once_answer_20200101 PARTITION OF kit_once_answer"
        " FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')"
    )
    assert await db.fetchval("SELECT kit_once_keep_days()") > 0  # as the app, which may not drop a table itself
    assert await db.fetchval("SELECT to_regclass('kit_once_answer_20200101')") is None
    assert await db.fetchval("SELECT count(*) FROM kit_once_answer") == 1
