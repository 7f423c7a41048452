"""What a controller is given for a request that moves value: the key it came under, and how its answer is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kit.errors import ZH
from kit.once import Answer, Once, Rendered
from kit.wire import encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """The caller, the route, the `Idempotency-Key` and the body of this request.

    `body` begins with the path that was asked, so that one key for two things is seen as reused.
    """

    caller: str
    route: str
    key: str
    body: bytes
    respond: Callable[[Rendered], Any]
    language: str = ZH
    request_id: str = ""

    def once(self, show: Callable[[Any], object], *, status: int = 201, secret: bool = False) -> Once:
        """The `once=` of the flow: `show` makes the answer of its result. `secret` answers are stored encrypted."""
        return Once(
            caller=self.caller,
            route=self.route,
            key=self.key,
            body=self.body,
            render=lambda result: Rendered(status, encode(show(result))),
            language=self.language,
            request_id=self.request_id,
            secret=secret,
        )

    def reply(self, answer: Answer[Any] | Rendered) -> Any:
        """The response that carries these bytes, the same ones whenever they are asked for again."""
        return self.respond(answer.rendered if isinstance(answer, Answer) else answer)
