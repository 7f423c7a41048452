"""Cash bonuses of the half year, in every state from nominated to clawed back, and the batches that paid them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from admin.approvals import approve_bonus, reject_bonus
from admin.budgets import decide_budget
from admin.claw_back import claw_back_bonus
from admin.nomination import ShareAsked, nominate_bonus
from admin.notice import end_notices, publish_notices
from admin.payout_results import LineResult, record_results
from admin.payouts import make_payout_batch
from admin.queries import BatchAnswer
from admin.scoring import score_bonus
from identity.actor import NOBODY
from kit.once import result_of
from seed.diary import Diary, Happening
from seed.geography import COUNTY
from seed.reports import PAYING_STORIES, SEALED_STORY, Case, Reports
from seed.surroundings import Town


@dataclass(frozen=True, slots=True)
class Plan:
    """One bonus: how long ago its event was reported, how far it comes, and with which mean score."""

    days_ago: float
    end: str
    mean: int = 75
    sealed: bool = False
    shared: bool = False


PLANS: Final = (
    Plan(165, "paid", 72), Plan(152, "clawed back", 66), Plan(144, "paid", 85, shared=True), Plan(133, "paid", 78),
    Plan(120, "rejected by score", 52), Plan(104, "paid", 64), Plan(98, "paid", 92), Plan(90, "paid", 74, shared=True),
    Plan(70, "rejected by approver", 68), Plan(55, "paid", 71), Plan(50, "failed", 65), Plan(47, "returned", 73),
    Plan(11, "exported", 76, sealed=True), Plan(8, "noticed", 70), Plan(8, "noticed", 63, shared=True),
    Plan(7, "payable", 72, sealed=True), Plan(5, "approved", 67), Plan(5, "approval missing", 83),
    Plan(4, "scored", 77), Plan(4, "one score"), Plan(3, "nominated"),
)  # fmt: skip
_BATCHES: Final = ((110, 107), (60, 56), (9, 5), (6, None))
"""How many days ago each batch was made, and when the bank answered."""

_SPECIAL_FEN: Final = 260_000


@dataclass(slots=True)
class _Bonus:
    plan: Plan
    case: Case
    id: UUID = NOBODY


class Bonuses:
    """Writes the bonuses into the diary."""

    def __init__(self, town: Town, diary: Diary, reports: Reports) -> None:
        """Take the town, its diary and its events."""
        self._town = town
        self._diary = diary
        self._reports = reports
        self._draw: Random = town.draw("bonuses")
        self._by_number: dict[str, _Bonus] = {}

    def plan(self) -> None:
        """Note the matters, the evenings on which notices begin and end, and the payments."""
        calendar = self._town.calendar
        for number, plan in enumerate(PLANS):
            story = SEALED_STORY if plan.sealed else PAYING_STORIES[number % len(PAYING_STORIES)]
            case = self._reports.case(story, "closed")
            case.when_closed = self._begin(_Bonus(plan, case))
            self._reports.note_case(case, calendar.ago(plan.days_ago, "08:30"))
        self._diary.note_every(3, calendar.ago(181, "22:00"), self._evening, until=calendar.ago(4, "23:00"))
        for made, answered in _BATCHES:
            self._diary.note(calendar.ago(made, "15:00"), self._pay(answered))
        self._diary.note(calendar.ago(65, "11:00"), self._claw_back)

    def _begin(self, bonus: _Bonus) -> Callable[[Case, datetime], None]:
        def closed(_: Case, at: datetime) -> None:
            self._diary.note(at + timedelta(hours=8), lambda moment: self._nominate(bonus, moment))

        return closed

    async def _nominate(self, bonus: _Bonus, at: datetime) -> None:
        case = bonus.case
        shares = [ShareAsked(person_id=case.reporter.id, part="reporter", percent=70 if bonus.plan.shared else 100)]
        if bonus.plan.shared:
            shares.append(ShareAsked(person_id=case.worker.id, part="verifier", percent=30))
        answer = await nominate_bonus(
            actor=self._town.cast.one("county_verifier"),
            event_id=case.event_id,
            bonus_class=1 if case.story is not SEALED_STORY else 3,
            summary=f"{case.story.found}{case.story.done}",
            shares=shares,
            at=at,
        )
        bonus.id = answer.id
        self._by_number[answer.number] = bonus
        if bonus.plan.end != "nominated":
            self._diary.note(at + timedelta(hours=20), lambda moment: self._score(bonus, moment))

    async def _score(self, bonus: _Bonus, at: datetime) -> None:
        rounds = 1 if bonus.plan.end == "one score" else 2
        for number in range(rounds):
            mark = bonus.plan.mean + (1 if number else -1)
            harm, truth = mark * 30 // 100, mark * 30 // 100
            timeliness = mark * 20 // 100
            await score_bonus(
                actor=self._town.cast.one("assessor", number),
                bonus_id=bonus.id,
                truth=truth,
                timeliness=timeliness,
                harm=harm,
                loop=min(mark - truth - harm - timeliness, 20),
                at=at + timedelta(minutes=4 * number),
            )
        if bonus.plan.end not in {"one score", "scored", "rejected by score"}:
            self._diary.note(at + timedelta(hours=22), lambda moment: self._approve(bonus, moment))

    async def _approve(self, bonus: _Bonus, at: datetime) -> None:
        if bonus.plan.end == "rejected by approver":
            await reject_bonus(
                actor=self._town.cast.one("county_approver"),
                bonus_id=bonus.id,
                reason="与以案定补重复，不再发放。",
                at=at,
            )
            return
        used = 0
        missing: tuple[str, ...] = ("town", "county") if bonus.plan.mean < 80 else ("county", "county", "leader")  # noqa: PLR2004 - tiers
        while missing:
            step = missing[0]
            actor = self._town.cast.one({"town": "town_approver", "county": "county_approver"}.get(step, step), used)
            used += step == "county"
            answer = result_of(
                await approve_bonus(
                    actor=actor,
                    bonus_id=bonus.id,
                    amount_fen=_SPECIAL_FEN if bonus.plan.mean >= 90 else None,  # noqa: PLR2004 - the special tier
                    meeting_note="县群治办专题会议纪要（第七号）" if step == "leader" else None,
                    at=at + timedelta(minutes=5 * used),
                )
            )
            missing = answer.approvals_missing
            if bonus.plan.end == "approval missing":
                return

    async def _evening(self, at: datetime) -> None:
        """Begin and end public notices."""
        while await publish_notices(at=at):
            pass
        while await end_notices(at=at):
            pass

    def _pay(self, answered: int | None) -> Happening:
        async def pay(at: datetime) -> None:
            batch = result_of(await make_payout_batch(actor=self._town.cast.one("finance"), at=at))
            if answered is not None:

                async def answer(moment: datetime) -> None:
                    await self._answer(batch, moment)

                self._diary.note(self._town.calendar.ago(answered, "16:00"), answer)

        return pay

    async def _answer(self, batch: BatchAnswer, at: datetime) -> None:
        results = []
        for line in batch.lines:
            end = self._by_number[line.bonus_number].plan.end
            if end == "failed":
                results.append(LineResult(line_id=line.id, outcome="failed", reason="账号与户名不符"))
            elif end == "returned":
                results.append(LineResult(line_id=line.id, outcome="returned", reason="账户已注销，银行退回"))
            else:
                receipt = f"HZ{at:%Y%m%d}{line.position:04d}"
                results.append(LineResult(line_id=line.id, outcome="paid", receipt_number=receipt))
        await record_results(actor=self._town.cast.one("finance", 1), batch_id=batch.id, results=results, at=at)

    async def _claw_back(self, at: datetime) -> None:
        for bonus in self._by_number.values():
            if bonus.plan.end == "clawed back":
                await claw_back_bonus(
                    actor=self._town.cast.one("county_approver", 2),
                    bonus_id=bonus.id,
                    reason="复核发现隐患系人为设置。",
                    at=at,
                )


async def decide_bonus_budgets(town: Town) -> None:
    """Set money aside for each month of the history and for the special tier of each year."""
    finance, county = town.cast.one("finance"), town.areas[COUNTY]
    months = sorted({town.calendar.ago(days).strftime("%Y-%m") for days in range(0, 190, 10)})
    for month in months:
        await decide_budget(actor=finance, purpose="bonus", period=month, amount_fen=600_000, area_id=county)
    for year in sorted({month[:4] for month in months}):
        await decide_budget(actor=finance, purpose="bonus_special", period=year, amount_fen=2_000_000, area_id=county)
