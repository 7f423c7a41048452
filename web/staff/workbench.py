"""Where staff begin: what waits for them with its age and clock, what went well today, what needs a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from admin import figures as money
from admin.access import APPROVING_ROLES, BUDGET_READING_ROLES, FINANCE_ROLE, SCORING_ROLE
from admin.bonus_lists import MOST_WAITING, BonusFilter, list_for_desk
from grid import queries as events
from grid.access import READING_ROLES
from identity.actor import Actor
from identity.guards import allow
from kit import clock
from kit.clock import business_day, day_start
from kit.proofs import is_missing, last_proof
from points.figures import Earned, earned_since
from points.levels import VERIFIER_ROLES
from points.queries import queue_figures
from rewards.figures import redeemed_since
from web.pages.addresses import is_htmx, see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.navigation import BOOK_READING_ROLES, WAITING, WORKING_ROLES, landing
from web.pages.rendering import fragment, page
from web.pages.texts import Key
from web.staff.clocks import Due, due_words

_QUEUES_OF_EVENTS: Final = (
    ("reported", Key("workbench.to_accept"), "inbox"),
    ("accepted", Key("workbench.to_dispatch"), "send"),
    ("reopened", Key("workbench.to_dispatch_again"), "rotate-ccw"),
    ("dispatched", Key("workbench.to_handle"), "wrench"),
    ("handled", Key("workbench.to_answer"), "message-square-reply"),
    ("rated", Key("workbench.to_close"), "circle-check"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Something that waits for him: how much, since when or until when, and where it is done."""

    text: Key
    icon: str
    href: str
    waiting: int
    oldest: datetime | None = None
    due: Due | None = None
    overdue: int = 0
    fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The figures of the day in his territory."""

    earned: Earned
    redeemed: int
    reported: int


class WorkbenchController(Controller):
    """The workbench."""

    path = "/staff"
    guards = (allow(*sorted(WORKING_ROLES)),)

    @get("/")
    async def workbench(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The queues; only they are read again while the page is open."""
        queues = await _queues(actor, language_for(request))
        if is_htmx(request):
            return fragment(request, "staff/queues.html", queues=queues)
        reads_books = actor.has(*BOOK_READING_ROLES)
        proof = await last_proof() if reads_books else None
        return page(
            request,
            "staff/workbench.html",
            queues=queues,
            proof=proof,
            unproven=reads_books and is_missing(proof),
            today=await _today(actor),
            budgets=await money.nearly_used(actor) if actor.has(*BUDGET_READING_ROLES) else (),
            overdue=sum(each.overdue for each in queues),
        )


class WaitingController(Controller):
    """The workbench of somebody who holds no role yet."""

    path = WAITING
    guards = (allow(),)

    @get("/")
    async def waiting(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """That he has to wait; once a role is his, it leads to his pages."""
        if landing(actor) != WAITING:
            return see_other(request, landing(actor))
        return page(request, "staff/waiting.html")


async def _queues(actor: Actor, language: str) -> list[Queue]:
    """What waits for him, by his offices; a queue with nothing in it stays, so that its place is known."""
    found: list[Queue] = []
    if actor.has(*VERIFIER_ROLES):
        figures = await queue_figures(actor)
        found.append(
            Queue(
                text=Key("workbench.to_verify"),
                icon="clipboard-check",
                href="/staff/verify",
                waiting=sum(each.waiting for each in figures),
                oldest=min((each.oldest for each in figures), default=None),
            )
        )
    if actor.has(*READING_ROLES):
        found += await _of_events(actor, language)
    if actor.has(*APPROVING_ROLES, SCORING_ROLE):
        found.append(await _of_bonuses(actor))
    if actor.has(FINANCE_ROLE):
        waiting = await money.payable(actor)
        found.append(
            Queue(
                text=Key("workbench.to_pay"),
                icon="wallet",
                href="/staff/payouts",
                waiting=waiting.waiting,
                oldest=waiting.oldest,
                fen=waiting.fen,
            )
        )
    return found


async def _of_events(actor: Actor, language: str) -> list[Queue]:
    """The events of his territory by the step that they wait for."""
    waiting = await events.open_events(actor, clock.now())
    return [
        Queue(
            text=text,
            icon=icon,
            href=f"/staff/events?state={state}",
            waiting=waiting[state].waiting,
            due=None if state == "rated" else due_words(waiting[state].next_due, language),
            overdue=waiting[state].overdue,
        )
        for state, text, icon in _QUEUES_OF_EVENTS
        if state in waiting
    ]


async def _of_bonuses(actor: Actor) -> Queue:
    rows = await list_for_desk(actor, BonusFilter(mine=True), after=None, limit=MOST_WAITING)
    return Queue(
        text=Key("workbench.to_approve") if actor.has(*APPROVING_ROLES) else Key("workbench.to_score"),
        icon="award",
        href="/staff/bonuses",
        waiting=len(rows),
        oldest=rows[0].row["nominated_at"] if rows else None,
    )


async def _today(actor: Actor) -> Today:
    since = day_start(business_day(clock.now()))
    paths: Sequence[str] = actor.territories(*WORKING_ROLES)
    return Today(
        earned=await earned_since(paths, since),
        redeemed=await redeemed_since(paths, since),
        reported=await events.reported_since(paths, since),
    )
