"""Signing many bonuses at once: what was picked is shown with its count and sum, and signed with the authenticator.

What is signed is what the list said when the boxes were ticked; each box carries it. When something has changed since,
the differences are shown and the rest is offered to be signed anew.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from msgspec import Meta

from admin.access import APPROVING_ROLES
from admin.announcing import tell_bonuses
from admin.batch_approval import Seen, approve_bonuses
from admin.bonus_lists import BonusListed, find_many_for_desk
from admin.errors import ChangedSinceSeen
from admin.schemas import ApprovedManyOut, approved_many_out
from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.guards import allow
from identity.masks import mask_name
from identity.schemas import SixDigits
from kit.errors import EN, Refusal
from kit.keyed import Keyed
from kit.wire import Count, Fen, In
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, language_for
from web.pages.doing_once import done
from web.pages.forms import MISFIT, Form, read_form
from web.pages.rendering import page
from web.staff.bonus_desk import LIST, with_said
from web.staff.places import place_names

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SeenText = Annotated[str, Meta(max_length=80, pattern=rf"^{_UUID}:[0-9]{{1,12}}:[a-z,]+(?![\s\S])")]
"""A box of the list: the bonus, its amount in fen, and whose yes was missing, as they were shown."""
Picked = Annotated[list[SeenText], Meta(min_length=1, max_length=200)]


class PickedIn(In):
    """What was ticked."""

    bonus: Picked


class SignIn(In):
    """What is signed, and with which code."""

    bonus: Picked
    count: Count
    sum_fen: Fen
    code: SixDigits


class BatchController(Controller):
    """Batches of approvals."""

    path = f"{LIST}/batch"
    guards = (allow(*APPROVING_ROLES),)

    @post("/", status_code=200)
    async def look(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """What is about to be signed; nothing is decided yet."""
        form = await read_form(request, PickedIn)
        if form.value is None:
            return see_other(request, with_said(LIST, "none"))
        return await _show(request, actor, form, seen_of(form.value.bonus))

    @post("/sign", status_code=200)
    async def sign(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Sign it: all of them, or none."""
        form = await read_form(request, SignIn)
        if form.value is None:
            return await _unsigned(request, actor, form)
        seen = seen_of(form.value.bonus)
        try:
            answer = await approve_bonuses(
                actor=actor,
                seen=seen,
                count=form.value.count,
                sum_fen=form.value.sum_fen,
                totp_code=form.value.code,
                once=keyed.once(approved_many_out, status=200),
            )
            done(answer, ApprovedManyOut)
        except Refusal as refusal:
            return await _show(request, actor, form.refused(refusal), seen, refusal)
        await tell_bonuses(answer, [each.bonus_id for each in seen])
        return see_other(request, with_said(LIST, "batch"))


def seen_of(boxes: Sequence[str]) -> list[Seen]:
    """What the boxes carry."""
    parts = (box.split(":") for box in boxes)
    return [Seen(UUID(bonus_id), int(fen), tuple(missing.split(","))) for bonus_id, fen, missing in parts]


async def _unsigned(request: AnyRequest, actor: Actor, form: Form[Any]) -> Response[Any]:
    """The same again where only the code does not fit; to the list where what is picked does not."""
    if any(not pointer.startswith("/code") for pointer, *_ in form.faults):
        return see_other(request, with_said(LIST, "none"))
    return await _show(request, actor, form, seen_of(form.typed["bonus"]), status_code=MISFIT)


async def _show(
    request: AnyRequest,
    actor: Actor,
    form: Form[Any],
    seen: Sequence[Seen],
    refusal: Refusal | None = None,
    *,
    status_code: int = 200,
) -> Response[Any]:
    """What is to be signed; after a change what differs, and the rest."""
    language = language_for(request)
    listed = {each.row["id"]: each for each in await find_many_for_desk(actor, [each.bonus_id for each in seen])}
    differences = refusal.data["differences"] if isinstance(refusal, ChangedSinceSeen) else []
    changed = {each["id"] for each in differences}
    rest = [each for each in seen if str(each.bonus_id) not in changed and each.bonus_id in listed]
    return page(
        request,
        "staff/bonus_batch.html",
        status_code=refusal.status if refusal else status_code,
        form=form.without("code"),
        signing=[(each, listed[each.bonus_id], _box(each)) for each in rest],
        sum_fen=sum(each.amount_fen for each in rest),
        differences=[(each, _of(listed, each["id"])) for each in differences],
        wrong_code=isinstance(refusal, BadCredentials | TooManyWrongTries) or form.error("code"),
        refusal=refusal.detail(language) if refusal else "",
        places=await place_names({each.row["area_path"] for each in listed.values()}, language),
        english=language == EN,
        mask=mask_name,
        back=LIST,
    )


def _box(seen: Seen) -> str:
    return f"{seen.bonus_id}:{seen.amount_fen}:{','.join(seen.approvals_missing)}"


def _of(listed: dict[UUID, BonusListed], bonus_id: str) -> BonusListed | None:
    return listed.get(UUID(bonus_id))
