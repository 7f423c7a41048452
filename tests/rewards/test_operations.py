"""What operators and the worker do: expiring, settling."""

from datetime import timedelta
from typing import Any

import pytest

from kit import clock, db
from merchants.commands import settle_command
from merchants.jobs import settle_last_month
from rewards.commands import expire_vouchers_command
from rewards.jobs import expire
from tests.rewards.conftest import Shop

pytestmark = pytest.mark.usefixtures("proven")


async def run(command: Any, **options: object) -> None:
    """The command's own work, in the surroundings that the operators' command would have made."""
    await command.callback(**options)


async def old_voucher(shop: Shop) -> None:
    long_ago = clock.now() - timedelta(days=50)
    product = await shop.product(
        opens_at=long_ago, town_percent=0, merchant_percent=100, sponsor_percent=0, sponsor=None
    )
    await shop.buy(product=product, at=long_ago)


async def test_the_command_expires_what_is_due_and_says_how_many(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    await old_voucher(shop)
    await run(expire_vouchers_command)
    assert capsys.readouterr().out == "1 vouchers expired.\n"
    assert await db.fetchval("SELECT state FROM rewards_voucher") == "expired"


async def test_the_job_may_be_run_again_and_again(shop: Shop) -> None:
    await old_voucher(shop)
    for _ in range(2):
        await expire({})
        await settle_last_month({})
    assert await db.fetchval("SELECT count(*) FROM points_transfer WHERE kind = 'refund'") == 1


async def test_the_command_settles_a_month(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    first = clock.business_day(clock.now()).replace(day=1)
    last_month = clock.day_start(first) - timedelta(days=3)
    product = await shop.product(
        opens_at=last_month, town_percent=0, merchant_percent=100, sponsor_percent=0, sponsor=None
    )
    voucher = (await shop.buy(product=product, at=last_month)).vouchers[0]
    await shop.redeem(voucher.code, at=last_month)
    await run(settle_command, period=None)
    assert "1 statements with 1 lines" in capsys.readouterr().out
    await run(settle_command, period=f"{last_month:%Y-%m}")
    assert "0 statements" in capsys.readouterr().out
