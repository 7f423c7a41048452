"""What is logged names no person: neither in our own words nor in those of the database about a row that failed."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from kit import db, logs

SECRET = "张小三的秘密"


class Lines:
    """What was logged, a decoded line each."""

    def __init__(self) -> None:
        self.written = io.StringIO()

    def of(self, *, failure: BaseException) -> dict[str, Any]:
        """The line of an exception."""
        structlog.get_logger("tests").error("it failed", exc_info=failure)
        (line,) = self.written.getvalue().splitlines()
        assert SECRET not in line
        logged: dict[str, Any] = json.loads(line)
        return logged


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of a process, written to memory."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure()
    written = Lines()
    (handler,) = [each for each in root.handlers if each.get_name() == "qunzhifen"]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written.written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


async def failure_of(statement: str, *values: object) -> BaseException:
    """What is raised when the database refuses a statement."""
    try:
        async with db.transaction() as connection:
            await connection.execute("CREATE TEMPORARY TABLE person (name text UNIQUE, age int CHECK (age > 0))")
            await connection.execute("INSERT INTO person VALUES ($1, 1)", SECRET)
            await connection.execute(statement, *values)
    except Exception as failure:  # noqa: BLE001 - every kind of them is asked for
        return failure
    raise AssertionError(statement)


REFUSED: list[tuple[str, object, str, str]] = [
    ("INSERT INTO person VALUES ($1, 2)", SECRET, "UniqueViolationError", "person_name_key"),
    ("INSERT INTO person VALUES ($1, -1)", "x" + SECRET, "CheckViolationError", "person_age_check"),
    ("SELECT $1::text::uuid", SECRET, "InvalidTextRepresentationError", "invalid input syntax"),
    ("SELECT $1::uuid", SECRET, "DataError", "for query argument $1 «value»"),
    ("SELECT $1::int", SECRET, "DataError", "for query argument $1 «value»"),
]


@pytest.mark.parametrize("refused", REFUSED, ids=[statement for statement, *_ in REFUSED])
async def test_a_failing_row_is_named_by_its_rule_and_not_by_its_values(
    database: str, lines: Lines, refused: tuple[str, object, str, str]
) -> None:
    statement, value, kind, said = refused
    failure = await failure_of(statement, value)
    assert SECRET in str(failure), "the driver quotes it"
    logged = lines.of(failure=failure)["exception"]
    assert kind in logged
    assert said in logged
    assert "failure_of" in logged, "where it was raised"
    assert SECRET not in logs.described(failure)


async def test_the_cause_behind_another_exception_is_masked_too(database: str, lines: Lines) -> None:
    failure = RuntimeError("the import stopped")
    failure.__cause__ = await failure_of("INSERT INTO person VALUES ($1, 2)", SECRET)
    logged = lines.of(failure=ExceptionGroup("both", [failure]))["exception"]
    assert logged.index("UniqueViolationError") < logged.index("the import stopped")


def test_phones_cards_tokens_and_codes_are_masked(lines: Lines) -> None:
    said = "13812345678 330102199001011234 eyJhbGciOi.eyJzdWIi.c2ln qzf_abc qzi_x-y HYICJ2GYD4OZKIOSTRK7JIGYCA"
    logged = lines.of(failure=ValueError(said))["exception"]
    assert logged.endswith("138****5678 3301**********1234 «token» «api key» «token» «voucher code»")
