"""Bonuses: the row that every step locks, who has which part in it, and how it moves on.

A person has one part in a bonus, and so has a household: reporter, verifier, helper, nominator, assessor or approver.
`take_part` says so before the database does (`admin_bonus_party`). Who stands in has the absent's conflicts too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from admin.errors import ConflictOfInterest
from admin.grading import ApprovalStep, approvals_missing, tier_row
from admin.queries import approvals_given
from identity import audit
from identity.actor import Actor
from kit import db
from kit.ids import new_id
from kit.refusals import NotFound
from points.errors import AlreadyDecided

Part = Literal["reporter", "verifier", "helper", "nominator", "assessor", "approver"]

OPEN_STATES: Final = ("approved", "noticed")
_LOCKED = """
    SELECT bonus.id, bonus.number, bonus.event AS event_id, bonus.area AS area_id, area.path AS area_path,
           bonus.bonus_class, bonus.sealed, bonus.state, bonus.mean_tenths, bonus.tier, bonus.amount_fen,
           bonus.budget_line AS budget_line_id, bonus.noticed_until, bonus.payable_at, bonus.participation_id
    FROM admin_bonus AS bonus JOIN identity_area AS area ON area.id = bonus.area
"""
_LOCK = f"{_LOCKED} WHERE bonus.id = $1 FOR NO KEY UPDATE OF bonus"
_LOCK_MANY = f"{_LOCKED} WHERE bonus.id = ANY ($1::uuid[]) ORDER BY bonus.id FOR NO KEY UPDATE OF bonus"
_NEAR = """
    SELECT party.part, party.person = $2 AS himself
    FROM admin_bonus_party AS party
    WHERE party.bonus = $1 AND (
        party.person = $2
        OR party.household = (SELECT household FROM identity_household_membership WHERE person = $2 AND until IS NULL)
        OR EXISTS (
            SELECT FROM identity_household_membership AS theirs
            JOIN identity_household_membership AS own ON own.household = theirs.household AND own.until IS NULL
            WHERE theirs.person = party.person AND theirs.until IS NULL AND own.person = $2))
    ORDER BY himself DESC
"""
_ADD_PARTY = "INSERT INTO admin_bonus_party (id, bonus, person, part) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class Bonus:
    """A locked bonus."""

    id: UUID
    number: str
    event_id: UUID
    area_id: UUID
    area_path: str
    bonus_class: int
    sealed: bool
    state: str
    mean_tenths: int | None
    tier: int | None
    amount_fen: int | None
    budget_line_id: UUID | None
    noticed_until: date | None
    payable_at: datetime | None
    participation_id: UUID | None


@dataclass(frozen=True, slots=True)
class BonusAnswer:
    """What a step of a bonus came to."""

    id: UUID
    number: str
    state: str
    tier: int | None
    mean_tenths: int | None
    amount_fen: int | None
    approvals_missing: tuple[ApprovalStep, ...]
    noticed_until: date | None


async def lock_bonus(bonus_id: UUID) -> Bonus:
    """Lock a bonus for a step of its way (a step); raises NotFound."""
    row = await db.current().fetchrow(_LOCK, bonus_id)
    if row is None:
        raise NotFound
    return Bonus(**row)


async def lock_bonuses(bonus_ids: Sequence[UUID]) -> dict[UUID, Bonus]:
    """Lock these bonuses, in the order of their ids (a step); those that are not there are left out."""
    rows = await db.current().fetch(_LOCK_MANY, list(bonus_ids))
    return {row["id"]: Bonus(**row) for row in rows}


async def lock_bonus_for(actor: Actor, bonus_id: UUID, *roles: str) -> Bonus:
    """Lock a bonus of the actor's territory (a step); for anybody else it is not there."""
    bonus = await lock_bonus(bonus_id)
    if not actor.covers(bonus.area_path, *roles):
        raise NotFound
    return bonus


def stood_in_for(actor: Actor, *roles: str) -> set[UUID]:
    """The absent in whose place the actor holds one of these roles: their conflicts are his."""
    return {role.standing_in_for for role in actor.held(*roles) if role.standing_in_for is not None}


async def check_interest(bonus_id: UUID, person_id: UUID, *, besides: Iterable[str] = ()) -> None:
    """Raise ConflictOfInterest when the person or his household has a part in the bonus, besides those named."""
    rows = await db.current().fetch(_NEAR, bonus_id, person_id)
    if any(row["part"] not in besides for row in rows):
        raise ConflictOfInterest


async def join_judges(actor: Actor, bonus_id: UUID, part: Literal["assessor", "approver"], *roles: str) -> None:
    """Let the actor judge a locked bonus by one of these roles (a step); raises what `take_part` raises."""
    for absent in stood_in_for(actor, *roles):
        await check_interest(bonus_id, absent)
    await take_part(bonus_id, actor.id, part)


async def take_part(bonus_id: UUID, person_id: UUID, part: Part) -> None:
    """Give a person his part in a locked bonus (a step).

    Raises AlreadyDecided when he has it, ConflictOfInterest when he or his household has another.
    """
    near = await db.current().fetch(_NEAR, bonus_id, person_id)
    if near and near[0]["himself"] and near[0]["part"] == part:
        raise AlreadyDecided
    if near:
        raise ConflictOfInterest
    await db.current().execute(_ADD_PARTY, new_id(), bonus_id, person_id, part)


async def end_bonus(bonus: Bonus, state: str, *, by: UUID | None, because: str, at: datetime) -> None:
    """Reject a bonus, or mark it as clawed back (a step)."""
    await db.current().execute(
        "UPDATE admin_bonus SET state = $2, ended_at = $3, ended_by = $4, ended_because = $5 WHERE id = $1",
        bonus.id,
        state,
        at,
        by,
        because,
    )


async def answer_of(bonus_id: UUID) -> BonusAnswer:
    """The bonus as it stands now."""
    bonus = await lock_bonus(bonus_id)
    missing: tuple[ApprovalStep, ...] = ()
    if bonus.state == "scored" and bonus.tier is not None:
        given = [step for _, step in await approvals_given(bonus_id)]
        missing = approvals_missing(tier_row(bonus.tier).approvals, given)
    return BonusAnswer(
        bonus.id,
        bonus.number,
        bonus.state,
        bonus.tier,
        bonus.mean_tenths,
        bonus.amount_fen,
        missing,
        bonus.noticed_until,
    )


async def record(actor: Actor, bonus: Bonus, state: str, **codes: object) -> None:
    """Write the audit entry of a step (a step)."""
    await audit.record(
        actor,
        action=f"bonus.{state}",
        subject=("bonus", bonus.id),
        before={"state": bonus.state},
        after={"state": state, **codes},
    )
