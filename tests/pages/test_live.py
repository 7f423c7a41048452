"""Live push in a real browser and through a real server, to its end."""

import asyncio
import time
from dataclasses import replace

import httpx

from kit import live, redis
from tests.ports import free_port

from .conftest import OpenWindow
from .town import ServedTown, serving

LISTEN = """() => {
  window.heard = []
  const source = new EventSource('/live')
  const hear = (event) => window.heard.push(event.data)
  for (const kind of ['hello', 'voucher.redeemed']) source.addEventListener(kind, hear)
}"""


async def test_an_open_page_hears_at_once(window: OpenWindow, town: ServedTown, *, full: bool) -> None:
    person = await town.person("resident")
    resident = await window("resident")
    await resident.open("/")
    await resident.page.evaluate(LISTEN)
    await resident.page.wait_for_function("() => window.heard.length === 1")
    async with town.inside():
        await redis.open()
        began = time.monotonic()
        await live.publish(f"person:{person}", {"kind": "voucher.redeemed", "voucher": "v"})
        await resident.page.wait_for_function("() => window.heard.length === 2")
        took = time.monotonic() - began
        await redis.close()
    assert took < (1 if full else 5), "a page that only looks again from time to time would take longer"


async def test_a_server_with_open_streams_ends_soon(town: ServedTown) -> None:
    again = replace(town.settings, port=free_port())
    secret = (await town.page_session("resident")).secret
    url = f"http://127.0.0.1:{again.port}/live"
    with serving(again) as server:
        async with (
            httpx.AsyncClient(cookies={"qunzhifen": secret}, timeout=20) as browser,
            browser.stream("GET", url) as stream,
        ):
            lines = stream.aiter_lines()
            assert "retry" in await anext(lines)
            began = time.monotonic()
            await asyncio.to_thread(server.stop)
            assert time.monotonic() - began < 10
