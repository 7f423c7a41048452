"""What an open page hears at once: server-sent events for the one who has it open, and the same to be asked for.

An event is thin: its name and the id of what changed. The page then reads the thing itself, so that one that was
missed costs nothing: `hello` (on opening) and `reconnected` (events may have been missed) say so. Where no events
come through, or after `interrupted`, the page asks every few seconds instead (`/live/now`, or for its own part).

A stream is held open for some minutes only and then opened again by the browser, so that a session that was ended
hears no longer; it holds no connection to the database.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from identity.actor import Actor
from identity.guards import allow
from kit import live
from kit.wire import Out, encode
from points.queries import balances
from rewards.queries import list_vouchers
from web.pages.navigation import WORKING_ROLES

_HEARTBEAT_SECONDS = 15.0
_LIFE_SECONDS = 300.0
_AGAIN_MILLISECONDS = 1_000
_VOUCHERS = 20


class VoucherNow(Out):
    """What has become of a voucher."""

    id: UUID
    state: str
    redeemed_at: datetime | None


class NowOut(Out):
    """What a resident's pages show, as it is now."""

    balance: int
    vouchers: list[VoucherNow]


class LiveController(Controller):
    """Live push."""

    path = "/live"

    @get("/", guards=[allow()])
    async def events(self, actor: NamedDependency[Actor]) -> Stream:
        """The events for the one who is signed in."""
        return Stream(
            _stream(actor),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @get("/now", guards=[allow("resident")])
    async def now(self, actor: NamedDependency[Actor]) -> Response[bytes]:
        """The balance and the newest vouchers, for a page that hears no events."""
        rows = await list_vouchers(actor.id, None, None, _VOUCHERS)
        vouchers = [VoucherNow(id=row["id"], state=row["state"], redeemed_at=row["redeemed_at"]) for row in rows]
        balance = (await balances([actor.id])).get(actor.id, 0)
        return Response(encode(NowOut(balance=balance, vouchers=vouchers)), media_type="application/json")


def channels_of(actor: Actor) -> tuple[str, ...]:
    """What the actor may hear: what is his own, his shops', and that something moved in the queues of staff."""
    shops = (f"merchant:{each}" for each in actor.merchant_ids())
    return (f"person:{actor.id}", *shops, *(("staff",) if actor.has(*WORKING_ROLES) else ()))


async def _stream(actor: Actor) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + _LIFE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not a secret
    said = loop.time()
    first = True
    events = live.listen(*channels_of(actor))
    try:
        async for event in events:
            now = loop.time()
            if first:
                yield f"retry: {_AGAIN_MILLISECONDS}\n".encode() + _told({"kind": "hello"})
            elif event is not None:
                yield _told(event)
            elif now - said >= _HEARTBEAT_SECONDS:
                yield b": \n\n"
            else:
                continue
            said, first = now, False
            if now >= ends:
                return
    finally:
        await events.aclose()  # type: ignore[attr-defined]


def _told(event: dict[str, Any]) -> bytes:
    """An event as the stream carries it, under the name that a page listens for."""
    return f"event: {event['kind']}\ndata: {msgspec.json.encode(event).decode()}\n\n".encode()
