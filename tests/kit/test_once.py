"""Once: the same key gives the same bytes and moves nothing twice."""

import asyncio
from dataclasses import replace

import pytest

from kit import db
from kit.errors import IdempotencyKeyMissing, Refusal
from kit.once import Answer, Once, Rendered, answered_once, keep, recall

pytestmark = pytest.mark.stores


class Spent(Refusal):
    """A refusal with 409, for the test."""

    code = "test_spent"
    zh = "用完了"
    en = "Spent."


def ask(key: str = "k1", body: bytes = b"{}", *, secret: bool = False) -> Once:
    return Once("caller", "POST /x", key, body, lambda made: Rendered(201, f'{{"n": {made}}}'.encode()), secret=secret)


made: list[int] = []


@db.flow
async def make(*, once: Once | None, refusal: Refusal | None = None) -> Answer[int]:
    async def work() -> int:
        if refusal:
            raise refusal
        made.append(1)
        return len(made)

    return await answered_once(once, work)


@pytest.fixture(autouse=True)
def nothing_made(database: str) -> None:
    made.clear()


async def test_a_repeated_request_gets_the_first_answer_byte_for_byte() -> None:
    first = await make(once=ask())
    again = await make(once=ask())
    assert first.rendered == again.rendered == Rendered(201, b'{"n": 1}')
    assert len(made) == 1


async def test_fifty_parallel_requests_with_one_key_do_the_work_once() -> None:
    answers = await asyncio.gather(*[make(once=ask()) for _ in range(50)])
    assert {answer.rendered for answer in answers} == {Rendered(201, b'{"n": 1}')}
    assert await db.fetchval("SELECT count(*) FROM kit_once_answer") == 1


async def test_the_same_key_for_another_body_is_refused() -> None:
    await make(once=ask())
    other = await make(once=ask(body=b'{"a": 1}'))
    assert other.rendered.status == 422
    assert b"idempotency_key_reused" in other.rendered.body


async def test_the_same_key_of_another_caller_or_route_is_another_request() -> None:
    await make(once=ask())
    await make(once=replace(ask(), caller="somebody else"))
    await make(once=replace(ask(), route="POST /y"))
    assert len(made) == 3


async def test_a_conflict_is_stored_and_repeated() -> None:
    first = await make(once=ask(), refusal=Spent())
    again = await make(once=ask())
    assert first.rendered == again.rendered
    assert first.rendered.status == 409
    assert not made


async def test_any_other_refusal_is_not_stored_so_that_the_client_may_mend_it() -> None:
    with pytest.raises(IdempotencyKeyMissing):
        await make(once=ask(), refusal=IdempotencyKeyMissing())
    assert (await make(once=ask())).rendered.status == 201


async def test_an_answer_that_carries_a_secret_is_stored_encrypted() -> None:
    first = await make(once=ask(secret=True))
    assert first.rendered.body not in await db.fetchval("SELECT body FROM kit_once_answer")
    assert (await make(once=ask(secret=True))).rendered == first.rendered


async def test_a_key_whose_answer_was_dropped_says_that_it_has_expired(database: str) -> None:
    await make(once=ask())

    @db.flow
    async def forget() -> None:
        await db.current().execute("DELETE FROM kit_once_answer")

    await forget()
    late = await make(once=ask())
    assert late.rendered.status == 409
    assert b"idempotency_key_expired" in late.rendered.body
    assert len(made) == 1


async def test_a_list_of_requests_is_claimed_and_kept_in_two_statements() -> None:
    lines = [ask(f"k{number}") for number in range(30)]

    @db.flow
    async def many() -> list[Rendered | None]:
        stored = await recall(lines)
        await keep(
            [(once, Rendered(201, once.key.encode())) for once, old in zip(lines, stored, strict=True) if not old]
        )
        return stored

    assert await many() == [None] * 30
    assert await many() == [Rendered(201, f"k{number}".encode()) for number in range(30)]
