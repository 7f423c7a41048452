"""The routes of points over HTTP, by people with their own logins."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pyotp
import pytest

from identity.api_keys import create_api_key
from identity.logins import create_login
from identity.roles import grant_role
from tests.points.conftest import SYSTEM, Town

PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody who has signed in."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self.client.get(path, headers={"Authorization": f"Bearer {self.token}"}, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(path, json=body, headers=headers)


async def signed_in(client: httpx.AsyncClient, town: Town, name: str, *, staff: bool = False) -> Browser:
    made = await create_login(actor=SYSTEM, person_id=town[name], login=name, password=PASSWORD, with_totp=staff)
    body = {"login": name, "password": PASSWORD}
    if made.totp_secret:
        body["totp"] = pyotp.TOTP(made.totp_secret).now()
    answer = await client.post("/api/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    return Browser(client, answer.json()["access_token"])


def moments_ago(days: float = 0.1) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


@pytest.fixture
async def lan(town: Town, client: httpx.AsyncClient) -> Browser:
    return await signed_in(client, town, "lan")


async def test_a_claim_is_verified_and_paid_over_http(town: Town, lan: Browser, client: httpx.AsyncClient) -> None:
    village = await signed_in(client, town, "village", staff=True)
    happened = moments_ago(1)
    claimed = await lan.post("/api/participations", {"action": "VOL-SKILL", "occurred_at": happened}, "k1")
    assert claimed.status_code == 201, claimed.text
    body = claimed.json()
    assert (body["state"], body["points"]) == ("pending", 30)
    assert body["decision"] == {
        "code": "pending", "detail": "已收到，等待核实。", "rule_version": 1, "next_eligible_at": None,
    }  # fmt: skip
    again = await lan.post("/api/participations", {"action": "VOL-SKILL", "occurred_at": happened}, "k1")
    assert again.content == claimed.content
    second = await lan.post("/api/participations", {"action": "VOL-SKILL", "occurred_at": happened}, "k2")
    assert (second.status_code, second.json()["state"], second.json()["decision"]["code"]) == (
        201, "refused", "duplicate",
    )  # fmt: skip

    (waiting,) = (await village.get("/api/participations", params={"queue": "verify"}))["items"]
    assert (waiting["id"], waiting["person"], waiting["waits_for"]) == (body["id"], "王**n", "V3")
    path = f"/api/participations/{body['id']}/verify"
    assert (await village.post(path, {"accept": True})).json()["code"] == "idempotency_key_missing"
    verified = await village.post(path, {"accept": True}, "v1")
    assert (verified.status_code, verified.json()["state"], verified.json()["steps_left"]) == (200, "awarded", 0)
    decided = await village.post(path, {"accept": True}, "v2")
    assert (decided.status_code, decided.json()["code"]) == (409, "already_decided")

    points = await lan.get("/api/me/points")
    assert (points["balance"], points["pending"], points["honour"], points["recovery"]) == (30, 0, 30, 0)
    assert [each["points"] for each in points["expiring"]] == [30]
    assert (points["credit"]["score"], points["credit"]["level"], points["credit"]["to_next_level"]) == (602, "L1", 18)
    (entry,) = (await lan.get("/api/me/points/entries"))["items"]
    assert (entry["kind"], entry["points"], entry["balance_after"], entry["action"]) == ("award", 30, 30, "VOL-SKILL")
    assert entry["expires_on"] == points["expiring"][0]["on"]


async def test_a_verifier_who_may_not_gets_403_with_its_code(town: Town, client: httpx.AsyncClient) -> None:
    lan = await signed_in(client, town, "lan")
    claimed = await lan.post("/api/participations", {"action": "VOL-SKILL", "occurred_at": moments_ago()}, "k1")
    path = f"/api/participations/{claimed.json()['id']}/verify"
    for name, code in (("ming", "same_household"), ("elsewhere", "outside_area"), ("worker", "verifier_level")):
        refused = await (await signed_in(client, town, name, staff=True)).post(path, {"accept": True}, "k1")
        assert (refused.status_code, refused.json()["code"]) == (403, code)


async def test_another_door_answers_409_with_its_code(lan: Browser) -> None:
    answer = await lan.post("/api/participations", {"action": "RPT-HAZARD", "occurred_at": moments_ago()}, "k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "use_event")
    unknown = await lan.post("/api/participations", {"action": "NO-SUCH", "occurred_at": moments_ago()}, "k2")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "action_unknown")


async def test_the_catalogue_shows_todays_rule_and_what_is_left(lan: Browser) -> None:
    await lan.post("/api/participations", {"action": "CIV-FOUND", "occurred_at": datetime.now(UTC).isoformat()}, "k1")
    listed = (await lan.get("/api/actions"))["items"]
    assert len(listed) == 47  # one of the 48 is not open
    (found,) = [each for each in listed if each["code"] == "CIV-FOUND"]
    assert (found["points"], found["credit_tenths"], found["verified_by"]) == (20, 20, "V3")
    assert (found["left_today"], found["left_this_month"], found["caps"]["month"]) == (0, 3, 4)
    first = await lan.get("/api/actions", params={"limit": 10})
    rest = await lan.get("/api/actions", params={"limit": 100, "cursor": first["next_cursor"]})
    assert [*first["items"], *rest["items"]] == listed


async def test_the_forecast_replays_the_same_events_on_another_day(town: Town, lan: Browser) -> None:
    await town.award("lan", times=3, at=datetime.now(UTC))
    today = await lan.get("/api/me/credit")
    assert (today["score"], len(today["events"])) == (606, 3)
    assert {"from", "until", "category", "tenths", "counted", "action"} < set(today["events"][0])
    later = f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"
    forecast = await lan.get("/api/me/credit/forecast", params={"on": later})
    assert (forecast["score"], forecast["level"], forecast["on"]) == (600, "L1", later)


async def test_a_thousand_lines_are_answered_one_by_one(town: Town, client: httpx.AsyncClient) -> None:
    made = await create_api_key(actor=SYSTEM, name="quiz", actions=["LRN-QUIZ", "VOL-SKILL"], area_id=town.areas["lyx"])
    key = Browser(client, made.key)
    names = list(town.people)
    lines = [
        {
            "reference": f"q{number}",
            "resident": str(town[names[number % len(names)]]),
            "action": "LRN-QUIZ",
            "occurred_at": moments_ago(number // len(names) * 0.02),
        }
        for number in range(1_000)
    ]
    sent = await key.post("/api/awards", lines)
    assert sent.status_code == 200, sent.text
    answers = sent.json()
    assert [each["reference"] for each in answers] == [f"q{number}" for number in range(1_000)]
    assert {each["outcome"] for each in answers} == {"awarded", "capped"}
    assert answers[0] == {"reference": "q0", "outcome": "awarded", "code": None, "points": 2, "balance_after": 2}
    repeated = (await key.post("/api/awards", lines[:3])).json()
    assert [each["outcome"] for each in repeated] == ["duplicate"] * 3
    too_many = await key.post("/api/awards", [*lines, lines[0]])
    assert too_many.status_code == 400
    as_lines = b"\n".join(msgspec.json.encode(line | {"action": "VOL-SKILL", "reference": "n"}) for line in lines[:2])
    streamed = await client.post(
        "/api/awards",
        content=as_lines,
        headers={"Authorization": f"Bearer {made.key}", "Content-Type": "application/x-ndjson"},
    )
    assert [each["outcome"] for each in streamed.json()] == ["pending", "duplicate"]


async def test_the_auditor_sees_every_invariant(town: Town, client: httpx.AsyncClient) -> None:
    await town.award("lan")
    await grant_role(actor=SYSTEM, person_id=town["hong"], role="auditor", area_id=town.areas["lyx"])
    auditor = await signed_in(client, town, "hong", staff=True)
    balance = await auditor.get("/api/ledger/trial-balance")
    assert balance["ok"], [each for each in balance["invariants"] if not each["ok"]]
    assert len(balance["invariants"]) >= 14
