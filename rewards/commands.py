"""The operators' command of rewards: `qunzhifen expire-vouchers`."""

import click

from rewards.vouchers import expire_vouchers


@click.command("expire-vouchers")
async def expire_vouchers_command() -> None:
    """Give the points of vouchers whose days are over back to their holders."""
    expired = 0
    while done := await expire_vouchers():
        expired += done
        click.echo(f"{expired:,} vouchers expired …", err=True)
    click.echo(f"{expired:,} vouchers expired.")
