"""What browsers load: little on the first visit, less on every later page. `make weigh` measures the demo town."""

import re

import httpx
import pytest
from playwright.async_api import Browser

from bench.relay import relayed
from bench.weight import ELSEWHERE, FIRST_LOAD, LATER_PAGE, kind_of, signed_in, weigh

from .town import ROOT, ServedTown

STARTS = {"resident": "/", "merchant_clerk": "/till", "merchant_owner": "/till"}
DESK = "/staff"
FIRST_OF_THEIR_KIND = {*STARTS.values(), DESK}
LINK = re.compile(r'<a\s[^>]*?href="(/[^"]*)"(?![^>]*\bdownload\b)')
SWAPS = re.compile(r"\shx-[a-z]+=")
BUILT = re.compile(r"/static/[\w.-]+")
LEAST_PAGES = 40
FOR_ICONS_OF_PHONES = ".png"


@pytest.mark.parametrize(("role", "start"), [("resident", "/"), ("merchant_clerk", "/till")])
async def test_the_first_load_on_a_phone_is_light(town: ServedTown, chromium: Browser, role: str, start: str) -> None:
    cookie = ("qunzhifen", (await town.page_session(role)).secret)
    async with relayed(town.settings.port) as relay, signed_in(chromium, relay.url, [cookie]) as context:
        page = await context.new_page()
        first = await weigh(relay, page, role, start, first=True)
        assert page.url == relay.url + start
        again = await weigh(relay, page, role, start)
    assert first.size <= FIRST_LOAD, first.parts
    assert again.size <= LATER_PAGE, again.parts


async def test_only_the_desk_needs_htmx() -> None:
    """The module that brings it is loaded by staff's pages alone: elsewhere such an attribute would do nothing."""
    users = {path.parent.name for path in (ROOT / "web/templates").rglob("*.html") if SWAPS.search(path.read_text())}
    assert users == {"staff"}


async def test_every_later_page_is_light(town: ServedTown) -> None:
    """The page, and every built file that it names and the first page of its kind has not brought.

    A resident may lead to the desk too, where a test before this one has given somebody a role.
    """
    known: set[str] = set()
    heavy, opened = [], 0
    for role in dict.fromkeys(each["role"] for each in town.logins if each["login"]):
        start = STARTS.get(role, DESK)
        cookies = {"qunzhifen": (await town.page_session(role)).secret}
        async with httpx.AsyncClient(base_url=town.url, cookies=cookies, timeout=30) as browser:
            had: set[str] = set()
            waiting, seen = [start], {kind_of(start)}
            while waiting:
                path = waiting.pop(0)
                html, size = await fetch(browser, path)
                brought = {each for each in BUILT.findall(html) if not each.endswith(FOR_ICONS_OF_PHONES)} - had
                had |= brought
                if path not in FIRST_OF_THEIR_KIND and kind_of(path) not in known:
                    opened += 1
                    size += sum([(await fetch(browser, each))[1] for each in brought])
                    heavy += [(role, path, size)] if size > LATER_PAGE else []
                known.add(kind_of(path))
                links = [link for link in LINK.findall(html) if not link.startswith(ELSEWHERE)]
                waiting += [link for link in dict.fromkeys(links) if kind_of(link) not in seen | known]
                seen |= {kind_of(link) for link in links}
    assert opened >= LEAST_PAGES
    assert heavy == []


async def fetch(browser: httpx.AsyncClient, path: str) -> tuple[str, int]:
    """The text of an answer, and its bytes as they come over the wire, head and all."""
    headers = {"Accept": "text/html", "Accept-Encoding": "br, gzip" if path.startswith("/static/") else "gzip"}
    async with browser.stream("GET", path, headers=headers) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
        kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/html") or answer.status_code != httpx.codes.OK:
        return "", len(raw) + head
    return httpx.Response(200, headers=answer.headers, content=raw).text, len(raw) + head
