"""Bonuses, payouts and budgets on the wire."""

from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import asdict

from admin.batch_approval import BatchApproved
from admin.bonuses import BonusAnswer
from admin.grading import approvals_missing, tier_row
from admin.queries import BatchAnswer, BonusSeen
from identity.people import mask_name
from identity.schemas import SixDigits
from kit import db
from kit.wire import Day, Fen, Id, In, Instant, Out, Reference, ShortText, Text

BonusClass = Annotated[int, Meta(ge=1, le=3, examples=[1])]
SharePercent = Annotated[int, Meta(ge=1, le=100, examples=[60])]
Thirty = Annotated[int, Meta(ge=0, le=30, examples=[25])]
Twenty = Annotated[int, Meta(ge=0, le=20, examples=[18])]
PeriodText = Annotated[str, Meta(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2]))?(?![\s\S])", examples=["2026-11"])]
SharePart = Literal["reporter", "verifier", "helper"]
StateName = Literal[
    "nominated",
    "scored",
    "approved",
    "noticed",
    "payable",
    "exported",
    "paid",
    "failed",
    "returned",
    "rejected",
    "clawed_back",
]
BonusState = Annotated[StateName, Meta(examples=["scored"])]
CodeAgain = Annotated[SixDigits, Meta(description="What the authenticator shows now; each code is good once.")]


class ShareIn(In):
    """One of the people, what he did, and his percent."""

    person: Id
    part: SharePart
    percent: SharePercent


class NominateIn(In):
    """Class 1 hazard removed, 2 opinion risk defused, 3 loss avoided; what was achieved; and for whom.

    Nothing here asks who said what: class 2 pays for the grievance that was solved.
    """

    bonus_class: BonusClass = field(name="class")
    summary: Text
    shares: Annotated[list[ShareIn], Meta(min_length=1, max_length=3)]


class ScoreIn(In):
    """An assessor's marks."""

    truth: Thirty
    timeliness: Twenty
    harm: Thirty
    loop: Twenty


class ApproveIn(In):
    """The amount where the matrix gives a range; a leader also names the minutes of the meeting."""

    amount_fen: Fen | None = None
    meeting_note: ShortText | None = None


class SeenIn(In):
    """A bonus as the approver saw it in the list: its amount, and whose yes was missing."""

    id: Id
    amount_fen: Fen
    approvals_missing: Annotated[list[Literal["town", "county", "leader"]], Meta(max_length=6, examples=[["county"]])]


class ApproveManyIn(In):
    """What a batch signs: each bonus as it was seen, how many they are, what they come to, and the second factor."""

    bonuses: Annotated[list[SeenIn], Meta(min_length=1, max_length=200)]
    count: Annotated[int, Meta(ge=1, le=200, examples=[1])]
    sum_fen: Fen
    totp: SixDigits


class ApprovedManyOut(Out):
    """The batch: how many yeses, how much money, and how many bonuses need no further approval."""

    id: Id
    count: int
    sum_fen: int
    approved: int


class ReasonIn(In):
    """Why."""

    reason: Text


class BonusStepOut(Out):
    """A bonus after a step; `approvals_missing` says whose yes is still to come."""

    id: Id
    number: str
    state: str
    tier: int | None
    mean_tenths: int | None
    amount_fen: int | None
    approvals_missing: list[str]
    noticed_until: Day | None


class BonusLineOut(BonusStepOut):
    """A bonus in a list."""

    bonus_class: int = field(name="class")
    event_id: Id
    event_number: str
    area: str
    sealed: bool
    nominated_at: Instant


class ShareOut(Out):
    """A share, with a masked name that is null for a sealed tip."""

    id: Id
    name: str | None
    part: str
    percent: int
    amount_fen: int | None


class ScoreOut(Out):
    """An assessor's marks."""

    assessor: str
    truth: int
    timeliness: int
    harm: int
    loop: int
    scored_at: Instant


class ApprovalOut(Out):
    """Who said yes at which step."""

    approver: str
    step: str


class BonusOut(BonusLineOut):
    """One bonus; `summary` is null for those who may not read a matter told in confidence."""

    summary: str | None
    shares: list[ShareOut]
    scores: list[ScoreOut]
    approvals: list[ApprovalOut]
    noticed_on: Day | None
    notice_estimated: bool
    approved_at: Instant | None
    payable_at: Instant | None
    ended_because: str | None


class NoticeOut(Out):
    """A bonus as everybody can read of it."""

    id: Id
    number: str
    bonus_class: int = field(name="class")
    tier: int
    amount_fen: int
    names: list[str]
    noticed_on: Day
    noticed_until: Day


class PayoutLineOut(Out):
    """One payment."""

    id: Id
    position: int
    bonus_number: str
    amount_fen: int
    state: str
    replaces: Id | None
    receipt_number: str | None
    reason: str | None


class PayoutOut(Out):
    """A batch for the bank."""

    id: Id
    number: str
    checksum: str
    exported_at: Instant
    amount_fen: int
    lines: list[PayoutLineOut]


class ResultIn(In):
    """The bank's word on one line."""

    line_id: Id
    outcome: Literal["paid", "failed", "returned"]
    receipt_number: Reference | None = None
    reason: ShortText | None = None


class ResultsIn(In):
    """The bank's word on some or all lines of a batch."""

    results: Annotated[list[ResultIn], Meta(min_length=1, max_length=1000)]


class BudgetIn(In):
    """So much money for a purpose, an area or a sponsor, and a month or a year."""

    purpose: Literal["town", "sponsor", "bonus", "bonus_special"]
    period: PeriodText
    amount_fen: Fen
    area_id: Id | None = None
    sponsor: ShortText | None = None


class BudgetDecidedOut(Out):
    """The new line."""

    id: Id


class BudgetOut(Out):
    """A budget line and what is left of it."""

    id: Id
    purpose: str
    period: str
    area: str | None
    sponsor: str | None
    amount_fen: int
    reserved_fen: int
    paid_fen: int
    left_fen: int


def bonus_step_out(answer: BonusAnswer) -> BonusStepOut:
    """A bonus after a step."""
    return BonusStepOut(
        id=answer.id,
        number=answer.number,
        state=answer.state,
        tier=answer.tier,
        mean_tenths=answer.mean_tenths,
        amount_fen=answer.amount_fen,
        approvals_missing=list(answer.approvals_missing),
        noticed_until=answer.noticed_until,
    )


def approved_many_out(batch: BatchApproved) -> ApprovedManyOut:
    """A batch of approvals."""
    return ApprovedManyOut(id=batch.id, count=batch.count, sum_fen=batch.sum_fen, approved=batch.approved)


def _missing(row: db.Row) -> list[str]:
    """The approvals that a scored bonus still waits for."""
    if row["state"] != "scored":
        return []
    return list(approvals_missing(tier_row(row["tier"]).approvals, row["approvals"]))


def bonus_line_out(row: db.Row) -> BonusLineOut:
    """A bonus in a list."""
    return BonusLineOut(
        id=row["id"],
        number=row["number"],
        state=row["state"],
        tier=row["tier"],
        mean_tenths=row["mean_tenths"],
        amount_fen=row["amount_fen"],
        approvals_missing=_missing(row),
        noticed_until=row["noticed_until"],
        bonus_class=row["bonus_class"],
        event_id=row["event_id"],
        event_number=row["event_number"],
        area=row["area_path"],
        sealed=row["sealed"],
        nominated_at=row["nominated_at"],
    )


def bonus_out(bonus: BonusSeen) -> BonusOut:
    """One bonus."""
    row = bonus.row
    return BonusOut(
        **asdict(bonus_line_out(row)),
        summary=bonus.summary,
        shares=[
            ShareOut(
                id=each.share.id,
                name=each.name,
                part=each.share.part,
                percent=each.share.percent,
                amount_fen=each.share.amount_fen,
            )
            for each in bonus.shares
        ],
        scores=[
            ScoreOut(
                assessor=bonus.name_of(score["assessor"]),
                truth=score["truth"],
                timeliness=score["timeliness"],
                harm=score["harm"],
                loop=score["loop"],
                scored_at=score["scored_at"],
            )
            for score in bonus.scores
        ],
        approvals=[ApprovalOut(approver=bonus.name_of(approver), step=step) for approver, step in bonus.approvals],
        noticed_on=row["noticed_on"],
        notice_estimated=row["notice_estimated"],
        approved_at=row["approved_at"],
        payable_at=row["payable_at"],
        ended_because=row["ended_because"],
    )


def notice_out(row: db.Row) -> NoticeOut:
    """A bonus as everybody can read of it."""
    return NoticeOut(
        id=row["id"],
        number=row["number"],
        bonus_class=row["bonus_class"],
        tier=row["tier"],
        amount_fen=row["amount_fen"],
        names=[mask_name(name) for name in row["names"]],
        noticed_on=row["noticed_on"],
        noticed_until=row["noticed_until"],
    )


def payout_out(batch: BatchAnswer) -> PayoutOut:
    """A batch for the bank."""
    return PayoutOut(
        id=batch.id,
        number=batch.number,
        checksum=batch.checksum,
        exported_at=batch.exported_at,
        amount_fen=batch.amount_fen,
        lines=[
            PayoutLineOut(
                id=line.id,
                position=line.position,
                bonus_number=line.bonus_number,
                amount_fen=line.amount_fen,
                state=line.state,
                replaces=line.replaces,
                receipt_number=line.receipt_number,
                reason=line.reason,
            )
            for line in batch.lines
        ],
    )


def budget_out(row: db.Row) -> BudgetOut:
    """A budget line and what is left of it."""
    return BudgetOut(
        id=row["id"],
        purpose=row["purpose"],
        period=row["period"],
        area=row["area_path"],
        sponsor=row["sponsor"],
        amount_fen=row["amount_fen"],
        reserved_fen=row["reserved_fen"],
        paid_fen=row["paid_fen"],
        left_fen=row["amount_fen"] - row["reserved_fen"] - row["paid_fen"],
    )
