"""`qunzhifen seed`: build the demo town once."""

import gc
import sys
import time
from collections.abc import Iterable, Iterator

import click
from tqdm import tqdm

from kit import clock
from kit.invariants import prove, registered
from kit.settings import settings
from seed.town import SIZES, Step, build_town, is_empty, write_logins

LOGINS = "demo-logins.json"


def _refuse_production(_context: click.Context, _parameter: click.Parameter, number: int) -> int:
    """Refuse before any store is started or migrated for it."""
    if settings().production:
        raise click.ClickException("The demo town has known passwords; production refuses it.")
    return number


@click.command("seed")
@click.option(
    "--seed",
    "number",
    type=int,
    default=1,
    show_default=True,
    callback=_refuse_production,
    help="The same number, the same town.",
)
@click.option("--size", type=click.Choice(sorted(SIZES)), default="demo", show_default=True, help="How many people.")
async def seed_command(*, number: int, size: str) -> None:
    """Build the demo town: people, roles, shops and half a year behind them. Refused in production."""
    chosen = settings()
    if not await is_empty():
        click.echo("The database holds people already; nothing was changed.")
        return
    started = time.monotonic()
    gc.disable()  # a short life full of rows, none of which point at each other
    town, logins = await build_town(seed=number, residents=SIZES[size], now=clock.now(), each=_shown)
    write_logins(chosen.data_dir / LOGINS, logins)
    click.echo(f"{len(town.residents)} residents, {len(logins)} logins, in {time.monotonic() - started:.1f} s.")
    click.echo(f"Logins: {chosen.data_dir / LOGINS}")
    await _prove()


def _shown(steps: Iterable[Step]) -> Iterator[Step]:
    """Give the steps one by one under a progress bar on standard error."""
    with tqdm(list(steps), unit=" weeks", file=sys.stderr, disable=None) as bar:
        for name, step in bar:
            bar.set_description(name)
            yield name, step


async def _prove() -> None:
    findings = await prove(registered())
    broken = [each for each in findings if not each.ok]
    for each in broken:
        click.echo(f"BROKEN {each.invariant.name}: {each.invariant.en}", err=True)
    if broken:
        raise click.ClickException(f"{len(broken)} of {len(findings)} invariants do not hold.")
    click.echo(f"Trial balance: {len(findings)} invariants hold.")
