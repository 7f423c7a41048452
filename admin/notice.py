"""公示: five working days in which everybody can read of a bonus, with masked names; then it becomes payable.

Sealed tips are never put up: they become payable at once.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from admin import bonuses
from admin.bonuses import Bonus, lock_bonus
from admin.queries import approvals_given, shares_of
from identity import messages, scheme
from identity.actor import Actor
from identity.messages import MessageTemplate
from kit import clock, db
from kit.calendar import add_working_days
from kit.errors import unreachable
from kit.ids import derived_id
from kit.money import fen_text
from points import accounts, budget, ledger
from points.awards import Act, Decider, award_stage
from points.ledger import Label, Transfer

HIGH_VALUE: Final = "GRD-HVI"
_LEVEL_OF_STEP: Final = {"town": 4, "county": 5, "leader": 5}
_APPROVED = (
    "SELECT id FROM admin_bonus WHERE state = 'approved' ORDER BY approved_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_NOTICED = """
    SELECT id FROM admin_bonus WHERE state = 'noticed' AND noticed_until < $1
    ORDER BY noticed_until, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""

messages.register(
    MessageTemplate(
        code="bonus.payable",
        title_zh="高价值信息奖励待发放",
        body_zh="您参与的高价值信息奖励 {number} 已通过，本人份额 {yuan} 元，将由财务统一发放。",
        title_en="A bonus will be paid to you",
        body_en="Bonus {number} was confirmed. Your share of {yuan} yuan will be paid by the finance office.",
    )
)


@db.flow
async def publish_notices(*, at: datetime | None = None) -> int:
    """Put the next approved bonus up for five working days; a sealed tip becomes payable at once.

    Moves: for a sealed tip what `end_notices` moves.
    Answers: 1, or 0 when none is waiting.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    actor = Actor.system("notice")
    bonus_id = await db.current().fetchval(_APPROVED)
    if bonus_id is None:
        return 0
    bonus = await lock_bonus(bonus_id)
    if bonus.sealed:
        await _make_payable(actor, bonus, moment)
        return 1
    today = clock.business_day(moment)
    until = await add_working_days(today, await scheme.number("bonus.notice_days"))
    await db.current().execute(
        "UPDATE admin_bonus SET state = 'noticed', noticed_on = $2, noticed_until = $3, notice_estimated = $4"
        " WHERE id = $1",
        bonus_id,
        today,
        until.on,
        until.estimated,
    )
    await bonuses.record(actor, bonus, "noticed", until=until.on.isoformat())
    return 1


@db.flow
async def end_notices(*, at: datetime | None = None) -> int:
    """Make the next bonus payable whose last day of notice is over.

    Moves: fen from the budget line to each person's payable account (`bonus`), and GRD-HVI to the reporter.
    Answers: 1, or 0 when none is due.
    Raises: nothing.
    """
    moment = await clock.value_time(at)
    today: date = clock.business_day(moment)
    bonus_id = await db.current().fetchval(_NOTICED, today)
    if bonus_id is None:
        return 0
    await _make_payable(Actor.system("notice"), await lock_bonus(bonus_id), moment)
    return 1


async def _make_payable(actor: Actor, bonus: Bonus, moment: datetime) -> None:
    """Credit everybody's share, give the reporter his points, turn what was reserved into paid (a step)."""
    line_id, amount = bonus.budget_line_id, bonus.amount_fen
    if line_id is None or amount is None:
        unreachable("an approved bonus has its money")
    shares = await shares_of(bonus.id)
    label = Label(f"高价值信息奖励 {bonus.number}", f"High-value bonus {bonus.number}")
    async with ledger.open_book([accounts.worker(share.person_id) for share in shares], at=moment) as book:
        for share in shares:
            book.post(
                Transfer(
                    id=bonus_transfer_id(share.id),
                    kind="bonus",
                    reference=share.id,
                    amount=share.amount_fen or 0,
                    debit=accounts.budget_line(line_id),
                    credit=accounts.worker(share.person_id),
                    label=label,
                    fact=("bonus", bonus.id),
                )
            )
    reporter = next(share for share in shares if share.part == "reporter")
    participation_id = await _award_points(actor, bonus, reporter.person_id, moment)
    async with budget.open_lines([line_id]) as lines:
        lines.pay(line_id, amount)
    await db.current().execute(
        "UPDATE admin_bonus SET state = 'payable', payable_at = $2, participation_id = $3 WHERE id = $1",
        bonus.id,
        moment,
        participation_id,
    )
    await messages.send_lines(
        [
            (share.person_id, "bonus.payable", {"number": bonus.number, "yuan": fen_text(share.amount_fen or 0)})
            for share in shares
        ]
    )
    await bonuses.record(actor, bonus, "payable", amount_fen=amount)


async def _award_points(actor: Actor, bonus: Bonus, person_id: UUID, moment: datetime) -> UUID | None:
    """The points part of a high-value report, decided by those who approved the money."""
    approvals = await approvals_given(bonus.id)
    outcome = await award_stage(
        actor,
        Act(
            person_id=person_id,
            action=HIGH_VALUE,
            occurrence=f"event:{bonus.event_id}",
            occurred_at=moment,
            source="bonus",
            decided_by=tuple(Decider(approver, _LEVEL_OF_STEP[step]) for approver, step in approvals),
        ),
        at=moment,
    )
    return outcome.participation_id if outcome.outcome == "awarded" else None


def bonus_transfer_id(share_id: UUID) -> UUID:
    """The id of the transfer that made a share payable, for those that reverse it."""
    return derived_id("bonus transfer", share_id)
