"""How points are earned: the actions that are open here, each with its rule in words, and the form of a claim."""

from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Annotated, Any, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from identity import scheme
from identity.actor import Actor
from identity.guards import allow
from identity.people import require_person
from kit import clock, wire
from kit.clock import SHANGHAI
from kit.keyed import Keyed
from kit.refusals import NotFound
from kit.wire import In
from points import queries, reasons
from points.answers import action_out, participation_out
from points.participations import claim_action
from points.rules import needs_picture
from points.schemas import ActionOut, ParticipationOut
from web.pages import evidence
from web.pages.carrying_out import carry_out
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.forms import Form, blank, read_form
from web.pages.rendering import page
from web.pages.texts import catalogue
from web.resident.uploading import FORM_BYTES, PICTURES, keep_pictures

Sought = Annotated[str, Meta(max_length=64)]
Door = Literal["self", "event", "activity"]
_LOCAL = "%Y-%m-%dT%H:%M"


class ClaimIn(In):
    """What somebody did, and when; `quantity` is the hours of an hourly action."""

    occurred_at: wire.Instant
    quantity: wire.Quantity = 1
    place: wire.ShortText | None = None
    note: wire.Text | None = None


class EarnController(Controller):
    """The catalogue of actions, and claiming one."""

    path = "/earn"
    guards = (allow("resident"),)

    @get("/")
    async def actions(
        self,
        request: AnyRequest,
        actor: NamedDependency[Actor],
        q: FromQuery[Sought | None] = None,
        door: FromQuery[Door | None] = None,
    ) -> Response[Any]:
        """What can be done, by category, with what is left of it today."""
        found = [each for each in await _offered(request, actor) if _fits(each, (q or "").strip(), door)]
        groups = [(name, list(lines)) for name, lines in groupby(found, key=lambda each: each.category)]
        return page(request, "resident/earn.html", groups=groups, q=q or "", door=door, **_words(request))

    @get("/{code:str}")
    async def action(
        self, request: AnyRequest, code: FromPath[wire.Code], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        """One action: its rule, how to prove it, and the form."""
        now = (await queries.now()).astimezone(SHANGHAI)
        return await _action_page(code, request, actor, blank(request, occurred_at=now.strftime(_LOCAL)))

    @post("/{code:str}", status_code=200, request_max_body_size=FORM_BYTES)
    async def claim(
        self,
        request: AnyRequest,
        code: FromPath[wire.Code],
        actor: NamedDependency[Actor],
        keyed: NamedDependency[Keyed],
    ) -> Response[Any]:
        """Hand in what was done."""
        form = await read_form(request, ClaimIn, files=(PICTURES,))

        async def work(sent: ClaimIn) -> str:
            claimed = await _claim(actor, code, form, sent, keyed)
            return f"/claims/{claimed.id}/result"

        return await carry_out(request, actor, form, work, partial(_action_page, code))


async def _claim(actor: Actor, code: str, form: Form[ClaimIn], claim: ClaimIn, keyed: Keyed) -> ParticipationOut:
    answer = await claim_action(
        actor=actor,
        person_id=actor.id,
        action=code,
        occurred_at=claim.occurred_at,
        quantity=claim.quantity,
        note=claim.note,
        place=claim.place,
        file_ids=await keep_pictures(actor, form.files.get(PICTURES, ())),
        once=keyed.once(lambda claimed: participation_out(claimed, keyed.language)),
    )
    return done(answer, ParticipationOut)


async def _offered(request: AnyRequest, actor: Actor) -> list[ActionOut]:
    """The catalogue as the API gives it to this person."""
    person = await require_person(actor.id)
    offers = await queries.offers(actor.id, person.area_path)
    return [action_out(each, language_for(request)) for each in offers]


def _fits(action: ActionOut, sought: str, door: Door | None) -> bool:
    words = f"{action.name} {action.category} {action.code}".casefold()
    return sought.casefold() in words and (door is None or action.opened_by == door)


async def _action_page(
    code: str, request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200
) -> Response[bytes]:
    action = next((each for each in await _offered(request, actor) if each.code == code), None)
    if action is None:
        raise NotFound
    now = (await queries.now()).astimezone(SHANGHAI)
    first = clock.business_day(now) - timedelta(days=await scheme.number("points.backdating_days"))
    return page(
        request,
        "resident/action.html",
        status_code=status_code,
        form=form,
        action=action,
        picture=needs_picture(action.evidence),
        earliest=f"{first:%Y-%m-%d}T00:00",
        latest=now.strftime(_LOCAL),
        other_door=None if action.opened_by == "self" else reasons.detail(f"use_{action.opened_by}", form.language),
        **_words(request),
    )


def _words(request: AnyRequest) -> dict[str, Any]:
    """How rules are put into words, for the template."""
    words = catalogue(language_for(request))
    return {
        "proof": lambda text: evidence.proof(text, words),
        "verifiers": lambda text: evidence.verifiers(text, words),
        "category": lambda name: evidence.category(name, words),
    }
