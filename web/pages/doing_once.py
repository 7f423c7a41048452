"""A form that moves value is sent once, however often it is tapped: its hidden key is the API's `Idempotency-Key`.

The key was made when the form was shown. Sent again, the first answer comes back as it was stored, and the page goes
where it went the first time.
"""

import re
from typing import Any, TypeVar

import msgspec
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from identity import cross_site
from identity.actor import Actor
from kit import logs
from kit.errors import IdempotencyKeyMissing, Refusal
from kit.keyed import Keyed
from kit.once import Answer, Rendered
from web.keys import IDEMPOTENCY_KEY, respond
from web.pages.cookies import AnyRequest, language_for
from web.pages.forms import ONCE

T = TypeVar("T")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_REFUSED = 400


class RefusedBefore(Refusal):
    """The stored answer of a form that was refused and is sent again; it says what was said the first time."""

    code = "refused_before"
    zh = "此前已答复：{said}"
    en = "Answered before: {said}"


async def provide_page_keyed(request: AnyRequest, actor: NamedDependency[Actor]) -> Keyed:
    """The key of a form that moves value; without one it is refused before anything is done."""
    sent = await request.form()
    key = request.headers.get(IDEMPOTENCY_KEY) or sent.get(ONCE)
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise IdempotencyKeyMissing
    fields = sorted(
        (name, value.filename if isinstance(value, UploadFile) else str(value))
        for name, value in sent.multi_items()
        if name not in {cross_site.FIELD, ONCE}
    )
    return Keyed(
        caller=str(actor.id),
        route=f"{request.method} {request.scope['path_template']}",
        key=key,
        body=request.scope["path"].encode() + b"\n" + msgspec.json.encode(fields),
        respond=respond,
        language=language_for(request),
        request_id=logs.request_id.get(),
    )


def done(answer: Answer[Any] | Rendered, shown: type[T]) -> T:
    """What was done, now or the first time, as the API shows it; raises what was refused, now or then."""
    if isinstance(answer, Answer) and isinstance(answer.result, Refusal):
        raise answer.result
    rendered = answer.rendered if isinstance(answer, Answer) else answer
    if rendered.status >= _REFUSED:
        problem = msgspec.json.decode(rendered.body)
        raise RefusedBefore(said=problem["detail"], was=problem["code"])
    return msgspec.json.decode(rendered.body, type=shown)
