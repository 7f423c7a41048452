"""Live push over HTTP: what changed reaches the one it concerns, and holds nothing that others need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from litestar import Litestar

from identity.actor import Actor, RoleHeld
from kit import db, live
from kit.ids import new_id
from web.pages import live as pages_live

from .browsing import COOKIE, browse
from .conftest import Callers


@dataclass(slots=True)
class Stream:
    """An open stream of events; what came of it so far."""

    started: dict[str, Any] = field(default_factory=dict)
    heard: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    away: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, text: str) -> None:
        async with asyncio.timeout(30):
            while text not in self.heard:
                self.news.clear()
                await self.news.wait()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.started = {"status": message["status"], **{k.decode(): v.decode() for k, v in message["headers"]}}
        self.heard += message.get("body", b"").decode()
        self.news.set()


@asynccontextmanager
async def opened(app: Litestar, cookie: str) -> AsyncIterator[Stream]:
    """The stream as a server would run it; httpx waits for the end of an answer, which this has not."""
    stream = Stream()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await stream.away.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/live", "raw_path": b"/live", "root_path": "", "query_string": b"", "state": {},
        "headers": [(b"cookie", f"{COOKIE}={cookie}".encode())], "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }  # fmt: skip
    task = asyncio.create_task(app(scope, receive, stream.send))  # type: ignore[arg-type]
    try:
        yield stream
    finally:
        stream.away.set()
        async with asyncio.timeout(20):
            await task


async def test_what_concerns_somebody_reaches_him_and_nobody_else(
    app: Litestar, client: httpx.AsyncClient, callers: Callers
) -> None:
    resident, auditor = callers.people["resident"], callers.people["auditor"]
    secret = (await browse(client, resident)).secret
    other = (await browse(client, auditor)).secret
    async with opened(app, secret) as mine, opened(app, other) as theirs:
        await mine.until("event: hello")
        await theirs.until("event: hello")
        assert mine.started["content-type"].startswith("text/event-stream")
        assert mine.started["cache-control"] == "no-store"
        assert "retry: 1000" in mine.heard
        await live.publish(f"person:{resident}", {"kind": "voucher.redeemed", "voucher": "v"})
        await live.publish("staff", {"kind": "queue.changed"})
        await mine.until('event: voucher.redeemed\ndata: {"kind":"voucher.redeemed","voucher":"v"}\n\n')
        await theirs.until("event: queue.changed")
        assert "queue.changed" not in mine.heard
        assert "voucher" not in theirs.heard


async def test_an_open_stream_holds_no_connection_to_the_database(
    app: Litestar, client: httpx.AsyncClient, callers: Callers
) -> None:
    secret = (await browse(client, callers.people["resident"])).secret
    pool = db.engine.pool
    assert pool is not None
    async with opened(app, secret) as first, opened(app, secret) as second:
        await first.until("hello")
        await second.until("hello")
        assert pool.get_idle_size() == pool.get_size()


async def test_a_quiet_stream_says_now_and_then_that_it_is_there_and_ends_after_a_while(
    app: Litestar, client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.redis.QUIET", 0.1)
    monkeypatch.setattr(pages_live, "_HEARTBEAT_SECONDS", 0.2)
    secret = (await browse(client, callers.people["resident"])).secret
    async with opened(app, secret) as stream:
        await stream.until("\n\n: \n\n")
    monkeypatch.setattr(pages_live, "_LIFE_SECONDS", 0.2)
    async with opened(app, secret) as stream:
        await stream.until("hello")
        async with asyncio.timeout(20):
            while stream.news.is_set() or not stream.heard.endswith(": \n\n"):
                stream.news.clear()
                await asyncio.sleep(0.05)


async def test_whoever_is_not_signed_in_hears_nothing(client: httpx.AsyncClient, app: Litestar) -> None:
    for path in ("/live", "/live/now"):
        refused = await client.get(path, headers={"Accept": "text/event-stream"})
        assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_required")


async def test_a_page_that_hears_nothing_asks(client: httpx.AsyncClient, callers: Callers) -> None:
    await browse(client, callers.people["resident"])
    assert (await client.get("/live/now")).json() == {"balance": 0, "vouchers": []}


async def test_listeners_share_one_connection_and_the_last_one_ends_it(database: str, app: Litestar) -> None:
    heard = [live.listen("person:1"), live.listen("person:1"), live.listen("person:2")]
    assert [await anext(each) for each in heard] == [None, None, None]
    await live.publish("person:1", {"kind": "x"})
    assert [await anext(each) for each in heard[:2]] == [{"kind": "x"}, {"kind": "x"}]
    hub = live._hub_of_this_loop()
    assert hub._task is not None
    for each in heard:
        await each.aclose()  # type: ignore[attr-defined]
    assert hub._task is None


async def test_a_slow_listener_is_told_that_it_missed_something(database: str, app: Litestar) -> None:
    slow = live.listen("person:1")
    await anext(slow)
    for number in range(100):
        await live.publish("person:1", {"kind": "x", "number": number})
    async with asyncio.timeout(20):
        while (event := await anext(slow)) != live.RECONNECTED:
            assert event is None or event["number"] < 100
    await slow.aclose()  # type: ignore[attr-defined]


async def test_closing_lets_every_listener_go(database: str, app: Litestar) -> None:
    listener = live.listen("person:1")
    await anext(listener)
    await live.close()
    with pytest.raises(StopAsyncIteration):
        await anext(listener)


def test_what_an_actor_may_hear() -> None:
    shop = new_id()
    clerk = Actor(id=new_id(), kind="person", name="", roles=(RoleHeld("merchant_clerk", None, shop),))
    assert pages_live.channels_of(clerk) == (f"person:{clerk.id}", f"merchant:{shop}")
    finance = Actor(id=new_id(), kind="person", name="", roles=(RoleHeld("finance", "lyx"),))
    assert pages_live.channels_of(finance) == (f"person:{finance.id}", "staff")
