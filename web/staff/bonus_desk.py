"""What the page of bonuses shows: its list, the one that is open, and the same list as rows of a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from litestar import Response
from msgspec import Meta

from admin.access import APPROVING_ROLES, SCORING_ROLE, STAFF_ROLES
from admin.bonus_lists import BonusFilter, BonusListed, find_for_desk, list_for_desk, may_claw_back, may_reject
from admin.evidence import Evidence, read_evidence
from admin.grading import matrix, tier_row
from admin.schemas import BonusClass, StateName
from identity.actor import Actor
from identity.masks import mask_name
from kit import paging
from kit.clock import SHANGHAI
from kit.errors import EN, Refusal
from kit.money import fen_text
from kit.once import Rendered
from kit.spreadsheet import Table
from kit.wire import Reference
from web.pages.cookies import AnyRequest, language_for
from web.pages.filters import Filters, address, any_chosen, read_filters, ways
from web.pages.forms import Form
from web.pages.rendering import page
from web.pages.texts import Catalogue
from web.staff.places import AreaPath, area_choices, place_names

LIST: Final = "/staff/bonuses"
NO_BYTES: Final = Rendered(0, b"")
SHOWN: Final = 200
TierNumber = Annotated[int, Meta(ge=0, le=3)]


ShownState = Literal["mine", "all", StateName]


class BonusFilters(Filters):
    """What of the bonuses is shown; without a state those that wait for the one who looks, if he decides at all."""

    state: ShownState | None = None
    kind: BonusClass | None = None
    tier: TierNumber | None = None
    area: AreaPath | None = None
    q: Reference | None = None

    def shown(self, actor: Actor) -> str:
        """The state that is shown."""
        return self.state or ("mine" if actor.has(*APPROVING_ROLES, SCORING_ROLE) else "all")

    def wanted(self, actor: Actor) -> BonusFilter:
        """The same for the query."""
        shown = self.shown(actor)
        return BonusFilter(
            mine=shown == "mine",
            state=None if shown in {"mine", "all"} else shown,
            bonus_class=self.kind,
            tier=self.tier,
            area_path=self.area,
            number=self.q,
        )


async def show(
    request: AnyRequest,
    actor: Actor,
    chosen_id: UUID | None,
    *,
    form: Form[Any],
    status_code: int = 200,
    refusal: Refusal | None = None,
    ending: str = "",
) -> Response[Any]:
    """The page with its list and the one that is open."""
    chosen = read_filters(request, BonusFilters)
    scope = f"desk:bonuses:{actor.id}:{address('', chosen)}"
    after = paging.after(chosen.cursor, scope, datetime, UUID)
    rows = await list_for_desk(actor, chosen.wanted(actor), after=after, limit=SHOWN + 1)
    listed = paging.page(rows, limit=SHOWN, scope=scope, position=_position, show=lambda each: each)
    opened = chosen_id or (rows[0].row["id"] if rows else None)
    context = await evidence_of(request, actor, opened, form=form, refusal=refusal, ending=ending)
    return page(
        request,
        "staff/bonuses.html",
        status_code=status_code,
        rows=listed.items,
        filters=chosen,
        shown=chosen.shown(actor),
        decides=actor.has(*APPROVING_ROLES, SCORING_ROLE),
        signs=any(each.for_batch for each in listed.items),
        sum_fen=sum(each.fen or 0 for each in listed.items),
        areas=await area_choices(actor, STAFF_ROLES, context["words"]),
        chosen_id=chosen_id,
        filtered=any_chosen(chosen),
        states=get_args(ShownState),
        clear=LIST,
        export=address(f"{LIST}/export", chosen),
        **ways(LIST, chosen, listed.next_cursor),
        said=request.query_params.get("said", ""),
        **{**context, "places": await _places([*listed.items, *context["own"]], context["words"])},
    )


async def evidence_of(
    request: AnyRequest,
    actor: Actor,
    bonus_id: UUID | None,
    *,
    form: Form[Any],
    refusal: Refusal | None = None,
    ending: str = "",
) -> dict[str, Any]:
    """What the part with the evidence shows."""
    language = language_for(request)
    chosen = read_filters(request, BonusFilters)
    seen = await read_evidence(actor, bonus_id) if bonus_id else None
    own = [seen.listed] if seen else []
    return {
        "seen": seen,
        "own": own,
        "words": language,
        "form": form,
        "refusal": refusal.detail(language) if refusal else "",
        "ending": ending,
        "link": lambda path: address(path, chosen, cursor=chosen.cursor),
        "mask": mask_name,
        "english": language == EN,
        "places": await _places(own, language),
        "tier": _tier(seen) if seen else None,
        "matrix": matrix(),
        "may_reject": any(may_reject(actor, each) for each in own),
        "may_claw_back": any(may_claw_back(actor, each) for each in own),
    }


async def line_of(request: AnyRequest, actor: Actor, bonus_id: UUID) -> dict[str, Any]:
    """What one line of the list shows."""
    language = language_for(request)
    listed = await find_for_desk(actor, bonus_id)
    return {
        "each": listed,
        "selected": False,
        "focusable": False,
        "decides": actor.has(*APPROVING_ROLES, SCORING_ROLE),
        "signs": "signs" in request.query_params,
        "english": language == EN,
        "mask": mask_name,
        "places": await _places([listed], language),
        "link": lambda path: path,
    }


async def behind(actor: Actor, decided: UUID) -> UUID | None:
    """Of those that wait for him, oldest first, the one behind what was decided; from the start again at the end."""
    row = (await find_for_desk(actor, decided)).row
    for place in ((row["nominated_at"], decided), None):
        waiting = await list_for_desk(actor, BonusFilter(mine=True), after=place, limit=2)
        for each in waiting:
            if each.row["id"] != decided:
                found: UUID = each.row["id"]
                return found
    return None


def with_said(path: str, said: str) -> str:
    """The address with what is told when it opens."""
    return f"{path}{'&' if '?' in path else '?'}said={said}"


def bonus_table(rows: Sequence[BonusListed], words: Catalogue) -> Table:
    """The list as rows of a file, with masked names."""
    header = ("number", "state", "kind", "tier", "mean", "amount", "reporter", "category", "area", "event", "nominated")
    return Table(
        title=words.text("bonus.title"),
        header=[words.text(f"bonus.column.{name}") for name in header],
        rows=[_cells(each, words) for each in rows],
    )


def _cells(each: BonusListed, words: Catalogue) -> list[str]:
    row = each.row
    return [
        row["number"],
        words.text(f"state.{row['state']}"),
        words.text(f"bonus.kind.{row['bonus_class']}"),
        "" if row["tier"] is None else words.text(f"bonus.tier.{row['tier']}"),
        "" if row["mean_tenths"] is None else f"{row['mean_tenths'] / 10:.1f}",
        "" if each.fen is None else fen_text(each.fen),
        "" if row["sealed"] else mask_name(row["reporter_name"] or ""),
        row["name_en"] if words.language == EN else row["name_zh"],
        row["area_path"],
        row["event_number"],
        row["nominated_at"].astimezone(SHANGHAI).isoformat(" ", "minutes"),
    ]


def _position(each: BonusListed) -> tuple[Any, ...]:
    return (each.row["nominated_at"], each.row["id"])


def _tier(seen: Evidence) -> Any:
    number = seen.listed.row["tier"]
    return None if number is None else tier_row(number)


async def _places(rows: Sequence[BonusListed], language: str) -> dict[str, str]:
    return await place_names({each.row["area_path"] for each in rows}, language)
