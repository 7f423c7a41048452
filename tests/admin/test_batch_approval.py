"""An approver signs many bonuses as he saw them: all of them, or none, once, and with his authenticator."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pyotp
import pytest
from litestar import Litestar

from admin import batch_approval, bonuses
from admin.approvals import amount_named, approve_bonus, reject_bonus
from admin.batch_approval import BatchApproved, Seen, approve_bonuses
from admin.errors import ChangedSinceSeen
from admin.invariants import INVARIANTS
from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.households import open_household
from identity.logins import create_login
from identity.people import NewPerson, register_people
from kit import clock, db, invariants
from kit.errors import Refusal
from kit.once import Once, Rendered
from kit.refusals import NotFound
from kit.wire import Invalid
from points.errors import BudgetExhausted
from tests.admin.bonus_way import LATER, budget_of, nominated, scored
from tests.grid.county import HOME, SYSTEM, County, actor_of
from tests.races import meet_after
from tests.signing_in import signed_in_with_second_factor

pytestmark = pytest.mark.stores
STEP = timedelta(seconds=30)


class Authenticator:
    """Somebody's authenticator, which gives another code each time."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self._next = clock.now() - STEP

    def code(self) -> str:
        self._next += STEP
        return self._totp.at(self._next)


async def authenticator(county: County, name: str) -> Authenticator:
    made = await create_login(
        actor=SYSTEM, person_id=county[name].id, login=name, password="correct horse battery", with_totp=True
    )
    assert made.totp_secret is not None
    return Authenticator(made.totp_secret)


async def waiting(county: County, count: int, *, tier: int = 3, town: bool = True) -> list[UUID]:
    """Bonuses of different reporters that wait for the county."""
    people = await register_people(
        actor=SYSTEM, people=[NewPerson(name=f"李{number}", area_id=county.areas[HOME]) for number in range(count)]
    )
    made = []
    for number, person in enumerate(people):
        county.actors[f"reporter {number}"] = await actor_of(person)
        bonus_id = await nominated(county, by=f"reporter {number}")
        await scored(county, bonus_id, tier=tier)
        if town:
            await approve_bonus(actor=county["town_approver"], bonus_id=bonus_id, at=LATER)
        made.append(bonus_id)
    return made


def signed(ids: Sequence[UUID], fen: int = 10_000, missing: tuple[str, ...] = ("county",)) -> list[Seen]:
    return [Seen(each, fen, missing) for each in ids]


async def sign(
    actor: Actor, seen: Sequence[Seen], code: str, *, at: datetime = LATER, once: Once | None = None, **what: int
) -> BatchApproved | Refusal | None:
    answer = await approve_bonuses(
        actor=actor,
        seen=seen,
        count=what.get("count", len(seen)),
        sum_fen=what.get("sum_fen", sum(each.amount_fen for each in seen)),
        totp_code=code,
        once=once,
        at=at,
    )
    return answer.result


async def states(ids: Sequence[UUID]) -> list[str]:
    rows = await db.fetch("SELECT id, state FROM admin_bonus WHERE id = ANY ($1::uuid[])", list(ids))
    found = {row["id"]: row["state"] for row in rows}
    return [found[each] for each in ids]


async def holds() -> None:
    for finding in await invariants.prove(list(INVARIANTS)):
        assert finding.ok, (finding.invariant.name, finding.violations)


def told(outcome: object) -> dict[str, object]:
    """What each bonus of a refused batch differs in."""
    assert isinstance(outcome, ChangedSinceSeen)
    return {str(each["id"]): each["what"] for each in outcome.data["differences"]}


async def test_a_batch_approves_all_and_writes_one_entry_each_and_one_for_the_whole(county: County) -> None:
    line_id = await budget_of(county)
    ids = await waiting(county, 3)
    app = await authenticator(county, "county_approver")
    done = await sign(county["county_approver"], signed(ids), app.code())
    assert isinstance(done, BatchApproved)
    assert (done.count, done.sum_fen, done.approved) == (3, 30_000, 3)
    assert await states(ids) == ["approved"] * 3
    assert await db.fetchval("SELECT reserved_fen FROM points_budget_line WHERE id = $1", line_id) == 30_000
    entries = await db.fetch(
        "SELECT action, subject_id FROM identity_audit_entry WHERE after ->> 'batch' = $1 OR subject_id = $1",
        str(done.id),
    )
    assert sorted(row["action"] for row in entries) == ["bonus.approved"] * 3 + ["bonus.batch_approved"]
    await holds()


async def test_every_kind_of_change_is_told_and_nothing_is_approved(county: County) -> None:
    await budget_of(county)
    rejected, approved, regraded, of_kin, fresh, fine = ids = await waiting(county, 6)
    gone = county["county_approver"].id
    await reject_bonus(actor=county["second_county_approver"], bonus_id=rejected, reason="重复", at=LATER)
    await approve_bonus(actor=county["second_county_approver"], bonus_id=approved, at=LATER)
    await open_household(
        actor=SYSTEM,
        area_id=county.areas[HOME],
        members=[county["county_approver"].id, county["reporter 3"].id],
    )
    seen = [
        *signed([rejected, approved]),
        Seen(regraded, 30_000, ("county",)),
        *signed([of_kin]),
        Seen(fresh, 10_000, ("town", "county")),
        *signed([fine, gone]),
    ]
    app = await authenticator(county, "county_approver")
    outcome = await sign(county["county_approver"], seen, app.code())
    assert told(outcome) == {
        str(rejected): "state",
        str(approved): "state",
        str(regraded): "amount",
        str(of_kin): "conflict",
        str(fresh): "approvals",
        str(gone): "gone",
    }
    assert await states(ids) == ["rejected", "approved", *["scored"] * 4]
    again = await sign(county["county_approver"], signed([fine]), app.code())
    assert isinstance(again, BatchApproved)
    await holds()


async def test_the_code_is_asked_counted_and_good_once_even_when_nothing_was_approved(county: County) -> None:
    await budget_of(county)
    ids = await waiting(county, 2)
    app = await authenticator(county, "county_approver")
    actor, code = county["county_approver"], app.code()
    assert isinstance(await sign(actor, [Seen(ids[0], 1, ("county",))], code), ChangedSinceSeen)
    assert isinstance(await sign(actor, signed(ids), code), BadCredentials)
    for _ in range(4):
        assert isinstance(await sign(actor, signed(ids), "000000"), BadCredentials)
    assert isinstance(await sign(actor, signed(ids), app.code()), TooManyWrongTries)
    assert await states(ids) == ["scored"] * 2
    assert isinstance(await sign(county["second_county_approver"], signed(ids), "000000"), BadCredentials)


async def test_a_signature_that_does_not_fit_what_is_listed_is_refused(county: County) -> None:
    ids = await waiting(county, 1)
    app = await authenticator(county, "county_approver")
    for wrong in ({"count": 2}, {"sum_fen": 1}):
        with pytest.raises(Invalid):
            await sign(county["county_approver"], signed(ids), app.code(), **wrong)
    with pytest.raises(Invalid):
        await sign(county["county_approver"], signed(ids * 2), app.code())
    with pytest.raises(NotFound):
        await sign(SYSTEM, signed(ids), app.code())


async def test_money_that_ends_before_the_last_one_approves_none(county: County) -> None:
    line_id = await budget_of(county, fen=29_999)
    ids = await waiting(county, 3)
    app = await authenticator(county, "county_approver")
    assert isinstance(await sign(county["county_approver"], signed(ids), app.code()), BudgetExhausted)
    assert await states(ids) == ["scored"] * 3
    assert await db.fetchval("SELECT reserved_fen FROM points_budget_line WHERE id = $1", line_id) == 0
    assert await db.fetchval("SELECT count(*) FROM admin_bonus_approval WHERE step = 'county'") == 0


async def test_the_ceiling_of_the_month_counts_inside_of_a_batch_and_names_the_bonus(county: County) -> None:
    await budget_of(county)
    ids = []
    for _ in range(4):
        bonus_id = await nominated(county)
        await scored(county, bonus_id, tier=1)
        await approve_bonus(actor=county["county_approver"], bonus_id=bonus_id, at=LATER)
        ids.append(bonus_id)
    app = await authenticator(county, "second_county_approver")
    outcome = await sign(county["second_county_approver"], signed(ids, 80_000), app.code())
    assert told(outcome) == {str(ids[3]): "ceiling"}
    assert await states(ids) == ["scored"] * 4
    done = await sign(county["second_county_approver"], signed(ids[:3], 80_000), app.code())
    assert isinstance(done, BatchApproved)
    await holds()


async def test_the_same_batch_again_is_answered_with_the_same_bytes(county: County) -> None:
    await budget_of(county)
    ids = await waiting(county, 2)
    app = await authenticator(county, "county_approver")
    once = Once("c", "r", "k", b"body", lambda batch: Rendered(200, str(batch.id).encode()))
    first, second = [
        await approve_bonuses(
            actor=county["county_approver"],
            seen=signed(ids),
            count=2,
            sum_fen=20_000,
            totp_code=code,
            once=once,
            at=LATER,
        )
        for code in [app.code()] * 2
    ]
    assert first.rendered == second.rendered
    assert await db.fetchval("SELECT count(*) FROM admin_bonus_approval WHERE step = 'county'") == 2


async def overlapping(county: County, first: slice, second: slice) -> tuple[list[UUID], list[object]]:
    """Two approvers sign, at the same moment, these parts of five bonuses."""
    await budget_of(county)
    ids = await waiting(county, 5)
    names = ("county_approver", "second_county_approver")
    apps = [await authenticator(county, name) for name in names]
    outcomes = await asyncio.gather(
        sign(county[names[0]], signed(ids[first]), apps[0].code()),
        sign(county[names[1]], signed(ids[second]), apps[1].code()),
    )
    return ids, list(outcomes)


async def test_of_two_overlapping_batches_at_once_one_is_approved_whole_and_one_not_at_all(county: County) -> None:
    ids, outcomes = await overlapping(county, slice(0, 4), slice(None, 1, -1))
    assert sorted(type(each).__name__ for each in outcomes) == ["BatchApproved", "ChangedSinceSeen"]
    now = await states(ids)
    assert now in (["approved"] * 4 + ["scored"], ["scored"] * 2 + ["approved"] * 3)
    (lost,) = [each for each in outcomes if isinstance(each, ChangedSinceSeen)]
    assert set(told(lost).values()) == {"state"}
    assert lost.data["count"] == 2
    await holds()


async def test_the_control_without_the_lock_on_the_bonuses_reserves_money_twice(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bonuses, "_LOCK_MANY", f"{bonuses._LOCKED} WHERE bonus.id = ANY ($1::uuid[])")
    monkeypatch.setattr(batch_approval, "amount_named", meet_after(amount_named))
    _, outcomes = await overlapping(county, slice(0, 1), slice(0, 1))
    assert [type(each).__name__ for each in outcomes] == ["BatchApproved"] * 2
    assert [finding for finding in await invariants.prove(list(INVARIANTS)) if not finding.ok] != []


async def test_programs_sign_batches_over_http(county: County, app: Litestar, client: httpx.AsyncClient) -> None:
    await budget_of(county, at=clock.now())
    ids = await waiting(county, 2)
    device = await authenticator(county, "county_approver")
    async with db.transaction():
        session = await signed_in_with_second_factor(county["county_approver"].id)
    body = {
        "bonuses": [{"id": str(each), "amount_fen": 10_000, "approvals_missing": ["county"]} for each in ids],
        "count": 2,
        "sum_fen": 20_000,
        "totp": "000000",
    }

    async def send(key: str, **changed: object) -> httpx.Response:
        return await client.post(
            "/api/bonuses/approvals",
            json={**body, **changed},
            headers={"Authorization": f"Bearer {session.access_token}", "Idempotency-Key": key},
        )

    assert (await send("a")).json()["code"] == "bad_credentials"
    wrong = [{**each, "amount_fen": 5} for each in body["bonuses"]]  # type: ignore[attr-defined, misc]
    differs = await send("b", bonuses=wrong, sum_fen=10, totp=device.code())
    assert (differs.status_code, differs.json()["code"]) == (409, "changed_since_seen")
    assert {each["now"] for each in differs.json()["differences"]} == {10_000}
    code = device.code()
    done, replayed = [await send("c", totp=code) for _ in range(2)]
    assert done.status_code == 200, done.text
    assert done.json()["approved"] == 2
    assert replayed.content == done.content
