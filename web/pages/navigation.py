"""Who belongs where: the pages of residents, of shops and of staff, what each of them lists, and where one begins."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from admin.access import BUDGET_READING_ROLES, PAYOUT_READING_ROLES
from admin.access import STAFF_ROLES as BONUS_ROLES
from grid.access import READING_ROLES
from identity.actor import MERCHANT_ROLES, ROLES, STAFF_ROLES, Actor
from identity.api_keys import KEEPING as KEY_ROLES
from identity.residents import LOOKING as RESIDENT_ROLES
from identity.role_requests import ASKING
from merchants.registry import LOOKING as MERCHANT_LOOKING
from points.import_files import IMPORTING
from points.levels import VERIFIER_ROLES
from rewards.products import MANAGING as PRODUCT_ROLES
from web.pages.texts import Key

Audience = Literal["public", "resident", "till", "staff"]

WORKING_ROLES = frozenset(ROLES) - MERCHANT_ROLES - {"resident"}
"""Everybody who has something to decide or to look after, volunteers included."""
WAITING = "/staff/waiting"
"""Where somebody begins who has a login and no role yet."""
BOOK_READING_ROLES = ("auditor", "finance", "system_admin")
"""Who sees whether the books agree with everything else: who audits, who pays, who runs the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a navigation. Without roles it is for all of its audience."""

    href: str
    text: Key
    icon: str
    roles: tuple[str, ...] = ()
    current: bool = False
    count: int | None = None


RESIDENT: tuple[Place, ...] = (
    Place(href="/", text=Key("nav.home"), icon="house"),
    Place(href="/earn", text=Key("nav.earn"), icon="hand-heart"),
    Place(href="/report", text=Key("nav.report"), icon="camera"),
    Place(href="/shop", text=Key("nav.shop"), icon="gift"),
    Place(href="/me", text=Key("nav.me"), icon="circle-user"),
)
TILL: tuple[Place, ...] = (
    Place(href="/till", text=Key("nav.redeem"), icon="scan-line"),
    Place(href="/till/today", text=Key("nav.today"), icon="list-checks"),
    Place(href="/till/statements", text=Key("nav.statements"), icon="file-text"),
    Place(href="/till/account", text=Key("nav.account"), icon="wallet"),
)
STAFF: tuple[Place, ...] = (
    Place(href="/staff", text=Key("nav.workbench"), icon="layout-dashboard"),
    Place(href="/staff/verify", text=Key("nav.verify"), icon="clipboard-check", roles=VERIFIER_ROLES),
    Place(href="/staff/events", text=Key("nav.events"), icon="siren", roles=READING_ROLES),
    Place(href="/staff/bonuses", text=Key("nav.bonuses"), icon="award", roles=BONUS_ROLES),
    Place(href="/staff/payouts", text=Key("nav.payouts"), icon="banknote", roles=PAYOUT_READING_ROLES),
    Place(href="/staff/budget", text=Key("nav.budget"), icon="landmark", roles=BUDGET_READING_ROLES),
    Place(href="/staff/products", text=Key("nav.products"), icon="shopping-basket", roles=PRODUCT_ROLES),
    Place(href="/staff/merchants", text=Key("nav.merchants"), icon="store", roles=MERCHANT_LOOKING),
    Place(href="/staff/settlements", text=Key("nav.settlements"), icon="file-text", roles=("finance",)),
    Place(href="/staff/residents", text=Key("nav.residents"), icon="users", roles=RESIDENT_ROLES),
    Place(href="/staff/people", text=Key("nav.people"), icon="id-card", roles=(*ASKING, "auditor")),
    Place(href="/staff/api-keys", text=Key("nav.api_keys"), icon="key-round", roles=KEY_ROLES),
    Place(href="/staff/import", text=Key("nav.import"), icon="file-input", roles=IMPORTING),
    Place(href="/staff/audit", text=Key("nav.audit"), icon="scroll-text", roles=("auditor",)),
    Place(href="/staff/trial-balance", text=Key("nav.trial_balance"), icon="scale", roles=BOOK_READING_ROLES),
    # a page of staff adds its line here, with the roles that may use it
)
_PLACES: dict[Audience, tuple[Place, ...]] = {"resident": RESIDENT, "till": TILL, "staff": STAFF, "public": ()}
_STARTS: dict[Audience, Place] = {
    "resident": Place(href="/", text=Key("audience.resident"), icon="house"),
    "till": Place(href="/till", text=Key("audience.till"), icon="store"),
    "staff": Place(href="/staff", text=Key("audience.staff"), icon="briefcase"),
}


def audiences_of(actor: Actor) -> tuple[Audience, ...]:
    """Whose pages are for him, the one where he begins first."""
    theirs: dict[Audience, frozenset[str]] = {
        "staff": WORKING_ROLES,
        "till": MERCHANT_ROLES,
        "resident": frozenset({"resident"}),
    }
    found = [audience for audience, roles in theirs.items() if actor.has(*roles)]
    if not actor.has(*STAFF_ROLES, *MERCHANT_ROLES):
        found.reverse()  # a volunteer is a resident first
    return tuple(found)


def landing(actor: Actor) -> str:
    """Where he begins after signing in; who holds no role yet waits for one."""
    audiences = audiences_of(actor)
    return _STARTS[audiences[0]].href if audiences else WAITING


def audience_of(path: str, actor: Actor | None) -> Audience:
    """Whose page an address is."""
    if actor is None or actor.kind != "person":
        return "public"
    for audience in ("till", "staff"):
        if _is_below(path, f"/{audience}"):
            return audience
    mine = audiences_of(actor)
    return "resident" if "resident" in mine or not mine else mine[0]


def places(actor: Actor | None, audience: Audience, path: str) -> list[Place]:
    """The navigation of this audience, as far as it is for him, with where he is."""
    if actor is None:
        return []
    return _marked((each for each in _PLACES[audience] if not each.roles or actor.has(*each.roles)), path)


def switches(actor: Actor | None, audience: Audience) -> list[Place]:
    """The ways over to other pages of his; none when there is only one sort for him."""
    mine = audiences_of(actor) if actor is not None and actor.kind == "person" else ()
    return [replace(_STARTS[each], current=each == audience) for each in mine] if len(mine) > 1 else []


def _marked(found: Iterable[Place], path: str) -> list[Place]:
    """The longest address that leads to this page is where he is."""
    listed = list(found)
    leading = [each.href for each in listed if _is_below(path, each.href)]
    nearest = max(leading, key=len, default=None)
    return [replace(each, current=each.href == nearest) for each in listed]


def _is_below(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))
