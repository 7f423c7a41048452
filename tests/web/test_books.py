"""The hourly proof of the books: what it found is kept, said aloud, and shown to those who look after them."""

import logging
from dataclasses import replace

import asyncpg
import httpx
import pytest

from kit import db, worker
from kit.ids import new_id
from kit.invariants import registered
from kit.proofs import prove_and_keep
from kit.settings import install_settings, settings
from web.wiring import load_job_handlers

from .browsing import COOKIE, OWN_PAGE
from .conftest import Callers

LOOKING = ("auditor", "finance", "system_admin")
BROKEN, UNPROVEN = "账目核对有", "账目已超过两小时没有核对"
ACCOUNT = (
    "INSERT INTO points_account (id, kind, owner_id, asset, version, balance, by_month, recovery)"
    " VALUES ($1, 'person', $1, 'points', 0, 5, '{}', 0)"
)


async def page(client: httpx.AsyncClient, callers: Callers, role: str, path: str = "/staff") -> str:
    secret = callers.browsers[role].secret
    shown = await client.get(path, headers={**OWN_PAGE, "Cookie": f"{COOKIE}={secret}; __Host-{COOKIE}={secret}"})
    assert shown.status_code == 200, role
    return shown.text


async def the_hour_comes() -> None:
    """Do the job of this hour as the worker does it."""
    load_job_handlers()
    worker._made.clear()
    async with db.transaction() as connection:
        await connection.execute("DELETE FROM kit_job")
    await worker.make_periodic()
    (job,) = [each for each in await worker.take(50) if each.name == "kit.prove"]
    await worker.run(job)
    assert await db.fetchval("SELECT last_error FROM kit_job WHERE id = $1", job.id) is None


async def test_books_that_do_not_balance_are_on_the_workbench_until_they_are_mended(
    client: httpx.AsyncClient, callers: Callers, owner: "asyncpg.Connection"
) -> None:
    await the_hour_comes()
    assert BROKEN not in await page(client, callers, "auditor")
    somebody = new_id()
    await owner.execute(ACCOUNT, somebody)
    await the_hour_comes()
    for role in LOOKING:
        shown = await page(client, callers, role)
        assert BROKEN in shown, role
        assert 'href="/staff/trial-balance"' in shown, role
    assert BROKEN not in await page(client, callers, "town_verifier")
    trial = await page(client, callers, "finance", "/staff/trial-balance")
    panel = trial.partition("每小时自动核对")[2].partition("<table")[0]
    assert "每种资产：账户余额加系统账户（由流水推算）为零" in panel
    assert "I1 books balance" in panel
    assert str(somebody) in panel
    await owner.execute("DELETE FROM points_account WHERE id = $1", somebody)
    assert BROKEN in await page(client, callers, "auditor"), "nobody has looked again yet"
    await the_hour_comes()
    assert BROKEN not in await page(client, callers, "auditor")
    assert "条规则全部成立" in await page(client, callers, "auditor", "/staff/trial-balance")


async def test_what_does_not_hold_is_an_error_in_the_log_and_a_figure_for_prometheus(
    client: httpx.AsyncClient, owner: "asyncpg.Connection", caplog: pytest.LogCaptureFixture
) -> None:
    await owner.execute(ACCOUNT, new_id())
    await prove_and_keep(registered())
    errors = [each for each in caplog.records if each.levelno == logging.ERROR and isinstance(each.msg, dict)]
    told = {each.msg["invariant"] for each in errors}  # type: ignore[index]
    assert {each.split()[0] for each in told} == {"I1", "I2", "I5"}
    counted = (await client.get("/metrics")).text
    assert f"qunzhifen_invariants_broken {len(told)}.0" in counted
    proven_at = await db.fetchval("SELECT extract(epoch FROM proven_at)::float FROM kit_proof")
    (line,) = [each for each in counted.splitlines() if each.startswith("qunzhifen_invariants_proven_timestamp_s")]
    assert float(line.split()[1]) == pytest.approx(proven_at)


async def test_where_residents_depend_on_it_a_proof_that_does_not_come_is_a_warning(
    client: httpx.AsyncClient, callers: Callers, owner: "asyncpg.Connection"
) -> None:
    assert UNPROVEN not in await page(client, callers, "auditor")
    install_settings(replace(settings(), environment="production"))
    for role in LOOKING:
        assert UNPROVEN in await page(client, callers, role), role
    assert UNPROVEN not in await page(client, callers, "town_verifier")
    await the_hour_comes()
    assert UNPROVEN not in await page(client, callers, "auditor")
    await owner.execute("UPDATE kit_proof SET proven_at = proven_at - interval '119 minutes'")
    assert UNPROVEN not in await page(client, callers, "auditor")
    await owner.execute("UPDATE kit_proof SET proven_at = proven_at - interval '2 minutes'")
    assert UNPROVEN in await page(client, callers, "auditor")
    assert UNPROVEN in await page(client, callers, "auditor", "/staff/trial-balance")


async def test_proofs_of_a_month_ago_go_and_few_of_the_broken_rows_are_named(
    owner: "asyncpg.Connection", database: str
) -> None:
    await prove_and_keep(registered())
    await owner.execute("UPDATE kit_proof SET proven_at = proven_at - interval '31 days'")
    for _ in range(9):
        await owner.execute(ACCOUNT, new_id())
    await prove_and_keep(registered())
    (row,) = await db.fetch("SELECT invariants, checked, milliseconds, broken FROM kit_proof")
    assert row["invariants"] == len(registered())
    assert row["checked"] >= 9
    assert row["broken"].count("UUID") == 5
