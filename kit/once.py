"""Once: a request that moves value and is sent again gets the first answer, byte for byte, and moves nothing.

The answer is stored in the transaction of the change itself, so that neither can exist without the other.
2xx answers and every 409 are stored; other refusals are not, the client may mend the request and send it again.

The migration of kit makes
    kit_once         reference uuid PRIMARY KEY, digest bytea, created_on date    kept for ever
    kit_once_answer  reference uuid, created_on date, status smallint, body bytea, sealed boolean,
                     PRIMARY KEY (reference, created_on) PARTITION BY RANGE (created_on), a partition a day
                     (made ahead and dropped after 30 days by kit's job; a DEFAULT partition catches what is not)
so that a key stays used for ever while its answer goes with its partition: then it is `idempotency_key_expired`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import UUID

from kit import crypto, db
from kit.errors import ZH, IdempotencyKeyExpired, IdempotencyKeyReused, Refusal, raised, unreachable
from kit.ids import derived_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes over the wire."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Once:
    """Who asks what under which key, and how the result becomes bytes."""

    caller: str
    route: str
    key: str
    body: bytes
    render: Callable[[Any], Rendered]
    language: str = ZH
    request_id: str = ""
    secret: bool = False  # the answer carries voucher codes: it is stored encrypted

    @property
    def reference(self) -> UUID:
        """The same for the same caller, route and key, for ever."""
        return derived_id("once", self.caller, self.route, self.key)

    @property
    def digest(self) -> bytes:
        """What tells a repeated request from another one under the same key."""
        return sha256(self.body).digest()

    def refused(self, refusal: Refusal) -> Rendered:
        """The problem document for a refusal of this request."""
        return Rendered(refusal.status, refusal.problem(self.language, self.request_id))


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The bytes to send; `result` is what the flow made or refused, and None when the bytes are a stored answer."""

    rendered: Rendered
    result: T | Refusal | None


_CLAIM = """
    INSERT INTO kit_once (reference, digest, created_on)
    SELECT reference, digest, (now() AT TIME ZONE 'Asia/Shanghai')::date
    FROM unnest($1::uuid[], $2::bytea[]) AS asked (reference, digest)
    ORDER BY reference  -- everybody waits for everybody else in the same order
    ON CONFLICT DO NOTHING
    RETURNING reference
"""
_RECALL = """
    SELECT used.reference, used.digest, answer.status, answer.body, answer.sealed
    FROM kit_once AS used
    LEFT JOIN kit_once_answer AS answer ON answer.reference = used.reference AND answer.created_on = used.created_on
    WHERE used.reference = ANY ($1::uuid[])
"""
_KEEP = """
    INSERT INTO kit_once_answer (reference, created_on, status, body, sealed)
    SELECT used.reference, used.created_on, answer.status, answer.body, answer.sealed
    FROM unnest($1::uuid[], $2::smallint[], $3::bytea[], $4::boolean[]) AS answer (reference, status, body, sealed)
    JOIN kit_once AS used USING (reference)
"""
_RELEASE = "DELETE FROM kit_once WHERE reference = ANY ($1::uuid[])"


async def recall(asked: Sequence[Once]) -> list[Rendered | None]:
    """Claim the keys of these requests: None for a new one, its answer for one that was answered (a step).

    A parallel request with the same key waits here for the first to commit. No key may come twice in one call.
    """
    if not asked:
        return []
    claimed = await db.current().fetch(_CLAIM, [each.reference for each in asked], [each.digest for each in asked])
    new = {row["reference"] for row in claimed}
    if len(new) == len(asked):
        return [None] * len(asked)
    rows = await db.current().fetch(_RECALL, [each.reference for each in asked if each.reference not in new])
    used = {row["reference"]: row for row in rows}
    return [None if each.reference in new else _stored(each, used[each.reference]) for each in asked]


def _stored(once: Once, row: db.Row) -> Rendered:
    if row["digest"] != once.digest:
        return once.refused(IdempotencyKeyReused())
    if row["status"] is None:
        return once.refused(IdempotencyKeyExpired())
    body = crypto.open_sealed(row["body"], _place(once.reference)) if row["sealed"] else row["body"]
    return Rendered(row["status"], body)


async def keep(answers: Sequence[tuple[Once, Rendered]]) -> None:
    """Store these answers; keys of answers that are not kept are free again (a step)."""
    kept = [(once, answer) for once, answer in answers if _is_kept(answer.status)]
    if kept:
        bodies = [
            crypto.seal(answer.body, _place(once.reference)) if once.secret else answer.body for once, answer in kept
        ]
        await db.current().execute(
            _KEEP,
            [once.reference for once, _ in kept],
            [answer.status for _, answer in kept],
            bodies,
            [once.secret for once, _ in kept],
        )
    freed = [once.reference for once, answer in answers if not _is_kept(answer.status)]
    if freed:
        await db.current().execute(_RELEASE, freed)


async def answered_once(once: Once | None, work: Callable[[], Awaitable[T | Refusal]]) -> Answer[T]:
    """Do the work of a single flow under its key (a step); without a key (seed, import) just do it.

    A refusal with 409 undoes the work and is stored. One that is returned keeps its rows. Any other is raised and
    undoes the whole transaction, the claim of the key with it.
    """
    if once is None:
        return Answer(Rendered(0, b""), await work())
    (stored,) = await recall([once])
    if stored is not None:
        return Answer(stored, None)
    outcome: T | Refusal
    try:
        async with db.savepoint():
            outcome = await work()
    except Refusal as refusal:
        if not _is_kept(refusal.status):
            raise
        outcome = refusal
    rendered = once.refused(outcome) if isinstance(outcome, Refusal) else once.render(outcome)
    await keep([(once, rendered)])
    return Answer(rendered, outcome)


def _is_kept(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.CONFLICT


def _place(reference: UUID) -> tuple[str, str, UUID]:
    return ("kit_once_answer", "body", reference)


def result_of(answer: Answer[T]) -> T:
    """What the flow made, for callers that gave no key (seed, import, tests); raises what it refused."""
    if answer.result is None:
        unreachable("a stored answer has no result")
    return raised(answer.result)
