"""Grid events of the half year: reported by residents, accepted, dispatched, handled, answered, rated, closed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Final
from uuid import UUID

from grid.acceptance import accept_event, refuse_event
from grid.closing import close_event, close_unrated, rate_event, reopen_event
from grid.handling import dispatch_event, feed_back, handle_event
from grid.intake import report_event
from grid.urging import urge_events
from identity.actor import NOBODY, Actor
from kit.once import result_of
from seed import snapshots
from seed.diary import Diary
from seed.geography import place
from seed.offices import resident_actor
from seed.people import Resident
from seed.surroundings import Town


@dataclass(frozen=True, slots=True)
class Story:
    """What somebody found, and what was done about it."""

    category: str
    severity: int
    found: str
    done: str


STORIES: Final = (
    Story("FIRE-LANE", 3, "消防通道被两辆面包车堵住，救护车进不来。", "已联系车主挪车，并重新划线、加装提示牌。"),
    Story("EV-CHARGE", 3, "三楼住户从窗户拉线下来给电动车充电。", "已当场拆除飞线，引导到集中充电棚。"),
    Story("HOUSE-RISK", 4, "老屋外墙开裂，雨后有砖块掉落。", "已设围挡，住建部门鉴定后完成加固。"),
    Story("GAS-RISK", 4, "楼道里闻到煤气味，像是软管老化。", "已关阀通风，更换软管并入户复检。"),
    Story("WORK-SAFETY", 4, "工地脚手架没有防护网，工人没系安全带。", "已责令停工整改，复查合格。"),
    Story("FLOOD", 4, "河堤内侧有一处渗水，水位还在涨。", "已堆沙袋围井，水利人员连夜处置。"),
    Story("FOOD-DRUG", 3, "小超市货架上有过期的奶粉。", "已下架封存并立案。"),
    Story("RUBBISH", 2, "装修垃圾堆在绿化带里好几天了。", "已清运，联系施工队补缴清运费。"),
    Story("RUBBISH", 1, "垃圾桶满了没人收，招苍蝇。", "已清空并增加一次收运。"),
    Story("WATER", 3, "溪水发白有异味，岸边有死鱼。", "已排查上游排口，封堵并取样送检。"),
    Story("FACILITY", 2, "路灯连着四盏不亮，老人晚上走路看不清。", "已更换灯具和线路。"),
    Story("FACILITY", 3, "窨井盖松动，电动车骑过去会翘起来。", "已更换防沉降井盖。"),
    Story("ROAD-BLOCK", 2, "早市摊位摆到路中间，公交车过不去。", "已劝导入市，划出临时摊位线。"),
    Story("DEAD-CAR", 1, "这辆车停了大半年，轮胎都瘪了。", "已联系车主，逾期后拖移。"),
    Story("CARE", 3, "独居的阿婆两天没出门，敲门没人应。", "已入户，老人摔倒后送医，现由女儿照顾。"),
    Story("OTHER", 1, "文化礼堂的公告栏玻璃碎了。", "已更换玻璃。"),
    Story("DISPUTE", 3, "两家为屋后的滴水沟吵了几次，怕要动手。", "已到场调解，双方签了协议。"),
)
PAYING_STORIES: Final = (
    Story("MAJOR", 5, "山体出现裂缝，下面住着七户人家。", "已连夜转移群众，地质队完成削坡排险。"),
    Story("MAJOR", 5, "废弃厂房里私存了十几桶油漆稀料。", "已查封，危化品公司当夜清运。"),
    Story("GAS-RISK", 5, "饭店后厨燃气泄漏，报警器响个不停。", "已停气疏散，更换阀组后复检合格。"),
    Story("FLOOD", 5, "水库溢洪道被漂浮物堵死，水快漫坝了。", "已组织清障，水位回落。"),
    Story("WORK-SAFETY", 5, "厂里的起重机钢丝绳断股还在用。", "已停用更换，培训后复工。"),
)
SEALED_STORY: Final = Story("FRAUD", 5, "有人租下门面给老人开会，让大家投钱分红。", "公安已立案，资金全部冻结返还。")

_FRESH: Final = STORIES[7]
FATES: Final = (("closed", 20), ("unrated", 8), ("reopened and closed", 4), ("refused", 5))
"""How earlier events went, and how many of them there are."""

OPEN: Final = (
    ("reported", 4), ("confirmed", 2), ("accepted", 3), ("dispatched", 4), ("handled", 3), ("fed_back", 4),
    ("rated", 2), ("reopened", 3),
)  # fmt: skip
"""Where the newest events stand."""

_PICTURED_DAYS: Final = 30
"""Of how many days the pictures are there; of earlier events only those of the bonuses."""

_REFUSED: Final = "现场核实未发现所述情况，照片为旧照。"
_STILL: Final = "还是老样子，只是挪了个地方。"


@dataclass(slots=True)
class Case:
    """One event on its way."""

    story: Story
    reporter: Actor
    path: str
    worker: Actor
    fate: str
    event_id: UUID = NOBODY
    reopened: bool = False
    when_closed: Callable[["Case", datetime], None] | None = None


class Reports:
    """Writes the events into the diary."""

    def __init__(self, town: Town, diary: Diary) -> None:
        """Take the town and its diary."""
        self._town = town
        self._diary = diary
        self._draw: Random = town.draw("reports")
        self._camera: Random = town.draw("snapshots of events")

    def plan(self) -> None:
        """Note the reports of the half year, those that are still open, and the evenings' urging."""
        draw, calendar = self._draw, self._town.calendar
        for fate, number in FATES:
            for _ in range(number):
                self.note_case(self.case(draw.choice(STORIES), fate), calendar.ago(draw.uniform(14, 178), "09:00"))
        neighbours = cycle(self._town.cast.residents)
        for fate, number in OPEN:
            for each in range(number):
                started = calendar.ago(1 + each + draw.randint(0, 2), f"{draw.randint(7, 20):02d}:15")
                story = PAYING_STORIES[0] if fate == "confirmed" else draw.choice(STORIES[:-1])
                reporter = None if each % 2 else next(neighbours)
                self.note_case(self.case(story, fate, reporter), started)
        for minutes in (20, 55):
            self.note_case(self.case(_FRESH, "reported"), self._diary.last - timedelta(minutes=minutes))
        self._diary.note_every(3, calendar.ago(180, "21:00"), self._evening)
        self._diary.note(self._diary.last, self._evening)

    def case(self, story: Story, fate: str, reported_by: Resident | None = None) -> Case:
        """Somebody who reports it, and a grid worker of the place who lives in another household."""
        people = self._town.earners
        while True:
            reporter = resident_actor(reported_by or self._draw.choice(people))
            path = reporter.area_path or ""
            role = "town_verifier" if story is SEALED_STORY else "grid_worker"  # sealed tips are the command room's
            workers = self._town.cast.over(role, path, but=[reporter.id])
            workers = [each for each in workers if each.household_id != reporter.household_id]
            if workers:
                return Case(story, reporter, path, self._draw.choice(workers), fate)

    def note_case(self, case: Case, moment: datetime) -> None:
        """Let a case begin at a moment."""

        async def report(at: datetime) -> None:
            reported = await report_event(
                actor=case.reporter,
                category=case.story.category,
                severity=case.story.severity,
                place=place(self._draw, case.path),
                text=case.story.found,
                file_ids=await self._pictured(case, case.reporter, at, snapshots.found),
                at=at,
            )
            case.event_id = reported.event_id
            if case.fate == "refused":
                self._next(case, at, 3, self._refuse)
            elif case.fate != "reported":
                self._next(case, at, 0.4, self._accept)

        self._diary.note(moment, report)

    async def _pictured(
        self, case: Case, actor: Actor, at: datetime, take: Callable[[Random, str], bytes | None]
    ) -> tuple[UUID, ...]:
        """The picture that somebody takes of it and hands in first, if there is one to be seen."""
        if case.when_closed is None and at < self._town.calendar.ago(_PICTURED_DAYS):
            return ()
        return await snapshots.hand_in(actor, take(self._camera, case.story.category))

    def _next(self, case: Case, at: datetime, hours: float, step: Callable[[Case, datetime], Awaitable[None]]) -> None:
        async def happen(moment: datetime) -> None:
            await step(case, moment)

        pause = timedelta(hours=hours * self._draw.uniform(0.5, 1.5))
        self._diary.note(at + pause, happen)

    async def _refuse(self, case: Case, at: datetime) -> None:
        await refuse_event(actor=self._verifier(case, 1), event_id=case.event_id, reason=_REFUSED, at=at)

    def _verifier(self, case: Case, level: int) -> Actor:
        return case.worker if level <= 2 else self._town.cast.one("town_verifier")  # noqa: PLR2004 - grid workers are V2

    async def _accept(self, case: Case, at: datetime) -> None:
        first = 4 if case.story.category == "FRAUD" else 2
        answer = result_of(
            await accept_event(actor=self._verifier(case, first), event_id=case.event_id, note="情况属实。", at=at)
        )
        if case.fate == "confirmed":
            return
        for number, level in enumerate(answer.levels_missing):
            actor = self._town.cast.one("town_verifier", number + (first == 4))  # noqa: PLR2004 - V4 is the town
            await accept_event(actor=actor, event_id=case.event_id, note=f"V{level} 复核属实。", at=at)
        if case.fate != "accepted":
            self._next(case, at, 0.6, self._dispatch)

    async def _dispatch(self, case: Case, at: datetime) -> None:
        await dispatch_event(
            actor=case.worker, event_id=case.event_id, assignee_id=case.worker.id, note="请尽快处置。", at=at
        )
        if case.fate != "dispatched":
            self._next(case, at, 4, self._handle)

    async def _handle(self, case: Case, at: datetime) -> None:
        files = await self._pictured(case, case.worker, at, snapshots.mended)
        await handle_event(actor=case.worker, event_id=case.event_id, note=case.story.done, file_ids=files, at=at)
        if case.fate != "handled":
            self._next(case, at, 1.5, self._answer)

    async def _answer(self, case: Case, at: datetime) -> None:
        await feed_back(actor=case.worker, event_id=case.event_id, note=f"感谢您的上报。{case.story.done}", at=at)
        if case.fate == "reopened" or (case.fate == "reopened and closed" and not case.reopened):
            self._next(case, at, 6, self._reopen)
        elif case.fate not in {"fed_back", "unrated"}:
            self._next(case, at, 6, self._rate)

    async def _reopen(self, case: Case, at: datetime) -> None:
        await reopen_event(actor=case.reporter, event_id=case.event_id, reason=_STILL, at=at)
        case.reopened = True
        if case.fate != "reopened":
            self._next(case, at, 1, self._dispatch)

    async def _rate(self, case: Case, at: datetime) -> None:
        await rate_event(actor=case.reporter, event_id=case.event_id, stars=self._draw.choice((3, 4, 5, 5)), at=at)
        if case.fate != "rated":
            self._next(case, at, 2, self._close)

    async def _close(self, case: Case, at: datetime) -> None:
        await close_event(actor=case.worker, event_id=case.event_id, note="已办结。", at=at)
        if case.when_closed is not None:
            case.when_closed(case, at)

    async def _evening(self, at: datetime) -> None:
        while await close_unrated(at=at):
            pass
        while (urged := await urge_events(at=at)).due_soon + urged.overdue:
            pass
