"""Nominating a closed event for a bonus: class, what was achieved, and the shares of those who had to do with it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from admin.access import NOMINATING_ROLES
from admin.nomination import ShareAsked, nominate_bonus
from admin.schemas import BonusClass
from grid.desk import Concerned, people_concerned
from grid.queries import EventSeen, read_event
from identity.actor import Actor
from identity.guards import allow
from identity.masks import mask_name
from kit.errors import Refusal
from kit.wire import Id, In, Percent, Text
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.forms import MISFIT, Form, blank, read_form
from web.pages.rendering import page
from web.staff.events import LIST

_WHOLE = 100


class NominationIn(In):
    """The class, what was achieved, and of each person in the order of the form how many percent; 0 leaves him out."""

    bonus_class: BonusClass
    summary: Text
    percent: Annotated[list[Percent], Meta(min_length=1, max_length=20)]


class NominateController(Controller):
    """A nomination."""

    path = f"{LIST}/{{event_id:uuid}}/nominate"
    guards = (allow(*NOMINATING_ROLES),)

    @get("/")
    async def ask(self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """The form, with those who had to do with the event."""
        seen = await read_event(actor, event_id)
        return _form_page(request, seen, await people_concerned(seen), blank(request))

    @post("/", status_code=200)
    async def nominate(
        self, request: AnyRequest, event_id: FromPath[Id], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """Nominate it; a matter is nominated once, so sending it twice does nothing twice."""
        seen = await read_event(actor, event_id)
        people = await people_concerned(seen)
        form = await read_form(request, NominationIn)
        if form.value is None:
            return _form_page(request, seen, people, form, MISFIT)
        try:
            await _nominate(actor, event_id, people, form.value)
        except Refusal as refusal:
            return _form_page(request, seen, people, form.refused(refusal), refusal.status)
        return see_other(request, f"{LIST}/{event_id}?said=nominate")


async def _nominate(actor: Actor, event_id: UUID, people: Sequence[Concerned], given: NominationIn) -> None:
    shares = [
        ShareAsked(person.person_id, person.part, percent)
        for person, percent in zip(people, given.percent, strict=False)
        if percent
    ]
    await nominate_bonus(
        actor=actor, event_id=event_id, bonus_class=given.bonus_class, summary=given.summary, shares=shares
    )


def _form_page(
    request: AnyRequest, seen: EventSeen, people: Sequence[Concerned], form: Form[Any], status_code: int = 200
) -> Response[Any]:
    typed = form.typed.get("percent", ())
    first = [str(_WHOLE) if not place else "0" for place, _ in enumerate(people)]
    shown = [*typed, *first[len(typed) :]][: len(people)]
    return page(
        request,
        "staff/nominate.html",
        status_code=status_code,
        form=form,
        it=seen.row,
        kind=seen.row["name_en"] if language_for(request) == "en" else seen.row["name_zh"],
        people=list(zip(people, shown, strict=True)),
        total=sum(int(each) for each in shown if each.isdecimal()),
        mask=mask_name,
    )
