"""How results become answers on the wire: in the reader's language, with names masked."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from identity.masks import mask_name
from kit.clock import SHANGHAI
from kit.db import Row
from kit.errors import EN
from kit.files import FileRow
from kit.invariants import Finding
from points import levels, months, reasons
from points.awards import LineOutcome
from points.credit_score import LEVEL_NAMES, CountedEvent, Score
from points.ledger import Label
from points.participations import Claimed
from points.queries import Offer, Wallet
from points.schemas import (
    ActionOut,
    AwardOut,
    CapsOut,
    CreditEventOut,
    CreditOut,
    CreditShortOut,
    DecisionOut,
    EntryOut,
    ExpiringOut,
    FindingOut,
    ParticipationDetailOut,
    ParticipationLineOut,
    ParticipationOut,
    PointsOut,
    TrialBalanceOut,
    VerifiedOut,
)
from points.verification import Verified


def _label(label: Label, language: str) -> str:
    return label.en if language == EN else label.zh


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, SHANGHAI)


def decision_out(code: str, rule_version: int | None, next_eligible_on: date | None, language: str) -> DecisionOut:
    """A decision with its sentence."""
    return DecisionOut(
        code=code,
        detail=reasons.detail(code, language),
        rule_version=rule_version,
        next_eligible_at=_midnight(next_eligible_on),
    )


def action_out(offer: Offer, language: str) -> ActionOut:
    """An action of the catalogue."""
    rule, limits = offer.rule, offer.rule.caps
    return ActionOut(
        code=offer.action.code,
        name=_label(offer.action.label, language),
        category=offer.action.category,
        points=rule.points,
        credit_tenths=rule.credit_tenths,
        per=rule.per,  # type: ignore[arg-type]  # the database allows these two alone
        evidence=rule.evidence,
        verified_by=rule.verified_by,
        opened_by=offer.action.opened_by,
        caps=CapsOut(day=limits.day, month=limits.month, quarter=limits.quarter, year=limits.year, once=limits.once),
        left_today=offer.left_today,
        left_this_month=offer.left_this_month,
        rule_version=rule.version,
    )


def participation_out(claimed: Claimed, language: str) -> ParticipationOut:
    """What came of a claim."""
    return ParticipationOut(
        id=claimed.id,
        state=claimed.state,  # type: ignore[arg-type]  # the database allows these alone
        decision=decision_out(claimed.code, claimed.rule_version, claimed.next_eligible_on, language),
        points=claimed.points,
    )


def verified_out(verified: Verified, language: str) -> VerifiedOut:
    """What came of a verification."""
    return VerifiedOut(
        id=verified.id,
        state=verified.state,  # type: ignore[arg-type]  # the database allows these alone
        decision=decision_out(verified.code, verified.rule_version, None, language),
        points=verified.points,
        steps_left=verified.steps_left,
    )


def line_out(row: Row, language: str) -> ParticipationLineOut:
    """A participation in a list."""
    return ParticipationLineOut(**_line(row, language))


def detail_out(row: Row, pictures: Sequence[FileRow], language: str) -> ParticipationDetailOut:
    """A participation with its pictures."""
    return ParticipationDetailOut(**_line(row, language), file_ids=[each.id for each in pictures])


def _line(row: Row, language: str) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "action", "occurred_at", "submitted_at", "quantity", "points", "state")},
        "decision": decision_out(row["code"], row["rule_version"], row["next_eligible_on"], language),
        "person": mask_name(row["name"]) if row["name"] else None,
        "area": row["area_path"],
        "waits_for": levels.text(row["levels"][row["steps_done"] :]) if row["state"] == "pending" else None,
        "note": row["note"],
        "place": row["place"],
        "reason": row["reason"],
    }


def credit_short_out(score: Score) -> CreditShortOut:
    """A score in short."""
    return CreditShortOut(
        score=score.score, level=score.level, level_name=LEVEL_NAMES[score.level], to_next_level=score.to_next_level
    )


def points_out(wallet: Wallet, score: Score) -> PointsOut:
    """A resident's numbers."""
    return PointsOut(
        balance=wallet.balance,
        pending=wallet.pending,
        recovery=wallet.recovery,
        honour=wallet.honour,
        hours=wallet.hours,
        expiring=[ExpiringOut(on=on, points=points) for on, points in wallet.expiring],
        credit=credit_short_out(score),
    )


def entry_out(row: Row, language: str) -> EntryOut:
    """A line of an account; points that go to several months at once (a refund) name none."""
    one_month = row["first_month"] is not None and row["first_month"] == row["last_month"]
    return EntryOut(
        id=row["id"],
        at=row["posted_at"],
        kind=row["kind"],
        label=row["label_en"] if language == EN else row["label_zh"],
        points=row["points"],
        balance_after=row["balance_after"],
        action=row["action"],
        rule_version=row["rule_version"],
        reference=row["reference"],
        expires_on=months.last_day(row["first_month"]) if one_month else None,
    )


def credit_out(score: Score, events: Sequence[CountedEvent], on: date) -> CreditOut:
    """The score of a day with everything that makes it."""
    return CreditOut(
        score=score.score,
        level=score.level,
        level_name=LEVEL_NAMES[score.level],
        to_next_level=score.to_next_level,
        on=on,
        events=[
            CreditEventOut(
                action=each.event.action,
                category=each.event.category,
                tenths=each.event.tenths,
                starts=each.event.counts_from,
                ends=each.event.counts_until,
                rule_version=each.event.rule_version,
                verifier_role=each.event.verified_by,
                counted=each.counted,
            )
            for each in events
        ],
    )


def award_out(outcome: LineOutcome) -> AwardOut:
    """What came of a line."""
    return AwardOut(
        reference=outcome.reference,
        outcome=outcome.outcome,
        code=None if outcome.outcome == "awarded" else outcome.code,
        points=outcome.points,
        balance_after=outcome.balance_after,
    )


def trial_balance_out(findings: Sequence[Finding], language: str) -> TrialBalanceOut:
    """The invariants with what was found."""
    return TrialBalanceOut(
        ok=all(each.ok for each in findings),
        invariants=[
            FindingOut(
                name=each.invariant.name,
                text=each.invariant.en if language == EN else each.invariant.zh,
                ok=each.ok,
                checked=each.checked,
                violations=list(each.violations),
            )
            for each in findings
        ],
    )
