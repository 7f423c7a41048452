"""The one door to the database.

A flow is one transaction, opened here and nowhere else:

- The door sends COMMIT itself and raises unless the server answers `COMMIT`. PostgreSQL answers `ROLLBACK`, with no
  error, when an SQL error was swallowed inside the transaction; drivers say nothing and the row is gone.
- It never nests: an inner transaction would silently be no transaction.
- Only the task that opened it may use it: two tasks on one connection poison each other's answers.
- What can be retried is retried here (deadlock, serialization, lock timeout, a connection lost before COMMIT was
  sent). A connection lost while COMMIT was on its way is `OutcomeUnknown`: the caller retries with the same key.

Piccolo's queries inside a flow run on the same connection, outside of one on the pool.
"""

import asyncio
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from kit.errors import DatabaseAway, OutcomeUnknown
from kit.settings import settings

P = ParamSpec("P")
R = TypeVar("R")

Row: TypeAlias = asyncpg.Record
Connection: TypeAlias = asyncpg.Connection

PATIENCE = 5.0  # seconds in which a flow is tried again before its caller is told that the database is away
_RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_BROKEN = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # the driver lost its place in the conversation: the server went away in its midst
)
_LOST = (OSError, *_BROKEN)


class CommitRefused(RuntimeError):
    """The server answered COMMIT with something else: an error was swallowed inside the transaction."""


class NestedFlow(RuntimeError):
    """A flow was called inside a flow; call the lower package's step instead."""


class OutsideTransaction(RuntimeError):
    """A step was called with no transaction open."""


class ForeignTask(RuntimeError):
    """A second task tried to use a transaction; a job runs in its own."""


class _Engine(PostgresEngine):
    """Piccolo's engine, which does not reach for the server when it is made: commands start the server later."""

    async def get_version(self) -> float:
        return self.min_version_number

    async def prep_database(self) -> None:
        return

    async def get_new_connection(self) -> Connection:
        """Connect where the settings say; Piccolo's own command comes here without a pool."""
        return await asyncpg.connect(dsn=self.config["dsn"] or settings().database_url)


class _Transaction:
    """What Piccolo and the steps see of an open transaction."""

    __slots__ = ("_connection", "_task")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._task = asyncio.current_task()

    @property
    def connection(self) -> Connection:
        if asyncio.current_task() is not self._task:
            raise ForeignTask
        return self._connection


engine = _Engine(config={"dsn": ""}, extensions=())


async def open_pool(url: str | None = None, *, size: int = 10) -> None:
    """Connect this process to the database; connections are made as they are needed."""
    if engine.pool is not None:
        await close_pool()
    engine.config = {"dsn": url or settings().database_url}
    engine.pool = await asyncpg.create_pool(
        dsn=engine.config["dsn"],
        min_size=0,
        max_size=size,
        reset=_nothing_to_reset,
        server_settings={"application_name": "qunzhifen", "lock_timeout": "10s", "TimeZone": "UTC"},
    )


async def close_pool() -> None:
    """Let the connections go, waiting a moment for those in use."""
    pool, engine.pool = engine.pool, None
    if pool is not None:
        try:
            await asyncio.wait_for(pool.close(), 5)
        except (TimeoutError, *_LOST):
            pool.terminate()


async def _nothing_to_reset(_connection: Connection) -> None:
    """Transactions leave no session state behind; the driver's own reset would cost a round trip each."""


def flow(use_case: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Make a function a flow: a whole use case in one transaction, retried where that is safe."""

    @functools.wraps(use_case)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if engine.current_transaction.get() is not None:
            raise NestedFlow(use_case.__qualname__)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        pause = 0.01
        while True:
            try:
                async with transaction():
                    return await use_case(*args, **kwargs)
            except (*_RETRIED, DatabaseAway) as failure:
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise DatabaseAway from failure
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, 0.5)

    return run


@asynccontextmanager
async def transaction(*, read_only: bool = False) -> AsyncIterator[Connection]:
    """Open a transaction, for a flow or a test. `read_only` gives one unchanging snapshot of the whole database.

    A connection that is lost before COMMIT was sent is `DatabaseAway`, whatever the driver calls it: nothing was
    changed. An error that the work inside raises stays what it is.
    """
    if engine.current_transaction.get() is not None:
        raise NestedFlow
    connection = await _acquire()
    opened = engine.current_transaction.set(_Transaction(connection))  # type: ignore[arg-type]
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "BEGIN")
        yield connection
        await _commit(connection)
    except (asyncpg.InterfaceError, *_LOST) as failure:
        lost = _is_gone(connection) or isinstance(failure, _BROKEN)
        await _abandon(connection)
        if lost:
            raise DatabaseAway from failure
        raise
    except BaseException:
        await _abandon(connection)
        raise
    finally:
        engine.current_transaction.reset(opened)
        await _release(connection)


async def _commit(connection: Connection) -> None:
    try:
        tag = await connection.execute("COMMIT")
    except (*_LOST, asyncpg.InterfaceError) as failure:
        raise OutcomeUnknown from failure
    if tag != "COMMIT":
        raise CommitRefused(tag)


async def _abandon(connection: Connection) -> None:
    """Roll back; a connection whose state is not known any more is thrown away, not handed on."""
    try:
        if not _is_gone(connection):
            await asyncio.wait_for(connection.execute("ROLLBACK"), 2)
    except BaseException:  # noqa: BLE001 - cancelled or broken alike: this connection serves nobody again
        if not _is_gone(connection):
            connection.terminate()


def _is_gone(connection: Connection) -> bool:
    """Whether the server's side is closed; the pool then takes its hand off the connection, which also says so."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def current() -> Connection:
    """The open transaction's connection, for steps; raises outside of one."""
    opened = engine.current_transaction.get()
    if opened is None:
        raise OutsideTransaction
    return opened.connection


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Undo only what is done inside, if it raises; the transaction goes on."""
    connection = current()
    await connection.execute("SAVEPOINT inner_work")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK TO SAVEPOINT inner_work")
        raise
    finally:
        await connection.execute("RELEASE SAVEPOINT inner_work")


@asynccontextmanager
async def reading() -> AsyncIterator[Connection]:
    """A connection to read with: the open transaction's, else one of the pool."""
    if engine.current_transaction.get() is not None:
        yield current()
        return
    connection = await _acquire()
    try:
        yield connection
    finally:
        await _release(connection)


async def fetch(query: str, *args: object) -> Sequence[Row]:
    """All rows of a read."""
    rows: Sequence[Row] = await _read("fetch", query, args)
    return rows


async def fetchrow(query: str, *args: object) -> Row | None:
    """The first row of a read, or none."""
    return await _read("fetchrow", query, args)


async def fetchval(query: str, *args: object) -> Any:
    """The first column of the first row of a read."""
    return await _read("fetchval", query, args)


async def _read(method: str, query: str, args: tuple[object, ...]) -> Any:
    """Read once more on a fresh connection when the one at hand turns out to be broken; reading twice harms nobody."""
    if engine.current_transaction.get() is not None:
        return await getattr(current(), method)(query, *args)
    for last in (False, True):
        async with reading() as connection:
            try:
                return await getattr(connection, method)(query, *args)
            except (*_LOST, asyncpg.InterfaceError) as failure:
                if not _is_gone(connection) and isinstance(failure, asyncpg.InterfaceError):
                    raise
                if last:
                    raise DatabaseAway from failure
        await asyncio.sleep(0.05)
    return None


async def _acquire() -> Connection:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            connection: Connection = await _pool().acquire(timeout=PATIENCE)
        except (*_LOST, TimeoutError) as failure:
            if asyncio.get_running_loop().time() > deadline:
                raise DatabaseAway from failure
            await asyncio.sleep(0.05)
        else:
            return connection


async def _release(connection: Connection) -> None:
    with suppress(*_LOST, asyncpg.InterfaceError):
        await asyncio.shield(_pool().release(connection))


def _pool() -> "asyncpg.Pool[Row]":
    if engine.pool is None:
        raise DatabaseAway
    return engine.pool


def array(values: Iterable[object]) -> str:
    """Ids, numbers, days or moments as one parameter, which the statement reads as `$1::text::uuid[]`.

    Given a list, the driver asks of each element whether it is a list itself, which cost the hot flows a fifth of their
    time; and it sends no list of ragged arrays at all. Words go as lists: they would have to be quoted here.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def numbers(values: list[int | None] | list[int]) -> str:
    """The same for whole numbers, at a fraction of the cost: all are written out at once."""
    return "{" + str(values)[1:-1].replace("None", "NULL") + "}"


def shared(rows: Sequence[tuple[str, ...]], width: int) -> list[object]:
    """Words that many rows have in common, each combination sent once.

    Gives one parameter that tells of each row which combination it has (from 1 on), and one list of words a column.
    """
    places = {words: place for place, words in enumerate(dict.fromkeys(rows), 1)}
    columns = [list(column) for column in zip(*places, strict=True)] or [[] for _ in range(width)]
    return [numbers([places[words] for words in rows]), *columns]


@functools.cache
def load_sql(beside: str, name: str) -> str:
    """The statement in `sql/<name>.sql` beside the module that asks (`load_sql(__file__, "post_transfers")`)."""
    return (Path(beside).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
