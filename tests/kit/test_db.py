"""The one door to the database: each trap of the stack, sprung once and found harmless."""

import asyncio
import errno
from contextlib import suppress

import asyncpg
import pytest

from kit import db
from kit.errors import DatabaseAway
from kit.settings import settings

pytestmark = pytest.mark.stores


@pytest.fixture
async def note(owner: asyncpg.Connection) -> None:
    """A table of our own to write to."""
    await owner.execute("CREATE TABLE note (id integer PRIMARY KEY, text text); GRANT ALL ON note TO PUBLIC")


@db.flow
async def write_note(*, number: int, text: str = "") -> int:
    await db.current().execute("INSERT INTO note VALUES ($1, $2)", number, text)
    return number


async def count() -> int:
    found: int = await db.fetchval("SELECT count(*) FROM note")
    return found


async def test_a_flow_commits_what_it_wrote(note: None) -> None:
    await write_note(number=1)
    assert await count() == 1


async def test_a_swallowed_sql_error_is_never_answered_as_success(note: None) -> None:
    @db.flow
    async def swallow() -> str:
        await db.current().execute("INSERT INTO note VALUES (1, 'kept?')")
        with suppress(asyncpg.UniqueViolationError):
            await db.current().execute("INSERT INTO note VALUES (1, 'again')")
        return "ok"

    with pytest.raises(db.CommitRefused):
        await swallow()
    assert await count() == 0


async def test_the_server_itself_answers_that_commit_without_an_error(note: None) -> None:
    """The control: without the door's look at the tag nobody would notice."""
    connection = await asyncpg.connect(settings().database_url)
    await connection.execute("BEGIN")
    await connection.execute("INSERT INTO note VALUES (1, 'kept?')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO note VALUES (1, 'again')")
    assert await connection.execute("COMMIT") == "ROLLBACK"
    await connection.close()


async def test_a_flow_inside_a_flow_is_refused(note: None) -> None:
    @db.flow
    async def outer() -> None:
        await write_note(number=1)

    with pytest.raises(db.NestedFlow):
        await outer()
    assert await count() == 0


async def test_a_step_outside_a_flow_is_refused(note: None) -> None:
    with pytest.raises(db.OutsideTransaction):
        db.current()


async def test_a_second_task_cannot_use_the_transaction(note: None) -> None:
    @db.flow
    async def scatter() -> None:
        await asyncio.gather(
            *[asyncio.create_task(_insert_from_elsewhere(number)) for number in range(2)],
        )

    async def _insert_from_elsewhere(number: int) -> None:
        await db.current().execute("INSERT INTO note VALUES ($1)", number)

    with pytest.raises(db.ForeignTask):
        await scatter()
    assert await count() == 0
    await write_note(number=7)
    assert await count() == 1


async def test_a_commit_that_fails_leaves_a_door_that_still_opens(note: None, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "CREATE TABLE late (id integer, CONSTRAINT late_once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);"
        "GRANT ALL ON late TO PUBLIC"
    )

    @db.flow
    async def twice() -> None:
        await db.current().execute("INSERT INTO late VALUES (1), (1)")

    for _ in range(15):  # more than the pool has connections
        with pytest.raises(asyncpg.UniqueViolationError):
            await twice()
    await write_note(number=1)
    assert await db.fetchval("SELECT count(*) FROM late") == 0


async def test_a_deadlock_is_tried_again_inside(note: None) -> None:
    await write_note(number=1)
    await write_note(number=2)
    met = asyncio.Barrier(2)
    tries = 0

    @db.flow
    async def cross(first: int, second: int) -> None:
        nonlocal tries
        tries += 1
        await db.current().execute("UPDATE note SET text = text || 'x' WHERE id = $1", first)
        if tries <= 2:
            await met.wait()
        await db.current().execute("UPDATE note SET text = text || 'x' WHERE id = $1", second)

    await asyncio.gather(cross(1, 2), cross(2, 1))
    assert tries == 3
    assert await db.fetchval("SELECT string_agg(text, ',' ORDER BY id) FROM note") == "xx,xx"


async def test_a_connection_lost_before_commit_is_tried_again_inside(note: None) -> None:
    tries = 0

    @db.flow
    async def cut_once() -> None:
        nonlocal tries
        tries += 1
        await db.current().execute("INSERT INTO note VALUES (1)")
        if tries == 1:
            await _end(await db.current().fetchval("SELECT pg_backend_pid()"))
        await db.current().execute("INSERT INTO note VALUES (2)")

    await cut_once()
    assert tries == 2
    assert await count() == 2


async def test_outside_of_a_flow_too_a_lost_connection_is_a_database_that_is_away(note: None) -> None:
    async def cut() -> None:
        async with db.transaction() as connection:
            await _end(await connection.fetchval("SELECT pg_backend_pid()"))
            await connection.execute("INSERT INTO note VALUES (1)")

    with pytest.raises(DatabaseAway):
        await cut()
    assert await count() == 0


async def test_an_error_of_the_work_itself_is_not_taken_for_a_lost_connection(note: None) -> None:
    tries = 0

    @db.flow
    async def without_room() -> None:
        nonlocal tries
        tries += 1
        await db.current().execute("INSERT INTO note VALUES (1)")
        raise OSError(errno.ENOSPC, "no space left on device")

    with pytest.raises(OSError, match="no space"):
        await without_room()
    assert (tries, await count()) == (1, 0)


async def _end(backend: int) -> None:
    other = await asyncpg.connect(settings().database_url)
    await other.execute("SELECT pg_terminate_backend($1)", backend)
    await other.close()


async def test_a_cancelled_caller_leaves_nothing_half_done(note: None) -> None:
    @db.flow
    async def slow() -> None:
        await db.current().execute("INSERT INTO note VALUES (1)")
        await db.current().execute("SELECT pg_sleep(5)")

    waiting = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await count() == 0
    for number in range(12):
        await write_note(number=number)
    assert await count() == 12


async def test_a_mistaken_argument_is_not_taken_for_a_lost_database(note: None) -> None:
    @db.flow
    async def mistaken() -> None:
        await db.current().execute("INSERT INTO note VALUES ($1)", "not a number")

    with pytest.raises(asyncpg.DataError):
        await asyncio.wait_for(mistaken(), db.PATIENCE)


async def test_a_database_that_is_away_is_said_to_be_away(note: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "PATIENCE", 0.3)
    await db.close_pool()
    with pytest.raises(DatabaseAway):
        await write_note(number=1)


async def test_a_savepoint_undoes_only_its_own_part(note: None) -> None:
    @db.flow
    async def partly() -> None:
        await db.current().execute("INSERT INTO note VALUES (1)")
        with suppress(ZeroDivisionError):
            async with db.savepoint():
                await db.current().execute("INSERT INTO note VALUES (2)")
                raise ZeroDivisionError

    await partly()
    assert await count() == 1


async def test_a_snapshot_does_not_see_what_is_committed_meanwhile(note: None) -> None:
    async with db.transaction(read_only=True) as snapshot:
        before = await snapshot.fetchval("SELECT count(*) FROM note")
        await asyncio.get_running_loop().create_task(_elsewhere(), context=None)
        assert await snapshot.fetchval("SELECT count(*) FROM note") == before


async def _elsewhere() -> None:
    # A task of its own begins with the opener's context: leave its transaction behind before working.
    db.engine.current_transaction.set(None)
    await write_note(number=99)
