"""The operators' command of merchants: `qunzhifen settle`."""

import re

import click

from identity.actor import Actor
from kit import clock
from merchants.settlement import month_before, settle

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


def _month(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _MONTH.fullmatch(value):
        raise click.BadParameter("give a month, such as 2026-11")
    return value


@click.command("settle")
@click.option("--period", callback=_month, help="The month to settle, 2026-11; the last one when left out.")
async def settle_command(period: str | None) -> None:
    """Make the settlement statements of a month for all merchants; again makes none."""
    chosen = period or month_before(clock.business_day(clock.now()))
    made = await settle(actor=Actor.system("settle"), period=chosen)
    click.echo(f"{len(made):,} statements with {sum(each.lines for each in made):,} lines for {chosen}.")
