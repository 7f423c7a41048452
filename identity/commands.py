"""The operators' commands of identity: `qunzhifen audit`, and how a new county begins: `open-area`, `appoint`."""

import secrets
import sys

import click

from identity.actor import ROLES, STAFF_ROLES, Actor
from identity.anchors import anchor_head, read_anchors
from identity.areas import find_area_by_path, open_area
from identity.audit import seal_audit, verify_chain
from identity.errors import LoginTaken
from identity.logins import create_login, login_taken
from identity.people import NewPerson, register_person
from identity.roles import grant_role

_OPERATOR = "operator at the console"


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


@click.command("open-area")
@click.argument("path")
@click.argument("name_zh")
@click.argument("name_en")
async def open_area_command(*, path: str, name_zh: str, name_en: str) -> None:
    """Open an area: PATH is its place in the territory, `lyx` for the county, `lyx.t1` for a town in it."""
    await open_area(actor=Actor.system(_OPERATOR), path=path, name_zh=name_zh, name_en=name_en)
    click.echo(f"{path} is open.")


@click.command("appoint")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)), help="The office to hold.")
@click.option("--area", "area_path", required=True, help="The path of the area to hold it for.")
async def appoint_command(*, login: str, name: str, role: str, area_path: str) -> None:
    """Register a member of staff with a login and an office; prints password and authenticator secret once."""
    area = await find_area_by_path(area_path)
    if area is None:
        raise click.ClickException(f"There is no area {area_path}; open it with `qunzhifen open-area`.")
    if await login_taken(login):
        raise LoginTaken
    actor = Actor.system(_OPERATOR)
    password = secrets.token_urlsafe(12)
    person_id = await register_person(actor=actor, person=NewPerson(name=name, area_id=area.id, resident=False))
    made = await create_login(
        actor=actor, person_id=person_id, login=login, password=password, with_totp=role in STAFF_ROLES
    )
    await grant_role(actor=actor, person_id=person_id, role=role, area_id=area.id, why="appointed at the console")
    click.echo(f"login {login}\npassword {password}")
    if made.totp_secret:
        click.echo(f"authenticator {made.totp_secret}")
