"""Bonuses as the desk lists them: what waits for whom, what a yes would stand for, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admin.access import APPROVING_ROLES, CLAWING_BACK_ROLE, SCORING_ROLE, STAFF_ROLES
from admin.grading import ROLE_OF_STEP, ApprovalStep, amount_to_approve, approvals_missing, step_to_fill, tier_row
from identity.actor import Actor, covers_sql
from kit import db
from kit.refusals import NotFound

MOST_WAITING: Final = 1_000
_PART = """
    SELECT party.part FROM admin_bonus_party AS party
    WHERE party.bonus = bonus.id AND (
        party.person = $1
        OR EXISTS (SELECT FROM identity_household_membership AS own
                   LEFT JOIN identity_household_membership AS theirs
                       ON theirs.household = own.household AND theirs.until IS NULL
                   WHERE own.person = $1 AND own.until IS NULL
                     AND (theirs.person = party.person OR own.household = party.household)))
    ORDER BY party.person = $1 DESC LIMIT 1
"""
_LIST = f"""
    SELECT bonus.id, bonus.number, bonus.state, bonus.bonus_class, bonus.tier, bonus.mean_tenths, bonus.amount_fen,
           bonus.nominated_at, bonus.sealed, bonus.event AS event_id, event.number AS event_number, event.place,
           area.path AS area_path, category.name_zh, category.name_en,
           (SELECT person.name FROM admin_bonus_share AS share
            JOIN identity_person AS person ON person.id = share.person
            WHERE share.bonus = bonus.id AND share.part = 'reporter') AS reporter_name,
           ARRAY(SELECT given.step FROM admin_bonus_approval AS given WHERE given.bonus = bonus.id
                 ORDER BY given.approved_at, given.id) AS approvals,
           (SELECT min(given.amount_fen) FROM admin_bonus_approval AS given WHERE given.bonus = bonus.id) AS named_fen,
           ({_PART}) AS own_part
    FROM admin_bonus AS bonus
    JOIN grid_event AS event ON event.id = bonus.event
    JOIN grid_category AS category ON category.code = event.category
    JOIN identity_area AS area ON area.id = bonus.area
    WHERE {covers_sql("$2", "area.path")}
      AND ($3::text[] IS NULL OR bonus.state = ANY ($3))
      AND ($4::smallint IS NULL OR bonus.bonus_class = $4)
      AND ($5::smallint IS NULL OR bonus.tier = $5)
      AND ($6::text IS NULL OR area.path = $6 OR area.path LIKE $6 || '.%')
      AND ($7::text IS NULL OR bonus.number = $7 OR event.number = $7)
      AND ($8::uuid[] IS NULL OR bonus.id = ANY ($8))
"""
_NEWEST = f"""
    {_LIST} AND ($9::timestamptz IS NULL OR (bonus.nominated_at, bonus.id) < ($9, $10::uuid))
    ORDER BY bonus.nominated_at DESC, bonus.id DESC LIMIT $11
"""
_OLDEST = f"""
    {_LIST} AND ($9::timestamptz IS NULL OR (bonus.nominated_at, bonus.id) > ($9, $10::uuid))
    ORDER BY bonus.nominated_at, bonus.id LIMIT $11
"""
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusFilter:
    """What of the bonuses is wanted; `mine` are those that wait for the one who looks, the oldest first."""

    mine: bool = False
    state: str | None = None
    bonus_class: int | None = None
    tier: int | None = None
    area_path: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class BonusListed:
    """A bonus in the desk's list, as it is for the one who looks."""

    row: db.Row
    fen: int | None
    """The amount, or what a yes stands for; None where the approver has to name it."""
    missing: tuple[ApprovalStep, ...]
    step: ApprovalStep | None
    """The yes that waits for the one who looks."""
    to_score: bool

    @property
    def waits_for_him(self) -> bool:
        """Whether he has something to decide."""
        return self.step is not None or self.to_score

    @property
    def for_batch(self) -> bool:
        """Whether it can be signed together with others: nothing is left to be named."""
        return self.step not in {None, "leader"} and self.fen is not None


async def list_for_desk(actor: Actor, wanted: BonusFilter, *, after: Place | None, limit: int) -> Sequence[BonusListed]:
    """Bonuses of the actor's territory."""
    nominated_at, bonus_id = after or (None, None)
    states = ["nominated", "scored"] if wanted.mine else [wanted.state] if wanted.state else None
    rows = await db.fetch(
        _OLDEST if wanted.mine else _NEWEST,
        *_bound(actor, wanted, states, None),
        nominated_at,
        bonus_id,
        MOST_WAITING if wanted.mine else limit,
    )
    found = [_listed(actor, row) for row in rows]
    return [each for each in found if each.waits_for_him][:limit] if wanted.mine else found


async def find_many_for_desk(actor: Actor, bonus_ids: Sequence[UUID]) -> Sequence[BonusListed]:
    """These of them; those that are not there, or not for him, are left out."""
    ids = list(bonus_ids)
    rows = await db.fetch(_NEWEST, *_bound(actor, BonusFilter(), None, ids), None, None, len(ids))
    return [_listed(actor, row) for row in rows]


async def find_for_desk(actor: Actor, bonus_id: UUID) -> BonusListed:
    """One of them; raises NotFound."""
    found = await find_many_for_desk(actor, [bonus_id])
    if not found:
        raise NotFound
    return found[0]


def _bound(actor: Actor, wanted: BonusFilter, states: list[str] | None, ids: list[UUID] | None) -> tuple[object, ...]:
    return (
        actor.id,
        list(actor.territories(*STAFF_ROLES)),
        states,
        wanted.bonus_class,
        wanted.tier,
        wanted.area_path,
        wanted.number,
        ids,
    )


def _listed(actor: Actor, row: db.Row) -> BonusListed:
    free = row["own_part"] is None
    to_score = free and not row["approvals"] and row["state"] == "nominated" and _is(actor, row, SCORING_ROLE)
    if row["state"] != "scored":
        return BonusListed(row, row["amount_fen"], (), None, to_score)
    tier = tier_row(row["tier"])
    his = [step for step, role in ROLE_OF_STEP.items() if _is(actor, row, role)]
    return BonusListed(
        row,
        amount_to_approve(tier, row["bonus_class"], row["named_fen"]),
        approvals_missing(tier.approvals, row["approvals"]),
        step_to_fill(tier, row["approvals"], his) if free else None,
        to_score,
    )


def _is(actor: Actor, row: db.Row, role: str) -> bool:
    return actor.covers(row["area_path"], role)


def may_reject(actor: Actor, listed: BonusListed) -> bool:
    """Whether a no of his would be taken, so that it is offered."""
    return (
        listed.row["own_part"] is None
        and listed.row["state"] in {"nominated", "scored", "approved", "noticed"}
        and actor.covers(listed.row["area_path"], *APPROVING_ROLES)
    )


def may_claw_back(actor: Actor, listed: BonusListed) -> bool:
    """Whether taking it back would be considered, so that it is offered; a payment that is at the bank comes first."""
    return (
        listed.row["own_part"] in {None, "approver"}
        and listed.row["state"] in {"payable", "paid", "failed", "returned"}
        and actor.covers(listed.row["area_path"], CLAWING_BACK_ROLE)
    )
