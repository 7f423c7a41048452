"""What `qunzhifen doctor` looks at: whether this machine and its settings can carry the product."""

import asyncio
import os
import platform
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kit.calendar import last_published_year
from kit.clock import SHANGHAI
from kit.settings import Settings
from web.migrate import immutable_tables, pending
from web.pages.assets import AssetsMissing, manifest

OLDEST_POSTGRES = 150000
_CLOCK_SECONDS = 2.0
_TWO_ROLES = "Give MIGRATION_DATABASE_URL a role that owns the tables, and DATABASE_URL another one; then migrate."

_OWN_DAYS = "SELECT extract(year FROM day)::int AS year, count(*) AS days FROM kit_calendar_day GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    verdict: Literal["ok", "warning", "problem"]
    subject: str
    said: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; what cannot be looked at is a problem."""
    findings = [Finding("ok", "python", platform.python_version()), Finding("ok", "environment", settings.environment)]
    looks: tuple[tuple[str, Callable[[Settings], Coroutine[Any, Any, list[Finding]]]], ...] = (
        ("database", _database),
        ("schema", _schema),
        ("calendar", _calendar),
        ("valkey", _valkey),
        ("files", _files),
        ("pages", _pages),
    )
    for subject, look in looks:
        try:
            async with asyncio.timeout(10):
                findings += await look(settings)
        except (OSError, asyncpg.PostgresError, TimeoutError) as failure:
            findings.append(Finding("problem", subject, f"{type(failure).__name__}: {failure}"))
    return findings


async def _database(settings: Settings) -> list[Finding]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        version = await connection.fetchval("SELECT current_setting('server_version_num')::int")
        named = await connection.fetchval("SELECT current_setting('server_version')")
        off = [
            name
            for name in ("fsync", "full_page_writes", "synchronous_commit")
            if await connection.fetchval("SELECT current_setting($1)", name) == "off"
        ]
        encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
        role = await connection.fetchval("SELECT current_user::text")
        changeable = await connection.fetch(
            "SELECT name FROM unnest($1::text[]) AS name"
            " WHERE to_regclass(name) IS NOT NULL"
            " AND has_table_privilege(to_regclass(name), 'UPDATE, DELETE, TRUNCATE')",
            sorted(immutable_tables()),
        )
        ahead = (datetime.now(UTC) - await connection.fetchval("SELECT clock_timestamp()")).total_seconds()
    finally:
        await connection.close()
    return [
        Finding("ok" if version >= OLDEST_POSTGRES else "problem", "postgresql", f"{named} (15 or later is needed)"),
        Finding("ok" if encoding == "UTF8" else "problem", "encoding", encoding),
        (
            Finding("problem", "durability", f"{', '.join(off)} off: an acknowledged point can be lost")
            if off
            else Finding("ok", "durability", "fsync, full_page_writes and synchronous_commit are on")
        ),
        (
            Finding("warning", "role", f"{role} may change immutable tables; only triggers guard them. {_TWO_ROLES}")
            if changeable
            else Finding("ok", "role", f"{role} may not change immutable tables")
        ),
        Finding(
            "ok" if abs(ahead) < _CLOCK_SECONDS else "warning", "clock", f"{ahead:+.1f} s from the database's clock"
        ),
    ]


async def _schema(settings: Settings) -> list[Finding]:
    waiting = await pending(settings)
    if waiting:
        return [Finding("problem", "schema", f"{len(waiting)} migrations are waiting; run `qunzhifen migrate`")]
    return [Finding("ok", "schema", "up to date")]


async def _calendar(settings: Settings) -> list[Finding]:
    """Whether deadlines of this year and the next are counted by real working days."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        known = await connection.fetchval("SELECT to_regclass('kit_calendar_day') IS NOT NULL")
        rows = await connection.fetch(_OWN_DAYS) if known else []
    finally:
        await connection.close()
    own = {row["year"]: row["days"] for row in rows}
    this_year = datetime.now(SHANGHAI).year
    return [_year(year, own.get(year, 0)) for year in (this_year, this_year + 1)]


def _year(year: int, own_days: int) -> Finding:
    if year <= last_published_year():
        return Finding("ok", "calendar", f"{year}: the published working days, {own_days} of the county's own")
    if own_days:
        return Finding("ok", "calendar", f"{year}: {own_days} days of the county's own; the others by weekday")
    said = f"{year}: no working-day data; deadlines are estimated by weekdays until the published calendar is updated"
    return Finding("warning", "calendar", said)


async def _valkey(settings: Settings) -> list[Finding]:
    client = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        found = await client.info("server")
    except RedisError as failure:
        return [Finding("warning", "valkey", f"away ({failure}); everything works, slower")]
    finally:
        await client.aclose()
    return [Finding("ok", "valkey", str(found.get("valkey_version") or found.get("redis_version")))]


async def _files(settings: Settings) -> list[Finding]:
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    if not os.access(settings.files_dir, os.W_OK):
        return [Finding("problem", "files", f"{settings.files_dir} cannot be written")]
    return [Finding("ok", "files", str(settings.files_dir))]


async def _pages(settings: Settings) -> list[Finding]:
    try:
        return [Finding("ok", "pages", f"{len(manifest())} files for browsers")]
    except AssetsMissing as missing:
        return [Finding("problem" if settings.production else "warning", "pages", str(missing))]
