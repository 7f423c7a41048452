"""What one award writes: rows, index entries and bytes of log, as the server counts them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

_FLUSHED_SECONDS = 11  # an idle session reports what it did ten seconds later
_TABLES = """
    SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS hot, n_tup_del AS deleted
    FROM pg_stat_user_tables
"""
_INDEXES = """
    SELECT relation.relname AS table, entry.indexrelid::regclass::text AS name,
           pg_get_expr(entry.indpred, entry.indrelid) AS predicate
    FROM pg_index AS entry JOIN pg_class AS relation ON relation.oid = entry.indrelid
    WHERE relation.relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class TableWrites:
    """What was written to one table, per award."""

    table: str
    inserted: float
    hot: float
    not_hot: float
    deleted: float
    index_entries: float


@dataclass(frozen=True, slots=True)
class Writes:
    """What was written per award."""

    tables: tuple[TableWrites, ...]
    wal_bytes: float

    @property
    def rows(self) -> float:
        """Row versions written."""
        return sum(each.inserted + each.hot + each.not_hot for each in self.tables)

    @property
    def index_entries(self) -> float:
        """Index entries written."""
        return sum(each.index_entries for each in self.tables)


async def count_writes(url: str, work: Callable[[], Awaitable[int]]) -> Writes:
    """Do some work, which answers how many awards it made, and say what each of them wrote."""
    connection = await asyncpg.connect(url)
    try:
        await asyncio.sleep(_FLUSHED_SECONDS)
        before = {row["relname"]: row for row in await connection.fetch(_TABLES)}
        newest = {
            table: await connection.fetchval(f"SELECT id FROM {table} ORDER BY id DESC LIMIT 1") for table in _BY_ID
        }
        log = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
        awards = await work()
        written = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)", log)
        await asyncio.sleep(_FLUSHED_SECONDS)
        after = {row["relname"]: row for row in await connection.fetch(_TABLES)}
        tables = []
        for name, row in sorted(after.items()):
            grown = {column: row[column] - before[name][column] for column in ("inserted", "updated", "hot", "deleted")}
            if any(grown.values()):
                entries = await _entries(connection, name, grown, newest.get(name))
                tables.append(
                    TableWrites(
                        name,
                        grown["inserted"] / awards,
                        grown["hot"] / awards,
                        (grown["updated"] - grown["hot"]) / awards,
                        grown["deleted"] / awards,
                        entries / awards,
                    )
                )
        return Writes(tuple(tables), float(written) / awards)
    finally:
        await connection.close()


_BY_ID = ("points_transfer", "points_participation")
"""Tables whose rows are found by ids that grow with time, so that entries of partial indexes can be counted."""


async def _entries(connection: "asyncpg.Connection", table: str, grown: dict[str, int], newest: object) -> int:
    entries = 0
    for index in await connection.fetch(_INDEXES):
        if index["table"] != table:
            continue
        added = grown["inserted"]
        if index["predicate"] is not None:
            found = f"SELECT count(*) FROM {table} WHERE id > $1 AND {index['predicate']}"
            added = await connection.fetchval(found, newest) if newest is not None else 0
        entries += added + grown["updated"] - grown["hot"]
    return entries
