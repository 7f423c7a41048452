"""One's points by month with their sums, and the reason behind every line."""

from datetime import date
from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from identity.actor import Actor
from identity.guards import allow
from kit import paging
from kit.clock import business_day
from kit.errors import EN
from kit.settings import settings
from kit.wire import Id
from points import queries, statement
from points.ledger import PERSONAL
from points.rules import Rule
from web.pages import evidence
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, ways
from web.pages.formats import Formats
from web.pages.rendering import page
from web.pages.texts import Catalogue, catalogue

Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?![\s\S])", examples=["2026-11"])]
_PAGE = 40
_PENDING = 20


class PointsController(Controller):
    """Points."""

    path = "/points"
    guards = (allow("resident"),)

    @get("/")
    async def month(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        month: FromQuery[Month | None] = None,
        cursor: FromQuery[paging.Cursor | None] = None,
    ) -> Response[Any]:
        """A month, the newest one first, with what waits to be verified."""
        moment = await queries.now()
        sums = await statement.month_sums(actor.id)
        chosen = _first_day(month) or (sums[0].month if sums else business_day(moment).replace(day=1))
        scope = f"page of points:{actor.id}:{chosen}"
        below = paging.after_one(cursor, scope, int)
        entries = await statement.month_entries(actor.id, chosen, below=below, limit=_PAGE + 1)
        shown = paging.page(
            list(entries), limit=_PAGE, scope=scope, position=lambda row: (row["version"],), show=lambda row: row
        )
        return page(
            request,
            "resident/points.html",
            wallet=await queries.wallet(actor.id, moment),
            month=next((each for each in sums if each.month == chosen), statement.MonthSum(chosen, 0, 0)),
            newer=min((each.month for each in sums if each.month > chosen), default=None),
            older=max((each.month for each in sums if each.month < chosen), default=None),
            shown=shown,
            **ways(self.path, Filters(cursor=cursor), shown.next_cursor, month=f"{chosen:%Y-%m}"),
            pending=await statement.pending(actor.id, _PENDING),
            named=_named,
        )

    @get("/{entry_id:uuid}")
    async def why(self, request: AnyRequest, entry_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Why a line stands there."""
        found = await statement.explain_entry(actor, entry_id)
        words = catalogue(language_for(request))
        return page(
            request,
            "resident/entry.html",
            entry=found,
            named=_named,
            row_label=found.row["label_en"] if words.language == EN else found.row["label_zh"],
            posted_month=f"{business_day(found.row['posted_at']):%Y-%m}",
            limits=_limits(found.rule, words),
            proof=evidence.proof(found.rule.evidence, words) if found.rule is not None else "",
            verifiers=evidence.verifiers(found.rule.verified_by, words) if found.rule is not None else "",
            steps=_steps(found, words),
            service_phone=settings().service_phone,
        )


def _named(kind: str) -> str:
    """A way in which points move; `moved` for one that only a newer version of the product knows."""
    return kind if kind in PERSONAL else "moved"


def _limits(rule: Rule | None, words: Catalogue) -> list[str]:
    """How often it counts, in words."""
    if rule is None:
        return []
    caps = {period: getattr(rule.caps, period) for period in ("day", "month", "quarter", "year", "once")}
    return [words.text(f"points.cap.{period}", n=most) for period, most in caps.items() if most is not None]


def _steps(found: statement.Explained, words: Catalogue) -> list[dict[str, str]]:
    """How it came to the account: handed in, confirmed by whom of which level, paid."""
    if found.participation is None:
        return []
    moment = Formats(words).moment
    steps = [
        {"title": words.text("points.handed_in"), "at": moment(found.participation["submitted_at"]), "icon": "send"}
    ]
    steps += [
        {"title": evidence.verifier(each["level"], words), "at": moment(each["decided_at"]), "icon": "user-check"}
        for each in found.verified
    ]
    if not found.verified:
        steps.append({"title": words.text("points.checked_by_system"), "at": "", "icon": "list-checks"})
    steps.append({"title": words.text("points.posted"), "at": moment(found.row["posted_at"]), "icon": "wallet"})
    return [{**each, "tone": "good"} for each in steps]


def _first_day(month: str | None) -> date | None:
    return None if month is None else date.fromisoformat(f"{month}-01")
