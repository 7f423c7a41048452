"""Whether this process lives, whether it may serve, and what it counts."""

import asyncio
import os
from dataclasses import dataclass

import asyncpg
from prometheus_client import REGISTRY, Gauge, generate_latest

from kit import db, redis
from kit.errors import DatabaseAway
from kit.proofs import last_proof
from kit.settings import settings
from web.migrate import pending

_PATIENCE = 3.0
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_JOBS = Gauge("qunzhifen_jobs_waiting", "Jobs that are due and not done.")
_DEAD_JOBS = Gauge("qunzhifen_jobs_dead", "Jobs that failed for good and wait for a person.")
_EVENTS = Gauge("qunzhifen_outbox_waiting", "Facts that were not handed on yet.")
_BROKEN = Gauge("qunzhifen_invariants_broken", "Invariants that did not hold when they were last proven.")
_PROVEN = Gauge("qunzhifen_invariants_proven_timestamp_seconds", "When the invariants were last proven; 0 for never.")


class UnsafeDatabase(RuntimeError):
    """The database would forget what it has acknowledged; the app does not serve with it."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What readiness found: each check with `ok` or what is wrong."""

    database: str
    migrations: str
    durability: str
    files: str
    redis: str

    @property
    def ready(self) -> bool:
        """Whether requests may come; Valkey is not needed for that."""
        return {self.database, self.migrations, self.durability, self.files} == {"ok"}

    @property
    def status(self) -> str:
        """One word for all of it."""
        return "not_ready" if not self.ready else "ok" if self.redis == "ok" else "degraded"


async def look() -> Readiness:
    """Look at everything that serving needs; nothing here waits for long or raises."""
    database = migrations = durability = "unknown"
    try:
        async with asyncio.timeout(_PATIENCE):
            forgotten = await forgetful_settings()
            database = "ok"
            durability = "ok" if not forgotten or settings().allow_unsafe_database else f"off: {', '.join(forgotten)}"
            waiting = await _waiting_migrations()
            migrations = "ok" if not waiting else f"waiting: {waiting}"
    except (DatabaseAway, TimeoutError, OSError, asyncpg.PostgresError):
        database = "away"
    return Readiness(
        database=database,
        migrations=migrations,
        durability=durability,
        files="ok" if await asyncio.to_thread(_files_writable) else "not writable",
        redis="ok" if await redis.ping() else "away",
    )


async def forgetful_settings() -> list[str]:
    """The settings of the server that let it lose what it has acknowledged."""
    rows = await db.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE current_setting(name) = 'off'", list(_DURABLE)
    )
    return [row["name"] for row in rows]


async def refuse_unsafe_database() -> None:
    """Keep the app from serving with a forgetful server. One that is away is looked at again by readiness."""
    if settings().allow_unsafe_database:
        return
    try:
        async with asyncio.timeout(_PATIENCE):
            forgotten = await forgetful_settings()
    except (DatabaseAway, TimeoutError):
        return
    if forgotten:
        raise UnsafeDatabase(f"{', '.join(forgotten)} off: an acknowledged point could be lost")


class _Migrations:
    """Code does not change while it runs: once nothing waits, nothing ever will for this process."""

    applied_to: str = ""


async def _waiting_migrations() -> int:
    url = settings().database_url
    if _Migrations.applied_to == url:
        return 0
    waiting = len(await pending(settings()))
    if not waiting:
        _Migrations.applied_to = url
    return waiting


def _files_writable() -> bool:
    folder = settings().files_dir
    folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK | os.X_OK)


async def metrics() -> bytes:
    """This process's counters, and the queues of all of them."""
    try:
        row = await db.fetchrow(
            "SELECT (SELECT count(*) FROM kit_job WHERE finished_at IS NULL"
            "         AND coalesce(taken_until, run_at) <= now()) AS jobs,"
            " (SELECT count(*) FROM kit_job WHERE state = 'dead') AS dead,"
            " (SELECT count(*) FROM kit_outbox WHERE delivered_at IS NULL) AS events"
        )
        proof = await last_proof()
    except DatabaseAway:
        row = proof = None
    if row is not None:
        _JOBS.set(row["jobs"])
        _DEAD_JOBS.set(row["dead"])
        _EVENTS.set(row["events"])
    if proof is not None:
        _BROKEN.set(len(proof.broken))
        _PROVEN.set(proof.proven_at.timestamp())
    return generate_latest(REGISTRY)
