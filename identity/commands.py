"""The operators' command of identity: `qunzhifen audit`."""

import sys

import click

from identity.anchors import anchor_head, read_anchors
from identity.audit import seal_audit, verify_chain


@click.command("audit")
@click.option("--anchor", is_flag=True, help="Keep the present head in the file of anchors first.")
async def audit_command(*, anchor: bool) -> None:
    """Walk the audit chain against the heads kept outside; exit 1 when anything was changed."""
    while await seal_audit():
        pass
    if anchor and (kept := await anchor_head()):
        click.echo(f"Kept the head of block {kept.number}.")
    anchors = read_anchors()
    report = await verify_chain(anchors=anchors)
    for fault in report.faults:
        click.echo(f"BROKEN {fault}")
    click.echo(
        f"{report.entries:,} entries in {report.blocks:,} blocks, {report.unsealed:,} not sealed yet,"
        f" {len(anchors):,} anchors, {len(report.faults)} faults."
    )
    if not report.ok:
        sys.exit(1)
