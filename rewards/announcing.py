"""Telling open pages at once what became of a voucher or a balance. Called after the flow, when its rows are there.

Nobody waits for it and nothing depends on it: a page that hears nothing asks.
"""

from uuid import UUID

from kit import live
from kit.once import Answer
from rewards.queries import find_voucher
from rewards.redemption import Redeemed
from rewards.undoing import Undone


async def tell_redeemed(answer: Answer[Redeemed]) -> None:
    """Tell the holder that his voucher was used; a stored answer was told the first time."""
    if isinstance(answer.result, Redeemed):
        event = {"kind": "voucher.redeemed", "voucher": str(answer.result.voucher_id)}
        await live.publish(f"person:{answer.result.holder_id}", event)


async def tell_undone(answer: Answer[Undone]) -> None:
    """Tell the holder that the till took the use of his voucher back."""
    if isinstance(answer.result, Undone):
        voucher = await find_voucher(answer.result.voucher_id)
        if voucher is not None:
            event = {"kind": "voucher.undone", "voucher": str(voucher["id"])}
            await live.publish(f"person:{voucher['person']}", event)


async def tell_balance(person_id: UUID) -> None:
    """Tell somebody that what he can spend has changed."""
    await live.publish(f"person:{person_id}", {"kind": "balance.changed"})
