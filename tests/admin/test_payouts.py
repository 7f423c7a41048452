"""Payouts: the file, its results, and what follows a payment that failed."""

from datetime import timedelta

import pytest

from admin.claw_back import claw_back_bonus
from admin.errors import NothingPayable, PayoutInFlight
from admin.payout_file import checksum
from admin.payout_results import LineResult, record_results
from admin.payouts import make_payout_batch
from admin.queries import BatchAnswer, batch_in_territory, payout_file_of, read_batch, read_bonus
from kit import db, invariants
from kit.once import result_of
from kit.refusals import NotFound
from kit.wire import Invalid
from points.errors import AlreadyDecided
from tests.admin.bonus_way import LATER, budget_of, payable_bonus
from tests.grid.county import County

PAID_ON = LATER + timedelta(days=20)
SHARES = {"reporter": ("reporter", 60), "helper": ("helper", 40)}


async def holds() -> None:
    for finding in await invariants.prove(invariants.registered()):
        assert finding.ok, (finding.invariant.name, finding.violations)


async def export(county: County) -> BatchAnswer:
    return result_of(await make_payout_batch(actor=county["finance"], at=PAID_ON))


async def report_back(county: County, batch: BatchAnswer, *results: LineResult) -> BatchAnswer:
    answer = await record_results(actor=county["finance"], batch_id=batch.id, results=results, at=PAID_ON)
    return result_of(answer)


async def state_of(county: County, bonus_id: object) -> str:
    return (await read_bonus(county["auditor"], bonus_id)).row["state"]  # type: ignore[arg-type]


async def owed(county: County, name: str) -> int:
    return await db.fetchval(
        "SELECT balance FROM points_account WHERE owner_id = $1 AND asset = 'fen'", county[name].id
    )


async def test_a_batch_is_exported_once_and_its_file_is_the_same_bytes_every_time(county: County) -> None:
    await budget_of(county)
    bonus_id = await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    assert [line.amount_fen for line in batch.lines] == [6_000, 4_000]
    assert await state_of(county, bonus_id) == "exported"
    first, again = await payout_file_of(batch.id), await payout_file_of(batch.id)
    assert first.content == again.content
    assert checksum(first.content) == batch.checksum
    assert str(batch.lines[0].id) in first.content.decode("utf-8-sig")
    with pytest.raises(NothingPayable):
        await export(county)
    await holds()


async def test_paid_lines_move_the_money_and_the_same_results_again_change_nothing(county: County) -> None:
    await budget_of(county)
    bonus_id = await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    one, two = batch.lines
    await report_back(county, batch, LineResult(one.id, "paid", "R-1"))
    assert await state_of(county, bonus_id) == "exported"
    assert (await owed(county, "reporter"), await owed(county, "helper")) == (0, 4_000)
    await report_back(county, batch, LineResult(one.id, "paid", "R-1"), LineResult(two.id, "paid", "R-2"))
    assert await state_of(county, bonus_id) == "paid"
    assert await owed(county, "helper") == 0
    with pytest.raises(AlreadyDecided):
        await report_back(county, batch, LineResult(one.id, "failed", reason="账号错误"))
    file = await payout_file_of(batch.id)
    assert checksum(file.content) == batch.checksum
    await holds()


async def test_a_failed_line_is_followed_by_a_new_one_that_names_it(county: County) -> None:
    await budget_of(county)
    bonus_id = await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    one, two = batch.lines
    await report_back(county, batch, LineResult(one.id, "failed", reason="账号错误"), LineResult(two.id, "paid", "R-1"))
    assert await state_of(county, bonus_id) == "failed"
    assert await owed(county, "reporter") == 6_000
    second = await export(county)
    assert [(line.replaces, line.amount_fen) for line in second.lines] == [(one.id, 6_000)]
    assert await state_of(county, bonus_id) == "exported"
    await report_back(county, second, LineResult(second.lines[0].id, "paid", "R-2"))
    assert await state_of(county, bonus_id) == "paid"
    assert (await read_batch(batch.id)).lines[0].state == "failed"
    await holds()


async def test_money_that_the_bank_returns_later_is_owed_again_and_paid_by_a_new_line(county: County) -> None:
    await budget_of(county)
    bonus_id = await payable_bonus(county)
    batch = await export(county)
    (line,) = batch.lines
    await report_back(county, batch, LineResult(line.id, "paid", "R-1"))
    await report_back(county, batch, LineResult(line.id, "returned", reason="销户"))
    assert await state_of(county, bonus_id) == "returned"
    assert await owed(county, "reporter") == 10_000
    await holds()
    second = await export(county)
    assert second.lines[0].replaces == line.id
    await report_back(county, second, LineResult(second.lines[0].id, "paid", "R-2"))
    await holds()


async def test_a_paid_line_has_a_receipt_of_its_own(county: County) -> None:
    await budget_of(county)
    await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    one, two = batch.lines
    with pytest.raises(Invalid):
        await report_back(county, batch, LineResult(one.id, "paid"))
    with pytest.raises(Invalid):
        await report_back(county, batch, LineResult(one.id, "paid", "R-1"), LineResult(two.id, "paid", "R-1"))
    await report_back(county, batch, LineResult(one.id, "paid", "R-1"))
    with pytest.raises(Invalid):
        await report_back(county, batch, LineResult(two.id, "paid", "R-1"))
    await holds()


async def test_a_batch_of_another_territory_is_not_there(county: County) -> None:
    await budget_of(county)
    await payable_bonus(county)
    batch = await export(county)
    with pytest.raises(NotFound):
        await batch_in_territory(county["other_town"], batch.id, "town_approver")


async def test_a_share_has_one_line_in_force_whoever_writes(county: County) -> None:
    await budget_of(county)
    await payable_bonus(county)
    batch = await export(county)
    insert = (
        "INSERT INTO admin_payout_line (id, batch, position, share, replaces, amount_fen, state)"
        " SELECT gen_random_uuid(), batch, 99, share, {}, amount_fen, 'exported'"
        " FROM admin_payout_line WHERE batch = $1"
    )
    for replaces in ("id", "NULL"):
        with pytest.raises(Exception, match=r"one_in_force|names the line before"):
            async with db.transaction() as connection:
                await connection.execute(insert.format(replaces), batch.id)
    for change in ("amount_fen = 1", "state = 'exported', share = gen_random_uuid()"):
        with pytest.raises(Exception, match="keeps what was exported"):
            async with db.transaction() as connection:
                await connection.execute(f"UPDATE admin_payout_line SET {change}")


async def test_a_claw_back_waits_for_the_bank_and_then_takes_what_is_unpaid_and_asks_for_the_rest(
    county: County,
) -> None:
    line_id = await budget_of(county)
    bonus_id = await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    one, two = batch.lines
    with pytest.raises(PayoutInFlight):
        await claw_back_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, reason="虚报", at=PAID_ON)
    await report_back(county, batch, LineResult(one.id, "paid", "R-1"), LineResult(two.id, "failed", reason="x"))
    await claw_back_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, reason="虚报", at=PAID_ON)
    claims = await db.fetch("SELECT taken_fen, owed_fen FROM admin_claw_back ORDER BY owed_fen")
    assert [tuple(row) for row in claims] == [(4_000, 0), (0, 6_000)]
    paid = await db.fetchval("SELECT paid_fen FROM points_budget_line WHERE id = $1", line_id)
    assert paid == 6_000
    with pytest.raises(NothingPayable):
        await export(county)
    await holds()


async def test_money_that_the_bank_returns_after_a_claw_back_goes_back_to_the_budget(county: County) -> None:
    line_id = await budget_of(county)
    bonus_id = await payable_bonus(county, shares=SHARES)
    batch = await export(county)
    one, two = batch.lines
    await report_back(county, batch, LineResult(one.id, "paid", "R-1"), LineResult(two.id, "paid", "R-2"))
    await claw_back_bonus(actor=county["second_county_approver"], bonus_id=bonus_id, reason="虚报", at=PAID_ON)
    await report_back(county, batch, LineResult(one.id, "returned", reason="销户"))
    assert await state_of(county, bonus_id) == "clawed_back"
    assert await owed(county, "reporter") == 0
    assert await db.fetchval("SELECT paid_fen FROM points_budget_line WHERE id = $1", line_id) == 4_000
    with pytest.raises(NothingPayable):
        await export(county)
    await holds()
