"""Bonuses, payouts and budgets as outside programs see them."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
import pytest

from admin.notice import end_notices, publish_notices
from kit import clock, db
from tests.admin.bonus_way import MARKS
from tests.admin.test_batch_approval import authenticator
from tests.grid.calling import Line
from tests.grid.county import County, closed_event

THIS_YEAR = f"{clock.business_day(clock.now()):%Y}"


@pytest.fixture
def line(client: httpx.AsyncClient, county: County) -> Line:
    return Line(client, county)


async def budget(line: Line, fen: int = 1_000_000) -> None:
    finance = await line.of("finance")
    answer = await finance.post(
        "/api/budgets",
        {
            "purpose": "bonus",
            "period": THIS_YEAR,
            "amount_fen": fen,
            "area_id": str(line.county.areas["lyx"]),
        },
    )
    assert answer.status_code == 201, answer.text


async def nominate(line: Line, event_id: UUID, **change: object) -> httpx.Response:
    body = {
        "class": 1,
        "summary": "提前发现墙体开裂",
        "shares": [{"person": str(line.county["reporter"].id), "part": "reporter", "percent": 100}],
        **change,
    }
    return await (await line.of("town")).post(f"/api/events/{event_id}/nominate", body)


async def score(line: Line, bonus: str, tier: int) -> httpx.Response:
    truth, timeliness, harm, loop = MARKS[tier]
    marks = {"truth": truth, "timeliness": timeliness, "harm": harm, "loop": loop}
    await (await line.of("assessor")).post(f"{bonus}/score", marks)
    return await (await line.of("second_assessor")).post(f"{bonus}/score", marks)


async def test_a_closed_event_becomes_a_bonus_that_is_paid(line: Line) -> None:
    device = await authenticator(line.county, "finance")
    await budget(line)
    event_id = await closed_event(line.county)
    made = await nominate(line, event_id)
    assert (made.status_code, made.json()["state"]) == (201, "nominated")
    bonus = f"/api/bonuses/{made.json()['id']}"
    scored = await score(line, bonus, 1)
    assert scored.json()["approvals_missing"] == ["county", "county"]
    one, two = await line.of("county_approver"), await line.of("second_county_approver")
    first = await one.post(f"{bonus}/approve", {})
    assert (first.status_code, first.json()["state"], first.json()["approvals_missing"]) == (200, "scored", ["county"])
    again = await one.post(f"{bonus}/approve", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    listed = (await two.get("/api/bonuses?state=scored")).json()["items"]
    assert [(row["id"], row["class"], row["approvals_missing"]) for row in listed] == [
        (made.json()["id"], 1, ["county"])
    ]
    done = await two.post(f"{bonus}/approve", {"amount_fen": 80_000}, key="last")
    assert (done.json()["state"], done.json()["amount_fen"]) == ("approved", 80_000)
    assert (await two.post(f"{bonus}/approve", {"amount_fen": 80_000}, key="last")).content == done.content
    await publish_notices()
    (notice,) = (await line.client.get("/api/bonus-notices")).json()["items"]
    assert (notice["names"], notice["amount_fen"]) == (["张*三"], 80_000)
    await end_notices(at=clock.now() + timedelta(days=30))
    finance = await line.of("finance")
    batch = await finance.post("/api/payouts")
    assert batch.status_code == 201, batch.text
    payout = f"/api/payouts/{batch.json()['id']}"
    files = [await finance.get(f"{payout}/file", **{"X-TOTP": device.code()}) for _ in range(2)]
    assert files[0].content == files[1].content
    assert sha256(files[0].content).hexdigest() == batch.json()["checksum"]
    assert files[0].headers["content-type"].startswith("text/csv")
    assert (await (await line.of("auditor")).get(f"{payout}/file")).status_code == 403
    without, wrong = await finance.get(f"{payout}/file"), await finance.get(f"{payout}/file", **{"X-TOTP": "000000"})
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (400, "/header/X-TOTP")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")
    had = await db.fetch("SELECT actor_id FROM identity_audit_entry WHERE action = 'payout.downloaded'")
    assert [row["actor_id"] for row in had] == [line.county["finance"].id] * 2  # it carries names
    (payment,) = batch.json()["lines"]
    paid = await finance.post(
        f"{payout}/results", {"results": [{"line_id": payment["id"], "outcome": "paid", "receipt_number": "R-1"}]}
    )
    assert (paid.status_code, paid.json()["lines"][0]["state"]) == (200, "paid")
    seen = (await one.get(bonus)).json()
    assert (seen["state"], seen["shares"][0]["name"], len(seen["approvals"])) == ("paid", "张*三", 2)
    empty = await finance.post("/api/payouts")
    assert (empty.status_code, empty.json()["code"]) == (409, "nothing_payable")
    lines = (await finance.get("/api/budgets")).json()["items"]
    assert [(row["paid_fen"], row["left_fen"]) for row in lines] == [(80_000, 920_000)]


async def test_who_lives_with_the_reporter_meets_a_conflict_of_interest(line: Line) -> None:
    made = await nominate(line, await closed_event(line.county))
    bonus = f"/api/bonuses/{made.json()['id']}"
    kin = await line.of("kin")
    marks = {"truth": 30, "timeliness": 20, "harm": 30, "loop": 20}
    answer = await kin.post(f"{bonus}/score", marks)
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict_of_interest")
    await score(line, bonus, 3)
    answer = await kin.post(f"{bonus}/approve", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict_of_interest")


async def test_money_that_is_not_there_and_a_stranger_are_refused(line: Line) -> None:
    made = await nominate(line, await closed_event(line.county))
    bonus = f"/api/bonuses/{made.json()['id']}"
    await score(line, bonus, 3)
    await (await line.of("town_approver")).post(f"{bonus}/approve", {})
    answer = await (await line.of("county_approver")).post(f"{bonus}/approve", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "budget_exhausted")
    other = await line.of("other_town")
    assert (await other.post(f"{bonus}/approve", {})).status_code == 404
    assert (await other.get(bonus)).status_code == 404
    assert (await other.get("/api/bonuses")).json()["items"] == []
    resident = await line.of("neighbour")
    assert (await resident.get("/api/bonuses")).status_code == 403
    rejected = await (await line.of("second_county_approver")).post(f"{bonus}/reject", {"reason": "无预算"})
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")


async def test_the_form_of_an_opinion_risk_has_no_speaker_and_bounces_names(line: Line) -> None:
    event_id = await closed_event(line.county)
    for change in (
        {"class": 2, "speaker": "老王"},
        {"class": 2, "summary": "网民 @老王说事 发帖"},
        {"class": 2, "summary": "发帖人电话 13812345678"},
        {"class": 4},
        {"shares": [{"person": str(line.county["reporter"].id), "part": "reporter", "percent": 50}]},
        {"shares": []},
    ):
        answer = await nominate(line, event_id, **change)
        assert answer.status_code == 400, (change, answer.text)
    phone = await nominate(line, event_id, **{"class": 2, "summary": "发帖人电话 13812345678"})
    assert [(fault["pointer"], fault["code"]) for fault in phone.json()["errors"]] == [("/summary", "phone_number")]
    fine = await nominate(line, event_id, **{"class": 2, "summary": "停水三天，已协调恢复供水"})
    assert fine.status_code == 201


async def test_the_same_budget_is_decided_once(line: Line) -> None:
    await budget(line)
    finance = await line.of("finance")
    body = {"purpose": "bonus", "period": THIS_YEAR, "amount_fen": 1}
    for change, code in (
        ({"area_id": str(line.county.areas["lyx"])}, (409, "budget_line_taken")),
        ({}, (400, "invalid")),
        ({"purpose": "sponsor"}, (400, "invalid")),
        ({"period": "2026-13", "area_id": str(line.county.areas["lyx"])}, (400, None)),
    ):
        answer = await finance.post("/api/budgets", {**body, **change})
        assert answer.status_code == code[0], answer.text
        assert code[1] in (None, answer.json()["code"])
