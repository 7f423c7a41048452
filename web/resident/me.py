"""Oneself: who one is here, how pages look, where one is signed in, and whom to ring."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from identity.actor import Actor
from identity.areas import TOWN, at_level, find_area_by_path, level_of
from identity.guards import allow
from identity.households import members_of
from identity.messages import count_unread
from identity.page_sessions import list_devices
from identity.people import find_people, mask_name, mask_phone, phone_of
from kit.settings import settings
from web.pages.cookies import AnyRequest, language_for
from web.pages.rendering import page

_SMALLEST, _LARGEST, _STEP = 16, 30, 2


class MeController(Controller):
    """Oneself."""

    path = "/me"
    guards = (allow("resident"),)

    @get("/")
    async def me(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """All of it on one page."""
        phone = await phone_of(actor.id)
        return page(
            request,
            "resident/me.html",
            phone=mask_phone(phone) if phone else None,
            area=await _area(actor, language_for(request)),
            family=await _family(actor),
            devices=await list_devices(actor),
            unread=await count_unread(actor.id),
            service_phone=settings().service_phone,
            sizes=range(_SMALLEST, _LARGEST + 1, _STEP),
        )


async def _area(actor: Actor, language: str) -> list[str]:
    """The names of the places in which he lives, from the town down."""
    path = actor.area_path or ""
    above = [at_level(path, level) for level in range(TOWN, level_of(path) + 1)]
    found = [await find_area_by_path(each) for each in above if each]
    return [each.name(language) for each in found if each is not None]


async def _family(actor: Actor) -> list[str]:
    """Who lives in his household besides him, masked."""
    if actor.household_id is None:
        return []
    members = await find_people(await members_of(actor.household_id))
    return [mask_name(each.name) for each in members.values() if each.id != actor.id and each.name]
