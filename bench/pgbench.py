"""pgbench beside us: its tpcb-like and simple-update scripts, on a database of its own in the same server."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.stores import superuser_url
from kit import embedded
from kit.settings import Settings

DATABASE = "pgbench"
SCRIPTS = ("tpcb-like", "simple-update")
CLIENTS = (16, 64)
_TPS = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


class PgbenchFailed(RuntimeError):
    """pgbench did not run; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The programs and the number of clients with which pgbench is fastest here."""

    programs: Path
    host: Path
    clients: int

    async def run(self, script: str, seconds: float) -> float:
        """Transactions a second of one of its scripts."""
        return await _run(self.programs, self.host, script, self.clients, seconds)


async def prepare(chosen: Settings, *, scale: int, seconds: float) -> Pgbench:
    """Make its tables, if they are not there, and find its best number of clients."""
    programs = embedded.postgres_programs(chosen)
    host = chosen.embedded.sockets
    administrator = await asyncpg.connect(superuser_url(chosen, "postgres"))
    try:
        made = await administrator.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE)
        if not made:
            await administrator.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await administrator.close()
    if not made:
        await _pgbench(programs, host, "-i", "-q", "-s", str(scale), "--fillfactor=90")
    rates = {clients: await _run(programs, host, "tpcb-like", clients, seconds) for clients in CLIENTS}
    return Pgbench(programs, host, max(rates, key=lambda clients: rates[clients]))


async def _run(programs: Path, host: Path, script: str, clients: int, seconds: float) -> float:
    words = ("-n", "-b", script, "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(max(1, round(seconds))))
    said = await _pgbench(programs, host, *words)
    found = _TPS.search(said)
    if found is None:
        raise PgbenchFailed(said)
    return float(found.group(1))


async def _pgbench(programs: Path, host: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        programs / "pgbench", "-h", str(host), "-U", embedded.SUPERUSER, *words, DATABASE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise PgbenchFailed(said.decode(errors="replace"))
    return said.decode(errors="replace")
