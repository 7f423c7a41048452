"""Whatever a client sends, the answer is a problem that names what to change, and never one of our faults."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
import structlog
from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from identity.actor import Actor
from kit import db
from kit.errors import DatabaseAway, OutcomeUnknown, Refusal
from kit.keyed import Keyed
from kit.once import answered_once
from kit.paging import Cursor, Limit
from kit.settings import install_settings, read_settings
from kit.wire import Code, Id, In, Instant, Out, Quantity, Text
from web.app import assemble
from web.keys import provide_keyed, provide_language

JSON = {"content-type": "application/json"}
DEEP = 100_000


class LineIn(In):
    """A line."""

    quantity: Quantity


class OrderIn(In):
    """A body with every kind of field."""

    at: Instant
    text: Text
    lines: Annotated[list[LineIn], Meta(max_length=2)]


class OrderOut(Out):
    """An answer."""

    at: Instant


class Gone(Refusal):
    """A refusal with a fact."""

    code = "test_gone"
    zh = "已于 {at} 用完"
    en = "Gone since {at}."


@post("/orders")
async def order(data: JSONBody[OrderIn]) -> OrderOut:
    return OrderOut(at=data.at)


@post("/lines")
async def lines(data: JSONBody[Annotated[list[LineIn], Meta(max_length=3)]]) -> list[LineIn]:
    return data


@get("/things")
async def things(
    cursor: FromQuery[Cursor | None] = None, limit: FromQuery[Limit] = 20, code: FromQuery[Code | None] = None
) -> None:
    return None


@get("/things/{thing_id:uuid}")
async def thing(thing_id: FromPath[Id]) -> None:
    return None


@get("/fails/{way:str}")
async def fail(way: FromPath[Code]) -> None:
    raise {
        "bug": RuntimeError("SELECT secret FROM passwords"),
        "sql": asyncpg.UniqueViolationError("duplicate key value violates unique constraint"),
        "gone": Gone(at="昨天"),
        "away": DatabaseAway(),
        "unknown": OutcomeUnknown(),
        "full": asyncpg.DiskFullError("could not extend file"),
        "disk": OSError(28, "No space left on device"),
        "deep": RecursionError("maximum recursion depth exceeded"),
    }[way]


@post("/moves")
async def move(data: JSONBody[OrderIn], keyed: NamedDependency[Keyed]) -> Response[OrderOut]:
    answer = await do_move(keyed=keyed, data=data)
    response: Response[OrderOut] = keyed.reply(answer)
    return response


@db.flow
async def do_move(*, keyed: Keyed, data: OrderIn) -> Any:
    async def work() -> OrderIn:
        if data.text == "gone":
            raise Gone(at="昨天")
        return data

    return await answered_once(keyed.once(lambda made: OrderOut(at=made.at)), work)


def visitor() -> Actor:
    return Actor.visitor()


@pytest.fixture
def app() -> Litestar:
    """The real app around a few routes of our own, with no store at all."""
    install_settings(read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_KEYS": "k1:" + "A" * 43 + "="}))
    return assemble(
        routes=[order, lines, things, thing, fail, move],
        dependencies={
            "actor": Provide(visitor, sync_to_thread=False),
            "keyed": Provide(provide_keyed),
            "language": Provide(provide_language, sync_to_thread=False),
        },
    )


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
        yield browser


GOOD = {"at": "2026-03-05T09:30:00+08:00", "text": "好", "lines": [{"quantity": 1}]}


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}


async def test_a_good_body_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json=GOOD)
    assert (answer.status_code, answer.json()) == (201, {"at": "2026-03-05T09:30:00+08:00"})


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (changed(text="a\0b"), "/text", "bad_format"),
        (changed(text=""), "/text", "too_short"),
        (changed(text="x" * 2_001), "/text", "too_long"),
        (changed(text=5), "/text", "wrong_type"),
        (changed(text=None), "/text", "wrong_type"),
        (changed(lines=[{"quantity": 1}, {"quantity": "5"}]), "/lines/1/quantity", "wrong_type"),
        (changed(lines=[{"quantity": 0}]), "/lines/0/quantity", "out_of_range"),
        (changed(lines=[{"quantity": 10**25}]), "/lines/0/quantity", "out_of_range"),
        (changed(lines=[{"quantity": 1, "more/~": 1}]), "/lines/0/more~1~0", "unknown_field"),
        (changed(lines=[{}]), "/lines/0/quantity", "required"),
        (changed(lines=[{"quantity": 1}] * 3), "/lines", "too_long"),
        (changed(lines={}), "/lines", "wrong_type"),
        (changed(at="2026-03-05T09:30:00"), "/at", "offset_missing"),
        (changed(at="0001-01-01T00:00:00Z"), "/at", "out_of_range"),
        (changed(at="yesterday"), "/at", "bad_format"),
        (changed(colour="red"), "/colour", "unknown_field"),
        ([], "", "wrong_type"),
        (7, "", "wrong_type"),
    ],
)
async def test_what_does_not_fit_is_named_by_its_place(
    client: httpx.AsyncClient, body: Any, pointer: str, code: str
) -> None:
    answer = await client.post("/orders", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid")
    assert answer.headers["content-type"] == "application/problem+json"
    (fault,) = problem["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert fault["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid"),
        (b"{", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"text":"\\ud800"}', "malformed"),
        (b"[" * DEEP, "invalid"),
        (b'{"lines":' + b"[" * DEEP, "invalid"),
        (b'{"unknown":' + b'{"a":' * (DEEP // 2), "invalid"),
        (b'{"at":"2026-03-05T09:30:00Z","text":' + b"[" * DEEP + b"]" * DEEP + b"}", "invalid"),
        (b'{"lines":[{"quantity":1' + b"0" * 5_000 + b"}]}", "invalid"),
        (b'{"lines":[{"quantity":1e400}]}', "invalid"),
        (b'{"at":"2026-03-05T09:30:00Z","text":NaN}', "malformed"),
    ],
)
async def test_broken_deep_and_endless_bodies_are_the_client_s_fault(
    client: httpx.AsyncClient, body: bytes, code: str
) -> None:
    answer = await client.post("/orders", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"] == code


async def test_a_body_of_another_type_or_of_too_many_bytes_is_refused(client: httpx.AsyncClient) -> None:
    for headers in ({"content-type": "text/plain"}, {"content-type": "application/x-ndjson"}, {}):
        answer = await client.post("/orders", content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    answer = await client.post("/orders", content=b" " * (256 * 1024 + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 64 * 1024
            yield b" " * 64 * 1024

    answer = await client.post("/orders", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert sent < 1024 * 1024


async def test_lists_are_taken_as_an_array_and_as_lines(client: httpx.AsyncClient) -> None:
    async def send(content: bytes) -> httpx.Response:
        return await client.post("/lines", content=content, headers={"content-type": "application/x-ndjson"})

    assert (await client.post("/lines", json=[{"quantity": 1}])).json() == [{"quantity": 1}]
    assert (await send(b'{"quantity":1}\n\n{"quantity":2}\r\n')).json() == [{"quantity": 1}, {"quantity": 2}]
    assert (await send(b'{"quantity":1}\n{"quantity":0}')).json()["errors"][0]["pointer"] == "/1/quantity"
    assert (await send(b'{"quantity":1}\n' * 4)).json()["errors"][0]["code"] == "too_long"
    assert (await send(b'{"quantity":1}\nnonsense')).json()["code"] == "malformed"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/query/limit"),
        ("limit=101", "/query/limit"),
        ("limit=1e3", "/query/limit"),
        ("limit=" + "9" * 5_000, "/query/limit"),
        ("limit=%00", "/query/limit"),
        ("limit=%F0%9F%92%A9", "/query/limit"),
        ("code=%00", "/query/code"),
        ("code=a%0A", "/query/code"),
        ("code=" + "a" * 65, "/query/code"),
        ("cursor=%00", "/query/cursor"),
        ("cursor=" + "a" * 1_025, "/query/cursor"),
    ],
)
async def test_the_bounds_of_parameters_hold(client: httpx.AsyncClient, query: str, pointer: str) -> None:
    answer = await client.get(f"/things?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/things/nonsense", 404, "not_found"),
        ("GET", "/things/%00", 404, "not_found"),
        ("GET", "/%FF%FE", 404, "not_found"),
        ("DELETE", "/things", 405, "method_not_allowed"),
        ("PATCH", "/orders", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("way", ["bug", "sql"])
async def test_our_own_faults_show_an_id_and_nothing_else(client: httpx.AsyncClient, way: str) -> None:
    with structlog.testing.capture_logs() as events:
        answer = await client.get(f"/fails/{way}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    for inside in ("SELECT", "secret", "duplicate", "Traceback", "asyncpg", "RuntimeError", ".py"):
        assert inside not in answer.text
    assert [event["log_level"] for event in events] == ["error"]


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("away", 503, "database_away"),
        ("unknown", 503, "outcome_unknown"),
        ("full", 503, "storage_full"),
        ("disk", 503, "storage_full"),
        ("deep", 400, "malformed"),
        ("gone", 409, "test_gone"),
    ],
)
async def test_what_is_nobody_s_fault_says_what_to_do(
    client: httpx.AsyncClient, way: str, status: int, code: str
) -> None:
    answer = await client.get(f"/fails/{way}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (None, "已于 昨天 用完"),
        ("zh-CN", "已于 昨天 用完"),
        ("fr", "已于 昨天 用完"),
        ("en-GB,en;q=0.9,zh;q=0.5", "Gone since 昨天."),
        ("zh;q=0.5,en;q=0.9", "Gone since 昨天."),
        ("zh,en", "已于 昨天 用完"),
        (";;;,q=nonsense,en;q=x", "已于 昨天 用完"),
    ],
)
async def test_the_sentence_is_in_the_reader_s_language(
    client: httpx.AsyncClient, header: str | None, sentence: str
) -> None:
    answer = await client.get("/fails/gone", headers={"Accept-Language": header} if header else {})
    assert answer.json()["detail"] == sentence
    assert answer.json()["at"] == "昨天"


async def test_answers_carry_safe_headers_and_the_id_they_were_given(client: httpx.AsyncClient) -> None:
    for path in ("/things", "/nowhere"):
        answer = await client.get(path, headers={"X-Request-ID": "from-the-proxy-1"})
        assert answer.headers["x-request-id"] == "from-the-proxy-1"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    strange = await client.get("/things", headers={"X-Request-ID": 'bad"id with spaces'})
    assert strange.headers["x-request-id"] != 'bad"id with spaces'


class TestKeyed:
    """Requests that move value."""

    @pytest.fixture(autouse=True)
    def stores(self, app: Litestar, database: str) -> None:
        """A real database, opened after the app's settings were chosen."""

    async def send(self, client: httpx.AsyncClient, key: str | None, path: str = "/moves", **fields: Any) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await client.post(path, json=changed(**fields), headers=headers)

    @pytest.mark.parametrize("key", [None, "", "x" * 256])
    async def test_a_request_without_a_good_key_is_refused(self, client: httpx.AsyncClient, key: str | None) -> None:
        answer = await self.send(client, key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")

    async def test_the_same_key_gives_the_same_bytes(self, client: httpx.AsyncClient) -> None:
        first, again = await self.send(client, "k1"), await self.send(client, "k1")
        assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
        assert first.headers["content-type"] == "application/json"

    async def test_a_stored_refusal_is_a_problem_again_with_the_first_request_s_id(
        self, client: httpx.AsyncClient
    ) -> None:
        first, again = await self.send(client, "k2", text="gone"), await self.send(client, "k2", text="gone")
        assert first.status_code == again.status_code == 409
        assert first.content == again.content
        assert again.headers["content-type"] == "application/problem+json"
        assert again.json()["request_id"] == first.headers["x-request-id"]

    async def test_the_same_key_for_another_body_or_address_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await self.send(client, "k3")).status_code == 201
        for answer in (await self.send(client, "k3", text="别的"), await self.send(client, "k3", path="/moves?x=1")):
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
