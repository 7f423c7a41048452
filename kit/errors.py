"""Refusals: what the product says no to, as facts with a stable code, in Chinese and English.

A refusal that leaves no trace is raised and rolls its transaction back. One that must leave a trace
(a decision row, a wrong password) is returned by the flow, its rows commit, and `raised` raises it afterwards.
"""

from typing import Any, ClassVar, NoReturn, TypeVar

import msgspec

T = TypeVar("T")
ZH = "zh-CN"
EN = "en"


class Refusal(Exception):
    """A request that is understood and not carried out.

    `data` fills the braces of the two texts and is added to the problem document, so that a program reads
    `redeemed_at` where a person reads the sentence.
    """

    status: ClassVar[int] = 409
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, **data: Any) -> None:
        """Keep the facts that the two texts name."""
        super().__init__(self.code)
        self.data = data

    def detail(self, language: str = ZH) -> str:
        """The sentence a person reads, in `zh-CN` (the default) or `en`."""
        return (self.en if language == EN else self.zh).format_map(_Facts(self.data))

    def problem(self, language: str = ZH, request_id: str = "") -> bytes:
        """The `application/problem+json` document of RFC 9457."""
        said = self.detail(language)
        return msgspec.json.encode(
            {
                "type": f"/problems/{self.code}",
                "title": said,
                "status": self.status,
                "detail": said,
                "code": self.code,
                "request_id": request_id,
                **{key: value for key, value in self.data.items() if key not in _RESERVED},
            }
        )


class _Facts(dict[str, Any]):
    """A text may name a fact that this refusal was not given; then it reads as an ellipsis, not as an error."""

    def __missing__(self, key: str) -> str:
        return "…"


_RESERVED = frozenset({"type", "title", "status", "detail", "code", "request_id"})


def raised(outcome: T | Refusal) -> T:
    """Give the outcome of a flow back, or raise the refusal that it returned after its rows were committed."""
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


class DatabaseAway(Refusal):
    """The database cannot be reached; nothing was changed."""

    status = 503
    code = "database_away"
    zh = "系统繁忙，请稍后再试。没有任何内容被更改。"
    en = "The service is busy; nothing was changed. Please try again."


class OutcomeUnknown(Refusal):
    """The connection broke while the change was being committed: it may or may not have happened."""

    status = 503
    code = "outcome_unknown"
    zh = "暂时无法确认结果。请用同一幂等键重试，不会重复执行。"
    en = "The outcome is not known yet. Retry with the same idempotency key; nothing is done twice."


class IdempotencyKeyMissing(Refusal):
    """A request that moves value came without its key."""

    status = 400
    code = "idempotency_key_missing"
    zh = "缺少 Idempotency-Key 请求头。"
    en = "The Idempotency-Key header is missing."


class IdempotencyKeyReused(Refusal):
    """The key was used before for a request with another body."""

    status = 422
    code = "idempotency_key_reused"
    zh = "这个幂等键已用于另一个内容不同的请求。"
    en = "This idempotency key was used for a request with a different body."


class IdempotencyKeyExpired(Refusal):
    """The key was used more than 30 days ago, its answer is no longer kept."""

    code = "idempotency_key_expired"
    zh = "这个幂等键已在 30 天前使用过，原结果不再保存。"
    en = "This idempotency key was used more than 30 days ago and its answer is no longer kept."


def unreachable(reason: str) -> NoReturn:
    """Stop at a state that the code rules out; a bug, never an answer to a client's mistake."""
    raise AssertionError(reason)
