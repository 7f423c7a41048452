"""Verifying: what waits beside what proves it, one decision after the other."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity.actor import Actor
from identity.guards import allow
from identity.masks import mask_name
from kit import clock, paging
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.wire import Code, Id, In, Text
from points import announcing, queries, review
from points.answers import verified_out
from points.levels import VERIFIER_ROLES
from points.queries import QueueFilter
from points.reasons import detail
from points.rules import Action, rule_book
from points.schemas import VerifiedOut
from points.verification import verify_participation
from web.pages.addresses import is_htmx, see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.evidence import proof
from web.pages.filters import Filters, address, any_chosen, read_filters, ways
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import fragment, page
from web.pages.texts import catalogue
from web.staff.places import AreaPath, area_choices, place_names

_LIST = "/staff/verify"
_SHOWN = 20
Days = Annotated[int, Meta(ge=1, le=365)]


class QueueFilters(Filters):
    """What of the queue is shown: one action, one area, older than so many days."""

    action: Code | None = None
    area: AreaPath | None = None
    age: Days | None = None

    @property
    def wanted(self) -> QueueFilter:
        """The same for the query."""
        before = clock.now() - timedelta(days=self.age) if self.age else None
        return QueueFilter(action=self.action, area_path=self.area, handed_in_before=before)


class AcceptIn(In):
    """Nothing more is said with a yes."""


class RefuseIn(In):
    """A no comes with the reason that the resident reads."""

    reason: Text


class VerifyController(Controller):
    """The verifiers' queue."""

    path = _LIST
    guards = (allow(*VERIFIER_ROLES),)

    @get("/")
    async def queue(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The queue, with the first of it open on a wide screen."""
        return await _show(request, actor, None, form=blank(request))

    @get("/{participation_id:uuid}")
    async def one(
        self, request: AnyRequest, participation_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """One of them with what proves it; only that for a page which is open."""
        if is_htmx(request):
            chosen = read_filters(request, QueueFilters)
            context = await _evidence(request, actor, participation_id, chosen, form=blank(request))
            return fragment(request, "staff/verify_evidence.html", **context)
        return await _show(request, actor, participation_id, form=blank(request))

    @post("/{participation_id:uuid}/accept", status_code=200)
    async def accept(
        self,
        request: AnyRequest,
        participation_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Yes; the next one opens."""
        form = await read_form(request, AcceptIn)
        return await _decide(request, actor, participation_id, keyed, form, accept=True)

    @post("/{participation_id:uuid}/refuse", status_code=200)
    async def refuse(
        self,
        request: AnyRequest,
        participation_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """No, with the reason; the next one opens."""
        form = await read_form(request, RefuseIn)
        if form.value is None:
            return await _show(request, actor, participation_id, form=form, status_code=MISFIT)
        return await _decide(request, actor, participation_id, keyed, form, accept=False)


async def _decide(
    request: AnyRequest, actor: Actor, participation_id: UUID, keyed: Keyed, form: Form[Any], *, accept: bool
) -> Response[Any]:
    """Decide as the API does; what is refused, or was decided by somebody else, is said in its place."""
    try:
        answer = await verify_participation(
            actor=actor,
            participation_id=participation_id,
            accept=accept,
            reason=getattr(form.value, "reason", None),
            once=keyed.once(lambda verified: verified_out(verified, keyed.language), status=200),
        )
        made = done(answer, VerifiedOut)
        await announcing.tell_verified(answer)
    except Refusal as refusal:
        blanked = form.refused(refusal)
        return await _show(request, actor, participation_id, form=blanked, status_code=refusal.status, refusal=refusal)
    return see_other(request, await _next(actor, participation_id, read_filters(request, QueueFilters), made.state))


async def _next(actor: Actor, decided: UUID, chosen: QueueFilters, said: str) -> str:
    """The address of the next one of the queue, from the start again behind its end."""
    for place in (decided, None):
        rows = await queries.verification_queue(actor, after=place, limit=1, wanted=chosen.wanted)
        if rows:
            return _with(address(f"{_LIST}/{rows[0]['id']}", chosen), said)
    return _with(address(_LIST, chosen), said)


def _with(path: str, said: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}said={said}"


async def _show(
    request: AnyRequest,
    actor: Actor,
    chosen_id: UUID | None,
    *,
    form: Form[Any],
    status_code: int = 200,
    refusal: Refusal | None = None,
) -> Response[Any]:
    """The page with its queue and the one that is open."""
    chosen = read_filters(request, QueueFilters)
    language = language_for(request)
    scope = f"desk:verify:{actor.id}:{chosen.action}:{chosen.area}:{chosen.age}"
    after = paging.after_one(chosen.cursor, scope, UUID)
    rows = await queries.verification_queue(actor, after=after, limit=_SHOWN + 1, wanted=chosen.wanted)
    listed = paging.page(rows, limit=_SHOWN, scope=scope, position=lambda row: (row["id"],), show=lambda row: row)
    opened = chosen_id or (rows[0]["id"] if rows else None)
    evidence = await _evidence(request, actor, opened, chosen, form=form, refusal=refusal)
    figures = await queries.queue_figures(actor)
    labels = (await rule_book()).actions
    return page(
        request,
        "staff/verify.html",
        status_code=status_code,
        rows=listed.items,
        places=await place_names({row["area_path"] for row in listed.items}, language),
        name_of=mask_name,
        label_of=lambda code: _label(labels[code], language),
        waiting=sum(each.waiting for each in figures),
        most=queries.MOST_COUNTED,
        named_actions=[(each.action, f"{_label(labels[each.action], language)} · {each.waiting}") for each in figures],
        areas=await area_choices(actor, VERIFIER_ROLES, language),
        chosen_id=chosen_id,
        filtered=any_chosen(chosen),
        clear=_LIST,
        **ways(_LIST, chosen, listed.next_cursor),
        said=request.query_params.get("said", ""),
        **evidence,
    )


async def _evidence(
    request: AnyRequest,
    actor: Actor,
    participation_id: UUID | None,
    chosen: QueueFilters,
    *,
    form: Form[Any],
    refusal: Refusal | None = None,
) -> dict[str, Any]:
    """What the part with the evidence shows."""
    language = language_for(request)
    opened = await review.review_participation(actor, participation_id) if participation_id else None
    context: dict[str, Any] = {
        "opened": opened,
        "form": form,
        "filters": chosen,
        "refusal": refusal.detail(language) if refusal else "",
        "forbidden": opened.forbidden.detail(language) if opened and opened.forbidden else "",
        "link": lambda path: address(path, chosen, cursor=chosen.cursor),
        "mask": lambda name: mask_name(name) if name else "",
        "reason_of": lambda code: detail(code, language),
        "label": lambda action: _label(action, language),
    }
    if opened is not None:
        book = (await rule_book()).actions
        context["earlier_of"] = lambda code: _label(book[code], language)
        context["opened_place"] = (await place_names({opened.row["area_path"]}, language))[opened.row["area_path"]]
        context["proof"] = proof(opened.rule.evidence, catalogue(language)) if opened.rule else ""
    return context


def _label(action: Action, language: str) -> str:
    return action.label.en if language == "en" else action.label.zh
