"""Where residents begin: what they have, their standing, what is on its way, and the next thing to do."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from identity import messages
from identity.actor import Actor
from identity.guards import allow
from kit.clock import business_day
from kit.settings import settings
from points import credit_score, queries
from rewards.queries import list_shelf
from web.pages.cookies import AnyRequest, language_for
from web.pages.rendering import page
from web.resident.shown import voucher_shown

_IN_SHORT = 2


class HomeController(Controller):
    """The first page."""

    guards = (allow("resident"),)

    @get("/")
    async def home(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """What can be spent now, the level and what is missing to the next, and the newest in short."""
        moment, language = await queries.now(), language_for(request)
        credit = await queries.credit_of(actor.id, business_day(moment))
        vouchers = await list_shelf(actor.id, "issued", None, _IN_SHORT)
        news = await messages.inbox(actor.id, before=None, limit=_IN_SHORT)
        return page(
            request,
            "resident/home.html",
            wallet=await queries.wallet(actor.id, moment),
            credit=credit,
            level=credit_score.level_number(credit.level),
            level_starts=credit_score.LEVEL_STARTS,
            vouchers=[voucher_shown(row, moment, language) for row in vouchers],
            news=[(each, each.rendered(language)) for each in news],
            service_phone=settings().service_phone,
        )
