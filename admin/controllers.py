"""Bonuses, payouts and budgets over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from admin import queries
from admin.access import (
    APPROVING_ROLES,
    BUDGET_READING_ROLES,
    BUDGET_ROLES,
    CLAWING_BACK_ROLE,
    FINANCE_ROLE,
    NOMINATING_ROLES,
    PAYOUT_READING_ROLES,
    SCORING_ROLE,
    STAFF_ROLES,
)
from admin.announcing import tell_bonuses
from admin.approvals import approve_bonus, reject_bonus
from admin.batch_approval import Seen, approve_bonuses
from admin.budgets import decide_budget
from admin.claw_back import claw_back_bonus
from admin.errors import (
    AmountDiffers,
    ApproverNotNamed,
    BonusNotReady,
    BudgetLineTaken,
    ChangedSinceSeen,
    ClawBackTooLate,
    ConflictOfInterest,
    EventNotClosed,
    MatterTaken,
    MonthlyCeiling,
    NobodyReported,
    NothingPayable,
    OutsideTerritory,
    PayoutInFlight,
)
from admin.nomination import ShareAsked, nominate_bonus
from admin.payout_results import LineResult, record_results
from admin.payouts import make_payout_batch, take_batch_file
from admin.schemas import (
    ApprovedManyOut,
    ApproveIn,
    ApproveManyIn,
    BonusLineOut,
    BonusOut,
    BonusState,
    BonusStepOut,
    BudgetDecidedOut,
    BudgetIn,
    BudgetOut,
    CodeAgain,
    NominateIn,
    NoticeOut,
    PayoutOut,
    ReasonIn,
    ResultsIn,
    ScoreIn,
    approved_many_out,
    bonus_line_out,
    bonus_out,
    bonus_step_out,
    budget_out,
    notice_out,
    payout_out,
)
from admin.scoring import score_bonus
from identity.actor import Actor
from identity.errors import BadCredentials, TooManyWrongTries
from identity.guards import allow, public
from kit import paging
from kit.errors import Refusal
from kit.keyed import Keyed
from kit.refusals import refuses
from kit.wire import Id, Invalid
from points.errors import AlreadyDecided, BudgetExhausted


@post(
    "/api/events/{event_id:uuid}/nominate",
    guards=[allow(*NOMINATING_ROLES)],
    opt=refuses(Invalid, EventNotClosed, NobodyReported, MatterTaken, ConflictOfInterest),
)
async def nominate(event_id: FromPath[Id], data: JSONBody[NominateIn], actor: NamedDependency[Actor]) -> BonusStepOut:
    """Nominate a closed event for a cash bonus."""
    answer = await nominate_bonus(
        actor=actor,
        event_id=event_id,
        bonus_class=data.bonus_class,
        summary=data.summary,
        shares=[ShareAsked(share.person, share.part, share.percent) for share in data.shares],
    )
    return bonus_step_out(answer)


@post(
    "/api/bonuses/{bonus_id:uuid}/score",
    guards=[allow(SCORING_ROLE)],
    status_code=HTTP_200_OK,
    opt=refuses(AlreadyDecided, ConflictOfInterest),
)
async def score(bonus_id: FromPath[Id], data: JSONBody[ScoreIn], actor: NamedDependency[Actor]) -> BonusStepOut:
    """Mark a bonus as an assessor."""
    answer = await score_bonus(
        actor=actor,
        bonus_id=bonus_id,
        truth=data.truth,
        timeliness=data.timeliness,
        harm=data.harm,
        loop=data.loop,
    )
    return bonus_step_out(answer)


@post(
    "/api/bonuses/{bonus_id:uuid}/approve",
    guards=[allow(*APPROVING_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(
        Invalid,
        BonusNotReady,
        AlreadyDecided,
        ApproverNotNamed,
        ConflictOfInterest,
        AmountDiffers,
        MonthlyCeiling,
        BudgetExhausted,
    ),
)
async def approve(
    bonus_id: FromPath[Id], data: JSONBody[ApproveIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[BonusStepOut]:
    """Say yes to the money; the last approval that the matrix asks for reserves it."""
    answer = await approve_bonus(
        actor=actor,
        bonus_id=bonus_id,
        amount_fen=data.amount_fen,
        meeting_note=data.meeting_note,
        once=keyed.once(bonus_step_out, status=HTTP_200_OK),
    )
    return await _sent(keyed, answer, bonus_id)


@post(
    "/api/bonuses/approvals",
    guards=[allow(*APPROVING_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(Invalid, BadCredentials, TooManyWrongTries, ChangedSinceSeen, BudgetExhausted),
)
async def approve_many(
    data: JSONBody[ApproveManyIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[ApprovedManyOut]:
    """Say yes to many bonuses as they were seen, with the second factor once more: to all of them or to none."""
    answer = await approve_bonuses(
        actor=actor,
        seen=[Seen(each.id, each.amount_fen, tuple(each.approvals_missing)) for each in data.bonuses],
        count=data.count,
        sum_fen=data.sum_fen,
        totp_code=data.totp,
        once=keyed.once(approved_many_out, status=HTTP_200_OK),
    )
    if isinstance(answer.result, BadCredentials | TooManyWrongTries):
        raise answer.result
    await tell_bonuses(answer, [each.id for each in data.bonuses])
    response: Response[ApprovedManyOut] = keyed.reply(answer)
    return response


@post(
    "/api/bonuses/{bonus_id:uuid}/reject",
    guards=[allow(*APPROVING_ROLES)],
    status_code=HTTP_200_OK,
    opt=refuses(AlreadyDecided, ConflictOfInterest),
)
async def reject(
    bonus_id: FromPath[Id], data: JSONBody[ReasonIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[BonusStepOut]:
    """Say no to a bonus before it becomes payable."""
    answer = await reject_bonus(
        actor=actor, bonus_id=bonus_id, reason=data.reason, once=keyed.once(bonus_step_out, status=HTTP_200_OK)
    )
    return await _sent(keyed, answer, bonus_id)


@post(
    "/api/bonuses/{bonus_id:uuid}/claw-back",
    guards=[allow(CLAWING_BACK_ROLE)],
    status_code=HTTP_200_OK,
    opt=refuses(BonusNotReady, AlreadyDecided, ConflictOfInterest, ClawBackTooLate, PayoutInFlight),
)
async def claw_back(
    bonus_id: FromPath[Id], data: JSONBody[ReasonIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[BonusStepOut]:
    """Take a bonus back, its money and its points."""
    answer = await claw_back_bonus(
        actor=actor, bonus_id=bonus_id, reason=data.reason, once=keyed.once(bonus_step_out, status=HTTP_200_OK)
    )
    return await _sent(keyed, answer, bonus_id)


@get("/api/bonuses", guards=[allow(*STAFF_ROLES)])
async def list_bonuses(
    actor: NamedDependency[Actor],
    bonus_state: Annotated[BonusState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: Annotated[paging.Limit, QueryParameter()] = 20,
) -> paging.Page[BonusLineOut]:
    """Bonuses of one's territory."""
    name = f"bonuses:{actor.id}:{bonus_state}"
    after = paging.after(cursor, name, datetime, UUID)
    rows = await queries.list_bonuses(actor, state=bonus_state, after=after, limit=limit + 1)
    return paging.page(
        rows, limit=limit, scope=name, position=lambda row: (row["nominated_at"], row["id"]), show=bonus_line_out
    )


@get("/api/bonuses/{bonus_id:uuid}", guards=[allow(*STAFF_ROLES)])
async def show_bonus(bonus_id: FromPath[Id], actor: NamedDependency[Actor]) -> BonusOut:
    """One bonus with its shares, marks and approvals."""
    return bonus_out(await queries.read_bonus(actor, bonus_id))


@get("/api/bonus-notices", guards=[public()])
async def list_notices(
    cursor: FromQuery[paging.Cursor | None] = None, limit: Annotated[paging.Limit, QueryParameter()] = 20
) -> paging.Page[NoticeOut]:
    """Bonuses that are up for five working days, with masked names (公示)."""
    before = paging.after_one(cursor, "bonus-notices", UUID)
    rows = await queries.list_notices(before=before, limit=limit + 1)
    return paging.page(rows, limit=limit, scope="bonus-notices", position=lambda row: (row["id"],), show=notice_out)


@post("/api/payouts", guards=[allow(FINANCE_ROLE)], opt=refuses(NothingPayable))
async def make_payout(actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]) -> Response[PayoutOut]:
    """Put everything that can be paid into a file for the bank."""
    answer = await make_payout_batch(actor=actor, once=keyed.once(payout_out, status=HTTP_201_CREATED))
    response: Response[PayoutOut] = keyed.reply(answer)
    return response


@get("/api/payouts/{batch_id:uuid}", guards=[allow(*PAYOUT_READING_ROLES)])
async def show_payout(batch_id: FromPath[Id], actor: NamedDependency[Actor]) -> PayoutOut:
    """A batch with its lines."""
    await queries.batch_in_territory(actor, batch_id, *PAYOUT_READING_ROLES)
    return payout_out(await queries.read_batch(batch_id))


@get(
    "/api/payouts/{batch_id:uuid}/file",
    guards=[allow(FINANCE_ROLE)],
    media_type="text/csv",
    opt=refuses(BadCredentials, TooManyWrongTries),
)
async def download_payout(
    batch_id: FromPath[Id], actor: NamedDependency[Actor], totp: Annotated[CodeAgain, HeaderParameter(name="X-TOTP")]
) -> Response[bytes]:
    """The file of a batch, the same bytes every time, for the second factor once more."""
    file = await take_batch_file(actor=actor, batch_id=batch_id, totp_code=totp)
    if isinstance(file, Refusal):
        raise file
    return Response(
        file.content,
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "ETag": f'"{file.checksum}"',
            "Cache-Control": "no-store",
        },
    )


@post(
    "/api/payouts/{batch_id:uuid}/results",
    guards=[allow(FINANCE_ROLE)],
    status_code=HTTP_200_OK,
    opt=refuses(Invalid, AlreadyDecided),
)
async def take_results(
    batch_id: FromPath[Id], data: JSONBody[ResultsIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[PayoutOut]:
    """Take the bank's results, line by line."""
    answer = await record_results(
        actor=actor,
        batch_id=batch_id,
        results=[LineResult(each.line_id, each.outcome, each.receipt_number, each.reason) for each in data.results],
        once=keyed.once(payout_out, status=HTTP_200_OK),
    )
    response: Response[PayoutOut] = keyed.reply(answer)
    return response


@post(
    "/api/budgets",
    guards=[allow(*BUDGET_ROLES)],
    opt=refuses(Invalid, OutsideTerritory, BudgetLineTaken),
)
async def decide(
    data: JSONBody[BudgetIn], actor: NamedDependency[Actor], keyed: NamedDependency[Keyed]
) -> Response[BudgetDecidedOut]:
    """Record a budget decision."""
    answer = await decide_budget(
        actor=actor,
        purpose=data.purpose,
        period=data.period,
        amount_fen=data.amount_fen,
        area_id=data.area_id,
        sponsor=data.sponsor,
        once=keyed.once(lambda line_id: BudgetDecidedOut(id=line_id), status=HTTP_201_CREATED),
    )
    response: Response[BudgetDecidedOut] = keyed.reply(answer)
    return response


@get("/api/budgets", guards=[allow(*BUDGET_READING_ROLES)])
async def list_budgets(
    actor: NamedDependency[Actor],
    cursor: FromQuery[paging.Cursor | None] = None,
    limit: Annotated[paging.Limit, QueryParameter()] = 20,
) -> paging.Page[BudgetOut]:
    """Budget lines with what is left of them."""
    name = f"budgets:{actor.id}"
    rows = await queries.list_budgets(actor, before=paging.after_one(cursor, name, UUID), limit=limit + 1)
    return paging.page(rows, limit=limit, scope=name, position=lambda row: (row["id"],), show=budget_out)


async def _sent(keyed: Keyed, answer: Any, bonus_id: UUID) -> Response[BonusStepOut]:
    await tell_bonuses(answer, [bonus_id])
    response: Response[BonusStepOut] = keyed.reply(answer)
    return response


routes = [
    nominate,
    score,
    approve,
    approve_many,
    reject,
    claw_back,
    list_bonuses,
    show_bonus,
    list_notices,
    make_payout,
    show_payout,
    download_payout,
    take_results,
    decide,
    list_budgets,
]
