"""Two-stage awards and merged reports: how many points each stage pays. Pure.

A report pays a first part when it is accepted and the rest, with all the credit, when the case is closed and
confirmed. When several people report the same thing the first keeps everything, one who brought new evidence 40 %,
and a plain "me too" one point.
"""

from typing import Final, Literal

Split = Literal["full", "new_evidence", "me_too"]
Stage = Literal[0, 1, 2]

FIRST_PART: Final = 20  # percent, on acceptance
NEW_EVIDENCE: Final = 40  # percent
ME_TOO: Final = 1  # point


def is_two_stage(action: str) -> bool:
    """Whether the action pays in two stages: every report does, its reporter's confirmation does not."""
    return action.startswith("RPT-") and action != "RPT-CONFIRM"


def split_points(points: int, split: Split) -> int:
    """What a report earns in all, by its part in a merged case."""
    if split == "full":
        return points
    return max(1, _half_up(points * NEW_EVIDENCE)) if split == "new_evidence" else ME_TOO


def split_tenths(tenths: int, split: Split) -> int:
    """The credit of a report, by its part in a merged case."""
    if split == "full":
        return tenths
    return _half_up(tenths * NEW_EVIDENCE) if split == "new_evidence" else 0


def stage_points(points: int, split: Split, stage: Stage) -> int:
    """What one stage pays: max(1, a fifth rounded down) first, then the rest; stage 0 is all of it at once."""
    whole = split_points(points, split)
    first = max(1, whole * FIRST_PART // 100)
    return (whole, first, whole - first)[stage]


def stage_tenths(tenths: int, split: Split, stage: Stage) -> int:
    """The credit that comes with a stage: none with the first."""
    return 0 if stage == 1 else split_tenths(tenths, split)


def _half_up(hundredths: int) -> int:
    return (hundredths + 50) // 100
