"""Logs: one JSON line an event, with the request's id, and nothing in it that names a person or opens a door.

An exception is logged by its place and its kind. What the database says about the row that failed is left out: its
DETAIL quotes the row, and the driver quotes the argument that it could not send.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from typing import Any

import asyncpg
import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, empty outside of one."""

_HANDLER = "qunzhifen"
_MASKS = (
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),  # mobile phones
    (re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)"), r"\1**********\2"),  # identity numbers
    (re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)"), r"\1********\2"),  # bank cards
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "«token»"),
    (re.compile(r"qzf_[\w-]+"), "«api key»"),
    (re.compile(r"qz[ipr]_[\w-]+"), "«token»"),
    (re.compile(r"(?i)bearer\s+[\w.~+/=-]+"), "Bearer «token»"),
    (re.compile(r"(?<![A-Z2-7])[A-Z2-7]{26}(?![A-Z2-7])"), "«voucher code»"),
)
_QUOTED_VALUES = (
    (re.compile(r"(for query argument \$\d+)[\s\S]*"), r"\1 «value»"),  # asyncpg: the argument it could not encode
    (re.compile(r"\bDETAIL:[\s\S]*"), "DETAIL: «row»"),  # PostgreSQL: the key or the row
)
_DATA_EXCEPTION = "22"  # the class of codes whose messages quote the value that did not fit
_SECRET_NAMES = re.compile(r"(?i)password|secret|token|authorization|cookie|totp|api_key|short_code|\bcode_value\b")


def mask(text: str) -> str:
    """The text without phones, identity and card numbers, tokens, keys and voucher codes."""
    for pattern, shown in _MASKS:
        text = pattern.sub(shown, text)
    return text


def described(failure: BaseException) -> str:
    """The kind of an exception and what it says, without the values of the row or argument that failed."""
    return f"{_kind(failure)}: {_said(failure)}"


def _kind(failure: BaseException) -> str:
    return f"{type(failure).__module__}.{type(failure).__qualname__}"


def _said(failure: BaseException) -> str:
    said = str(failure)
    if isinstance(failure, asyncpg.PostgresError):
        said = str(failure.args[0]) if failure.args else ""  # the text adds the DETAIL to it
        if str(failure.sqlstate or "").startswith(_DATA_EXCEPTION):
            said = re.sub(r'"[\s\S]*"', "«value»", said)
    for pattern, shown in _QUOTED_VALUES:
        said = pattern.sub(shown, said)
    return mask(said)


def _quotes_an_argument(failure: BaseException) -> bool:
    return _QUOTED_VALUES[0][0].search(str(failure)) is not None


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """An exception after those that led to it, each once."""
    seen: list[BaseException] = []
    current: BaseException | None = failure
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    for each in reversed(seen):
        if isinstance(each, BaseExceptionGroup):
            for inner in each.exceptions:
                yield from _chain(inner)
        yield each


def trace(failure: BaseException) -> str:
    """Where an exception and its causes were raised, each with its description.

    What led the driver to refuse an argument quotes it in words of its own: of that only the kind is named.
    """
    chain = list(_chain(failure))
    quoting = any(_quotes_an_argument(each) for each in chain)
    return "\n".join(
        "".join(traceback.format_tb(each.__traceback__))
        + (_kind(each) if quoting and not _quotes_an_argument(each) else described(each))
        for each in chain
    )


def _format_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn `exc_info`, in each of the forms that loggers give it, into text."""
    given: Any = event.pop("exc_info", None)
    if isinstance(given, tuple):
        given = given[1]
    elif given and not isinstance(given, BaseException):
        given = sys.exc_info()[1]
    if isinstance(given, BaseException):
        event["exception"] = trace(given)
    return event


def _masked(value: Any, name: str = "") -> Any:
    if name and _SECRET_NAMES.search(name):
        return "«hidden»"
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _masked(value, name) for name, value in event.items()}


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if current := request_id.get():
        event.setdefault("request_id", current)
    return event


_BEFORE_RENDERING: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_request_id,
    _format_exception,
]
_PROCESSORS = [*_BEFORE_RENDERING, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
"""One list however often a process configures its logs: loggers keep the list that they met first."""


def configure(*, level: int = logging.INFO) -> None:
    """Send our own events and those of the libraries to standard error, one JSON line each, masked."""
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_BEFORE_RENDERING,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _mask_event,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.set_name(_HANDLER)
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if each.get_name() == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    logging.getLogger("httpx").setLevel(logging.WARNING)
