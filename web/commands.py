"""`qunzhifen`, the operators' command.

What the platform itself can do stands here; packages add theirs as entry points of the group `qunzhifen.commands`
(`name = "module:click command"`). A package's command with an `async def` callback runs with the stores running, the
schema up to date and the pool of `kit.db` open. It exits with 0 when all is well, 1 when it found a problem, 2 when it
was called wrongly.
"""

import asyncio
import functools
import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
import msgspec

from kit import db, embedded, logs, redis
from kit.embedded.process import Server
from kit.errors import Refusal
from kit.invariants import Finding, prove, registered
from kit.settings import Settings, SettingsRefused, child_environment, install_settings, settings
from web.doctor import examine
from web.migrate import MigrationFailed, migrate, pending
from web.pages.assets import AssetsMissing
from web.serving import PortTaken, kept_running, refuse_taken_port, serve
from web.worker import be_worker

LOGINS = "demo-logins.json"
_EXPECTED = (AssetsMissing, SettingsRefused, embedded.StoresUnavailable, MigrationFailed, PortTaken, Refusal)


class Operations(click.Group):
    """The platform's commands and those of the packages, which are loaded when they are called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted({*super().list_commands(ctx), *_offered()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give the platform's command, else a package's."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in _offered():
            return own
        return _operated(_offered()[cmd_name].load())

    def invoke(self, ctx: click.Context) -> Any:
        """Turn an expected failure into one sentence and exit code 1."""
        try:
            return super().invoke(ctx)
        except _EXPECTED as failure:
            said = failure.detail("en") if isinstance(failure, Refusal) else str(failure)
            raise click.ClickException(said) from failure


@functools.cache
def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="qunzhifen.commands")}


def _operated(command: click.Command) -> click.Command:
    """Let asynchronous callbacks, also those of subcommands, run in a whole surrounding."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _operated(each)
    if command.callback is not None and inspect.iscoroutinefunction(command.callback):
        command.callback = _in_surroundings(command.callback)
    return command


def _in_surroundings(work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    @functools.wraps(work)
    def run(*args: Any, **kwargs: Any) -> Any:
        logs.configure()
        with embedded.stores(settings(), say=_note):
            return asyncio.run(_with_pool(lambda: work(*args, **kwargs)))

    return run


async def _with_pool(work: Callable[[], Awaitable[Any]]) -> Any:
    await _up_to_date(settings())
    await db.open_pool()
    await redis.open()
    try:
        return await work()
    finally:
        await redis.close()
        await db.close_pool()


async def _up_to_date(chosen: Settings) -> None:
    """Migrate a database of our own; on a real server an operator decides when."""
    if waiting := await pending(chosen):
        if not chosen.embedded_database:
            raise MigrationFailed(f"{len(waiting)} migrations are waiting; run `qunzhifen migrate` first.")
        await migrate(chosen, say=_note)


def _note(text: str) -> None:
    click.echo(text, err=True)


@click.group(cls=Operations, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="qunzhifen")
def main() -> None:
    """群治分: run and look after the civic points platform."""


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at (PORT, 8000).")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer (QUNZHIFEN_WORKERS).")
@click.option("--demo", is_flag=True, help="Build the demo town the first time and print its logins.")
@click.option("--background/--no-background", default=True, help="Run the background worker beside it.")
def serve_command(*, host: str, port: int | None, workers: int | None, demo: bool, background: bool) -> None:
    """Bring the schema up to date and serve, until Ctrl-C."""
    chosen = settings()
    chosen = replace(chosen, port=port or chosen.port, workers=workers or chosen.workers)
    install_settings(chosen)
    if demo and chosen.production:
        raise SettingsRefused("The demo town has known passwords; production refuses it.")
    refuse_taken_port(host, chosen.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the server takes its signals over
    with embedded.stores(chosen, say=_note):
        if asyncio.run(pending(chosen)):
            asyncio.run(migrate(chosen, say=_note))
        if demo:
            _seed_once(chosen)
        with kept_running(_background_worker(chosen)) if background else nullcontext():
            serve(chosen, host=host, when_ready=lambda: _greet(chosen, host, demo=demo))


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema and give the app's role its rights."""
    chosen = settings()
    with embedded.stores(chosen, say=_note):
        done = asyncio.run(migrate(chosen, say=click.echo))
    click.echo(f"{len(done.applied)} migrations applied; the schema is up to date.")


@main.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Jobs done at a time.")
def worker_command(*, concurrency: int) -> None:
    """Do the background work until SIGTERM: jobs, periodic jobs and the outbox; several may run at once."""
    _in_surroundings(be_worker)(concurrency=concurrency)


@main.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
def verify_command(*, as_json: bool) -> None:
    """Prove every invariant of the books; exit 1 when one does not hold."""
    findings = _in_surroundings(lambda: prove(registered()))()
    if as_json:
        click.echo(msgspec.json.encode([_as_row(each) for each in findings]))
    else:
        for each in findings:
            verdict = "ok    " if each.ok else "BROKEN"
            click.echo(f"{verdict} {each.invariant.name:<52} {each.checked:>12,} checked  {each.invariant.en}")
            for violation in each.violations:
                click.echo(f"         {violation}")
        broken = sum(not each.ok for each in findings)
        click.echo(f"{len(findings)} invariants, {broken} broken.")
    if not all(each.ok for each in findings):
        sys.exit(1)


def _as_row(found: Finding) -> dict[str, Any]:
    return {
        "name": found.invariant.name,
        "checked": found.checked,
        "ok": found.ok,
        "violations": found.violations,
    }


@main.command("doctor")
def doctor_command() -> None:
    """Look at the surroundings: stores, settings, schema, files; exit 1 when something needs a person."""
    chosen = settings()
    with embedded.stores(chosen, say=_note):
        findings = asyncio.run(examine(chosen))
    for each in findings:
        click.echo(f"{each.verdict:<7} {each.subject:<18} {each.said}")
    if any(each.verdict == "problem" for each in findings):
        sys.exit(1)


@main.command("with-stores", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def with_stores_command(*, command: tuple[str, ...]) -> None:
    """Run another program while the embedded stores are running, for example piccolo or psql."""
    chosen = settings()
    with embedded.stores(chosen, say=_note):
        # The words are the operator's own, from his own shell.
        sys.exit(subprocess.run(command, check=False, env=child_environment(chosen)).returncode)


def _seed_once(chosen: Settings) -> None:
    """Build the demo town in a process of its own; one that was interrupted is cleared away and built again."""
    begun = chosen.data_dir / "demo-begun"
    if (chosen.data_dir / LOGINS).exists() or "seed" not in _offered():
        return
    if begun.exists() and chosen.embedded_database:
        _note("The demo town was left unfinished; building it afresh.")
        embedded.empty_database(chosen)
        asyncio.run(migrate(chosen))
    begun.touch()
    seeded = subprocess.run([sys.executable, "-m", "web.commands", "seed"], check=False, env=child_environment(chosen))
    if seeded.returncode:
        raise click.ClickException("The demo town could not be built; see above.")
    begun.unlink()


def _background_worker(chosen: Settings) -> Server:
    return Server(
        name="The background worker",
        arguments=[sys.executable, "-m", "web.commands", "worker"],
        log=chosen.data_dir / "worker.log",
        answers=lambda: True,
        quit_signal=signal.SIGTERM,
        death_signal=signal.SIGKILL,
        process_options={"env": {**child_environment(chosen), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}},
    )


def _greet(chosen: Settings, host: str, *, demo: bool) -> None:
    """Say where it serves and, for the demo, who may sign in."""
    path = chosen.data_dir / LOGINS
    if demo and path.exists():
        click.echo(f"{'role':<20} {'login':<24} {'password':<24} name")
        for each in json.loads(path.read_text(encoding="utf-8")):
            secret = each.get("password") or each.get("api_key") or ""
            click.echo(f"{each['role']:<20} {each.get('login') or '-':<24} {secret:<24} {each.get('name', '')}")
        click.echo(f"The second factors of staff (totp_secret) are in {path}")
    click.echo(f"Serving on http://{host}:{chosen.port} with {chosen.workers} workers; Ctrl-C ends it.")


if __name__ == "__main__":
    main()
