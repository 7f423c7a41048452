"""The way of an event, through its flows."""

from datetime import timedelta
from uuid import UUID

import pytest

from grid.acceptance import accept_event, refuse_event
from grid.closing import close_event, close_unrated, rate_event, reopen_event
from grid.errors import CategoryNotAllowed, EventNotReady, NotOnBehalf, NotTheReporter, WorkOfOthers
from grid.handling import dispatch_event, feed_back, handle_event
from grid.intake import report_event
from grid.invariants import INVARIANTS
from grid.queries import list_events, read_event
from grid.urging import urge_events
from identity.actor import Actor
from identity.api_keys import create_api_key
from kit import db, invariants
from kit.once import result_of
from kit.refusals import NotFound
from kit.wire import Invalid
from points.errors import (
    AlreadyDecided,
    OwnParticipation,
    SameHousehold,
    SamePerson,
    VerifierLevel,
)
from tests.grid.county import START, SYSTEM, County, closed_event, fed_back_event, reported_event


async def balance(county: County, name: str) -> int:
    return await db.fetchval("SELECT balance FROM points_account WHERE id = $1", county[name].id) or 0


async def holds() -> None:
    for finding in await invariants.prove(list(INVARIANTS)):
        assert finding.ok, (finding.invariant.name, finding.violations)


async def test_a_report_is_paid_a_fifth_at_acceptance_and_the_rest_when_it_is_closed(county: County) -> None:
    event_id = await reported_event(county)
    accepted = result_of(await accept_event(actor=county["worker"], event_id=event_id, severity=4, at=START))
    assert (accepted.state, accepted.severity) == ("accepted", 4)
    assert accepted.award is not None
    assert (accepted.award.code, accepted.award.points) == ("awarded", 4)
    assert await balance(county, "reporter") == 4
    await dispatch_event(actor=county["town"], event_id=event_id, assignee_id=county["second_worker"].id, at=START)
    await handle_event(actor=county["second_worker"], event_id=event_id, note="已加固", at=START)
    await feed_back(actor=county["second_worker"], event_id=event_id, note="已处理", at=START)
    rated = result_of(await rate_event(actor=county["reporter"], event_id=event_id, stars=5, at=START))
    assert rated.award is not None
    assert rated.award.points == 2
    assert await balance(county, "reporter") == 6
    closed = result_of(await close_event(actor=county["town"], event_id=event_id, at=START))
    assert closed.award is not None
    assert closed.award.points == 16
    assert await balance(county, "reporter") == 22
    kinds = [step.kind for step in (await read_event(county["town"], event_id)).steps]
    assert kinds == ["reported", "accepted", "dispatched", "handled", "fed_back", "rated", "closed"]
    await holds()


async def test_reopening_takes_the_second_stage_back_and_closing_again_pays_it_again(county: County) -> None:
    event_id = await closed_event(county)
    assert await balance(county, "reporter") == 22
    reopened = result_of(await reopen_event(actor=county["reporter"], event_id=event_id, reason="又裂开了", at=START))
    assert reopened.award is not None
    assert (reopened.state, reopened.award.points) == ("reopened", -16)
    assert await balance(county, "reporter") == 6
    await dispatch_event(actor=county["town"], event_id=event_id, at=START)
    await handle_event(actor=county["town"], event_id=event_id, note="重新加固", at=START)
    await feed_back(actor=county["town"], event_id=event_id, note="已重做", at=START)
    await rate_event(actor=county["reporter"], event_id=event_id, stars=4, at=START)
    await close_event(actor=county["town"], event_id=event_id, at=START)
    assert await balance(county, "reporter") == 22  # the confirmation is paid once an event
    await holds()


async def test_an_event_that_nobody_rates_closes_by_itself_after_seven_days(county: County) -> None:
    event_id = await fed_back_event(county)
    answered = START + timedelta(hours=4)
    assert await close_unrated(at=answered + timedelta(days=7) - timedelta(seconds=1)) == 0
    assert await close_unrated(at=answered + timedelta(days=7)) == 1
    assert await close_unrated(at=answered + timedelta(days=7)) == 0
    assert (await read_event(county["town"], event_id)).row["state"] == "closed"
    assert await balance(county, "reporter") == 20
    await holds()


async def test_a_major_hazard_needs_the_grid_worker_and_the_town_in_this_order(county: County) -> None:
    event_id = await reported_event(county, category="MAJOR", severity=4)
    with pytest.raises(VerifierLevel):
        await accept_event(actor=county["head"], event_id=event_id, at=START)
    first = result_of(await accept_event(actor=county["worker"], event_id=event_id, at=START))
    assert (first.state, first.levels_missing, first.award) == ("reported", (4,), None)
    assert await balance(county, "reporter") == 0
    with pytest.raises(SamePerson):
        await accept_event(actor=county["worker"], event_id=event_id, at=START)
    with pytest.raises(VerifierLevel):
        await accept_event(actor=county["second_worker"], event_id=event_id, at=START)
    second = result_of(await accept_event(actor=county["town"], event_id=event_id, at=START))
    assert second.award is not None
    assert (second.state, second.award.points) == ("accepted", 20)
    await holds()


async def test_a_major_hazard_is_of_severity_three_or_worse(county: County) -> None:
    event_id = await reported_event(county, category="MAJOR", severity=2)
    with pytest.raises(Invalid):
        await accept_event(actor=county["worker"], event_id=event_id, at=START)


async def test_nobody_confirms_his_own_report_nor_one_of_his_household_nor_one_of_another_area(county: County) -> None:
    own = await reported_event(county, by="worker")
    with pytest.raises(OwnParticipation):
        await accept_event(actor=county["worker"], event_id=own, at=START)
    event_id = await reported_event(county)
    with pytest.raises(SameHousehold):
        await accept_event(actor=county["kin"], event_id=event_id, at=START)
    with pytest.raises(NotFound):
        await accept_event(actor=county["far_worker"], event_id=event_id, at=START)
    with pytest.raises(NotFound):
        await accept_event(actor=county["other_town"], event_id=event_id, at=START)
    await accept_event(actor=county["worker"], event_id=event_id, at=START)
    with pytest.raises(AlreadyDecided):
        await accept_event(actor=county["second_worker"], event_id=event_id, at=START)


async def test_the_database_too_refuses_a_confirmation_by_the_reporter_or_his_household(county: County) -> None:
    event_id = await reported_event(county)
    for name in ("reporter", "kin"):
        with pytest.raises(Exception, match="nobody verifies"):
            async with db.transaction() as connection:
                await connection.execute(
                    "INSERT INTO grid_event_verification (id, event, position, level, verifier, at)"
                    " VALUES (gen_random_uuid(), $1, 1, 2, $2, now())",
                    event_id,
                    county[name].id,
                )


async def test_steps_follow_each_other_and_no_step_is_left_out(county: County) -> None:
    event_id = await reported_event(county)
    for step in (
        lambda: dispatch_event(actor=county["town"], event_id=event_id, at=START),
        lambda: handle_event(actor=county["town"], event_id=event_id, note="x", at=START),
        lambda: feed_back(actor=county["town"], event_id=event_id, note="x", at=START),
        lambda: rate_event(actor=county["reporter"], event_id=event_id, stars=1, at=START),
        lambda: close_event(actor=county["town"], event_id=event_id, at=START),
        lambda: reopen_event(actor=county["reporter"], event_id=event_id, reason="x", at=START),
    ):
        with pytest.raises(EventNotReady):
            await step()


async def test_only_the_reporter_rates_and_only_staff_close(county: County) -> None:
    event_id = await fed_back_event(county)
    with pytest.raises(NotTheReporter):
        await rate_event(actor=county["town"], event_id=event_id, stars=5, at=START)
    with pytest.raises(NotFound):
        await rate_event(actor=county["neighbour"], event_id=event_id, stars=5, at=START)
    await rate_event(actor=county["reporter"], event_id=event_id, stars=5, at=START)
    with pytest.raises(WorkOfOthers):
        await close_event(actor=county["reporter"], event_id=event_id, at=START)


async def test_a_refused_report_earns_nothing_and_goes_nowhere(county: County) -> None:
    event_id = await reported_event(county)
    refused = await refuse_event(actor=county["worker"], event_id=event_id, reason="不属实", at=START)
    assert (refused.state, refused.due_at) == ("refused", None)
    with pytest.raises(AlreadyDecided):
        await accept_event(actor=county["worker"], event_id=event_id, at=START)
    assert await balance(county, "reporter") == 0
    await holds()


async def test_an_acceptance_over_the_cap_pays_nothing_and_the_event_goes_on(county: County) -> None:
    codes = []
    for _ in range(4):
        event_id = await reported_event(county)
        accepted = result_of(await accept_event(actor=county["worker"], event_id=event_id, at=START))
        assert accepted.award is not None
        codes.append(accepted.award.code)
    assert codes == ["awarded", "awarded", "awarded", "cap_day"]
    await dispatch_event(actor=county["town"], event_id=event_id, at=START)
    await handle_event(actor=county["town"], event_id=event_id, note="好了", at=START)
    await feed_back(actor=county["town"], event_id=event_id, note="好了", at=START)
    await rate_event(actor=county["reporter"], event_id=event_id, stars=5, at=START)
    closed = result_of(await close_event(actor=county["town"], event_id=event_id, at=START))
    assert closed.award is None
    await holds()


async def _key(county: County, *actions: str) -> Actor:
    made = await create_api_key(actor=SYSTEM, name="12345", actions=actions, area_id=county.areas["lyx.t1"])
    return Actor(id=made.id, kind="integration", name="12345", area_path="lyx.t1", actions=frozenset(actions))


async def test_another_systems_event_is_taken_once(county: County) -> None:
    hotline = await _key(county, "RPT-HAZARD")

    async def send(number: str) -> tuple[UUID, bool]:
        taken = await report_event(
            actor=hotline, category="GAS-RISK", severity=3, place="菜场", text="有气味", external_id=number, at=START
        )
        return taken.event_id, taken.new

    first, again, other = await send("A-1"), await send("A-1"), await send("A-2")
    assert first[1] is True
    assert again == (first[0], False)
    assert other[0] != first[0]
    with pytest.raises(CategoryNotAllowed):
        await report_event(
            actor=hotline, category="RUBBISH", severity=1, place="路口", text="垃圾", external_id="A-3", at=START
        )


async def test_an_event_without_a_reporter_closes_without_a_rating_and_pays_nobody(county: County) -> None:
    hotline = await _key(county, "RPT-HAZARD")
    taken = await report_event(
        actor=hotline, category="GAS-RISK", severity=3, place="菜场", text="有气味", external_id="B-1", at=START
    )
    accepted = result_of(await accept_event(actor=county["town"], event_id=taken.event_id, at=START))
    assert (accepted.state, accepted.award) == ("accepted", None)
    await dispatch_event(actor=county["town"], event_id=taken.event_id, at=START)
    await handle_event(actor=county["town"], event_id=taken.event_id, note="好了", at=START)
    await feed_back(actor=county["town"], event_id=taken.event_id, note="好了", at=START)
    closed = result_of(await close_event(actor=county["town"], event_id=taken.event_id, at=START))
    assert (closed.state, closed.award) == ("closed", None)


async def test_the_hotline_reports_for_a_resident_and_a_resident_for_nobody_else(county: County) -> None:
    taken = await report_event(
        actor=county["hotline"],
        category="FACILITY",
        severity=1,
        place="桥头",
        text="路灯不亮",
        on_behalf_of=county["neighbour"].id,
        at=START,
    )
    seen = await read_event(county["neighbour"], taken.event_id)
    assert seen.row["entered_by"] == county["hotline"].id
    with pytest.raises(NotOnBehalf):
        await report_event(
            actor=county["neighbour"],
            category="FACILITY",
            severity=1,
            place="桥头",
            text="路灯不亮",
            on_behalf_of=county["reporter"].id,
            at=START,
        )


async def test_another_system_reports_within_the_area_of_its_key(county: County) -> None:
    hotline = await _key(county, "RPT-HAZARD")
    report = {"actor": hotline, "category": "GAS-RISK", "severity": 3, "place": "菜场", "text": "有气味", "at": START}
    with pytest.raises(Invalid):
        await report_event(**report, external_id="C-1", area_id=county.areas["lyx.t2"])
    with pytest.raises(Invalid):
        await report_event(**report, external_id="C-2", on_behalf_of=county["other_town"].id)
    await report_event(**report, external_id="C-3", area_id=county.areas["lyx.t1.v2"])


async def test_staff_report_for_others_where_the_event_or_its_reporter_is_theirs(county: County) -> None:
    far, neighbour = county["far_worker"], county["neighbour"].id
    report = {"actor": far, "category": "FACILITY", "severity": 1, "place": "桥头", "text": "路灯不亮", "at": START}
    with pytest.raises(NotOnBehalf):
        await report_event(**report, on_behalf_of=neighbour)
    await report_event(**report, on_behalf_of=neighbour, area_id=county.areas["lyx.t1.v2.g2"])


async def test_nobody_closes_what_pays_his_household(county: County) -> None:
    event_id = await fed_back_event(county)
    await rate_event(actor=county["reporter"], event_id=event_id, stars=5, at=START)
    with pytest.raises(WorkOfOthers):
        await close_event(actor=county["kin"], event_id=event_id, at=START)
    await close_event(actor=county["worker"], event_id=event_id, at=START)


async def test_private_texts_are_sealed_and_the_reporter_of_a_fraud_lead_is_hidden(county: County) -> None:
    dispute = await reported_event(county, category="DISPUTE")
    stored = await db.fetchrow("SELECT text, text_sealed FROM grid_event WHERE id = $1", dispute)
    assert stored is not None
    assert stored["text"] is None
    assert "墙体".encode() not in stored["text_sealed"]
    assert (await read_event(county["worker"], dispute)).text.startswith("墙体")
    with pytest.raises(NotFound):
        await read_event(county["head"], dispute)
    fraud = await reported_event(county, category="FRAUD")
    with pytest.raises(NotFound):
        await read_event(county["worker"], fraud)
    with pytest.raises(NotFound):
        await accept_event(actor=county["village"], event_id=fraud, at=START)
    seen = await read_event(county["assessor"], fraud)
    assert (seen.reporter, seen.reporter_id, seen.steps[0].by) == (None, None, None)
    assert (await read_event(county["town"], fraud)).reporter == "张*三"
    assert (await read_event(county["reporter"], fraud)).reporter == "张*三"
    accepted = result_of(await accept_event(actor=county["town"], event_id=fraud, at=START))
    assert accepted.award is not None
    assert accepted.award.points == 10


async def test_a_case_that_turns_out_to_be_private_is_sealed_at_acceptance(county: County) -> None:
    event_id = await reported_event(county, category="OTHER")
    await accept_event(actor=county["worker"], event_id=event_id, category="DISPUTE", note="家庭纠纷", at=START)
    stored = await db.fetchrow("SELECT text FROM grid_event WHERE id = $1", event_id)
    assert stored is not None
    assert stored["text"] is None
    notes = await db.fetch("SELECT note FROM grid_event_step WHERE event = $1", event_id)
    assert [row["note"] for row in notes] == [None, None]
    assert (await read_event(county["worker"], event_id)).steps[1].note == "家庭纠纷"


async def test_lists_show_ones_own_and_ones_territory_and_nothing_else(county: County) -> None:
    open_one = await reported_event(county)
    private = await reported_event(county, category="DISPUTE")
    sealed = await reported_event(county, category="FRAUD")

    async def listed(name: str, *, own: bool = False, state: str | None = None) -> set[UUID]:
        rows = await list_events(county[name], own=own, state=state, after=None, limit=10)
        return {row["id"] for row in rows}

    assert await listed("reporter", own=True) == {open_one, private, sealed}
    assert await listed("neighbour", own=True) == set()
    assert await listed("head") == {open_one}
    assert await listed("worker") == {open_one, private}
    assert await listed("town") == {open_one, private, sealed}
    assert await listed("far_worker") == set()
    assert await listed("other_town") == set()
    assert await listed("town", state="closed") == set()


async def test_a_clock_that_runs_out_is_urged_when_due_soon_and_when_overdue_once_each(county: County) -> None:
    event_id = await reported_event(county)  # a house at severity 3: two hours to accept
    assert (await urge_events(at=START + timedelta(minutes=89))).due_soon == 0
    soon = await urge_events(at=START + timedelta(minutes=91))
    assert (soon.due_soon, soon.overdue) == (1, 0)
    late = await urge_events(at=START + timedelta(minutes=120))
    assert (late.due_soon, late.overdue) == (0, 1)
    again = await urge_events(at=START + timedelta(minutes=240))
    assert (again.due_soon, again.overdue) == (0, 0)
    told = await db.fetch("SELECT person FROM identity_message WHERE template = 'event.overdue' ORDER BY person")
    workers = {county[name].id for name in ("worker", "second_worker", "kin")}
    assert {row["person"] for row in told} == workers
    assert [step.kind for step in (await read_event(county["town"], event_id)).steps] == [
        "reported",
        "due_soon",
        "overdue",
    ]


async def test_steps_are_written_once(county: County) -> None:
    await reported_event(county)
    for statement in ("UPDATE grid_event_step SET kind = 'closed'", "DELETE FROM grid_event_step"):
        with pytest.raises(Exception, match=r"permission denied|written once"):
            async with db.transaction() as connection:
                await connection.execute(statement)
