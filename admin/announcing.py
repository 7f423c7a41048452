"""Telling the open pages of staff that bonuses moved. Called after the flow, when its rows are there.

Nobody waits for it and nothing depends on it: who says yes to what has moved is told the difference.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from kit import live
from kit.errors import Refusal
from kit.once import Answer


async def tell_bonuses(answer: Answer[Any], bonus_ids: Iterable[UUID]) -> None:
    """Tell staff which bonuses were decided on; a stored answer was told the first time, a refusal moved nothing."""
    if answer.result is not None and not isinstance(answer.result, Refusal):
        await live.publish("staff", {"kind": "bonuses.changed", "bonuses": [str(each) for each in bonus_ids]})
