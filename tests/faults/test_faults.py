"""Nothing acknowledged is lost and nothing is done twice, whatever is killed; and a bug does not pass for right.

Every run prints its seed and what it saw; `python -m tests.faults.run --seed …` runs it again.
"""

import asyncio
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kit import db
from kit.settings import install_settings
from tests.faults import checker
from tests.faults.house import new_house
from tests.faults.nemesis import STORE_FAULTS
from tests.faults.run import Bug, Result, run
from tests.faults.town import Somebody, Town, build_town

THREE_KILLS = ("postgres", "worker", "server")
WRONG_BOOKS = {checker.GAP, checker.RUNNING, checker.STORED, checker.REAL_TIME, checker.INVARIANT}


def injure(
    rounds: int,
    *,
    faults: tuple[str, ...] = STORE_FAULTS,
    bug: Bug | None = None,
    residents: int = 8,
    pauses: tuple[float, float] = (1.5, 3.0),
) -> Result:
    """Run the harness with a seed of its own, and say what it saw."""
    seed = random.SystemRandom().randrange(10**6)
    result = asyncio.run(run(seed=seed, rounds=rounds, faults=faults, bug=bug, residents=residents, pauses=pauses))
    sys.stderr.write(f"\n{result.report}\n")
    return result


def test_three_kills_lose_nothing_and_double_nothing() -> None:
    assert injure(3, faults=THREE_KILLS).findings.verdict == "VALID"


def test_a_removed_lock_is_found() -> None:
    found = injure(1, faults=("flush",), bug="lock_removed", residents=3, pauses=(3.0, 4.0)).findings
    assert WRONG_BOOKS & set(found.counts), found.report()


def test_a_client_that_makes_a_new_key_for_each_try_is_found() -> None:
    found = injure(1, faults=("worker",), bug="new_key_each_try", pauses=(3.0, 4.0)).findings
    assert checker.TWICE in found.counts, found.report()


def test_a_commit_that_is_acknowledged_too_early_is_found() -> None:
    found = injure(2, faults=("postgres",), bug="asynchronous_commit", pauses=(2.0, 3.0)).findings
    assert checker.LOST in found.counts, found.report()


@pytest.mark.prove
def test_many_kills_of_everything_lose_nothing_and_double_nothing() -> None:
    assert injure(18).findings.verdict == "VALID"


async def test_the_main_job_goes_on_without_valkey() -> None:
    """Slower, and with the same answers."""
    house = new_house(workers=1)
    try:
        await house.open()
        await db.open_pool()
        town = await build_town(residents=1, points=600)
        await db.close_pool()
        await house.serve()
        async with httpx.AsyncClient(base_url=house.url, timeout=20, trust_env=False) as http:
            with_valkey = await _main_job(http, town, "with")
            await house.kill_valkey(restart=False)
            without = await _main_job(http, town, "without")
            assert (await http.get("/readyz")).json()["status"] == "degraded"
        sys.stderr.write(f"\nthe main job: {with_valkey:.3f} s with Valkey, {without:.3f} s without\n")
    finally:
        await db.close_pool()
        await house.close()
        install_settings(None)


async def _main_job(http: httpx.AsyncClient, town: Town, name: str) -> float:
    """An award, an exchange, a redemption, an undo, a cancellation; how long all of it took."""
    begun = time.monotonic()
    (resident,) = town.residents
    line = {
        "reference": name,
        "resident": str(resident.id),
        "action": "LRN-QUIZ",
        "occurred_at": (datetime.now(UTC) - timedelta(days=len(name))).isoformat(),
    }
    (awarded,) = await _post(http, "/api/awards", [line], town.integration_key)
    assert awarded["outcome"] == "awarded"
    wanted = {"product_id": str(town.products[0]), "quantity": 1}
    exchanged = await _keyed(http, "/api/exchanges", wanted, resident, f"{name} exchange")
    (voucher,) = exchanged["vouchers"]
    redeemed = await _keyed(http, "/api/redemptions", {"code": voucher["code"]}, town.clerk, f"{name} redeem")
    undo = f"/api/redemptions/{redeemed['id']}/undo"
    await _keyed(http, undo, {"reason": "wrong goods"}, town.clerk, f"{name} undo")
    cancelled = await _keyed(http, f"/api/vouchers/{voucher['id']}/cancel", None, resident, f"{name} cancel")
    assert cancelled["balance_after"] == exchanged["balance_after"] + exchanged["points"]
    return time.monotonic() - begun


async def _keyed(http: httpx.AsyncClient, path: str, body: object, who: Somebody, key: str) -> Any:
    return await _post(http, path, body, who.token, **{"idempotency-key": key})


async def _post(http: httpx.AsyncClient, path: str, body: object, token: str, **headers: str) -> Any:
    answer = await http.post(path, json=body, headers={"authorization": f"Bearer {token}", **headers})
    assert answer.status_code < 300, answer.text
    return answer.json()
