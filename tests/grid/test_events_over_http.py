"""Events as outside programs see them."""

import httpx
import pytest

from tests.grid.calling import Line
from tests.grid.county import County


@pytest.fixture
def line(client: httpx.AsyncClient, county: County) -> Line:
    return Line(client, county)


async def test_a_report_with_a_picture_goes_its_way_to_the_closing(line: Line) -> None:
    reporter, worker, town = await line.of("reporter"), await line.of("worker"), await line.of("town")
    picture = await reporter.upload()
    report = {
        "category": "FIRE-LANE",
        "severity": 3,
        "place": "北门",
        "text": "车辆堵住消防通道",
        "file_ids": [str(picture)],
    }
    made = await reporter.post("/api/events", report)
    assert made.status_code == 201, made.text
    event = f"/api/events/{made.json()['id']}"
    assert made.json()["due_at"].endswith("+08:00")
    assert [row["id"] for row in (await worker.get("/api/events?state=reported")).json()["items"]] == [
        made.json()["id"]
    ]
    accepted = await worker.post(f"{event}/accept", {"severity": 3, "category": "FIRE-LANE"})
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["award"] == {"action": "RPT-FIRE", "stage": 1, "code": "awarded", "points": 4}
    for step, body in (("dispatch", {}), ("handle", {"note": "已拖离"}), ("feed-back", {"note": "已清理"})):
        done = await town.post(f"{event}/{step}", body)
        assert done.status_code == 200, done.text
        assert done.json()["due_at"] is not None
    rated = await reporter.post(f"{event}/rate", {"stars": 5})
    assert rated.json()["award"]["points"] == 2
    closed = await town.post(f"{event}/close", {})
    assert (closed.json()["state"], closed.json()["award"]["points"]) == ("closed", 16)
    seen = (await reporter.get(event)).json()
    assert [step["kind"] for step in seen["steps"]][-1] == "closed"
    assert seen["file_ids"] == [str(picture)]
    assert seen["reporter"] == "张*三"
    own = (await reporter.get("/api/events?scope=own&state=closed")).json()
    assert len(own["items"]) == 1


async def test_accepting_again_under_the_same_key_answers_the_same_bytes_and_under_another_is_refused(
    line: Line,
) -> None:
    reporter, worker = await line.of("reporter"), await line.of("worker")
    made = await reporter.post("/api/events", {"category": "FIRE-LANE", "severity": 3, "place": "北门", "text": "堵住"})
    path = f"/api/events/{made.json()['id']}/accept"
    first = await worker.post(path, {}, key="once")
    again = await worker.post(path, {}, key="once")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    other = await worker.post(path, {}, key="twice")
    assert (other.status_code, other.json()["code"]) == (409, "already_decided")
    without = await line.client.post(path, headers={"Authorization": f"Bearer {worker.token}"}, json={})
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")


async def test_events_of_another_territory_are_not_there(line: Line) -> None:
    reporter, far, other = await line.of("reporter"), await line.of("far_worker"), await line.of("other_town")
    made = await reporter.post("/api/events", {"category": "FIRE-LANE", "severity": 3, "place": "北门", "text": "堵住"})
    event = f"/api/events/{made.json()['id']}"
    for stranger in (far, other):
        assert (await stranger.get(event)).status_code == 404
        assert (await stranger.post(f"{event}/accept", {})).status_code == 404
        assert (await stranger.post(f"{event}/dispatch", {})).status_code == 404
        assert (await stranger.get("/api/events")).json()["items"] == []
    neighbour = await line.of("neighbour")
    assert (await neighbour.get(event)).status_code == 404
    assert (await neighbour.post(f"{event}/rate", {"stars": 1})).status_code == 404
    assert (await neighbour.post(f"{event}/accept", {})).json()["code"] == "role_missing"


async def test_what_does_not_fit_is_a_problem_and_no_fault(line: Line) -> None:
    reporter = await line.of("reporter")
    fine = {"category": "FIRE-LANE", "severity": 3, "place": "北门", "text": "堵住"}
    for change in (
        {"category": "NONE"},
        {"severity": 6},
        {"severity": "3"},
        {"place": ""},
        {"file_ids": ["0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f"]},
        {"area_id": "0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f"},
        {"latitude": 30.0},
        {"speaker": "x"},
        {"external_id": "A-1"},
    ):
        answer = await reporter.post("/api/events", {**fine, **change})
        assert answer.status_code == 400, (change, answer.text)
    assert (await reporter.get("/api/events?state=nonsense")).status_code == 400
    assert (await reporter.get("/api/events?cursor=nonsense")).status_code == 400


async def test_the_list_goes_on_where_the_page_ended(line: Line) -> None:
    reporter = await line.of("reporter")
    for number in range(5):
        await reporter.post(
            "/api/events", {"category": "RUBBISH", "severity": 1, "place": f"路口 {number}", "text": "垃圾"}
        )
    seen: list[str] = []
    path = "/api/events?limit=2"
    while True:
        page = (await reporter.get(path)).json()
        seen += [row["place"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"/api/events?limit=2&cursor={page['next_cursor']}"
    assert seen == [f"路口 {number}" for number in (4, 3, 2, 1, 0)]


async def test_the_pictures_of_an_event_are_for_those_who_may_see_the_event(line: Line) -> None:
    reporter = await line.of("reporter")
    status = {}
    for category in ("RUBBISH", "FRAUD"):
        picture = f"/api/files/{await reporter.upload()}"
        report = {"category": category, "severity": 3, "place": "北门", "text": "见图", "file_ids": [picture[-36:]]}
        made = await reporter.post("/api/events", {**report, "area_id": str(line.county.areas["lyx.t2.v3"])})
        assert made.status_code == 201, made.text
        for name in ("reporter", "other_town", "county", "village", "auditor", "neighbour"):
            status[category, name] = (await (await line.of(name)).get(picture)).status_code
    assert [name for name in status if status[name] == 200] == [
        ("RUBBISH", "reporter"),
        ("RUBBISH", "other_town"),
        ("RUBBISH", "county"),
        ("RUBBISH", "auditor"),
        ("FRAUD", "reporter"),
        ("FRAUD", "other_town"),
        ("FRAUD", "county"),
    ]
    assert set(status.values()) == {200, 404}
