"""One run of the harness: a house, a town, a load, a nemesis, and the checker at the end.

python -m tests.faults.run --rounds 12 --seed 7 --bug lock_removed
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg
import click

from kit import db, embedded
from kit.settings import OWNER_ROLE, install_settings
from tests.faults.checker import Findings, check
from tests.faults.clients import Load
from tests.faults.house import SERVER, House, new_house
from tests.faults.nemesis import STORE_FAULTS, Nemesis
from tests.faults.seeded import GUARDS_BEHIND_THE_LOCK
from tests.faults.town import build_town

Bug = Literal["lock_removed", "new_key_each_try", "asynchronous_commit"]
BUGS: tuple[Bug, ...] = ("lock_removed", "new_key_each_try", "asynchronous_commit")
ACKNOWLEDGED_TOO_EARLY: Mapping[str, str] = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
"""What was acknowledged up to ten seconds ago is still in the memory of a server that is killed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    findings: Findings
    report: str


async def run(
    *,
    seed: int,
    rounds: int,
    faults: tuple[str, ...] = STORE_FAULTS,
    bug: Bug | None = None,
    clients: int = 16,
    residents: int = 8,
    pauses: tuple[float, float] = (1.5, 3.0),
    keep: Path | None = None,
) -> Result:
    """Load a server, injure it so many times, and check what is left."""
    house = new_house(
        postgres_settings=ACKNOWLEDGED_TOO_EARLY if bug == "asynchronous_commit" else {},
        server_words=("-m", "tests.faults.seeded", "lock_removed") if bug == "lock_removed" else SERVER,
        unsafe=bug == "asynchronous_commit",
    )
    try:
        await house.open()
        if bug == "lock_removed":
            await _run_sql(house, OWNER_ROLE, GUARDS_BEHIND_THE_LOCK)
        await db.open_pool()
        town = await build_town(residents=residents, points=1_800)
        await db.close_pool()
        await _run_sql(house, embedded.SUPERUSER, ("CHECKPOINT",))  # the town itself is there to stay
        await house.serve()
        load = Load(town=town, url=house.url, seed=seed, clients=clients, new_key_each_try=bug == "new_key_each_try")
        luck = random.Random(seed)  # noqa: S311 - luck, not a secret
        nemesis = Nemesis(house=house, history=load.history, luck=luck, pauses=pauses)
        seconds = await _under_load(load, nemesis, rounds, faults)
        if keep is not None:
            load.history.write(keep)
        await db.open_pool()
        begun = time.monotonic()
        findings = await check(load.history, house.database_url())
        heading = f"{bug or 'as it is'}: {seconds:.0f} s under load, checked in {time.monotonic() - begun:.1f} s"
        return Result(findings, _report(heading, load, nemesis, findings))
    finally:
        await db.close_pool()
        await house.close()
        install_settings(None)


async def _under_load(load: Load, nemesis: Nemesis, rounds: int, faults: tuple[str, ...]) -> float:
    begun = time.monotonic()
    enough = asyncio.Event()

    async def strike() -> None:
        try:
            await nemesis.strike(rounds, faults)
        finally:
            enough.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(enough))
        group.create_task(strike())
    return time.monotonic() - begun


async def _run_sql(house: House, role: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(house.database_url(role))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _report(heading: str, load: Load, nemesis: Nemesis, findings: Findings) -> str:
    operations = load.history.operations
    good = sum(each.outcome == "ok" for each in operations)
    retried = sum(each.tries > 1 for each in operations)
    answers = ", ".join(f"{name}: {count}" for name, count in sorted(load.history.statuses.items()))
    return (
        f"{heading}\n  seed {load.seed}, {len(operations)} operations, {good} ok, {retried} tried again\n"
        f"{nemesis.report()}\n  answers: {answers}\n  -> {findings.report()}"
    )


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--seed", default=lambda: random.SystemRandom().randrange(10**6), type=int)
@click.option("--bug", type=click.Choice(BUGS))
@click.option("--clients", default=16, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Write the history here, as JSON lines.")
def main(*, rounds: int, seed: int, bug: Bug | None, clients: int, keep: Path | None) -> None:
    """Run the harness once and say what it found."""
    result = asyncio.run(run(seed=seed, rounds=rounds, bug=bug, clients=clients, keep=keep))
    click.echo(result.report)
    raise SystemExit(int(result.findings.verdict != "VALID"))


if __name__ == "__main__":
    main()
