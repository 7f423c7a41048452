"""What the product is for, from the first claim to the auditor's last look, over HTTP as outside programs see it.

Read this first. Each test is a chapter: people of one tiny town (tests/main_job.py) sign in with their own logins and
do what their roles let them do. After every chapter all invariants of all packages must hold.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest

from admin.notice import end_notices, publish_notices
from kit import clock, db
from kit.invariants import prove, registered
from merchants.settlement import settle
from tests.main_job import (
    SYSTEM,
    Caller,
    TinyTown,
    at,
    build_tiny_town,
    days_of_one_month,
    read_png,
    read_svg,
    yesterday,
)


@pytest.fixture
async def town(client: httpx.AsyncClient) -> AsyncIterator[TinyTown]:
    """The tiny town; when a chapter is over, its books still balance."""
    yield await build_tiny_town(client)
    await db.open_pool()  # the app that was served has closed it
    assert [(each.invariant.name, each.violations) for each in await prove(registered()) if not each.ok] == []


async def claim(caller: Caller, action: str, occurred_at: str) -> tuple[str, str]:
    """Hand in an act; the answer's state and the code of its decision."""
    made = await caller.post("/api/participations", {"action": action, "occurred_at": occurred_at})
    return made["state"], made["decision"]["code"]


# --- 1 · taking part -------------------------------------------------------------------------------------------------


async def test_a_resident_claims_what_she_did_and_the_points_arrive_when_the_village_confirms(town: TinyTown) -> None:
    lan, village = await town.sign_in("lan"), await town.sign_in("village")
    act = {"action": "CIV-FOUND", "occurred_at": at(yesterday()), "note": "捡到钱包，已交还失主"}

    claimed = await lan.post("/api/participations", act)
    assert (claimed["state"], claimed["points"], claimed["decision"]["rule_version"]) == ("pending", 20, 1)
    assert (await lan.get("/api/me/points"))["pending"] == 20

    (waiting,) = (await village.get("/api/participations", queue="verify"))["items"]
    assert (waiting["id"], waiting["person"], waiting["waits_for"]) == (claimed["id"], "王*兰", "V3")
    verified = await village.post(f"/api/participations/{claimed['id']}/verify", {"accept": True})
    assert (verified["state"], verified["decision"]["code"], verified["steps_left"]) == ("awarded", "awarded", 0)

    numbers = await lan.get("/api/me/points")
    assert (numbers["balance"], numbers["pending"], numbers["honour"]) == (20, 0, 20)
    assert (numbers["credit"]["score"], numbers["credit"]["level"]) == (602, "L1")
    (entry,) = (await lan.get("/api/me/points/entries"))["items"]
    assert (entry["kind"], entry["action"], entry["points"], entry["balance_after"]) == ("award", "CIV-FOUND", 20, 20)
    assert (entry["rule_version"], entry["reference"]) == (1, claimed["id"])
    (event,) = (await lan.get("/api/me/credit"))["events"]
    assert (event["action"], event["tenths"], event["counted"]) == ("CIV-FOUND", 20, 20)

    decided = await village.refused(f"/api/participations/{claimed['id']}/verify", {"accept": False})
    assert (decided["status"], decided["code"]) == (409, "already_decided")


async def test_the_same_act_counts_once(town: TinyTown) -> None:
    lan = await town.sign_in("lan")
    assert await claim(lan, "CIV-FOUND", at(yesterday())) == ("pending", "pending")
    assert await claim(lan, "CIV-FOUND", at(yesterday())) == ("refused", "duplicate")
    listed = (await lan.get("/api/participations"))["items"]
    assert [each["decision"]["code"] for each in listed] == ["duplicate", "pending"], "each claim kept its decision"


async def test_what_comes_through_another_door_is_not_claimed(town: TinyTown) -> None:
    lan = await town.sign_in("lan")
    offered = {each["code"]: each for each in (await lan.get("/api/actions"))["items"]}
    assert offered["RPT-HAZARD"]["opened_by"] == "event"
    refused = await lan.refused("/api/participations", {"action": "RPT-HAZARD", "occurred_at": at(yesterday())})
    assert (refused["status"], refused["code"], refused["detail"]) == (409, "use_event", "请通过“事件上报”提交。")


async def test_nobody_verifies_his_own_his_households_or_another_villages(town: TinyTown) -> None:
    act = {"action": "CIV-FOUND", "occurred_at": at(yesterday())}
    lans = (await (await town.sign_in("lan")).post("/api/participations", act))["id"]
    villages = (await (await town.sign_in("village")).post("/api/participations", act))["id"]

    for who, what, code in (
        ("village", villages, "own_participation"),
        ("kin", lans, "same_household"),
        ("next_village", lans, "outside_area"),
        ("worker", lans, "verifier_level"),
    ):
        refused = await (await town.sign_in(who)).refused(f"/api/participations/{what}/verify", {"accept": True})
        assert (refused["status"], refused["code"]) == (403, code), who

    assert await town.decisions_about(villages) == [("not_allowed", "own_participation")]
    assert await town.decisions_about(lans) == [
        ("not_allowed", "same_household"),
        ("not_allowed", "outside_area"),
        ("not_allowed", "verifier_level"),
    ]
    assert (await (await town.sign_in("lan")).get("/api/me/points"))["balance"] == 0


# --- 2 · caps --------------------------------------------------------------------------------------------------------


async def test_every_period_has_its_cap_and_says_when_the_next_act_counts(town: TinyTown) -> None:
    lan = await town.sign_in("lan")
    one, two, three = days_of_one_month(3)

    assert await claim(lan, "CIV-FOUND", at(one, 9)) == ("pending", "pending")
    over = await lan.post("/api/participations", {"action": "CIV-FOUND", "occurred_at": at(one, 11)})
    assert (over["state"], over["points"], over["decision"]["code"]) == ("refused", 0, "cap_day")
    assert over["decision"]["next_eligible_at"] is not None

    assert await claim(lan, "MTG-SOLVE", at(one)) == ("pending", "pending")
    assert await claim(lan, "MTG-SOLVE", at(two)) == ("pending", "pending")
    assert await claim(lan, "MTG-SOLVE", at(three)) == ("refused", "cap_month")

    hong = await town.sign_in("hong")
    assert await claim(hong, "HON-AWARD", at(one)) == ("pending", "pending")
    assert await claim(hong, "HON-AWARD", at(two)) == ("pending", "pending")
    assert await claim(hong, "HON-AWARD", at(three)) == ("refused", "cap_year")

    inspection = await town.integration("CIV-YARD", "PLT-ACTIVATE")
    lines = [
        {"reference": f"{action}-{who}", "resident": str(town.people[who]), "action": action, "occurred_at": at(day)}
        for action, who, day in (
            ("CIV-YARD", "lan", one),
            ("CIV-YARD", "kin", two),  # of the same household
            ("PLT-ACTIVATE", "hong", one),
        )
    ]
    again = {**lines[2], "reference": "once more", "occurred_at": at(two)}
    answers = await inspection.post("/api/awards", [*lines, again])
    assert [(each["outcome"], each["code"]) for each in answers] == [
        ("pending", "pending"),
        ("capped", "cap_quarter"),
        ("awarded", None),
        ("capped", "cap_once"),
    ]


async def test_a_refused_claim_gives_its_place_under_the_cap_back(town: TinyTown) -> None:
    lan, village = await town.sign_in("lan"), await town.sign_in("village")
    first = await lan.post("/api/participations", {"action": "CIV-FOUND", "occurred_at": at(yesterday(), 9)})
    await village.post(f"/api/participations/{first['id']}/verify", {"accept": False, "reason": "没有收条"})
    assert await claim(lan, "CIV-FOUND", at(yesterday(), 11)) == ("pending", "pending")


async def test_the_ceilings_of_day_and_month_hold_over_all_actions_together(town: TinyTown) -> None:
    lan = await town.sign_in("lan")
    days = days_of_one_month(13)
    for action in ("VOL-SKILL", "CIV-FOUND", "MTG-SOLVE"):  # 30 + 20 + 50 points
        assert await claim(lan, action, at(days[0])) == ("pending", "pending")
    assert await claim(lan, "MTG-SPEAK", at(days[0])) == ("refused", "cap_day_global")

    records = await town.integration("ERR-AGENT", "ERR-DELIVER", "RPT-HAZARD")
    a_hundred_points = ("RPT-HAZARD", "RPT-HAZARD", "RPT-HAZARD", "ERR-AGENT", "ERR-AGENT", "ERR-DELIVER")
    hong = str(town.people["hong"])
    lines = [
        {"reference": f"{day}-{hour}", "resident": hong, "action": action, "occurred_at": at(day, 8 + hour)}
        for day in days[:10]
        for hour, action in enumerate(a_hundred_points)
    ]
    answers = await records.post("/api/awards", lines)
    assert {(each["outcome"], each["code"]) for each in answers} == {("pending", "pending")}
    resident = await town.sign_in("hong")
    for day in days[10:12]:
        for action in ("VOL-SKILL", "CIV-FOUND", "MTG-SOLVE"):
            assert await claim(resident, action, at(day)) == ("pending", "pending")
    assert (await resident.get("/api/me/points"))["pending"] == 1_200
    assert await claim(resident, "MTG-SPEAK", at(days[12])) == ("refused", "cap_month_global")


async def test_another_system_sends_a_thousand_lines_and_gets_a_thousand_answers(town: TinyTown) -> None:
    school = await town.integration("LRN-QUIZ", "CIV-FOUND")
    residents = [str(town.people[name]) for name in ("lan", "hong")]
    days = days_of_one_month(13)
    lines = [
        {
            "reference": f"quiz-{number}",
            "resident": residents[number % 2],
            "action": "LRN-QUIZ",
            "occurred_at": at(days[number // 2 % 13], 8 + number // 26 % 12, number // 312),
        }
        for number in range(997)
    ]
    lines += [
        {"reference": "quiz-0", "resident": residents[0], "action": "LRN-QUIZ", "occurred_at": at(days[0])},
        {"reference": "found-1", "resident": residents[0], "action": "CIV-FOUND", "occurred_at": at(days[0])},
        {"reference": "skill-1", "resident": residents[0], "action": "VOL-SKILL", "occurred_at": at(days[0])},
    ]
    answers = await school.post("/api/awards", lines)
    assert [each["reference"] for each in answers] == [each["reference"] for each in lines]
    outcomes = [each["outcome"] for each in answers[:997]]
    assert (outcomes.count("awarded"), outcomes.count("capped")) == (26, 971), "one quiz a day counts"
    assert [(each["outcome"], each["code"]) for each in answers[997:]] == [
        ("duplicate", "duplicate"),  # the same reference
        ("pending", "pending"),  # the village has to confirm it
        ("refused", "action_not_allowed"),  # this key may not send it
    ]
    assert (await (await town.sign_in("lan")).get("/api/me/points"))["balance"] == 26


# --- 3 · exchanging --------------------------------------------------------------------------------------------------


async def buy(caller: Caller, town: TinyTown, product: str = "meal", quantity: int = 1, key: str | None = None) -> Any:
    """Exchange points for a product."""
    body = {"product_id": str(town.products[product]), "quantity": quantity}
    return await caller.post("/api/exchanges", body, key=key)


async def test_points_become_a_voucher_whose_qr_code_any_scanner_reads(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=3, times=3)
    lan = await town.sign_in("lan")
    offered = {each["name"]: each for each in (await lan.get("/api/products"))["items"]}
    meal = offered["五元餐券"]
    assert (meal["points"], meal["stock_left"], meal["left_for_me"]) == (50, 5, 3)
    assert [each["name"] for each in meal["merchants"]] == ["老王面馆"]

    bought = await buy(lan, town, quantity=2, key="my own key")
    assert (bought["points"], bought["balance_after"], len(bought["vouchers"])) == (100, 80, 2)
    assert await buy(lan, town, quantity=2, key="my own key") == bought, "sent again, done once"
    assert (await lan.get("/api/me/points"))["balance"] == 80

    voucher = bought["vouchers"][0]
    assert (len(voucher["code"]), len(voucher["short_code"])) == (26, 12)  # base32 of 128 bits; digits to type
    path = f"/api/vouchers/{voucher['id']}"
    assert (await lan.get(path))["state"] == "issued"
    assert read_png((await lan.raw(f"{path}/qr.png")).content) == voucher["code"]
    assert read_svg((await lan.raw(f"{path}/qr.svg")).content) == voucher["code"]
    assert (await (await town.sign_in("hong")).raw(path)).status_code == 404, "another's voucher does not exist"


async def test_stock_limit_level_window_and_balance_hold(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=3, times=5)
    await town.earned_earlier("hong", days_ago=3, times=1)
    lan, hong = await town.sign_in("lan"), await town.sign_in("hong")
    await buy(hong, town, "last piece")
    await buy(lan, town, quantity=3)
    for product, code in (
        ("last piece", "out_of_stock"),
        ("meal", "limit_reached"),
        ("for L3", "level_too_low"),
        ("next week", "not_open"),
        ("bicycle", "insufficient_points"),
    ):
        refused = await lan.refused("/api/exchanges", {"product_id": str(town.products[product]), "quantity": 1})
        assert (refused["status"], refused["code"]) == (409, code)
    assert (await lan.get("/api/me/points"))["balance"] == 150


# --- 4 · redeeming ---------------------------------------------------------------------------------------------------


async def test_a_clerk_looks_then_redeems_and_the_second_scan_learns_when_and_where(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=3)
    lan, clerk, barber = [await town.sign_in(who) for who in ("lan", "noodle_clerk", "barber_clerk")]
    code = (await buy(lan, town))["vouchers"][0]["code"]

    wrong_shop = await barber.refused("/api/redemptions", {"code": code})
    assert (wrong_shop["status"], wrong_shop["code"]) == (409, "wrong_merchant")
    for _ in range(2):  # looking consumes nothing
        seen = await clerk.post("/api/redemptions/preview", {"code": code})
        assert (seen["product"], seen["value_fen"], seen["holder"]) == ("五元餐券", 500, "王*兰")
        assert seen["redeemable"]

    done = await clerk.post("/api/redemptions", {"code": code})
    assert (done["product"], done["value_fen"], done["holder"]) == ("五元餐券", 500, "王*兰")
    again = await clerk.refused("/api/redemptions", {"code": code})
    assert (again["status"], again["code"], again["merchant"]) == (409, "voucher_already_redeemed", "老王面馆")
    assert again["redeemed_at"][:19] == done["redeemed_at"][:19]
    (voucher,) = (await lan.get("/api/me/vouchers", state="redeemed"))["items"]
    assert voucher["merchant"] == "老王面馆"

    unknown = await clerk.refused("/api/redemptions", {"code": "Z" * 26})
    assert (unknown["status"], unknown["code"]) == (404, "voucher_unknown")


async def test_what_was_undone_or_not_used_is_given_back_with_the_expiry_of_its_points(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=70)
    await town.earned_earlier("lan", days_ago=3)
    lan, clerk = await town.sign_in("lan"), await town.sign_in("noodle_clerk")
    before = await lan.get("/api/me/points")
    assert [each["points"] for each in before["expiring"]] == [60, 60], "two months of expiry"

    first, second = (await buy(lan, town, quantity=2))["vouchers"]
    assert [each["points"] for each in (await lan.get("/api/me/points"))["expiring"]] == [20], "the earliest went first"

    redemption = await clerk.post("/api/redemptions", {"code": first["short_code"]})
    undo = f"/api/redemptions/{redemption['id']}/undo"
    assert (await clerk.post(undo, {"reason": "顾客点错了"}))["voucher_state"] == "issued"
    assert (await clerk.refused(undo, {"reason": "再撤一次"}))["code"] == "already_undone"

    for voucher in (first, second):
        given_back = await lan.post(f"/api/vouchers/{voucher['id']}/cancel")
        assert (given_back["state"], given_back["points"]) == ("cancelled", 50)
    after = await lan.get("/api/me/points")
    assert (after["balance"], after["expiring"]) == (120, before["expiring"])
    too_late = await clerk.refused("/api/redemptions", {"code": second["code"]})
    assert (too_late["status"], too_late["code"]) == (409, "voucher_cancelled")


# --- 5 · events and bonuses ------------------------------------------------------------------------------------------


async def close_an_event(town: TinyTown) -> str:
    """A cracked wall, from the grid worker's report to the closing; gives the event's path."""
    worker, village, office = [await town.sign_in(who) for who in ("worker", "village", "town")]
    picture = await worker.upload()
    report = {"category": "HOUSE-RISK", "severity": 3, "place": "桥头 5 号", "text": "山墙开裂", "file_ids": [picture]}
    reported = await worker.post("/api/events", report)
    event = f"/api/events/{reported['id']}"
    assert reported["due_at"].endswith("+08:00")

    own = await worker.refused(f"{event}/accept", {"severity": 4})
    assert (own["status"], own["code"]) == (403, "own_participation")
    accepted = await village.post(f"{event}/accept", {"severity": 4})
    assert accepted["award"] == {"action": "RPT-HAZARD", "stage": 1, "code": "awarded", "points": 4}
    await office.post(f"{event}/dispatch", {"department": "住建"})
    await office.post(f"{event}/handle", {"note": "已加固，两户搬离"})
    await office.post(f"{event}/feed-back", {"note": "感谢上报，山墙已加固"})
    rated = await worker.post(f"{event}/rate", {"stars": 5})
    assert rated["award"]["action"] == "RPT-CONFIRM"
    closed = await office.post(f"{event}/close", {})
    assert (closed["state"], closed["award"]) == (
        "closed",
        {"action": "RPT-HAZARD", "stage": 2, "code": "awarded", "points": 16},
    )
    return event


async def test_a_report_with_a_picture_is_dealt_with_and_both_stages_of_its_award_arrive(town: TinyTown) -> None:
    event = await close_an_event(town)
    worker = await town.sign_in("worker")
    assert (await worker.get("/api/me/points"))["balance"] == 4 + 2 + 16
    seen = await worker.get(event)
    assert [step["kind"] for step in seen["steps"]] == [
        "reported", "accepted", "dispatched", "handled", "fed_back", "rated", "closed",
    ]  # fmt: skip
    assert all(step["at"] for step in seen["steps"])
    picture = await (await town.sign_in("village")).raw(f"/api/files/{seen['file_ids'][0]}")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")

    reopened = await worker.post(f"{event}/reopen", {"reason": "又裂开了"})
    assert (reopened["state"], reopened["award"]["points"]) == ("reopened", -16)
    assert (await worker.get("/api/me/points"))["balance"] == 4 + 2


async def test_a_report_of_high_value_is_scored_approved_noticed_and_paid_by_different_people(town: TinyTown) -> None:
    event = await close_an_event(town)
    office, worker = await town.sign_in("town"), await town.sign_in("worker")
    everything = [{"person": str(town.people["worker"]), "part": "reporter", "percent": 100}]
    nominated = await office.post(
        f"{event}/nominate", {"class": 1, "summary": "提前发现山墙开裂，转移两户", "shares": everything}
    )
    bonus = f"/api/bonuses/{nominated['id']}"
    twice = await office.refused(f"{event}/nominate", {"class": 1, "summary": "再提名", "shares": everything})
    assert twice["code"] == "matter_taken"

    marks = {"truth": 22, "timeliness": 14, "harm": 22, "loop": 14}  # 72: the second tier
    await (await town.sign_in("first_assessor")).post(f"{bonus}/score", marks)
    scored = await (await town.sign_in("second_assessor")).post(f"{bonus}/score", marks)
    assert (scored["state"], scored["tier"], scored["approvals_missing"]) == ("scored", 2, ["town", "county"])

    first = await (await town.sign_in("town_approver")).post(f"{bonus}/approve", {})
    assert (first["state"], first["approvals_missing"]) == ("scored", ["county"])
    approved = await (await town.sign_in("county_approver")).post(f"{bonus}/approve", {})
    assert (approved["state"], approved["amount_fen"]) == ("approved", 30_000)

    await publish_notices()  # as the worker does
    (notice,) = (await town.client.get("/api/bonus-notices")).json()["items"]
    assert (notice["names"], notice["amount_fen"]) == (["赵*格"], 30_000)
    await end_notices(at=clock.now() + timedelta(days=30))  # five working days later, whatever the holidays
    assert (await worker.get("/api/me/points"))["balance"] == 4 + 2 + 16 + 200, "the points part came too"

    finance = await town.sign_in("finance")
    batch = await finance.post("/api/payouts")
    payout = f"/api/payouts/{batch['id']}"
    file = (await finance.raw(f"{payout}/file", totp=town.next_code("finance"))).content
    assert sha256(file).hexdigest() == batch["checksum"]
    assert "300.00" in file.decode("utf-8-sig")
    (line,) = batch["lines"]
    paid = {"line_id": line["id"], "outcome": "paid", "receipt_number": "R-2026-0001"}
    results = await finance.post(f"{payout}/results", {"results": [paid]})
    assert [(each["state"], each["receipt_number"]) for each in results["lines"]] == [("paid", "R-2026-0001")]
    assert (await (await town.sign_in("county_approver")).get(bonus))["state"] == "paid"
    assert (await finance.refused("/api/payouts"))["code"] == "nothing_payable"
    lines = (await finance.get("/api/budgets"))["items"]
    (bonus_money,) = [each for each in lines if each["purpose"] == "bonus"]
    assert (bonus_money["reserved_fen"], bonus_money["paid_fen"]) == (0, 30_000)


# --- 6 · the shop's money, and the auditor ---------------------------------------------------------------------------


async def test_a_merchant_sees_its_account_and_its_first_statement_which_finance_pays(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=3, times=2)
    lan, clerk, finance = [await town.sign_in(who) for who in ("lan", "noodle_clerk", "finance")]
    for voucher in (await buy(lan, town, quantity=2))["vouchers"]:
        await clerk.post("/api/redemptions", {"code": voucher["code"]})

    account = await clerk.get("/api/merchant/account")
    assert (account["name"], account["payable_fen"], account["unsettled_fen"]) == ("老王面馆", 600, 600)
    assert account["funding"] == {"value_fen": 1_000, "merchant_fen": 400, "town_fen": 600, "sponsor_fen": 0}
    assert [each["goods"] for each in account["pledges"]] == ["餐券"]
    assert len((await clerk.get("/api/merchant/redemptions"))["items"]) == 2

    today = clock.business_day(clock.now())
    month_after = clock.day_start(today.replace(day=1) + timedelta(days=40))
    await settle(actor=SYSTEM, period=f"{today:%Y-%m}", at=month_after)  # as the worker does when the month is over
    (statement,) = (await clerk.get("/api/merchant/settlements"))["items"]
    assert (statement["lines"], statement["payable_fen"], statement["state"]) == (2, 600, "issued")
    path = f"/api/merchant/settlements/{statement['id']}"
    lines = (await clerk.get(f"{path}/lines"))["items"]
    assert sum(line["town_fen"] for line in lines) == statement["town_fen"]
    assert (await (await town.sign_in("barber_clerk")).raw(path)).status_code == 404

    paid = await finance.post(f"/api/settlements/{statement['id']}/pay", {"receipt": "S-0001"})
    assert (paid["state"], paid["payable_fen"]) == ("paid", 600)
    assert (await clerk.get("/api/merchant/account"))["payable_fen"] == 0


async def test_the_auditor_sees_that_the_books_balance(town: TinyTown) -> None:
    await town.earned_earlier("lan", days_ago=3, times=2)
    lan, clerk = await town.sign_in("lan"), await town.sign_in("noodle_clerk")
    used, _ = (await buy(lan, town, quantity=2))["vouchers"]
    await clerk.post("/api/redemptions", {"code": used["code"]})
    await close_an_event(town)

    balance = await (await town.sign_in("auditor")).get("/api/ledger/trial-balance")
    assert balance["ok"], [each for each in balance["invariants"] if not each["ok"]]
    proven = {each["name"].split()[0] for each in balance["invariants"] if each["checked"]}
    assert {"I1", "I2", "I3", "I5", "I6", "I7", "I8", "I9", "I11", "I13", "I14", "I15"} <= proven
    assert (await lan.raw("/api/ledger/trial-balance")).status_code == 403
