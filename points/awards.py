"""Awards: points in, from every door but a resident's own claim.

The hot flow `award_lines` takes what other systems, the demo town and the bench send, up to thousands of lines.

Steps for upper packages, inside their own flows (each opens one ledger book: call it once, with all its lines, after
your own rows are locked and before products and budget lines):
    award_stage, award_stages        pay the first or second stage of a report, or a whole award
    reverse_stage, reverse_stages    take a stage or a whole award back
    resplit                          set the shares anew when reports are merged or un-merged
    find_participation               the participation of an act
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from identity import audit
from identity.actor import Actor
from kit import clock, db
from kit.ids import derived_id
from points.deciding import Submission
from points.decisions import Decision, write_decisions
from points.reversals import Resplit, TakenBack, Undo, resplit, reverse_stage, reverse_stages
from points.rules import rule_book
from points.second_stage import SecondStage, pay_second_stages
from points.stages import Split, Stage, is_two_stage
from points.submissions import Taken, take_submissions

__all__ = [
    "Act",
    "ActOutcome",
    "AwardLine",
    "Decider",
    "LineOutcome",
    "Resplit",
    "TakenBack",
    "Undo",
    "award_lines",
    "award_stage",
    "award_stages",
    "caller_of",
    "find_participation",
    "resplit",
    "reverse_stage",
    "reverse_stages",
]

LineResult = Literal["awarded", "pending", "duplicate", "capped", "refused"]
_DUPLICATES = frozenset({"duplicate", "exclusive_group", "same_picture"})
_SECOND: Stage = 2


class AwardLine(msgspec.Struct, kw_only=True, gc=False):
    """A line that another system sends; its reference is taken once, for ever."""

    person_id: UUID
    action: str
    occurred_at: datetime
    reference: str
    quantity: int = 1


class LineOutcome(msgspec.Struct, frozen=True, gc=False):
    """What came of a line."""

    reference: str
    outcome: LineResult
    code: str
    points: int
    balance_after: int | None
    next_eligible_on: date | None = None
    participation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who verified, and at which level."""

    person_id: UUID
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act that an upper package's own flow has verified.

    `occurrence` is the key of the thing (`event:<id>`), the same for both stages. `stage` 1 and 2 are the parts of a
    two-stage award; an action that has no stages is paid whole, the first time it is asked for.
    """

    person_id: UUID
    action: str
    occurrence: str
    occurred_at: datetime
    source: str
    quantity: int = 1
    stage: Stage = 0
    split: Split = "full"
    decided_by: tuple[Decider, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOutcome:
    """What came of an act."""

    participation_id: UUID | None
    outcome: LineResult
    code: str
    points: int
    balance_after: int | None
    next_eligible_on: date | None = None


def caller_of(actor: Actor) -> UUID:
    """Whose references these are: an integration's key, a person, or a part of the system by its name."""
    return derived_id("caller", actor.name) if actor.kind == "system" else actor.id


@db.flow
async def award_lines(
    *, actor: Actor, lines: Sequence[AwardLine], at: datetime | None = None, trusted: bool = False
) -> list[LineOutcome]:
    """Take many lines of another system at once; each is decided for itself, in order.

    `trusted` lines (of the system alone: seed, import, bench) were verified on paper; they are awarded at once, and
    only 100 points and more wait for two people. An integration's lines are awarded at once when the system verifies
    the action (V0), and wait for their verifiers otherwise.

    Moves: points to each resident whose line is awarded; part of them to what he owes.
    Answers: one outcome a line. Lines refused, capped or repeated are outcomes, never errors.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    rules = await rule_book()
    taking = [line for line in lines if line.action in rules.actions]
    caller_id = caller_of(actor)
    sent_by_system = trusted and actor.kind == "system"
    submissions = [_submission(actor, line, trusted=sent_by_system) for line in taking]
    taken = iter(await take_submissions(submissions, rules=rules, at=moment, caller_id=caller_id))
    outcomes = [
        _line_outcome(line.reference, next(taken)) if line.action in rules.actions else _unknown_action(line)
        for line in lines
    ]
    await audit.record(
        actor,
        action="awards.sent",
        subject=("awards", outcomes[0].participation_id if outcomes else None),
        after=_counts(outcomes),
    )
    return outcomes


def _submission(actor: Actor, line: AwardLine, *, trusted: bool) -> Submission:
    allowed = actor.kind != "integration" or line.action in actor.actions
    return Submission(
        person_id=line.person_id,
        action=line.action,
        occurred_at=line.occurred_at,
        occurrence=None,
        source="system" if trusted else "integration",
        quantity=line.quantity,
        backdated=trusted,
        within=actor.area_path if actor.kind == "integration" else None,
        reference=line.reference,
        refused=None if allowed else "action_not_allowed",
    )


def _line_outcome(reference: str, taken: Taken) -> LineOutcome:
    return LineOutcome(
        reference=reference,
        outcome=_result(taken.state, taken.code),
        code=taken.code,
        points=taken.points,
        balance_after=taken.balance_after,
        next_eligible_on=taken.ruling.next_eligible_on,
        participation_id=taken.participation_id,
    )


def _unknown_action(line: AwardLine) -> LineOutcome:
    return LineOutcome(reference=line.reference, outcome="refused", code="action_unknown", points=0, balance_after=None)


def _result(state: str, code: str) -> LineResult:
    if state == "awarded":
        return "awarded"
    if state == "pending":
        return "pending"
    if code in _DUPLICATES:
        return "duplicate"
    return "capped" if code.startswith("cap_") else "refused"


def _counts(outcomes: Sequence[LineOutcome]) -> dict[str, object]:
    """What the audit entry says of a call: how many lines came to what, how many points, and where they begin."""
    counts: dict[str, object] = {"lines": len(outcomes), "points": sum(each.points for each in outcomes)}
    for each in outcomes:
        counts[each.outcome] = int(str(counts.get(each.outcome, 0))) + 1
    ids = [each.participation_id for each in outcomes if each.participation_id and each.outcome != "duplicate"]
    return counts | ({"first": min(ids), "last": max(ids)} if ids else {})


async def award_stage(actor: Actor, act: Act, *, at: datetime) -> ActOutcome:
    """Pay one act (a step); see `award_stages`."""
    (outcome,) = await award_stages(actor, [act], at=at)
    return outcome


async def award_stages(actor: Actor, acts: Sequence[Act], *, at: datetime) -> list[ActOutcome]:
    """Pay acts that were verified elsewhere, in one book (a step). A refusal is an outcome with its participation.

    An award of 100 points or more needs two different deciders, over both stages together. A second act of an
    exclusive group for the same occurrence is paid only when it is the higher one, and replaces the lower.
    """
    first = [place for place, act in enumerate(acts) if not _is_second(act)]
    second = [place for place, act in enumerate(acts) if _is_second(act)]
    outcomes: dict[int, ActOutcome] = {}
    if first:
        verified = [_verified(acts[place]) for place in first]
        taken = await take_submissions(verified, rules=await rule_book(), at=at)
        outcomes.update((place, _act_outcome(each)) for place, each in zip(first, taken, strict=True))
    if second:
        paid = await pay_second_stages([_second_stage(acts[place]) for place in second], at=at)
        for place, each in zip(second, paid, strict=True):
            outcomes[place] = ActOutcome(
                participation_id=each.participation_id,
                outcome=_result("awarded" if each.code == "awarded" else "refused", each.code),
                code=each.code,
                points=each.points,
                balance_after=each.balance_after,
            )
    results = [outcomes[place] for place in range(len(acts))]
    await _write_down(actor, acts, results, at)
    return results


def _is_second(act: Act) -> bool:
    return act.stage == _SECOND and is_two_stage(act.action)


def _verified(act: Act) -> Submission:
    return Submission(
        person_id=act.person_id,
        action=act.action,
        occurred_at=act.occurred_at,
        occurrence=f"#{act.occurrence}",
        source=act.source,
        quantity=act.quantity,
        stage=act.stage if is_two_stage(act.action) else 0,
        split=act.split,
        verified=True,
        verifiers=len({each.person_id for each in act.decided_by}),
    )


def _second_stage(act: Act) -> SecondStage:
    return SecondStage(
        act.person_id,
        act.action,
        f"#{act.occurrence}",
        act.occurred_at,
        frozenset(each.person_id for each in act.decided_by),
    )


def _act_outcome(taken: Taken) -> ActOutcome:
    return ActOutcome(
        participation_id=taken.participation_id,
        outcome=_result(taken.state, taken.code),
        code=taken.code,
        points=taken.points,
        balance_after=taken.balance_after,
        next_eligible_on=taken.ruling.next_eligible_on,
    )


async def _write_down(actor: Actor, acts: Sequence[Act], results: Sequence[ActOutcome], at: datetime) -> None:
    written = [
        (act, result)
        for act, result in zip(acts, results, strict=True)
        if result.participation_id is not None and not (_is_second(act) and result.outcome != "awarded")
    ]
    await write_decisions(
        [
            Decision(
                participation_id=result.participation_id,
                outcome="accepted",
                code="accepted" if result.outcome == "awarded" else result.code,
                person_id=each.person_id,
                level=each.level,
                step=step,
            )
            for act, result in written
            if result.participation_id is not None
            for step, each in enumerate(act.decided_by)
        ],
        at=at,
    )
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action=f"award.{result.outcome}",
                subject=("participation", result.participation_id),
                after={"action": act.action, "stage": act.stage, "code": result.code, "points": result.points},
                person_id=act.person_id,
            )
            for act, result in written
        ],
    )


async def find_participation(person_id: UUID, action: str, occurrence: str) -> UUID | None:
    """The pending or awarded participation of an act that `award_stages` took."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM points_participation"
        " WHERE person_id = $1 AND action = $2 AND right(act_key, length($3) + 1) = '#' || $3"
        " AND state IN ('pending', 'awarded')",
        *(person_id, action, occurrence),
    )
    return found
