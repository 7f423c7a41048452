"""The refusals that every package shares, and how a route says which ones it can answer.

A controller writes `opt=refuses(OutOfStock, LimitReached)`; web adds what follows from the route itself (sign-in,
input, files, idempotency) and puts all of them, in both languages, into the OpenAPI document.
"""

from kit.errors import Refusal

REFUSES = "refuses"


class NotFound(Refusal):
    """There is no such thing, or not for the one who asks: the two cannot be told apart."""

    status = 404
    code = "not_found"
    zh = "没有找到，或您无权查看。"
    en = "There is no such thing, or not for you."


class Stale(Refusal):
    """Someone else changed the thing meanwhile (`If-Match` names an older version)."""

    status = 412
    code = "stale"
    zh = "内容已被他人修改，请刷新后重试。"
    en = "It was changed meanwhile; read it again and repeat the change."


class TooMany(Refusal):
    """More requests than the limit allows; `retry_after` says when to come back."""

    status = 429
    code = "too_many_requests"
    zh = "操作太频繁，请在 {retry_after} 秒后再试。"
    en = "Too many requests; try again in {retry_after} seconds."


def refuses(*refusals: type[Refusal]) -> dict[str, object]:
    """The `opt` of a route handler: the refusals that its own work can answer with."""
    return {REFUSES: refusals}
