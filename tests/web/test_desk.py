"""The desk over HTTP: what each office sees, and why somebody may not take a step, said before he tries."""

import re

import httpx

from kit import clock
from web.pages import rendering

from .browsing import OWN_PAGE
from .conftest import Callers

SHEET = re.compile(r'<dialog class="sheet" id="(?P<id>[^"]+)".*?<form [^>]*action="(?P<action>[^"]+)"', re.DOTALL)
OPENER = re.compile(r'(<\w+ [^<>]*data-open="([^"]+)"[^<>]*>)')
EVENT = re.compile(r"/staff/events/[0-9a-f-]{36}")


def asking(callers: Callers, role: str) -> dict[str, str]:
    return {**callers.in_browser(role), **OWN_PAGE}


async def report(client: httpx.AsyncClient, callers: Callers, role: str, once: str = "once") -> str:
    """Report something on the page of staff; gives the event's page."""
    answer = await client.post(
        "/staff/events/new",
        data={"category": "FACILITY", "severity": "2", "place": "桥头", "text": "路灯不亮。", "once": once},
        headers=asking(callers, role),
    )
    assert answer.status_code == 303, answer.text
    found = EVENT.match(answer.headers["location"])
    assert found is not None
    return found[0]


async def test_the_workbench_lists_the_pages_of_ones_own_office_alone(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    for role, his, others in (
        ("town_verifier", ["/staff/verify", "/staff/events"], ["/staff/people"]),
        ("finance", ["/staff/settlements"], ["/staff/verify", "/staff/events"]),
        ("auditor", ["/staff/events"], ["/staff/verify"]),
    ):
        shown = await client.get("/staff", headers=asking(callers, role))
        assert shown.status_code == 200
        assert all(f'href="{each}"' in shown.text for each in his), role
        assert not any(f'href="{each}"' in shown.text for each in others), role


async def test_every_office_has_a_workbench_and_residents_have_none(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    for role in sorted(callers.people):
        answer = await client.get("/staff", headers=asking(callers, role))
        outside = {"resident", "merchant_owner", "merchant_clerk"}
        assert answer.status_code == (403 if role in outside else 200), role


async def test_nobody_is_offered_to_accept_what_he_reported_himself(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    page = await report(client, callers, "town_verifier")
    own = await client.get(page, headers=asking(callers, "town_verifier"))
    assert "不能核实自己的事项。" in own.text
    assert f'action="{page}/accept"' not in own.text
    other = await client.get(page, headers=asking(callers, "county_verifier"))
    assert f'action="{page}/accept"' in other.text
    tried = await client.post(
        f"{page}/accept", data={"severity": "2", "once": "a"}, headers=asking(callers, "town_verifier")
    )
    assert tried.status_code == 403
    assert "不能核实自己的事项。" in tried.text


async def test_a_claim_is_refused_without_a_script(client: httpx.AsyncClient, callers: Callers) -> None:
    claimed = await client.post(
        "/earn/ERR-NEIGHBOR",
        data={"occurred_at": clock.now().strftime("%Y-%m-%dT00:05"), "note": "帮邻居搬家", "once": "c"},
        headers=asking(callers, "resident"),
    )
    assert claimed.status_code == 303, claimed.text
    asked = asking(callers, "village_verifier")
    shown = (await client.get("/staff/verify", headers=asked)).text
    sheet = SHEET.search(shown)
    assert sheet is not None
    assert f'<a class="btn btn-line btn-big" href="#{sheet["id"]}" data-open="{sheet["id"]}"' in shown
    empty = await client.post(sheet["action"], data={"once": "d"}, headers=asked)
    assert (empty.status_code, f'action="{sheet["action"]}"' in empty.text) == (422, True)
    refused = await client.post(sheet["action"], data={"reason": "照片看不清。", "once": "e"}, headers=asked)
    assert refused.status_code == 303
    assert "未予通过" in (await client.get(refused.headers["location"], headers=asked)).text
    assert "照片看不清。" in (await client.get(sheet["action"].removesuffix("/refuse"), headers=asked)).text


def test_what_a_sheet_asks_is_a_link_away_without_a_script() -> None:
    openers = [
        (path.name, *found)
        for path in sorted(rendering.TEMPLATES.rglob("*.html"))
        if path.parent.name != "design"
        for found in OPENER.findall(path.read_text(encoding="utf-8"))
    ]
    assert [each for each in openers if not each[1].startswith("<a ") or "href=" not in each[1]] == [
        ("bonuses.html", '<button type="button" class="btn btn-text" data-open="keys" data-key="?">', "keys")
    ], "keys are help for a keyboard, which only a script hears"


async def test_a_report_that_a_phone_sends_twice_is_one_event(client: httpx.AsyncClient, callers: Callers) -> None:
    assert await report(client, callers, "grid_worker") == await report(client, callers, "grid_worker")


async def test_a_step_that_is_not_ones_own_says_so_beforehand(client: httpx.AsyncClient, callers: Callers) -> None:
    page = await report(client, callers, "grid_worker")
    await client.post(f"{page}/accept", data={"severity": "2", "once": "b"}, headers=asking(callers, "county_verifier"))
    for role, offered in (("town_verifier", True), ("assessor", False), ("auditor", False)):
        shown = await client.get(page, headers=asking(callers, role))
        assert shown.status_code == 200
        assert (f'action="{page}/dispatch"' in shown.text) is offered, role
        assert ("此步骤由属地网格工作人员或被派办人办理。" in shown.text) is not offered, role


async def test_filters_that_make_no_sense_are_refused(client: httpx.AsyncClient, callers: Callers) -> None:
    asked = await client.get("/staff/events?state=nonsense", headers=asking(callers, "auditor"))
    assert asked.status_code == 400
    kept = await client.get("/staff/events?state=&severity=3&cursor=", headers=asking(callers, "auditor"))
    assert kept.status_code == 200
