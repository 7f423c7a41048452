"""The routes of points: the catalogue, claims, verification, a resident's numbers, bulk awards, the trial balance."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from identity.actor import Actor
from identity.guards import allow, integration
from identity.people import require_person
from kit import files, paging, wire
from kit.clock import business_day
from kit.invariants import prove, registered
from kit.keyed import Keyed
from kit.refusals import refuses
from kit.wire import DayText, Id
from points import announcing, queries
from points.answers import (
    action_out,
    award_out,
    credit_out,
    detail_out,
    entry_out,
    line_out,
    participation_out,
    points_out,
    trial_balance_out,
    verified_out,
)
from points.awards import AwardLine, award_lines
from points.errors import (
    NOT_ALLOWED,
    OTHER_DOORS,
    ActionUnknown,
    AlreadyDecided,
    VerifierCeiling,
)
from points.levels import VERIFIER_ROLES
from points.participations import claim_action
from points.schemas import (
    ActionOut,
    AwardLines,
    AwardOut,
    CreditOut,
    EntryOut,
    ParticipationDetailOut,
    ParticipationIn,
    ParticipationLineOut,
    ParticipationOut,
    PointsOut,
    TrialBalanceOut,
    VerifiedOut,
    VerifyIn,
)
from points.verification import verify_participation

MEGABYTE = 1024 * 1024


@get("/api/actions", guards=[allow()])
async def list_actions(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 100,
) -> paging.Page[ActionOut]:
    """The catalogue, with the rule that holds today where the caller lives and what is left of his caps."""
    scope = f"actions:{actor.id}"
    after = paging.after(cursor, scope, int)
    person = await require_person(actor.id)
    offers = await queries.offers(actor.id, person.area_path)
    rows = [each for each in offers if after is None or each.action.number > after[0]]
    return paging.page(
        rows[: limit + 1],
        limit=limit,
        scope=scope,
        position=lambda each: (each.action.number,),
        show=lambda each: action_out(each, language),
    )


@post(
    "/api/participations",
    guards=[allow("resident")],
    opt=refuses(ActionUnknown, files.FileUnknown, *OTHER_DOORS.values()),
)
async def claim(
    data: JSONBody[ParticipationIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[ParticipationOut]:
    """Hand in something that one did. A refused claim is answered too, with its reason."""
    answer = await claim_action(
        actor=actor,
        person_id=actor.id,
        action=data.action,
        occurred_at=data.occurred_at,
        quantity=data.quantity,
        note=data.note,
        place=data.place,
        file_ids=data.file_ids,
        once=keyed.once(lambda claimed: participation_out(claimed, keyed.language)),
    )
    response: Response[ParticipationOut] = keyed.reply(answer)
    return response


@get("/api/participations", guards=[allow()])
async def list_participations(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    queue: FromQuery[Literal["verify"] | None] = None,
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[ParticipationLineOut]:
    """One's own, the newest first; with `queue=verify` what waits for one's verification, the oldest first."""
    scope = f"participations:{actor.id}:{queue}"
    place = paging.after_one(cursor, scope, UUID)
    if queue is None:
        rows = await queries.own_participations(actor.id, before=place, limit=limit + 1)
    else:
        rows = await queries.verification_queue(actor, after=place, limit=limit + 1)
    return paging.page(
        rows, limit=limit, scope=scope, position=lambda row: (row["id"],), show=lambda row: line_out(row, language)
    )


@get("/api/participations/{participation_id:uuid}", guards=[allow()])
async def show_participation(
    participation_id: FromPath[Id], actor: NamedDependency[Actor], language: NamedDependency[str]
) -> ParticipationDetailOut:
    """One participation with its pictures, for its resident and for verifiers of his area."""
    row = await queries.read_participation(actor, participation_id)
    return detail_out(row, await files.rows_of("participation", participation_id), language)


@post(
    "/api/participations/{participation_id:uuid}/verify",
    guards=[allow(*VERIFIER_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(AlreadyDecided, VerifierCeiling, *NOT_ALLOWED.values()),
)
async def verify(
    participation_id: FromPath[Id],
    data: JSONBody[VerifyIn],
    actor: NamedDependency[Actor],
    keyed: NamedDependency[Keyed],
) -> Response[VerifiedOut]:
    """Confirm or refuse the next step of a participation; the last confirmation pays it."""
    answer = await verify_participation(
        actor=actor,
        participation_id=participation_id,
        accept=data.accept,
        reason=data.reason,
        once=keyed.once(lambda verified: verified_out(verified, keyed.language), status=HTTP_200_OK),
    )
    await announcing.tell_verified(answer)
    response: Response[VerifiedOut] = keyed.reply(answer)
    return response


@get("/api/me/points", guards=[allow()])
async def my_points(actor: NamedDependency[Actor]) -> PointsOut:
    """What one can spend now, what is on its way, what is owed, honour, hours, and the credit score."""
    moment = await queries.now()
    wallet = await queries.wallet(actor.id, moment)
    return points_out(wallet, await queries.credit_of(actor.id, business_day(moment)))


@get("/api/me/points/entries", guards=[allow()])
async def my_entries(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: FromQuery[paging.Limit] = 20,
) -> paging.Page[EntryOut]:
    """The movements of one's points, the newest first."""
    scope = f"entries:{actor.id}"
    rows = await queries.entries(actor.id, below=paging.after_one(cursor, scope, int), limit=limit + 1)
    return paging.page(
        rows,
        limit=limit,
        scope=scope,
        position=lambda row: (row["version"],),
        show=lambda row: entry_out(row, language),
    )


@get("/api/me/credit", guards=[allow()])
async def my_credit(actor: NamedDependency[Actor]) -> CreditOut:
    """Today's score with everything that makes it."""
    return await _credit(actor, business_day(await queries.now()))


@get("/api/me/credit/forecast", guards=[allow()])
async def my_credit_forecast(
    actor: NamedDependency[Actor], on_day: Annotated[DayText, QueryParameter(name="on")]
) -> CreditOut:
    """The score of another day, past or future, from the same events."""
    return await _credit(actor, wire.day(on_day))


async def _credit(actor: Actor, on: date) -> CreditOut:
    score, events = await queries.counted_credit(actor.id, on)
    return credit_out(score, events, on)


@post("/api/awards", guards=[integration()], status_code=HTTP_200_OK, request_max_body_size=MEGABYTE)
async def award(data: JSONBody[AwardLines], actor: NamedDependency[Actor]) -> list[AwardOut]:
    """Award up to 1,000 lines, as a JSON array or a line each (`application/x-ndjson`); each line is answered."""
    lines = [
        AwardLine(
            person_id=line.resident,
            action=line.action,
            occurred_at=line.occurred_at,
            reference=line.reference,
            quantity=line.quantity,
        )
        for line in data
    ]
    return [award_out(outcome) for outcome in await award_lines(actor=actor, lines=lines)]


@get("/api/ledger/trial-balance", guards=[allow("auditor")])
async def trial_balance(language: NamedDependency[str]) -> TrialBalanceOut:
    """Every invariant of every package, proven now in one snapshot."""
    return trial_balance_out(await prove(registered()), language)


file_viewers = {"participation": queries.sees_participation}
routes = [
    list_actions,
    claim,
    list_participations,
    show_participation,
    verify,
    my_points,
    my_entries,
    my_credit,
    my_credit_forecast,
    award,
    trial_balance,
]
