"""Intake: an event is found and reported, by a resident, by staff for somebody else, or by another system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grid import clocks, sealing
from grid.access import ON_BEHALF_ROLES
from grid.categories import Category, require_category
from grid.errors import CategoryNotAllowed, NotOnBehalf
from grid.events import add_step, lock_event
from identity import audit
from identity.actor import Actor, covers
from identity.areas import AreaRow, find_area, find_area_by_path
from identity.people import find_person
from kit import clock, db, files
from kit.errors import unreachable
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from kit.wire import Invalid

_INSERT = """
    INSERT INTO grid_event (
        id, number, category, area, reporter, entered_by, source, external_id, identity_sealed,
        severity_proposed, place, latitude, longitude, text, text_sealed, state, round, department,
        reported_at, clock_from, due_at, urged
    )
    VALUES (
        $1, to_char($2::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYY')
            || lpad(nextval('grid_event_number')::text, 8, '0'),
        $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'reported', 0, $16, $2, $2, $17, 'no'
    )
    ON CONFLICT (source, external_id) WHERE source IS NOT NULL DO NOTHING
    RETURNING id
"""
_TAKEN = "SELECT id, number, state, due_at FROM grid_event WHERE source = $1 AND external_id = $2"
_BY_ID = "SELECT id, number, state, due_at FROM grid_event WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that was taken; `new` is false when the other system had sent it before."""

    event_id: UUID
    number: str
    state: str
    due_at: datetime | None
    new: bool


@dataclass(frozen=True, slots=True)
class _Origin:
    """Whose report it is and through whom it came."""

    reporter_id: UUID | None
    entered_by_id: UUID | None
    source_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found and where, with the severity that its reporter proposes."""

    category: str
    severity: int
    place: str
    text: str
    area_id: UUID | None = None
    latitude: float | None = None
    longitude: float | None = None
    file_ids: Sequence[UUID] = ()
    on_behalf_of: UUID | None = None
    external_id: str | None = None


@db.flow
async def report_event(
    *,
    actor: Actor,
    category: str,
    severity: int,
    place: str,
    text: str,
    area_id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    file_ids: Sequence[UUID] = (),
    on_behalf_of: UUID | None = None,
    external_id: str | None = None,
    at: datetime | None = None,
) -> Reported:
    """Take a report: its place, its category with the severity the reporter proposes, and his pictures.

    Moves: nothing. The clock of acceptance begins.
    Answers: the event; the one that is there already when another system sends its own number again.
    Raises: Invalid, NotOnBehalf, CategoryNotAllowed, FileUnknown.
    """
    report = Report(
        category=category,
        severity=severity,
        place=place,
        text=text,
        area_id=area_id,
        latitude=latitude,
        longitude=longitude,
        file_ids=file_ids,
        on_behalf_of=on_behalf_of,
        external_id=external_id,
    )
    return await _take(actor, report, await clock.value_time(at))


@db.flow
async def report_once(
    *, actor: Actor, report: Report, once: Once | None = None, at: datetime | None = None
) -> Answer[Reported]:
    """Take a report from a page, once however often a phone with a bad network sends it.

    Moves: nothing. The clock of acceptance begins.
    Answers: the event; the first answer when it is sent again.
    Raises: Invalid, NotOnBehalf, CategoryNotAllowed, FileUnknown.
    """

    async def work() -> Reported:
        return await _take(actor, report, await clock.value_time(at))

    return await answered_once(once, work)


async def _take(actor: Actor, report: Report, moment: datetime) -> Reported:
    if (report.latitude is None) != (report.longitude is None):
        raise Invalid(("/longitude", "half_a_place", "经纬度须同时填写。", "Give latitude and longitude, or neither."))
    kind = await require_category(report.category)
    origin = _origin(actor, kind, report.on_behalf_of, report.external_id)
    area = await _area(actor, origin, report.area_id)
    due = clocks.acceptance(kind.times, report.severity, moment).due
    event_id = new_id()
    inserted = await db.current().fetchval(
        _INSERT, event_id, moment, kind.code, area.id, origin.reporter_id, origin.entered_by_id, origin.source_id,
        report.external_id, kind.seals_identity, report.severity, report.place, report.latitude, report.longitude,
        None if kind.private else report.text, sealing.seal_text(event_id, report.text) if kind.private else None,
        kind.department, due,
    )  # fmt: skip
    if inserted is None:
        return _reported(await db.current().fetchrow(_TAKEN, origin.source_id, report.external_id), new=False)
    if report.file_ids:
        await files.claim(report.file_ids, owner_id=actor.id, subject=("event", event_id))
    event = await lock_event(event_id)
    await add_step(event, "reported", actor=actor, at=moment, state="reported", due_at=due)
    await audit.record(
        actor,
        action="event.reported",
        subject=("event", event_id),
        after={"category": kind.code, "severity": report.severity, "area": str(area.id)},
        person_id=None if kind.seals_identity else origin.reporter_id,
    )
    return _reported(await db.current().fetchrow(_BY_ID, event_id), new=True)


def _origin(actor: Actor, category: Category, on_behalf_of: UUID | None, external_id: str | None) -> _Origin:
    """Whose report it is; integrations give their own number and may name the resident."""
    if actor.kind == "integration":
        if category.action not in actor.actions:
            raise CategoryNotAllowed
        if external_id is None:
            raise Invalid(
                ("/external_id", "external_id_missing", "请填写来源系统的编号。", "Give the number of your system.")
            )
        return _Origin(on_behalf_of, None, actor.id)
    if external_id is not None:
        raise Invalid(("/external_id", "not_an_integration", "此项仅供接口使用。", "Only integrations give this."))
    if on_behalf_of is None or on_behalf_of == actor.id:
        if actor.kind != "person":
            raise NotOnBehalf
        return _Origin(actor.id, None, None)
    if not actor.has(*ON_BEHALF_ROLES):
        raise NotOnBehalf
    return _Origin(on_behalf_of, actor.id if actor.kind == "person" else None, None)


async def _area(actor: Actor, origin: _Origin, area_id: UUID | None) -> AreaRow:
    """Where it is: the area that was named, else the reporter's own, else the place of the system that sends it.

    Another system reports within the area of its key; staff for others where the event or its reporter is theirs.
    """
    reporter = None
    if origin.reporter_id is not None:
        reporter = await find_person(origin.reporter_id)
        if reporter is None or not reporter.active:
            raise Invalid(("/on_behalf_of", "person_unknown", "查无此人。", "There is no such person."))
        area_id = area_id or reporter.area_id
    if area_id is not None:
        area = await find_area(area_id)
    elif actor.area_path is not None:
        area = await find_area_by_path(actor.area_path)
    else:
        area = None
    if area is None:
        raise Invalid(("/area_id", "area_unknown", "请指明事件所在的区域。", "Name the area in which it is."))
    if origin.source_id is not None and not covers(actor.area_path or "", area.path):
        raise Invalid(("/area_id", "area_outside", "该接口密钥不适用于此区域。", "The key is not for this area."))
    if origin.entered_by_id is not None and not (
        actor.covers(area.path, *ON_BEHALF_ROLES)
        or (reporter is not None and actor.covers(reporter.area_path, *ON_BEHALF_ROLES))
    ):
        raise NotOnBehalf
    return area


def _reported(row: db.Row | None, *, new: bool) -> Reported:
    if row is None:
        unreachable("a report that was taken is there")
    return Reported(row["id"], row["number"], row["state"], row["due_at"], new)
