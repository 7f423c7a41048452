"""Messages, the scheme's numbers, and guards that are declared."""

import httpx
import pytest
import structlog
from litestar import get

from identity import guards, messages, scheme
from identity.actor import Actor
from identity.jobs import send_message_by_sms, sweep_sign_in
from identity.messages import MessageTemplate, TemplateTaken
from identity.sessions import start_session
from kit import db

from .conftest import SYSTEM, County

GREETING = messages.register(
    MessageTemplate(
        code="test.greeting",
        title_zh="{name}，您好",
        body_zh="您有 {points} 分。",
        title_en="Dear {name}",
        body_en="You have {points} points.",
    )
)


@db.flow
async def greet(*, county: County, count: int = 1) -> None:
    """Send greetings to 王芳."""
    await messages.send_lines(
        [(county.people["王芳"], GREETING.code, {"name": "王芳", "points": number}) for number in range(count)]
    )


async def token_of(county: County, name: str) -> str:
    async with db.transaction():
        return (await start_session(SYSTEM, county.people[name], login_id=None, second_factor=False)).access_token


async def test_the_inbox_reads_in_the_readers_language_and_turns_its_pages(
    client: httpx.AsyncClient, county: County
) -> None:
    await greet(county=county, count=5)
    headers = {"Authorization": f"Bearer {await token_of(county, '王芳')}"}
    first = (await client.get("/api/me/messages?limit=3", headers=headers)).json()
    assert [item["body"] for item in first["items"]] == ["您有 4 分。", "您有 3 分。", "您有 2 分。"]
    rest = await client.get(
        f"/api/me/messages?limit=3&cursor={first['next_cursor']}", headers=headers | {"Accept-Language": "en"}
    )
    assert [item["title"] for item in rest.json()["items"]] == ["Dear 王芳", "Dear 王芳"]
    assert rest.json()["next_cursor"] is None
    other = {"Authorization": f"Bearer {await token_of(county, '李兰')}"}
    assert (await client.get("/api/me/messages", headers=other)).json()["items"] == []
    stolen = await client.get(f"/api/me/messages?cursor={first['next_cursor']}", headers=other)
    assert stolen.json()["code"] == "bad_cursor"


async def test_a_message_that_cannot_be_read_is_not_sent(county: County) -> None:
    with pytest.raises(KeyError):
        async with db.transaction():
            await messages.send(county.people["王芳"], GREETING.code, name="王芳")
    with pytest.raises(TemplateTaken):
        messages.register(MessageTemplate(code=GREETING.code, title_zh="", body_zh="", title_en="", body_en=""))


async def test_who_wishes_so_gets_an_sms_too(county: County) -> None:
    fang = county.people["王芳"]
    actor = Actor(id=fang, kind="person", name="王芳")
    await messages.wish_for_sms(actor=actor, template=GREETING.code, wanted=True)
    await greet(county=county)
    payload = await db.fetchval("SELECT payload->>'message_id' FROM kit_job WHERE name = $1", messages.SEND_BY_SMS)
    with structlog.testing.capture_logs() as events:
        await send_message_by_sms({"message_id": payload})
    (sent,) = [event for event in events if event["event"] == "sms"]
    assert (sent["to"], sent["text"]) == ("138****0003", "Dear 王芳：You have 0 points.")


async def test_the_schemes_numbers_have_their_defaults(database: str) -> None:
    assert await scheme.number("points.expiry_months") == 24
    assert await scheme.numbers("points.peg", "auth.wrong_tries") == {"points.peg": 10, "auth.wrong_tries": 5}
    with pytest.raises(KeyError, match=r"no\.such"):
        await scheme.numbers("points.peg", "no.such")


async def test_what_signing_in_leaves_behind_is_swept(database: str) -> None:
    await sweep_sign_in()


def test_a_route_declares_one_access() -> None:
    @get("/a", guards=[guards.allow("leader", integrations=True)])
    async def one() -> None: ...

    @get("/b")
    async def none() -> None: ...

    @get("/c", guards=[guards.public(), guards.allow()])
    async def two() -> None: ...

    assert guards.access_of(one) == guards.Access("roles", ("leader",), integrations=True)
    assert guards.access_of(none) is None
    assert guards.access_of(two) is None
    with pytest.raises(ValueError, match="emperor"):
        guards.allow("emperor")
