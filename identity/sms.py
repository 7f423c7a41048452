"""Short messages to phones. The sender is configured; the only one so far writes to the log, for the demo."""

from collections.abc import Awaitable, Callable

import structlog

from identity.masks import mask_phone
from kit.settings import settings

Sender = Callable[[str, str], Awaitable[None]]
_log = structlog.get_logger(__name__)


async def send_sms(phone: str, text: str) -> None:
    """Send a text to a phone through the configured sender."""
    await _SENDERS[settings().sms_sender](phone, text)


async def _to_the_log(phone: str, text: str) -> None:
    _log.info("sms", to=mask_phone(phone), text=text)


_SENDERS: dict[str, Sender] = {"log": _to_the_log}
