"""Forms: the struct that fits, each fault at its field, what was typed kept; and that twice sent is once done."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency, Provide

from identity.actor import Actor
from identity.guards import allow, provide_actor
from kit import db
from kit.errors import EN, Refusal
from kit.keyed import Keyed
from kit.once import Answer, Once, answered_once
from kit.wire import Id, In, Instant, Out, Phone, Quantity, ShortText, Text
from tests.conftest import running
from web.app import assemble
from web.pages.addresses import see_other
from web.pages.confirm import ConfirmIn, confirm
from web.pages.cookies import AnyRequest
from web.pages.doing_once import done
from web.pages.forms import Form, read_form
from web.pages.rendering import once_key

from .browsing import browse, changing
from .conftest import Callers


class ReportIn(In):
    """One field of each kind."""

    phone: Phone
    place: ShortText
    text: Text | None = None
    at: Instant | None = None
    quantity: Quantity = 1
    kind: Literal["road", "light"] = "road"
    urgent: bool = False
    file_ids: Annotated[list[Id], msgspec.Meta(max_length=3)] = msgspec.field(default_factory=list)


class MadeOut(Out):
    """What was done."""

    number: int


class NoneLeft(Refusal):
    """Only two are done."""

    code = "none_left_in_test"
    zh = "没有了。"
    en = "None left."


MADE: list[int] = []
READ: list[Form[ReportIn]] = []
PICTURES: list[bytes] = []


@post("/report", guards=[allow()], status_code=200)
async def report(request: AnyRequest) -> Response[Any]:
    READ.append(await read_form(request, ReportIn, files=("picture",)))
    PICTURES[:] = [await each.read() for each in READ[-1].files["picture"]]
    return see_other(request, "/")


@db.flow
async def make_one(*, once: Once) -> Answer[int]:
    async def work() -> int:
        if len(MADE) == 2:
            raise NoneLeft
        MADE.append(len(MADE) + 1)
        return MADE[-1]

    return await answered_once(once, work)


@post("/make", guards=[allow()], status_code=200)
async def make(request: AnyRequest, keyed: NamedDependency[Keyed]) -> Response[Any]:
    made = done(await make_one(once=keyed.once(lambda number: MadeOut(number=number))), MadeOut)
    return see_other(request, f"/made/{made.number}")


@post("/sensitive", guards=[allow()], status_code=200)
async def sensitive(request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
    form = await read_form(request, ConfirmIn)
    await confirm(actor, form.accepted().totp)
    return see_other(request, "/done")


@get("/", guards=[allow()])
async def start() -> None: ...


@pytest.fixture
async def app(database: str) -> AsyncIterator[Litestar]:
    READ.clear()
    MADE.clear()
    made = assemble(
        routes=[],
        pages=[report, make, sensitive, start],
        dependencies={"actor": Provide(provide_actor, sync_to_thread=False)},
    )
    async with running(made):
        yield made


async def read(client: httpx.AsyncClient, callers: Callers, **sent: Any) -> Form[ReportIn]:
    mine = await browse(client, callers.people["resident"])
    answer = await client.post("/report", headers=changing(mine), **sent)
    assert answer.status_code == 303, answer.text
    return READ[-1]


GOOD = {
    "phone": "13800138000",
    "place": "  桥头\r\n".strip(),
    "at": "2026-11-22T14:05",
    "urgent": "on",
    "quantity": "3",
}


async def test_a_form_becomes_the_structs_of_the_api(client: httpx.AsyncClient, callers: Callers) -> None:
    ids = ["0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f", "0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e90"]
    form = await read(client, callers, data={**GOOD, "text": "一\r\n二", "file_ids": ids, "next": "/x"})
    assert form.value is not None, form.errors
    assert form.value.at == datetime.fromisoformat("2026-11-22T14:05:00+08:00")
    assert (form.value.urgent, form.value.quantity, form.value.kind) == (True, 3, "road")
    assert (form.value.text, [str(each) for each in form.value.file_ids]) == ("一\n二", ids)
    assert form.next == "/x"


async def test_every_fault_is_said_at_its_field_and_what_was_typed_stays(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    wrong = {"phone": "12", "place": " ", "quantity": "0", "kind": "sea", "at": "soon", "file_ids": "x", "extra": "1"}
    form = await read(client, callers, data=wrong)
    assert form.value is None
    assert [name for name, _ in form.errors] == ["extra", "phone", "place", "at", "quantity", "kind", "file_ids"]
    assert form.error("place") == "缺少此项。"
    assert form.get("phone") == "12"
    assert form.has("kind", "sea")
    english = Form[ReportIn](EN, faults=form.faults)
    assert english.error("place") == "This is required."
    emptied = form.without("phone")
    assert (emptied.get("phone"), emptied.get("quantity")) == ("", "0")


async def test_a_moment_out_of_this_century_is_a_fault_too(client: httpx.AsyncClient, callers: Callers) -> None:
    form = await read(client, callers, data={**GOOD, "at": "1999-01-01T00:00"})
    assert form.errors == [("at", "日期须在 2000 年至 2099 年之间。")]


async def test_files_come_beside_the_struct_and_only_where_they_are_expected(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    form = await read(client, callers, data=GOOD, files=[("picture", ("a.jpg", b"1")), ("picture", ("b.jpg", b"2"))])
    assert form.value is not None
    assert PICTURES == [b"1", b"2"]
    unasked = await read(client, callers, data=GOOD, files=[("virus", ("a.exe", b"1"))])
    assert [name for name, _ in unasked.errors] == ["virus"]


async def test_a_form_that_is_sent_twice_is_done_once(client: httpx.AsyncClient, callers: Callers) -> None:
    mine = await browse(client, callers.people["resident"])
    key, other = once_key(), once_key()
    for _ in range(3):
        made = await client.post("/make", data={"once": key}, headers=changing(mine))
        assert (made.status_code, made.headers["location"]) == (303, "/made/1")
    made = await client.post("/make", data={"once": other}, headers=changing(mine))
    assert made.headers["location"] == "/made/2"
    assert MADE == [1, 2]


async def test_what_was_refused_is_refused_again_in_the_same_words(client: httpx.AsyncClient, callers: Callers) -> None:
    mine = await browse(client, callers.people["resident"])
    MADE.extend([1, 2])
    key = once_key()
    first = await client.post("/make", data={"once": key}, headers=changing(mine))
    MADE.clear()
    again = await client.post("/make", data={"once": key}, headers=changing(mine))
    for answer in (first, again):
        assert answer.status_code == 409
        assert "没有了。" in answer.text
    assert MADE == []


async def test_a_key_for_another_form_is_seen_and_one_must_be_there(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    mine = await browse(client, callers.people["resident"])
    key = once_key()
    await client.post("/make", data={"once": key}, headers=changing(mine))
    reused = await client.post("/make", data={"once": key, "quantity": "2"}, headers=changing(mine))
    assert (reused.status_code, len(MADE)) == (409, 1)
    assert "幂等键" in reused.text
    missing = await client.post("/make", headers=changing(mine))
    assert missing.status_code == 400


async def test_two_people_may_use_the_same_key(client: httpx.AsyncClient, callers: Callers) -> None:
    key = once_key()
    for role in ("resident", "auditor"):
        mine = await browse(client, callers.people[role])
        await client.post("/make", data={"once": key}, headers=changing(mine))
    assert MADE == [1, 2]


async def test_what_weighs_most_needs_the_authenticator_again(client: httpx.AsyncClient, callers: Callers) -> None:
    mine = await browse(client, callers.people["auditor"])
    wrong = await client.post("/sensitive", data={"totp": "000000"}, headers=changing(mine))
    assert wrong.status_code == 401
    assert await db.fetchval('SELECT count(*) FROM identity_sign_in_attempt WHERE NOT "right"') == 1
    misfit = await client.post("/sensitive", data={"totp": "1"}, headers=changing(mine))
    assert misfit.status_code == 400
