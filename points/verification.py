"""Verifying: people of the right level and area confirm or refuse a pending participation, one step after the other.

Nobody verifies his own, his household's or, from the town up, his direct superior's; each step is another person's; a
higher level may stand in for a lower one. A try that is not allowed leaves its decision row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from identity import audit, messages, scheme
from identity.actor import Actor
from identity.people import PersonRow, require_person
from kit import clock, db
from kit.clock import business_day, day_start
from kit.errors import Refusal, raised
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from points import accounts, usage, verifiers
from points.caps import Use
from points.deciding import NUMBERS
from points.decisions import Decision, Outcome, write_decisions
from points.errors import NOT_ALLOWED, AlreadyDecided, RecallTooLate, VerifierCeiling
from points.ledger import open_book
from points.paying import Till, read_paid, take_back
from points.reversals import award_reference
from points.rules import rule_book

AWARDED = messages.register(
    messages.MessageTemplate(
        code="participation.awarded",
        title_zh="积分到账",
        body_zh="您的“{action_zh}”已核实，获得 {points} 分。",
        title_en="Points received",
        body_en="Your “{action_en}” was verified: {points} points.",
    )
)
REFUSED = messages.register(
    messages.MessageTemplate(
        code="participation.refused",
        title_zh="未通过核实",
        body_zh="您的“{action_zh}”未通过核实。",
        title_en="Not verified",
        body_en="Your “{action_en}” could not be verified.",
    )
)

_LOCK = db.load_sql(__file__, "lock_participation")
_SET = """
    UPDATE points_participation
    SET state = $2, code = $3, points = $4, steps_done = $5, recalls = $6, reason = $7, decided_at = $8
    WHERE id = $1
"""
_COUNT_TODAY = """
    SELECT count(*) FROM points_decision
    WHERE person_id = $1 AND decided_at >= $2 AND outcome IN ('accepted', 'refused')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of a verification: awarded, refused, or pending for `steps_left` more people."""

    id: UUID
    state: str
    code: str
    points: int
    steps_left: int
    rule_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A locked participation with what its verification needs."""

    id: UUID
    person_id: UUID
    household_id: UUID | None
    area_path: str
    action: str
    rule_version_id: UUID
    rule_version: int
    use: Use
    points: int
    state: str
    levels: str
    steps_done: int
    recalls: int

    @property
    def accounts(self) -> list[accounts.Account]:
        """The person's account, and the household's where the caps count it."""
        held = [accounts.person(self.person_id)]
        return held if self.household_id is None else [*held, accounts.household(self.household_id)]

    @property
    def steps_left(self) -> int:
        """How many people still have to verify it."""
        return len(self.levels) - self.steps_done


@db.flow
async def verify_participation(
    *,
    actor: Actor,
    participation_id: UUID,
    accept: bool,
    reason: str | None = None,
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[Verified]:
    """Confirm or refuse the next step of a pending participation.

    Moves: with the last step the points to the resident, part of them to what he owes.
    Answers: what came of it. Not allowed (`own_participation`, `same_household`, `outside_area`, `verifier_level`,
        `direct_superior`, `same_person`, `verifier_ceiling`) is answered with its decision row.
    Raises: NotFound, AlreadyDecided.
    """

    async def work() -> Verified | Refusal:
        moment = await clock.value_time(at)
        pending = await _lock(participation_id)
        if pending.state != "pending":
            raise AlreadyDecided
        person = await require_person(pending.person_id)
        allowed = await _allow(actor, pending, person, moment)
        if isinstance(allowed, Refusal):
            await _decide(actor, pending, "not_allowed", allowed.code, at=moment)
            return allowed
        if accept:
            result = await _accept(actor, pending, allowed, moment)
        else:
            result = await _refuse(actor, pending, allowed, reason, moment)
        await _tell(pending, result)
        return result

    return await answered_once(once, work)


async def _lock(participation_id: UUID) -> _Pending:
    row = await db.current().fetchrow(_LOCK, participation_id)
    if row is None:
        raise NotFound
    action = (await rule_book()).action(row["action"])
    return _Pending(
        id=row["id"],
        person_id=row["person_id"],
        household_id=row["household_id"],
        area_path=row["area_path"],
        action=row["action"],
        rule_version_id=row["rule_version_id"],
        rule_version=action.version(row["rule_version_id"]).version,
        use=Use(row["occurred_on"], action.number, row["units"], row["counted"]),
        points=row["points"],
        state=row["state"],
        levels=row["levels"],
        steps_done=row["steps_done"],
        recalls=row["recalls"],
    )


async def _allow(actor: Actor, pending: _Pending, person: PersonRow, at: datetime) -> int | Refusal:
    """The level at which the actor may fill the next step, or why he may not."""
    numbers = await scheme.numbers("points.verifier_ceiling_day", "points.two_people_from")
    if actor.kind == "system":
        big = pending.points >= numbers["points.two_people_from"]
        return NOT_ALLOWED["verifier_level"]() if big else verifiers.HIGHEST
    needed = int(pending.levels[pending.steps_done])
    households = await verifiers.households_stood_in_for(actor)
    found = verifiers.level_for(actor, person, pending.area_path, needed, households)
    if isinstance(found, str):
        return NOT_ALLOWED[found]()
    if actor.id in await verifiers.who_accepted(pending.id):
        return NOT_ALLOWED["same_person"]()
    today = day_start(business_day(at))
    if await db.current().fetchval(_COUNT_TODAY, actor.id, today) >= numbers["points.verifier_ceiling_day"]:
        return VerifierCeiling()
    return found


async def _accept(actor: Actor, pending: _Pending, level: int, at: datetime) -> Verified:
    await _decide(actor, pending, "accepted", "accepted", level=level, at=at)
    left = pending.steps_left - 1
    state = "pending" if left else "awarded"
    if not left:
        await _pay(pending, at)
    await _set(pending, state, state, steps_done=pending.steps_done + 1, at=at)
    return _verified(pending, state, state, points=pending.points, steps_left=left)


async def _pay(pending: _Pending, at: datetime) -> None:
    numbers = await scheme.numbers(*NUMBERS)
    action = (await rule_book()).action(pending.action)
    rule = action.version(pending.rule_version_id)
    async with open_book(pending.accounts, at=at) as book:
        till = Till(book, numbers["points.expiry_months"], numbers["points.recovery_share"])
        till.pay(
            account=accounts.person(pending.person_id),
            participation_id=pending.id,
            reference=award_reference(pending.id, pending.recalls),
            points=pending.points,
            tenths=rule.credit_tenths * pending.use.units,
            action=action,
            rule=rule,
        )
        await till.write()


async def _refuse(actor: Actor, pending: _Pending, level: int, reason: str | None, at: datetime) -> Verified:
    await _decide(actor, pending, "refused", "refused_by_verifier", level=level, at=at)
    async with open_book(pending.accounts, at=at) as book:
        await usage.give_back(book, [(pending.household_id or pending.person_id, pending.use)])
    await _set(pending, "refused", "refused_by_verifier", points=0, reason=reason, at=at)
    return _verified(pending, "refused", "refused_by_verifier", points=0, steps_left=0)


def _verified(pending: _Pending, state: str, code: str, *, points: int, steps_left: int) -> Verified:
    return Verified(
        id=pending.id,
        state=state,
        code=code,
        points=points,
        steps_left=steps_left,
        rule_version=pending.rule_version,
    )


async def _set(
    pending: _Pending,
    state: str,
    code: str,
    *,
    at: datetime,
    points: int | None = None,
    steps_done: int | None = None,
    recalls: int | None = None,
    reason: str | None = None,
) -> None:
    await db.current().execute(
        _SET,
        pending.id,
        state,
        code,
        pending.points if points is None else points,
        pending.steps_done if steps_done is None else steps_done,
        pending.recalls if recalls is None else recalls,
        reason,
        at,
    )


async def _decide(
    actor: Actor, pending: _Pending, outcome: Outcome, code: str, *, at: datetime, level: int | None = None
) -> None:
    await write_decisions(
        [
            Decision(
                participation_id=pending.id,
                outcome=outcome,
                code=code,
                person_id=None if actor.kind == "system" else actor.id,
                level=level,
                step=pending.steps_done,
                rule_version_id=pending.rule_version_id,
            )
        ],
        at=at,
    )
    await audit.record(
        actor,
        action=f"verification.{outcome}",
        subject=("participation", pending.id),
        before={"state": pending.state, "steps_done": pending.steps_done},
        after={"code": code},
        person_id=pending.person_id,
    )


async def _tell(pending: _Pending, result: Verified) -> None:
    if result.state == "pending":
        return
    label = (await rule_book()).action(pending.action).label
    names = {"action_zh": label.zh, "action_en": label.en}
    if result.state == "awarded":
        await messages.send(pending.person_id, AWARDED.code, points=result.points, **names)
    else:
        await messages.send(pending.person_id, REFUSED.code, **names)


@db.flow
async def recall_verification(*, actor: Actor, participation_id: UUID, why: str, at: datetime | None = None) -> None:
    """Take one's own confirmation back, within a day and while nobody has gone on from it.

    Moves: an award that it completed back, as far as it was not spent; the rest is recovered.
    Answers: nothing; the participation waits for that step again, and keeps its place in the caps.
    Raises: NotFound, RecallTooLate.
    """
    moment = await clock.value_time(at)
    pending = await _lock(participation_id)
    hours = await scheme.number("points.verification_recall_hours")
    last = await verifiers.last_accepted(pending.id)
    fresh = last is not None and last.person_id == actor.id and last.decided_at > moment - timedelta(hours=hours)
    if pending.state not in {"pending", "awarded"} or not fresh:
        raised(RecallTooLate())
    if pending.state == "awarded":
        async with open_book(pending.accounts, at=moment) as book:
            await take_back(book, await read_paid([award_reference(pending.id, pending.recalls)]))
    await _decide(actor, pending, "recalled", "recalled", at=moment)
    await _set(
        pending,
        "pending",
        "recalled",
        steps_done=pending.steps_done - 1,
        recalls=pending.recalls + 1,
        reason=why,
        at=moment,
    )
