"""The till: a code comes from a scan gun, a camera, a picture or fingers, and its voucher is redeemed.

The page's own script asks the API, so that a scan needs no new page; these handlers do the same for a browser without
scripts: look first, then redeem.
"""

from typing import Any, Literal

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_422_UNPROCESSABLE_ENTITY

from identity.actor import MERCHANT_ROLES, Actor
from identity.guards import allow
from kit import files
from kit.errors import Refusal, raised
from kit.keyed import Keyed
from kit.refusals import NotFound
from kit.wire import Id, In, Invalid, Out, encode
from rewards import announcing, qr
from rewards.controllers import redemption_gatherer
from rewards.redemption import RedeemLine, preview_voucher
from rewards.schemas import RedemptionOut, ScanIn, TypedCode, preview_out, redemption_out
from web.merchant.places import COOKIE, places_for
from web.pages.addresses import see_other
from web.pages.cookies import AnyRequest, keep_choice, language_for
from web.pages.doing_once import done
from web.pages.forms import Form, blank, read_form
from web.pages.rendering import page

_PICTURE_BYTES = files.MOST_BYTES + 64 * 1024  # the picture and what the form puts round it
_NO_PICTURE = ("/picture", "required", "请选择一张图片。", "Choose a picture.")
Tone = Literal["good", "bad"]


class CodeIn(In):
    """A code as it was typed."""

    code: TypedCode


class PlaceIn(In):
    """The till at which the clerk stands."""

    till_id: Id


class SeenOut(Out):
    """The code that a picture shows."""

    code: str


class RedeemController(Controller):
    """The till."""

    path = "/till"
    guards = (allow(*sorted(MERCHANT_ROLES)),)

    @get("/")
    async def till(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The field for codes; who has several tills says first at which he stands."""
        return await _till(request, actor, blank(request))

    @get("/training")
    async def training(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The same page with made-up codes, which asks no server to redeem anything."""
        places = await places_for(request, actor)
        form = blank(request)
        return page(request, "merchant/redeem.html", wasm=True, training=True, form=form, places=places, clerk=actor.id)

    @get("/offline")
    async def offline(self, request: AnyRequest) -> Response[Any]:
        """What stands in for pages of the till that need the network; kept by the browser for then."""
        return page(request, "merchant/offline.html")

    @get("/place")
    async def places(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Choose another till."""
        places = await places_for(request, actor)
        return page(request, "merchant/place.html", form=blank(request), places=places)

    @post("/place", status_code=HTTP_200_OK)
    async def stand(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Stand at a till from now on, in this browser."""
        chosen = (await read_form(request, PlaceIn)).accepted().till_id
        places = await places_for(request, actor)
        if chosen not in {each.till_id for each in places.every}:
            raise NotFound
        response = see_other(request, "/till")
        keep_choice(request, response, COOKIE, str(chosen))
        return response

    @post("/picture", status_code=HTTP_200_OK, request_max_body_size=_PICTURE_BYTES)
    async def picture(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Read the code from a picture that was taken; nothing of the picture is kept."""
        sent = (await request.form()).get("picture")
        if not isinstance(sent, UploadFile):
            raise Invalid(_NO_PICTURE)
        code = await qr.read(await sent.read())
        if "application/json" in request.headers.get("accept", ""):
            return Response(encode(SeenOut(code=code)), media_type="application/json")
        return await _till(request, actor, blank(request, code=code))

    @post("/check", status_code=HTTP_200_OK)
    async def check(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Look at a voucher before it is redeemed, in a browser without scripts."""
        form = await read_form(request, CodeIn)
        if form.value is None:
            return await _till(request, actor, form, HTTP_422_UNPROCESSABLE_ENTITY)
        here = (await places_for(request, actor)).here
        till_id = here.till_id if here else None
        try:
            seen = raised(await preview_voucher(actor=actor, code=form.value.code, till_id=till_id))
        except Refusal as refusal:
            return await _till(request, actor, form.refused(refusal), refusal.status)
        shown = preview_out(seen, language_for(request))
        return page(request, "merchant/check.html", shown=shown, code=form.value.code, till_id=till_id)

    @post("/redeem", status_code=HTTP_200_OK)
    async def redeem(
        self, request: AnyRequest, actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
    ) -> Response[Any]:
        """Redeem it; the answer fills the page, and loading it again gives the same answer."""
        scan = (await read_form(request, ScanIn)).accepted()
        once = keyed.once(lambda each: redemption_out(each, keyed.language), status=201)
        line = RedeemLine(actor=actor, code=scan.code, till_id=scan.till_id, once=once)
        answer = await redemption_gatherer.submit(line)
        await announcing.tell_redeemed(answer)
        try:
            made = done(answer, RedemptionOut)
        except Refusal as refusal:
            said = refusal.detail(language_for(request))
            return page(request, "merchant/done.html", status_code=refusal.status, made=None, said=said)
        return page(request, "merchant/done.html", made=made, said="")


async def _till(request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = HTTP_200_OK) -> Response[Any]:
    places = await places_for(request, actor)
    template = "merchant/place.html" if places.must_choose else "merchant/redeem.html"
    return page(
        request,
        template,
        status_code=status_code,
        wasm=True,
        training=False,
        form=form,
        places=places,
        clerk=actor.id,
    )
