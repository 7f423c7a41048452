"""What goes over the wire: the catalogue, claims and their verification, a resident's numbers, and bulk awards."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from kit import wire
from kit.wire import In, Out

MOST_LINES = 1_000
MOST_PICTURES = 9

State: TypeAlias = Literal["pending", "awarded", "refused", "voided"]


class CapsOut(Out):
    """How often the action counts, null where a period has no cap: in awards, or hours of an hourly action."""

    day: wire.Count | None
    month: wire.Count | None
    quarter: wire.Count | None
    year: wire.Count | None
    once: wire.Count | None


class ActionOut(Out):
    """An action with the rule that holds today where the caller lives."""

    code: str
    name: str
    category: str
    points: int
    credit_tenths: int
    per: Literal["time", "hour"]
    evidence: str
    verified_by: str
    opened_by: str
    caps: CapsOut
    left_today: int | None
    left_this_month: int | None
    rule_version: int


class ParticipationIn(In):
    """A claim of something done; `quantity` is the hours of an hourly action."""

    action: wire.Code
    occurred_at: wire.Instant
    quantity: wire.Quantity = 1
    note: wire.Text | None = None
    place: wire.ShortText | None = None
    file_ids: Annotated[list[wire.Id], Meta(max_length=MOST_PICTURES)] = msgspec.field(default_factory=list)


class DecisionOut(Out):
    """Why it is as it is, by which version of the rule, and from when on another act can count."""

    code: str
    detail: str
    rule_version: int | None
    next_eligible_at: datetime | None


class ParticipationOut(Out):
    """What came of a claim."""

    id: wire.Id
    state: State
    decision: DecisionOut
    points: int


class ParticipationLineOut(Out):
    """A participation in a list; `person` (masked) and `waits_for` are for verifiers."""

    id: wire.Id
    action: str
    occurred_at: datetime
    submitted_at: datetime
    quantity: int
    points: int
    state: State
    decision: DecisionOut
    person: str | None = None
    area: str | None = None
    waits_for: str | None = None
    note: str | None = None
    place: str | None = None
    reason: str | None = None


class ParticipationDetailOut(ParticipationLineOut):
    """A participation with its pictures."""

    file_ids: list[wire.Id]


class VerifyIn(In):
    """A verifier's decision; the reason goes to the resident."""

    accept: bool
    reason: wire.Text | None = None


class VerifiedOut(Out):
    """What came of a verification; `steps_left` more people have to verify it."""

    id: wire.Id
    state: State
    decision: DecisionOut
    points: int
    steps_left: int


class ExpiringOut(Out):
    """Points that expire at the end of a day."""

    on: date
    points: int


class CreditShortOut(Out):
    """The credit score in short; `to_next_level` is null on the highest."""

    score: int
    level: str
    level_name: str
    to_next_level: int | None


class PointsOut(Out):
    """A resident's numbers: what he can spend now, what is on its way, what he owes, honour and hours."""

    balance: int
    pending: int
    recovery: int
    honour: int
    hours: int
    expiring: list[ExpiringOut]
    credit: CreditShortOut


class EntryOut(Out):
    """A line of a resident's account."""

    id: wire.Id
    at: datetime
    kind: str
    label: str
    points: int
    balance_after: int
    action: str | None
    rule_version: int | None
    reference: wire.Id
    expires_on: date | None


class CreditEventOut(Out, rename={"starts": "from", "ends": "until"}):
    """A contribution to the score; `counted` of its tenths count on the day asked for."""

    action: str
    category: str
    tenths: int
    starts: date
    ends: date
    rule_version: int
    verifier_role: str
    counted: int


class CreditOut(CreditShortOut):
    """The score of a day with everything that makes it."""

    on: date
    events: list[CreditEventOut]


class AwardIn(In):
    """A line of another system; its reference is taken once."""

    reference: wire.Reference
    resident: wire.Id
    action: wire.Code
    occurred_at: wire.Instant
    quantity: wire.Quantity = 1


AwardLines: TypeAlias = Annotated[list[AwardIn], Meta(max_length=MOST_LINES)]


class AwardOut(Out):
    """What came of a line, in the order of the lines."""

    reference: str
    outcome: Literal["awarded", "pending", "duplicate", "capped", "refused"]
    code: str | None
    points: int
    balance_after: int | None


class FindingOut(Out):
    """One invariant: how many things were looked at, and what breaks it."""

    name: str
    text: str
    ok: bool
    checked: int
    violations: list[str]


class TrialBalanceOut(Out):
    """Every invariant that the packages register, proven in one snapshot."""

    ok: bool
    invariants: list[FindingOut]
