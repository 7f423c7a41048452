"""Operators' commands of points: `qunzhifen import participations` and `qunzhifen expire`."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from identity.actor import Actor
from points.expiry import expire_points
from points.import_participations import (
    Fault,
    FileNotReadable,
    Imported,
    batches,
    check_rows,
    import_batch,
    read_file,
)

SHOWN = 20


@click.group("import")
def import_files() -> None:
    """Take data from files."""


@import_files.command("participations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would come of each line; write nothing.")
@click.option("--skip-faulty", is_flag=True, help="Take the good lines of a file that has faulty ones.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every fault and every line that was not awarded to this CSV file.",
)
async def import_participations(*, file: Path, dry_run: bool, skip_faulty: bool, report: Path | None) -> None:
    """Import participations from a .csv (UTF-8) or .xlsx FILE.

    Titles: resident (or phone), action, occurred_at, quantity, reference, note; or 居民编号 (手机号), 行为编码,
    发生时间, 数量, 凭证号, 备注. The same file again changes nothing. Exits with 1 when a line is faulty.
    """
    try:
        rows, faults = await check_rows(read_file(file))
    except FileNotReadable as unreadable:
        raise click.ClickException(f"{file.name} cannot be read: {unreadable}") from unreadable
    imported: list[Imported] = []
    if not faults or skip_faulty or dry_run:
        actor = Actor.system("import")
        with click.progressbar(length=len(rows), label="Importing") as bar:
            for batch in batches(rows):
                imported += await import_batch(actor=actor, rows=batch, dry_run=dry_run)
                bar.update(len(batch))
    _say(faults, imported, dry_run=dry_run)
    if report is not None:
        _write_report(report, faults, imported)
    if faults:
        raise click.exceptions.Exit(1)


def _say(faults: Sequence[Fault], imported: Sequence[Imported], *, dry_run: bool) -> None:
    for fault in faults[:SHOWN]:
        click.echo(f"row {fault.row}, {fault.column}: {fault.reason}", err=True)
    if len(faults) > SHOWN:
        click.echo(f"… and {len(faults) - SHOWN} more faults; --report FILE writes all of them.", err=True)
    counts = Counter(each.state if each.state != "refused" else each.code for each in imported)
    said = ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "nothing imported"
    points = sum(each.points for each in imported)
    click.echo(f"{'Would be: ' if dry_run else ''}{said}; {points} points; {len(faults)} faults.")


def _write_report(path: Path, faults: Sequence[Fault], imported: Sequence[Imported]) -> None:
    """Rows, columns and reasons; no value of the file is repeated, so none can become a formula."""
    lines = [(fault.row, fault.column, fault.reason) for fault in faults]
    lines += [(each.row, "", each.code) for each in imported if each.state != "awarded"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "reason"])
        writer.writerows(sorted(lines))


@click.command("expire")
async def expire() -> None:
    """Take the points that have expired off the accounts. They cannot be spent before this runs either."""
    accounts, points = 0, 0
    while (done := await expire_points()).accounts:
        accounts += done.accounts
        points += done.points
        click.echo(f"{accounts} accounts …", err=True)
    click.echo(f"{points} points expired on {accounts} accounts.")


commands = [import_files, expire]
