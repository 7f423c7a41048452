"""Events on the wire."""

from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import asdict

from grid.categories import Category
from grid.events import EventAnswer
from grid.intake import Reported
from grid.queries import EventSeen, StepSeen
from grid.states import State
from kit import db
from kit.wire import (
    Code,
    Id,
    In,
    Instant,
    Latitude,
    Longitude,
    Out,
    Reference,
    Severity,
    ShortText,
    SignedPoints,
    Text,
)

Pictures = Annotated[list[Id], Meta(max_length=9)]
Stars = Annotated[int, Meta(ge=1, le=5, examples=[5])]
StateText = Annotated[State, Meta(examples=["reported"])]
Scope = Annotated[Literal["own", "territory"], Meta(examples=["territory"])]


class EventIn(In):
    """A report. `area_id` is where it is, the reporter's own area when it is left out."""

    category: Code
    severity: Severity
    place: ShortText
    text: Text
    file_ids: Pictures = field(default_factory=list)
    area_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    on_behalf_of: Id | None = None
    external_id: Reference | None = None


class AcceptIn(In):
    """The category and severity that are confirmed; what was reported when they are left out."""

    severity: Severity | None = None
    category: Code | None = None
    note: Text | None = None


class DispatchIn(In):
    """To which department, and to whom there; the category's department when it is left out."""

    department: ShortText | None = None
    assignee_id: Id | None = None
    note: Text | None = None


class HandleIn(In):
    """What was done."""

    note: Text
    file_ids: Pictures = field(default_factory=list)


class FeedBackIn(In):
    """The answer to the reporter."""

    note: Text


class RateIn(In):
    """The reporter's rating."""

    stars: Stars
    note: Text | None = None


class CloseIn(In):
    """A word at the end."""

    note: Text | None = None


class ReasonIn(In):
    """Why."""

    reason: Text


class ReportedOut(Out):
    """A report that was taken; `new` is false when the same external id was sent before."""

    id: Id
    number: str
    state: str
    due_at: Instant | None
    new: bool


class AwardOut(Out):
    """What was decided about the reporter's points."""

    action: str
    stage: int
    code: str
    points: SignedPoints


class EventStepOut(Out):
    """An event after a step; `levels_missing` are the verifier levels that still have to confirm it."""

    id: Id
    number: str
    state: str
    severity: int | None
    category: str
    due_at: Instant | None
    levels_missing: list[int]
    award: AwardOut | None


class StepOut(Out):
    """One step: who, when, and until when the next one was due."""

    kind: str
    state: str
    by: str | None
    assignee_id: Id | None
    at: Instant
    due_at: Instant | None
    note: str | None


class EventLineOut(Out):
    """An event in a list."""

    id: Id
    number: str
    category: str
    severity_proposed: int
    severity: int | None
    state: str
    urged: str
    place: str
    area_id: Id
    area: str
    department: str
    assignee_id: Id | None
    reported_at: Instant
    due_at: Instant | None
    closed_at: Instant | None
    rating: int | None


class EventOut(EventLineOut):
    """One event with its steps; the reporter's name is masked, and null where it is sealed."""

    category_name: str
    action: str
    text: str
    latitude: float | None
    longitude: float | None
    reporter: str | None
    reporter_id: Id | None
    external_id: str | None
    round: int
    accepted_at: Instant | None
    fed_back_at: Instant | None
    award_code: str | None
    file_ids: list[Id]
    steps: list[StepOut]


class CategoryOut(Out):
    """A kind of event that can be reported."""

    code: str
    name: str
    action: str
    department: str
    private: bool


def reported_out(reported: Reported) -> ReportedOut:
    """A taken report."""
    return ReportedOut(
        id=reported.event_id,
        number=reported.number,
        state=reported.state,
        due_at=reported.due_at,
        new=reported.new,
    )


def event_step_out(answer: EventAnswer) -> EventStepOut:
    """An event after a step."""
    award = answer.award
    return EventStepOut(
        id=answer.id,
        number=answer.number,
        state=answer.state,
        severity=answer.severity,
        category=answer.category,
        due_at=answer.due_at,
        levels_missing=list(answer.levels_missing),
        award=AwardOut(action=award.action, stage=award.stage, code=award.code, points=award.points) if award else None,
    )


def event_line_out(row: db.Row) -> EventLineOut:
    """An event in a list."""
    return EventLineOut(
        id=row["id"],
        number=row["number"],
        category=row["category"],
        severity_proposed=row["severity_proposed"],
        severity=row["severity"],
        state=row["state"],
        urged=row["urged"],
        place=row["place"],
        area_id=row["area_id"],
        area=row["area_path"],
        department=row["department"],
        assignee_id=row["assignee_id"],
        reported_at=row["reported_at"],
        due_at=row["due_at"],
        closed_at=row["closed_at"],
        rating=row["rating"],
    )


def event_out(event: EventSeen, language: str) -> EventOut:
    """One event with its steps."""
    row = event.row
    return EventOut(
        **asdict(event_line_out(row)),
        category_name=row["name_en"] if language == "en" else row["name_zh"],
        action=row["action"],
        text=event.text,
        latitude=row["latitude"],
        longitude=row["longitude"],
        reporter=event.reporter,
        reporter_id=event.reporter_id,
        external_id=row["external_id"],
        round=row["round"],
        accepted_at=row["accepted_at"],
        fed_back_at=row["fed_back_at"],
        award_code=row["award_code"],
        file_ids=list(event.file_ids),
        steps=[_step_out(step) for step in event.steps],
    )


def _step_out(step: StepSeen) -> StepOut:
    return StepOut(
        kind=step.kind,
        state=step.state,
        by=step.by,
        assignee_id=step.assignee_id,
        at=step.at,
        due_at=step.due_at,
        note=step.note,
    )


def category_out(category: Category, language: str) -> CategoryOut:
    """A kind of event."""
    return CategoryOut(
        code=category.code,
        name=category.name_en if language == "en" else category.name_zh,
        action=category.action,
        department=category.department,
        private=category.private,
    )
