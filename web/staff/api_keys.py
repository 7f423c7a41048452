"""Keys of other systems: made once and shown once, disabled with a reason."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from identity import offices
from identity.actor import Actor
from identity.api_keys import KEEPING, NewApiKey, create_api_key, disable_api_key
from identity.areas import COUNTY, TOWN
from identity.guards import allow
from kit.errors import EN
from kit.wire import Code, Id, Name
from points.rules import rule_book
from web.pages.carrying_out import carry_out
from web.pages.confirm import ConfirmIn, ConfirmWhyIn
from web.pages.cookies import AnyRequest, language_for
from web.pages.forms import Form, blank, read_form
from web.pages.rendering import page
from web.staff.territory import Within, area_field, area_named

_LIST = "/staff/api-keys"


class KeyForm(ConfirmIn):
    """Another system: what it may send, for where."""

    name: Name
    area_id: Id
    actions: Annotated[list[Code], Meta(min_length=1, max_length=200)]


class ApiKeysController(Controller):
    """The keys of one's territory."""

    path = _LIST
    guards = (allow(*KEEPING),)

    @get("/")
    async def listing(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """The keys, each by its first characters."""
        return await _page(request, actor, blank(request))

    @post("/", status_code=200)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Response[Any]:
        """Make a key; this answer is the only one that shows it, and the code that made it is good for no other."""

        async def work(new: KeyForm) -> Response[Any]:
            made = await create_api_key(actor=actor, name=new.name, actions=new.actions, area_id=new.area_id)
            return await _page(request, actor, blank(request), made=made)

        form = await read_form(request, KeyForm, named=area_named(_within(actor)))
        return await carry_out(request, actor, form, work, _page)

    @post("/{key_id:uuid}/disable", status_code=200)
    async def disable(self, request: AnyRequest, key_id: FromPath[Id], actor: NamedDependency[Actor]) -> Response[Any]:
        """It is refused from the next request on."""

        async def work(said: ConfirmWhyIn) -> str:
            await disable_api_key(actor=actor, key_id=key_id, why=said.why)
            return _LIST

        return await carry_out(request, actor, await read_form(request, ConfirmWhyIn), work, _page)


def _within(actor: Actor) -> Within:
    return Within(actor.territories(*KEEPING), (COUNTY, TOWN))


async def _page(
    request: AnyRequest, actor: Actor, form: Form[Any], status_code: int = 200, *, made: NewApiKey | None = None
) -> Response[Any]:
    language = language_for(request)
    actions = [each for each in (await rule_book()).actions.values() if each.enabled]
    context: dict[str, Any] = {
        "rows": await offices.api_keys_within(actor.territories(*KEEPING)),
        "areas": await area_field(_within(actor), form),
        "actions": [(each.code, each.label.en if language == EN else each.label.zh) for each in actions],
        "made": made,
    }
    return page(request, "staff/api_keys.html", status_code=status_code, form=form, **context)
