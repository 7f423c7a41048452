"""The demo town: everybody is there, every list has something in it, and the books balance."""

import json
import stat
from collections import Counter

import pytest
from click.testing import CliRunner

from identity.actor import ROLES
from identity.api_keys import API_KEY_PREFIX
from kit import clock, db
from kit.clock import ChosenTimeRefused
from kit.invariants import prove, registered
from kit.settings import settings
from seed.commands import LOGINS, seed_command
from seed.town import build_town
from tests.small_town import SEED, SmallTown, people_of_the_town

STATES = {
    "SELECT DISTINCT state FROM points_participation": {"pending", "awarded", "refused", "voided"},
    "SELECT DISTINCT state FROM rewards_voucher": {"issued", "redeemed", "cancelled", "expired"},
    "SELECT DISTINCT state FROM merchants_statement": {"issued", "paid"},
    "SELECT DISTINCT state FROM merchants_merchant": {"applied", "approved"},
    "SELECT DISTINCT state FROM merchants_pledge": {"proposed", "signed"},
    "SELECT DISTINCT state FROM rewards_product": {"draft", "open"},
    "SELECT DISTINCT state FROM admin_payout_line": {"exported", "paid", "failed", "returned"},
    "SELECT DISTINCT purpose FROM points_budget_line": {"town", "sponsor", "bonus", "bonus_special"},
    "SELECT DISTINCT state FROM grid_event": {
        "reported", "accepted", "dispatched", "handled", "fed_back", "rated", "closed", "reopened", "refused",
    },
    "SELECT DISTINCT state FROM admin_bonus": {
        "nominated", "scored", "approved", "noticed", "payable", "exported", "paid", "failed", "returned", "rejected",
        "clawed_back",
    },
}  # fmt: skip
THERE = {
    "a claim that waits for its second verifier": "SELECT 1 FROM points_participation"
    " WHERE state = 'pending' AND steps_done = 1 AND length(levels) = 2",
    "a claim over a cap": "SELECT 1 FROM points_participation WHERE state = 'refused' AND code LIKE 'cap%'",
    "a claim made twice": "SELECT 1 FROM points_participation WHERE state = 'refused' AND code = 'duplicate'",
    "a claim that is too old": "SELECT 1 FROM points_participation WHERE state = 'refused' AND code = 'too_old'",
    "a claim that a verifier refused": "SELECT 1 FROM points_decision WHERE outcome = 'refused'",
    "a redemption that was undone": "SELECT 1 FROM rewards_redemption WHERE undone_at IS NOT NULL",
    "a product that is sold out": "SELECT 1 FROM rewards_stock WHERE remaining = 0",
    "a product that is not open yet": "SELECT 1 FROM rewards_product WHERE opens_at > now()",
    "a product that is closed": "SELECT 1 FROM rewards_product WHERE closes_at < now()",
    "an overdue event": "SELECT 1 FROM grid_event WHERE urged = 'overdue'",
    "an event that waits for its second verifier": "SELECT 1 FROM grid_event AS event"
    " JOIN grid_event_verification AS seen ON seen.event = event.id WHERE event.state = 'reported'",
    "an event that was reopened and closed": "SELECT 1 FROM grid_event WHERE state = 'closed' AND round > 0",
    "a bonus that lacks an approval": "SELECT 1 FROM admin_bonus AS bonus"
    " JOIN admin_bonus_approval AS yes ON yes.bonus = bonus.id WHERE bonus.state = 'scored'",
    "a bonus with one score": "SELECT 1 FROM admin_bonus AS bonus"
    " JOIN admin_bonus_score AS score ON score.bonus = bonus.id WHERE bonus.state = 'nominated'",
    "a budget that is nearly used up": "SELECT 1 FROM points_budget_line"
    " WHERE (reserved_fen + paid_fen) * 10 >= amount_fen * 8",
    "points that expired": "SELECT 1 FROM points_transfer WHERE kind = 'expiry'",
    "a message that nobody has read": "SELECT 1 FROM identity_message WHERE read_at IS NULL",
    "a gift to the neighbour fund": "SELECT 1 FROM points_transfer WHERE kind = 'gift'",
}


@pytest.mark.parametrize("query", STATES)
async def test_every_state_is_there(town: SmallTown, query: str) -> None:
    assert {row[0] for row in await db.fetch(query)} >= STATES[query]


@pytest.mark.parametrize("what", THERE)
async def test_there_is(town: SmallTown, what: str) -> None:
    assert await db.fetchval(THERE[what]) == 1


async def test_every_invariant_holds_and_looked_at_something(town: SmallTown) -> None:
    findings = await prove(registered())
    assert [found.invariant.name for found in findings if not found.ok] == []
    assert sum(found.checked > 0 for found in findings) > len(findings) - 3


async def test_the_town_has_five_levels_twelve_open_shops_and_forty_products(town: SmallTown) -> None:
    assert await db.fetchval("SELECT count(DISTINCT level) FROM identity_area") == 5
    assert await db.fetchval("SELECT count(*) FROM merchants_merchant WHERE state = 'approved'") == 12
    assert await db.fetchval("SELECT count(*) FROM rewards_product") == 40


async def test_at_least_two_of_every_role_sign_in(town: SmallTown) -> None:
    roles = Counter(login["role"] for login in town.logins)
    assert all(roles[role] >= 2 for role in ROLES)
    integration = [login for login in town.logins if login["role"] == "integration"]
    assert len(integration) == 1
    assert integration[0]["api_key"].startswith(API_KEY_PREFIX)
    assert all(
        login["login"] and login["password"] and login["name"] for login in town.logins if login not in integration
    )


async def test_clerks_are_of_different_merchants_and_residents_have_points(town: SmallTown) -> None:
    rows = await db.fetch(
        "SELECT login.name, held.merchant_id, account.balance,"
        " (SELECT count(*) FROM rewards_voucher WHERE person = login.person AND state = 'issued') AS vouchers,"
        " (SELECT count(*) FROM grid_event WHERE reporter = login.person) AS events"
        " FROM identity_login AS login JOIN points_account AS account ON account.id = login.person"
        " LEFT JOIN identity_role_held AS held ON held.person = login.person AND held.role = 'merchant_clerk'"
    )
    clerks = [row["merchant_id"] for row in rows if row["name"].startswith("merchant-clerk-")]
    assert len(clerks) == len(set(clerks)) > 1
    residents = [row for row in rows if row["name"].startswith("resident-")]
    assert all(row["events"] for row in residents)
    assert all(row["balance"] >= 100 and row["vouchers"] for row in residents)


async def test_who_decides_has_pictures_to_look_at_and_no_two_are_the_same(town: SmallTown) -> None:
    bare = await db.fetch(
        "SELECT event.category FROM admin_bonus AS bonus JOIN grid_event AS event ON event.id = bonus.event"
        " WHERE NOT event.identity_sealed AND event.category <> 'FRAUD'"
        " AND NOT EXISTS (SELECT FROM kit_file AS file WHERE file.subject_id = event.id)"
    )
    assert bare == []
    assert await db.fetchval(
        "SELECT count(*) FROM points_participation AS claim"
        " JOIN kit_file AS file ON file.subject_id = claim.id WHERE claim.state = 'pending'"
    )
    twice = "SELECT 1 FROM kit_file GROUP BY pixels_sha256 HAVING count(*) > 1"
    assert await db.fetch(twice) == []


async def test_the_history_of_each_account_is_in_the_order_of_time(town: SmallTown) -> None:
    backwards = await db.fetchval(
        "SELECT count(*) FROM ("
        "SELECT posted_at, lag(posted_at) OVER (PARTITION BY id ORDER BY version) AS before FROM ("
        " SELECT debit_id AS id, debit_version AS version, posted_at FROM points_transfer WHERE debit_version > 0"
        " UNION ALL SELECT credit_id, credit_version, posted_at FROM points_transfer WHERE credit_version > 0"
        ") AS side) AS line WHERE posted_at < before"
    )
    assert backwards == 0


async def test_a_second_run_says_so_and_changes_nothing(town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings().data_dir / LOGINS
    before = path.read_bytes(), await db.fetchval("SELECT count(*) FROM points_transfer")
    await seed_command.callback(number=SEED, size="small")
    assert "nothing was changed" in capsys.readouterr().out
    assert (path.read_bytes(), await db.fetchval("SELECT count(*) FROM points_transfer")) == before


@pytest.mark.parametrize("arguments", [[], ["--seed", "3"]])
def test_production_refuses_it_before_anything_is_started(in_production: None, arguments: list[str]) -> None:
    result = CliRunner().invoke(seed_command, arguments)
    assert result.exit_code == 1
    assert result.output == "Error: The demo town has known passwords; production refuses it.\n"


async def test_production_refuses_a_history_too(database: str, in_production: None) -> None:
    with pytest.raises(ChosenTimeRefused):
        await build_town(seed=SEED, residents=10, now=clock.now())
    assert await db.fetchval("SELECT count(*) FROM identity_person") == 0


async def test_the_same_seed_gives_the_same_town(
    small_town: SmallTown, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seed.commands.clock.now", lambda: small_town.now)
    await seed_command.callback(number=SEED, size="small")
    assert await people_of_the_town() == small_town.people
    path = settings().data_dir / LOGINS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    known = ("role", "login", "password", "name")
    assert [[each.get(key) for key in known] for each in json.loads(path.read_text(encoding="utf-8"))] == [
        [each.get(key) for key in known] for each in small_town.logins
    ]
