"""The design system on one page, where pages are being written or shown; real towns do not have it."""

from typing import Any, Final

from litestar import Response, get

from identity.guards import public
from kit.errors import ZH
from kit.refusals import NotFound
from kit.settings import settings
from web.pages.cookies import AnyRequest
from web.pages.forms import Form
from web.pages.rendering import page

_SAMPLE: Final[Form[Any]] = Form(
    ZH,
    typed={"phone": ["1380000"], "text": ["消防通道被电动车堵住了"], "category": ["FIRE"]},
    faults=(("/phone", "too_short", "请输入 11 位手机号码。", "Enter a phone number of 11 digits."),),
)
"""A form that was not filled in well."""


@get("/design", guards=[public()])
async def show_design(request: AnyRequest) -> Response[Any]:
    """Every component in every state."""
    if settings().production:
        raise NotFound
    return page(request, "design/index.html", sample=_SAMPLE)
