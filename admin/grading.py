"""Grading a bonus: the assessors' mean, the tier, the amount and who has to approve. Pure; data/bonus_matrix.csv.

Each assessor marks truth (0–30), timeliness (0–20), harm or loss (0–30) and the closed loop (0–20). The tier is the
highest one whose least score the mean reaches, in tenths rounded down; below the lowest the bonus is rejected.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

ApprovalStep = Literal["town", "county", "leader"]

ROLE_OF_STEP: Final[dict[ApprovalStep, str]] = {
    "town": "town_approver",
    "county": "county_approver",
    "leader": "leader",
}
SPECIAL: Final = 0
LEAST_ASSESSORS: Final = 2
_CLASS_COLUMNS: Final = {1: "hazard_removed_yuan", 2: "opinion_risk_defused_yuan", 3: "loss_avoided_yuan"}
_APPROVALS: Final[dict[str, tuple[ApprovalStep, ...]]] = {
    "town + county": ("town", "county"),
    "two people at county": ("county", "county"),
    "leader with a meeting note": ("leader",),
}
_MATRIX = Path(__file__).parent / "data" / "bonus_matrix.csv"


@dataclass(frozen=True, slots=True)
class Marks:
    """What one assessor gives."""

    truth: int
    timeliness: int
    harm: int
    loop: int

    @property
    def total(self) -> int:
        """Out of a hundred."""
        return self.truth + self.timeliness + self.harm + self.loop


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Least and most, in fen; the same where the matrix gives one amount."""

    least_fen: int
    most_fen: int

    @property
    def fixed(self) -> bool:
        """Whether the approvers have nothing to choose."""
        return self.least_fen == self.most_fen

    def holds(self, fen: int) -> bool:
        """Whether an amount lies in the range."""
        return self.least_fen <= fen <= self.most_fen


@dataclass(frozen=True, slots=True)
class Tier:
    """One row of the matrix; `amounts` by class 1, 2, 3."""

    number: int
    name_zh: str
    least_tenths: int
    amounts: dict[int, AmountRange]
    approvals: tuple[ApprovalStep, ...]


@cache
def matrix() -> tuple[Tier, ...]:
    """The tiers, the highest first."""
    with _MATRIX.open(encoding="utf-8", newline="") as file:
        tiers = [_tier(row) for row in csv.DictReader(file)]
    return tuple(sorted(tiers, key=lambda tier: -tier.least_tenths))


def tier_row(number: int) -> Tier:
    """The matrix's row for a tier."""
    return next(tier for tier in matrix() if tier.number == number)


def mean_tenths(marks: Sequence[Marks]) -> int:
    """The mean of the assessors' totals in tenths, rounded down."""
    return sum(each.total for each in marks) * 10 // len(marks)


def tier_of(tenths: int) -> Tier | None:
    """The tier of a mean; None below the lowest."""
    return next((tier for tier in matrix() if tenths >= tier.least_tenths), None)


def approvals_missing(needed: Sequence[ApprovalStep], given: Sequence[str]) -> tuple[ApprovalStep, ...]:
    """The approvals that are still to come, in the matrix's order."""
    left = list(needed)
    for step in given:
        if step in left:
            left.remove(step)
    return tuple(left)


def step_to_fill(tier: Tier, given: Sequence[str], his: Sequence[str]) -> ApprovalStep | None:
    """The approval still missing that somebody fills who may fill these steps; None when nobody waits for him."""
    return next((step for step in approvals_missing(tier.approvals, given) if step in his), None)


def amount_to_approve(tier: Tier, bonus_class: int, named: int | None) -> int | None:
    """The amount that an approval stands for: the one named by those before, or the matrix's; None to be named."""
    span = tier.amounts[bonus_class]
    return span.least_fen if named is None and span.fixed else named


def _tier(row: dict[str, str]) -> Tier:
    return Tier(
        number=int(row["tier"]),
        name_zh=row["name_zh"],
        least_tenths=int(row["score_min"]) * 10,
        amounts={number: _range(row[column]) for number, column in _CLASS_COLUMNS.items()},
        approvals=_approvals(row["approvals"]),
    )


def _range(yuan: str) -> AmountRange:
    least, _, most = yuan.partition("-")
    return AmountRange(int(least) * 100, int(most or least) * 100)


def _approvals(text: str) -> tuple[ApprovalStep, ...]:
    if text in _APPROVALS:
        return _APPROVALS[text]
    first, _, rest = text.partition(" + ")
    return _APPROVALS[first] + _approvals(rest)
