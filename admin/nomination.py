"""Nomination: a closed event is proposed for a cash bonus, with the people who earned it and their shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from admin import bonuses, sealing
from admin.access import NOMINATING_ROLES
from admin.bonuses import BonusAnswer
from admin.errors import ConflictOfInterest, EventNotClosed, MatterTaken, NobodyReported
from admin.named_people import names_somebody
from grid.access import reads
from grid.events import EventForBonus, event_for_bonus
from identity import audit
from identity.actor import Actor
from identity.people import find_people
from kit import clock, db
from kit.ids import new_id
from kit.refusals import NotFound
from kit.wire import Invalid

OPINION_RISK: Final = 2
REPORTER_LEAST: Final = 60
OTHERS_MOST: Final = 40
_WHOLE = 100
_MOST_PEOPLE = 3
_INSERT = """
    INSERT INTO admin_bonus (
        id, number, event, area, bonus_class, summary, summary_sealed, sealed, state, nominated_by, nominated_at,
        notice_estimated
    )
    VALUES (
        $1, to_char($9::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYY')
            || lpad(nextval('admin_bonus_number')::text, 6, '0'),
        $2, $3, $4, $5, $6, $7, 'nominated', $8, $9, false
    )
    ON CONFLICT (event) DO NOTHING RETURNING id
"""
_SHARES = """
    INSERT INTO admin_bonus_share (id, bonus, person, part, percent)
    SELECT share.id, $1, share.person, share.part, share.percent
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::smallint[]) AS share (id, person, part, percent)
"""


@dataclass(frozen=True, slots=True)
class ShareAsked:
    """One of the people nominated, with what he did and his percent."""

    person_id: UUID
    part: Literal["reporter", "verifier", "helper"]
    percent: int


@db.flow
async def nominate_bonus(
    *,
    actor: Actor,
    event_id: UUID,
    bonus_class: int,
    summary: str,
    shares: Sequence[ShareAsked],
    at: datetime | None = None,
) -> BonusAnswer:
    """Nominate a closed event for a bonus: class, what was achieved, and one to three people whose shares make 100.

    Moves: nothing.
    Answers: the bonus, nominated.
    Raises: NotFound, EventNotClosed, NobodyReported, MatterTaken, ConflictOfInterest, Invalid.
    """
    moment = await clock.value_time(at)
    event = await event_for_bonus(event_id)
    if event is None or not actor.covers(event.area_path, *NOMINATING_ROLES):
        raise NotFound
    if not reads(actor, event.area_path, private=event.private, identity_sealed=event.identity_sealed):
        raise NotFound
    if event.state != "closed":
        raise EventNotClosed
    if event.reporter_id is None:
        raise NobodyReported
    _check_summary(bonus_class, summary)
    check_shares(shares, event.reporter_id, event.verifier_ids)
    await _check_people(shares)
    his = {actor.id, *bonuses.stood_in_for(actor, *NOMINATING_ROLES)}
    if actor.kind != "person" or his & {share.person_id for share in shares if share.part != "verifier"}:
        raise ConflictOfInterest
    bonus_id = await _insert(actor, event, bonus_class, summary, moment)
    await _add_parties(bonus_id, actor, event, shares)
    await db.current().execute(
        _SHARES,
        bonus_id,
        [new_id() for _ in shares],
        [share.person_id for share in shares],
        [share.part for share in shares],
        [share.percent for share in shares],
    )
    await audit.record(
        actor,
        action="bonus.nominated",
        subject=("bonus", bonus_id),
        after={"event": str(event_id), "class": bonus_class, "shares": [share.percent for share in shares]},
    )
    return await bonuses.answer_of(bonus_id)


def may_nominate(actor: Actor, area_path: str, state: str) -> bool:
    """Whether the actor's office lets him nominate a matter of this area; whom he may name is decided in the flow."""
    return state == "closed" and actor.covers(area_path, *NOMINATING_ROLES)


async def bonus_of(event_id: UUID) -> db.Row | None:
    """The bonus of a matter, which has one at most."""
    return await db.fetchrow("SELECT id, number, state FROM admin_bonus WHERE event = $1", event_id)


def check_shares(shares: Sequence[ShareAsked], reporter_id: UUID, verifier_ids: Sequence[UUID]) -> None:
    """The first effective reporter has 60 to 100 percent, others at most 40, together 100; raises Invalid. Pure."""
    faults: list[tuple[str, str, str, str]] = []
    if not 1 <= len(shares) <= _MOST_PEOPLE or len({share.person_id for share in shares}) != len(shares):
        faults.append(("/shares", "one_to_three", "须为一至三个不同的人。", "Name one to three different people."))
    if sum(share.percent for share in shares) != _WHOLE:
        faults.append(("/shares", "percent_sum", "各人比例之和须为 100%。", "The shares must make 100 percent."))
    if [share.person_id for share in shares if share.part == "reporter"] != [reporter_id]:
        faults.append(
            ("/shares", "reporter_missing", "须包含首个有效上报人。", "The first effective reporter must be named.")
        )
    for place, share in enumerate(shares):
        at_most = _WHOLE if share.part == "reporter" else OTHERS_MOST
        at_least = REPORTER_LEAST if share.part == "reporter" else 1
        if not at_least <= share.percent <= at_most:
            faults.append(
                (
                    f"/shares/{place}/percent",
                    "percent_range",
                    f"比例须在 {at_least}% 到 {at_most}% 之间。",
                    f"The share must be {at_least} to {at_most} percent.",
                )
            )
        if (share.part == "verifier") != (share.person_id in verifier_ids):
            faults.append(
                (
                    f"/shares/{place}/part",
                    "part_wrong",
                    "角色与事件记录不符。",
                    "The part is not the one that the event's record shows.",
                )
            )
    if faults:
        raise Invalid(*faults)


def _check_summary(bonus_class: int, summary: str) -> None:
    found = names_somebody(summary) if bonus_class == OPINION_RISK else None
    if found == "phone_number":
        raise Invalid(
            (
                "/summary",
                found,
                "舆情类事由不得包含电话号码。",
                "The summary of an opinion risk holds a phone number.",
            )
        )
    if found is not None:
        raise Invalid(
            (
                "/summary",
                found,
                "舆情类事由不得包含账号或昵称。",
                "The summary of an opinion risk names an account.",
            )
        )


async def _check_people(shares: Sequence[ShareAsked]) -> None:
    people = await find_people([share.person_id for share in shares])
    for place, share in enumerate(shares):
        person = people.get(share.person_id)
        if person is None or not person.active:
            raise Invalid((f"/shares/{place}/person", "person_unknown", "查无此人。", "There is no such person."))


async def _insert(actor: Actor, event: EventForBonus, bonus_class: int, summary: str, moment: datetime) -> UUID:
    bonus_id = new_id()
    sealed = sealing.seal_summary(bonus_id, summary) if event.private else None
    inserted: UUID | None = await db.current().fetchval(
        _INSERT,
        bonus_id,
        event.id,
        event.area_id,
        bonus_class,
        None if event.private else summary,
        sealed,
        event.identity_sealed,
        actor.id,
        moment,
    )
    if inserted is None:
        raise MatterTaken
    return inserted


async def _add_parties(bonus_id: UUID, actor: Actor, event: EventForBonus, shares: Sequence[ShareAsked]) -> None:
    """Everybody who had to do with the matter gets his part, so that none of them can judge it."""
    for share in shares:
        if share.part == "reporter":
            await bonuses.take_part(bonus_id, share.person_id, "reporter")
    for verifier_id in event.verifier_ids:
        await bonuses.take_part(bonus_id, verifier_id, "verifier")
    for share in shares:
        if share.part == "helper":
            await bonuses.take_part(bonus_id, share.person_id, "helper")
    if actor.id not in event.verifier_ids:
        await bonuses.take_part(bonus_id, actor.id, "nominator")
