"""A resident hands in what he did: the door `self`.

Every claim gets its decision at once: pending for its verifiers, or refused with the reason and with the day from
which on he may earn from it again. What it may use of the caps is kept for it while it is pending.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.people import require_person
from kit import clock, db, files
from kit.errors import Refusal
from kit.ids import new_id
from kit.once import Answer, Once, answered_once
from kit.refusals import NotFound
from points.deciding import Submission
from points.errors import OTHER_DOORS
from points.rules import Action, Rule, rule_book
from points.submissions import Taken, take_submissions

SELF = "self"
SAME_PICTURE_HOURS = 24

_SAME_PICTURE = db.load_sql(__file__, "find_same_picture")
_PICTURES = """
    INSERT INTO points_participation_picture (id, participation, pixels_sha256, handed_in_at)
    SELECT picture.id, $3, picture.pixels_sha256, $4
    FROM unnest($1::uuid[], $2::bytea[]) AS picture (id, pixels_sha256)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What came of a claim."""

    id: UUID
    state: str
    code: str
    points: int
    rule_version_id: UUID | None
    rule_version: int | None
    next_eligible_on: date | None


@db.flow
async def claim_action(
    *,
    actor: Actor,
    person_id: UUID,
    action: str,
    occurred_at: datetime,
    quantity: int = 1,
    note: str | None = None,
    place: str | None = None,
    file_ids: Sequence[UUID] = (),
    once: Once | None = None,
    at: datetime | None = None,
) -> Answer[Claimed]:
    """Hand in something that a resident did, with its pictures.

    Moves: nothing yet; an award comes with the last verification (a rule that only the system verifies: at once).
    Answers: the participation with its decision; a refused one too. An action that comes through another door is
        answered `use_event`, `use_activity` … and keeps its refused row.
    Raises: ActionUnknown, NotFound (for somebody else), FileUnknown.
    """

    async def work() -> Claimed | Refusal:
        if actor.kind != "system" and actor.id != person_id:
            raise NotFound
        moment = await clock.value_time(at)
        person = await require_person(person_id)
        rules = await rule_book()
        known = rules.action(action)
        pictures = await _pictures(file_ids)
        refused = _wrong_door(known) or await _lacking(
            known.rule(person.area_path, clock.business_day(occurred_at)), pictures, moment
        )
        submission = Submission(
            person_id=person_id,
            action=action,
            occurred_at=occurred_at,
            occurrence=minute_of(occurred_at),
            source=SELF,
            quantity=quantity,
            note=note,
            place=place,
            refused=refused,
        )
        (taken,) = await take_submissions([submission], rules=rules, at=moment)
        if taken.participation_id is None:
            raise NotFound
        await _keep_pictures(actor, taken.participation_id, file_ids, pictures, moment)
        await _write_down(actor, taken)
        return OTHER_DOORS[known.opened_by]() if known.opened_by != SELF else _claimed(taken, taken.participation_id)

    return await answered_once(once, work)


def minute_of(occurred_at: datetime) -> str:
    """The occurrence of an act that nothing else names: the minute in which it happened."""
    return f"@{occurred_at.astimezone(UTC):%Y%m%d%H%M}"


def _wrong_door(action: Action) -> str | None:
    return None if action.opened_by == SELF else f"use_{action.opened_by}"


async def _pictures(file_ids: Sequence[UUID]) -> list[bytes]:
    """The digests of the pictures handed in with a claim."""
    found = [await files.file_of(each) for each in file_ids]
    return [each.pixels_sha256 for each in found if each is not None]


async def _lacking(rule: Rule | None, pictures: Sequence[bytes], at: datetime) -> str | None:
    """What is wrong with the evidence."""
    if rule is not None and rule.needs_picture and not pictures:
        return "evidence_missing"
    since = at - timedelta(hours=SAME_PICTURE_HOURS)
    if pictures and await db.current().fetchval(_SAME_PICTURE, list(pictures), since):
        return "same_picture"
    return None


async def _keep_pictures(
    actor: Actor, participation_id: UUID, file_ids: Sequence[UUID], pictures: Sequence[bytes], at: datetime
) -> None:
    if not file_ids:
        return
    await files.claim(file_ids, owner_id=actor.id, subject=("participation", participation_id))
    await db.current().execute(_PICTURES, [new_id() for _ in pictures], list(pictures), participation_id, at)


async def _write_down(actor: Actor, taken: Taken) -> None:
    await audit.record(
        actor,
        action=f"participation.{taken.state}",
        subject=("participation", taken.participation_id),
        after={"action": taken.submission.action, "code": taken.code},
        person_id=taken.submission.person_id,
    )


def _claimed(taken: Taken, participation_id: UUID) -> Claimed:
    return Claimed(
        id=participation_id,
        state=taken.state,
        code=taken.code,
        points=taken.ruling.points,
        rule_version_id=taken.rule.id if taken.rule else None,
        rule_version=taken.rule.version if taken.rule else None,
        next_eligible_on=taken.ruling.next_eligible_on,
    )
