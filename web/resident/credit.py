"""The credit score, line by line, with its levels and what becomes of it."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from identity.actor import Actor
from identity.guards import allow
from kit.errors import EN
from points import credit_score, statement
from points.queries import now
from web.pages import evidence
from web.pages.cookies import AnyRequest, language_for
from web.pages.rendering import page
from web.pages.texts import catalogue


class CreditController(Controller):
    """Credit."""

    guards = (allow("resident"),)

    @get("/credit")
    async def credit(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Where the score comes from, and where it goes if nothing is added."""
        account = await statement.credit_account(actor.id, await now())
        words = catalogue(language_for(request))
        return page(
            request,
            "resident/credit.html",
            account=account,
            levels=statement.LEVELS,
            base=credit_score.BASE,
            category=lambda name: evidence.category(name, words),
            names={
                code: action.label.en if words.language == EN else action.label.zh
                for code, action in account.actions.items()
            },
        )
