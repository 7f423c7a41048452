"""Bonuses: the list beside what proves each of them, marks, one yes or no after the other."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from admin.access import APPROVING_ROLES, CLAWING_BACK_ROLE, SCORING_ROLE, STAFF_ROLES
from admin.announcing import tell_bonuses
from admin.approvals import approve_bonus, reject_bonus
from admin.bonus_lists import list_for_desk
from admin.claw_back import claw_back_bonus
from admin.schemas import BonusStepOut, ReasonIn, ScoreIn, bonus_step_out
from admin.scoring import score_bonus
from identity.actor import Actor
from identity.guards import allow
from kit import spreadsheet
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.money import parse_fen
from kit.once import Answer
from kit.wire import Id, In, Invalid, ShortText
from web.pages.addresses import is_htmx, see_other
from web.pages.cookies import AnyRequest
from web.pages.doing_once import done
from web.pages.filters import address, read_filters
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import fragment
from web.pages.texts import Key
from web.staff import bonus_desk, exporting
from web.staff.bonus_desk import LIST, BonusFilters, bonus_table, with_said
from web.staff.exporting import Listed

_LISTED: Final = Listed("bonuses", Key("bonus.title"), LIST)
Yuan = Annotated[str, Meta(max_length=20, pattern=r"^[0-9,.]+(?![\s\S])")]


class YesIn(In):
    """A yes; the amount in yuan where the matrix gives a range, the minutes where a leader says it."""

    amount: Yuan | None = None
    meeting_note: ShortText | None = None

    @property
    def amount_fen(self) -> int | None:
        """The amount in fen; raises Invalid."""
        if self.amount is None:
            return None
        fen = parse_fen(self.amount.replace(",", ""))
        if fen is None:
            raise Invalid(
                ("/amount", "no_amount", "请填写金额，如 3000 或 3000.50。", "Give an amount such as 3000.50.")
            )
        return fen


class BonusController(Controller):
    """The bonuses of one's territory."""

    path = LIST
    guards = (allow(*STAFF_ROLES),)

    @get("/")
    async def bonuses(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list, with the first of it open on a wide screen."""
        return await bonus_desk.show(request, actor, None, form=blank(request))

    @get("/{bonus_id:uuid}")
    async def one(self, request: AnyRequest, bonus_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """One of them with what proves it; only that for a page which is open."""
        if is_htmx(request):
            context = await bonus_desk.evidence_of(request, actor, bonus_id, form=blank(request))
            return fragment(request, "staff/bonus_evidence.html", **context)
        return await bonus_desk.show(request, actor, bonus_id, form=blank(request))

    @get("/{bonus_id:uuid}/line")
    async def line(self, request: AnyRequest, bonus_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """Its line of the list as it is now, for a page which is open."""
        return fragment(request, "staff/bonus_line.html", **await bonus_desk.line_of(request, actor, bonus_id))

    @get("/export")
    async def ask_export(self, request: AnyRequest) -> Response[Any]:
        """The question before the list leaves."""
        return exporting.ask(request, _LISTED, read_filters(request, BonusFilters))

    @post("/export", status_code=200)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The list as a file."""
        chosen = read_filters(request, BonusFilters)

        async def read(words: Any) -> spreadsheet.Table:
            rows = await list_for_desk(actor, chosen.wanted(actor), after=None, limit=spreadsheet.MOST_ROWS + 1)
            return bonus_table(rows, words)

        return await exporting.send(request, actor, _LISTED, chosen, read)


class DecisionController(Controller):
    """What is decided on a bonus."""

    path = LIST

    @post("/{bonus_id:uuid}/score", guards=[allow(SCORING_ROLE)], status_code=200)
    async def score(self, request: AnyRequest, bonus_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """The four marks of an assessor."""
        form = await read_form(request, ScoreIn)
        if form.value is None:
            return await bonus_desk.show(request, actor, bonus_id, form=form, status_code=MISFIT)
        marks = form.value
        try:
            made = await score_bonus(
                actor=actor,
                bonus_id=bonus_id,
                truth=marks.truth,
                timeliness=marks.timeliness,
                harm=marks.harm,
                loop=marks.loop,
            )
        except Refusal as refusal:
            return await _refused(request, actor, bonus_id, form, refusal)
        await tell_bonuses(Answer(bonus_desk.NO_BYTES, made), [bonus_id])
        return await _next(request, actor, bonus_id, "scored")

    @post("/{bonus_id:uuid}/approve", guards=[allow(*APPROVING_ROLES)], status_code=200)
    async def approve(
        self,
        request: AnyRequest,
        bonus_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Yes; the next one opens."""
        form = await read_form(request, YesIn)
        try:
            given = form.accepted()
            answer = await approve_bonus(
                actor=actor,
                bonus_id=bonus_id,
                amount_fen=given.amount_fen,
                meeting_note=given.meeting_note,
                once=keyed.once(bonus_step_out, status=200),
            )
            made = done(answer, BonusStepOut)
        except Refusal as refusal:
            return await _refused(request, actor, bonus_id, form, _on_the_form(refusal))
        await tell_bonuses(answer, [bonus_id])
        return await _next(request, actor, bonus_id, "approved" if made.state == "approved" else "yes")

    @post("/{bonus_id:uuid}/reject", guards=[allow(*APPROVING_ROLES)], status_code=200)
    async def reject(
        self,
        request: AnyRequest,
        bonus_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """No, with the reason; the next one opens."""
        return await _end(request, actor, bonus_id, keyed, "rejected")

    @post("/{bonus_id:uuid}/claw-back", guards=[allow(CLAWING_BACK_ROLE)], status_code=200)
    async def claw_back(
        self,
        request: AnyRequest,
        bonus_id: FromPath[Id],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Take a bonus back, its money and its points."""
        return await _end(request, actor, bonus_id, keyed, "clawed_back")


async def _end(
    request: AnyRequest, actor: Actor, bonus_id: UUID, keyed: Keyed, how: Literal["rejected", "clawed_back"]
) -> Response[Any]:
    """End a bonus with a reason; what is refused is said in its place."""
    form = await read_form(request, ReasonIn)
    if form.value is None:
        return await bonus_desk.show(request, actor, bonus_id, form=form, status_code=MISFIT, ending=how)
    flow = reject_bonus if how == "rejected" else claw_back_bonus
    try:
        answer = await flow(
            actor=actor,
            bonus_id=bonus_id,
            reason=form.value.reason,
            once=keyed.once(bonus_step_out, status=200),
        )
        done(answer, BonusStepOut)
    except Refusal as refusal:
        return await _refused(request, actor, bonus_id, form, refusal)
    await tell_bonuses(answer, [bonus_id])
    return await _next(request, actor, bonus_id, how)


async def _refused(
    request: AnyRequest, actor: Actor, bonus_id: UUID, form: Form[Any], refusal: Refusal
) -> Response[Any]:
    """The same bonus again, with what was refused; a field that does not fit is named."""
    said = form.refused(refusal) if isinstance(refusal, Invalid) else form
    told = None if isinstance(refusal, Invalid) else refusal
    return await bonus_desk.show(request, actor, bonus_id, form=said, status_code=refusal.status, refusal=told)


def _on_the_form(refusal: Refusal) -> Refusal:
    """The flow's amount in fen is the form's in yuan."""
    if not isinstance(refusal, Invalid):
        return refusal
    return Invalid(*((pointer.replace("_fen", ""), code, zh, en) for pointer, code, zh, en in refusal.faults))


async def _next(request: AnyRequest, actor: Actor, decided: UUID, said: str) -> Response[Any]:
    """The next one that waits, with the same filters, or the list."""
    later = await bonus_desk.behind(actor, decided)
    path = f"{LIST}/{later}" if later else LIST
    return see_other(request, with_said(address(path, read_filters(request, BonusFilters)), said))
