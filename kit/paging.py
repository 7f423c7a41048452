"""Lists: pages by key, never by offset, with cursors that are signed.

A cursor names the list that it was made for (with its owner and filters) and the place of the last row shown. It
cannot be made by a client, nor carried into another list or to another person.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from kit import crypto
from kit.errors import Refusal
from kit.wire import Out

T = TypeVar("T")
R = TypeVar("R")

_TAG = 16  # bytes of the HMAC that a cursor carries

Cursor: TypeAlias = Annotated[
    str,
    Meta(
        max_length=1_024,
        pattern=r"^[A-Za-z0-9_-]*(?![\s\S])",
        description="`next_cursor` of the page before; leave it out for the first page.",
    ),
]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=100, description="At most so many items; 100 is the most.")]


class BadCursor(Refusal):
    """A cursor that this list did not give out, or that was changed."""

    status = 400
    code = "bad_cursor"
    zh = "翻页标记无效，请从第一页重新开始。"
    en = "This cursor does not belong to this list; start again at the first page."


class Page(Out, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


def after(cursor: str | None, scope: str, *kinds: Any) -> tuple[Any, ...] | None:
    """The place in the list `scope` behind which the page begins, as values of these kinds; None for the first page."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        tag, place = raw[:_TAG], raw[_TAG:]
        if not any(hmac.compare_digest(tag, each) for each in _tags(scope, place)):
            raise BadCursor
        return msgspec.json.decode(place, type=tuple[kinds])  # type: ignore[valid-type]
    except (ValueError, msgspec.MsgspecError):
        raise BadCursor from None


def after_one(cursor: str | None, scope: str, kind: type[T]) -> T | None:
    """The same for a list whose place is one value."""
    place = after(cursor, scope, kind)
    return None if place is None else place[0]


def page(
    rows: Sequence[R],
    *,
    limit: int,
    scope: str,
    position: Callable[[R], tuple[Any, ...]],
    show: Callable[[R], T],
) -> Page[T]:
    """Make a page of rows that were read with one more than `limit`, so that the last page is known to be the last."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[show(row) for row in shown], next_cursor=_cursor(scope, position(shown[-1])) if more else None)


def _cursor(scope: str, position: tuple[Any, ...]) -> str:
    place = msgspec.json.encode(position)
    return urlsafe_b64encode(_tags(scope, place)[0] + place).rstrip(b"=").decode()


def _tags(scope: str, place: bytes) -> list[bytes]:
    """The signature under each key of the ring, the newest first."""
    signed = scope.encode() + b"\0" + place
    return [hmac.digest(crypto.derive("cursor", key_id), signed, sha256)[:_TAG] for key_id in crypto.key_ids()]
