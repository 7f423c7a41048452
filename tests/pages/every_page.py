"""Every page of the product, each with an address of the served town and with somebody who may open it.

`pages_of_the_app()` reads the registered routes; `SAMPLES` has one line a page, in the order of the navigation, and
`NO_PAGES` says why the others need none. An address with a parameter is found as people find it: by a link of the page
that leads there. `test_every_page.py` fails for a route that stands in neither.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pyotp

from identity.actor import Actor, RoleHeld
from identity.guards import PAGE
from identity.invitations import Invited, invite_newcomer
from identity.people import NewPerson
from identity.sessions import start_session
from identity.setting_up import Opened, accept_invitation, open_invitation
from kit import clock, db
from kit.invariants import registered
from kit.proofs import prove_and_keep
from web.app import create_app

from .browser import Window
from .town import ServedTown

Audience = Literal["public", "resident", "till", "staff"]
DEVICES: dict[Audience, str] = {"public": "phone 390", "resident": "phone 390", "till": "desktop", "staff": "desktop"}
"""The variant in which an audience mostly looks at its pages."""
_PARAMETER = re.compile(r"\{[^}]+\}")
_UUID = "[0-9a-f-]{36}"
NEWCOMER = "newcomer"
"""Somebody with a login and no role, whom the town gets by `furnish`."""
_EXCHANGE = """
    SELECT bought.id FROM rewards_exchange AS bought JOIN identity_login AS login USING (person)
    WHERE login.name = $1 ORDER BY bought.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A page: its route as it is registered, who opens it, and where the link to it stands."""

    route: str
    role: str | None = None
    on: str = ""
    nth: int = 0
    row: str = ""
    """Where no link leads to it: the statement that finds its parameter, for the login in $1."""
    query: str = ""
    name: str = ""
    status: int = 200
    leads_on: bool = False
    """Whether it may lead to another page at once, as the choice of a code does when there is one voucher."""
    telling: bool = False
    """Whether it is opened in every variant by `make test` too."""

    @property
    def audience(self) -> Audience:
        """Whose page it is."""
        if self.role is None:
            return "public"
        return next((each for each in ("till", "staff") if self.route.startswith(f"/{each}")), "resident")

    @property
    def called(self) -> str:
        """A name for files and messages, such as `resident-points-entry_id`."""
        bare = re.sub(r"\{(\w+):\w+\}", r"\1", self.route).strip("/").replace("/", "-") or "home"
        return "-".join(filter(None, (self.audience, bare.removeprefix(f"{self.audience}-"), self.name)))

    async def address(self, window: Window) -> str:
        """Its address in the town of this window: as it stands, or from a link that leads to it."""
        if self.row:
            async with window.town.inside():
                found = await db.fetchval(self.row, window.town.login(self.role or "", self.nth)["login"])
            return _PARAMETER.sub(str(found), self.route)
        if not self.on:
            return self.route + self.query
        listed = await (await window.context.request.get(window.town.url + self.on)).text()
        at, rest = re.match(r"(.*\})([^}]*)$", self.route).groups()  # type: ignore[union-attr]
        before, after = _PARAMETER.split(at, maxsplit=1)
        kind = _UUID if ":uuid" in at else r"[\w-]+"
        link = re.search(f"[\"']({re.escape(before)}{kind}{re.escape(after)})(?![\\w-])", listed)
        assert link, f"no link to {self.route} on {self.on}"
        return link[1] + rest + self.query


def _resident() -> Iterator[Sample]:
    yield Sample("/", "resident", telling=True)
    yield Sample("/code", "resident", leads_on=True)
    yield Sample("/code/{voucher_id:uuid}", "resident", on="/code", telling=True)
    yield Sample("/points", "resident")
    yield Sample("/points/{entry_id:uuid}", "resident", on="/points")
    yield Sample("/earn", "resident")
    yield Sample("/earn/{code:str}", "resident", on="/earn")
    yield Sample("/claims", "resident")
    yield Sample("/claims/{claim_id:uuid}", "resident", on="/claims")
    yield Sample("/claims/{claim_id:uuid}/result", "resident", on="/claims")
    yield Sample("/report", "resident", telling=True)
    yield Sample("/reports", "resident", nth=1)
    yield Sample("/reports/{event_id:uuid}", "resident", on="/reports", nth=1)
    yield Sample("/reports/{event_id:uuid}/done", "resident", on="/reports", nth=1)
    yield Sample("/shop", "resident", telling=True)
    yield Sample("/shop/{product_id:uuid}", "resident", on="/shop")
    yield Sample("/shop/{product_id:uuid}/confirm", "resident", on="/shop")
    yield Sample("/vouchers", "resident")
    yield Sample("/vouchers/{voucher_id:uuid}", "resident", on="/vouchers")
    yield Sample("/vouchers/{voucher_id:uuid}/cancel", "resident", on="/vouchers")
    yield Sample("/credit", "resident")
    yield Sample("/messages", "resident")
    yield Sample("/me", "resident")
    yield Sample("/devices", "resident")
    yield Sample("/offline", "resident")
    yield Sample("/shop/done/{exchange_id:uuid}", "resident", row=_EXCHANGE)


def _till() -> Iterator[Sample]:
    yield Sample("/till", "merchant_clerk")
    yield Sample("/till/training", "merchant_clerk")
    yield Sample("/till/place", "merchant_clerk")
    yield Sample("/till/offline", "merchant_clerk")
    yield Sample("/till/today", "merchant_clerk")
    yield Sample("/till/account", "merchant_owner")
    yield Sample("/till/statements", "merchant_owner")
    yield Sample("/till/statements/{statement_id:uuid}", "merchant_owner", on="/till/statements")


def _desk() -> Iterator[Sample]:
    yield Sample("/staff", "village_verifier", telling=True)
    yield Sample("/staff/verify", "village_verifier", telling=True)
    yield Sample("/staff/verify/{participation_id:uuid}", "village_verifier", on="/staff/verify")
    yield Sample("/staff/events", "town_verifier")
    yield Sample("/staff/events/{event_id:uuid}", "town_verifier", on="/staff/events")
    yield Sample("/staff/events/new", "grid_worker")
    yield Sample("/staff/events/{event_id:uuid}/nominate", "grid_worker", on="/staff/events")
    yield Sample("/staff/bonuses", "town_approver", telling=True)
    yield Sample("/staff/bonuses/{bonus_id:uuid}", "town_approver", on="/staff/bonuses")
    yield Sample("/staff/bonuses/export", "town_approver")
    yield Sample("/staff/payouts", "finance")
    yield Sample("/staff/payouts/{batch_id:uuid}", "finance", on="/staff/payouts")
    yield Sample("/staff/payouts/export", "finance")
    yield Sample("/staff/budget", "finance")
    yield Sample("/staff/budget/new", "finance")
    yield Sample("/staff/budget/export", "finance")
    yield Sample("/staff/settlements", "finance")
    yield Sample("/staff/settlements/{statement_id:uuid}", "finance", on="/staff/settlements")


def _office() -> Iterator[Sample]:
    who = "operations_admin"
    yield Sample("/staff/products", who)
    yield Sample("/staff/products/new", who)
    yield Sample("/staff/products/{product_id:uuid}", who, on="/staff/products")
    yield Sample("/staff/products/{product_id:uuid}/edit", who, on="/staff/products")
    yield Sample("/staff/merchants", who)
    yield Sample("/staff/merchants/new", who)
    yield Sample("/staff/merchants/{merchant_id:uuid}", who, on="/staff/merchants")
    yield Sample("/staff/residents", who)
    yield Sample("/staff/residents/new", who)
    yield Sample("/staff/residents/export", who)
    yield Sample("/staff/residents/{person_id:uuid}", who, on="/staff/residents")
    yield Sample("/staff/import", who)
    yield Sample("/staff/import/{file_id:uuid}", who, on="/staff/import")
    yield Sample("/staff/people", "security_admin")
    yield Sample("/staff/people/new", "security_admin")
    yield Sample("/staff/people/requests", "security_admin")
    yield Sample("/staff/people/stand-ins/new", "security_admin")
    yield Sample("/staff/people/{person_id:uuid}", "security_admin", on="/staff/people")
    yield Sample("/staff/people/logins", "system_admin")
    yield Sample("/staff/people/logins/new", "system_admin")
    yield Sample("/staff/people/{person_id:uuid}/invitation", "system_admin", on="/staff/people/logins")
    yield Sample("/staff/waiting", NEWCOMER)
    yield Sample("/staff/api-keys", "system_admin")
    yield Sample("/staff/audit", "auditor")
    yield Sample("/staff/audit/export", "auditor")
    yield Sample("/staff/trial-balance", "auditor")


def _public() -> Iterator[Sample]:
    yield Sample("/sign-in")
    yield Sample("/sign-in/staff")
    yield Sample("/sign-in/invitation", query="?code=qzi_a")


SAMPLES: tuple[Sample, ...] = (*_public(), *_resident(), *_till(), *_desk(), *_office())

STATES: tuple[Sample, ...] = (
    Sample("/vouchers", "resident", query="?state=redeemed", name="used"),
    Sample("/nowhere", "resident", name="missing", status=404),
    Sample("/staff/audit", "resident", name="refused", status=403),
    Sample("/till", "merchant_clerk", nth=2, name="one", telling=True),
    Sample("/till/today", "merchant_clerk", nth=2, name="one"),
    Sample("/staff", "town_approver", name="approver"),
    Sample("/staff/residents", "operations_admin", query="?q=没有这样的人", name="none"),
    Sample("/staff/bonuses", "assessor", name="assessor"),
)
"""Pages again, as they look to somebody else, with nothing on them, or refused."""

NO_PAGES = {
    "/static/{name:path}": "a built file",
    "/manifest.webmanifest": "a file for the phone's home screen",
    "/sw.js": "a script",
    "/live": "a stream of events",
    "/live/now": "figures for a page that hears no events",
    "/sign-in/phone": "leads back to the door",
    "/sign-in/code": "leads back to the door",
    "/sign-in/invitation/set-up": "leads back to the door",
    "/code/{voucher_id:uuid}/now": "a part of the code's page",
    "/staff/bonuses/{bonus_id:uuid}/line": "a line of the list",
    "/staff/events/{event_id:uuid}/people": "a part of the event's page",
    "/staff/import/{file_id:uuid}/progress": "a part of the file's page",
    "/staff/areas": "what a field offers while one types in it",
    "/staff/import/{file_id:uuid}/faults.csv": "a file to keep",
    "/staff/import/{file_id:uuid}/report.csv": "a file to keep",
    "/design": "opened in every variant by test_design.py",
}


def pages_of_the_app() -> set[str]:
    """The address of every page that can be asked for, as registered."""
    return {
        route.path
        for route in create_app().routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get(PAGE) and "GET" in handler.http_methods
    }


def people_of(samples: Iterable[Sample]) -> dict[tuple[str | None, int], list[Sample]]:
    """The pages by the person who opens them, so that one window does for all of his."""
    found: dict[tuple[str | None, int], list[Sample]] = {}
    for each in samples:
        found.setdefault((each.role, each.nth), []).append(each)
    return found


async def furnish(window: Window) -> None:
    """Give the town what its history has none of; for a window of an operations admin."""
    await window.open("/staff/import")
    sheet = "手机号,行为编码,发生时间,数量\n13800000000,LRN-QUIZ,2026-07-01 09:00,1\n,NO-SUCH,昨天,x\n".encode()
    await window.page.set_input_files("#file", [{"name": "七月.csv", "mimeType": "text/csv", "buffer": sheet}])
    async with window.page.expect_navigation(url=re.compile(f"/staff/import/{_UUID}")):
        await window.page.click("main form .btn-primary")
    async with window.town.inside():
        await prove_and_keep(registered())
    if all(each["role"] != NEWCOMER for each in window.town.logins):
        await _set_up(window.town, (await invite_somebody(window.town, NEWCOMER)).code)


async def invite_somebody(town: ServedTown, login: str) -> Invited:
    """Somebody new, whom the system administrator invites."""
    administrator = await town.person("system_admin")
    async with town.inside():
        county = await db.fetchrow("SELECT id, path FROM identity_area WHERE level = 1")
        assert county is not None
        role = RoleHeld("system_admin", county["path"])
        admin = Actor(id=administrator, kind="person", name="", roles=(role,), area_path=county["path"])
        person = NewPerson(name="李新", area_id=county["id"], resident=False)
        return await invite_newcomer(actor=admin, person=person, login=login)


async def _set_up(town: ServedTown, code: str) -> None:
    visitor = Actor.visitor()
    async with town.inside():
        opened = await open_invitation(actor=visitor, code=code)
        assert isinstance(opened, Opened)
        await accept_invitation(
            actor=visitor,
            code=code,
            factor=opened.factor,
            password="three words together",
            totp_code=pyotp.TOTP(opened.secret).at(clock.now()),
            begin=start_session,
        )
    town.logins.append({"role": NEWCOMER, "login": NEWCOMER})
