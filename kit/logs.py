"""Logs: one JSON line an event, with the request's id, and nothing in it that names a person or opens a door."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

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
    (re.compile(r"(?i)bearer\s+[\w.~+/=-]+"), "Bearer «token»"),
    (re.compile(r"(?<![A-Z2-7])[A-Z2-7]{26}(?![A-Z2-7])"), "«voucher code»"),
)
_SECRET_NAMES = re.compile(r"(?i)password|secret|token|authorization|cookie|totp|api_key|short_code|\bcode_value\b")


def mask(text: str) -> str:
    """The text without phones, identity and card numbers, tokens, keys and voucher codes."""
    for pattern, shown in _MASKS:
        text = pattern.sub(shown, text)
    return text


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


def configure(*, level: int = logging.INFO) -> None:
    """Send our own events and those of the libraries to standard error, one JSON line each, masked."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
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
