"""How residents earned: activities, courses and meetings week by week, and what they claimed for themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from identity.actor import Actor
from kit.once import result_of
from points.awards import AwardLine, award_lines
from points.expiry import expire_points
from points.participations import claim_action
from points.verification import verify_participation
from seed import snapshots
from seed.diary import Diary, Happening
from seed.offices import resident_actor
from seed.people import Resident
from seed.surroundings import PILOT_DAYS, SYSTEM, Town

WEEKLY: Final = (
    ("VOL-HOUR", 24), ("VOL-ENV", 10), ("VOL-PATROL", 8), ("LRN-COURSE", 8), ("LRN-QUIZ", 10), ("MTG-ATTEND", 7),
    ("MTG-VOTE", 6), ("ERR-DELIVER", 6), ("VOL-ELDER", 6), ("CIV-SORT", 6), ("GRD-VISIT", 4), ("LRN-DRILL", 2),
    ("SUG-VALID", 2), ("MED-ASSIST", 1), ("PLT-REFER", 2), ("VOL-LEAD", 1), ("VOL-EMERG", 1), ("CIV-YARD", 1),
)  # fmt: skip
"""What the lists of organisers hold, and how often."""

LINES_A_RESIDENT_AND_WEEK: Final = 0.15
_KEEN_SHARE, _KEEN_LINES = 4, 0.75
_VETERANS: Final = 60
_TRUSTED: Final = 2
"""How many of those who sign in have come as far as level 3."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An action that residents claim, what they write, and the levels that verify it."""

    action: str
    levels: tuple[int, ...]
    notes: tuple[str, ...]


CLAIMS: Final = (
    Claimed("ERR-NEIGHBOR", (1,), ("帮隔壁阿婆取药、量血压。", "接送邻居家孩子放学。", "帮楼上换了灯泡和水龙头垫圈。")),
    Claimed("LRN-PUBLIC", (2,), ("入户发放反诈宣传单三十份。", "挨家讲解电动车充电安全。")),
    Claimed("MTG-SPEAK", (3,), ("在议事会上建议错峰停车。", "就公共晾衣架选址发言。")),
    Claimed("VOL-SKILL", (3,), ("为老人免费维修家电四件。", "给村民做了两场法律咨询。")),
    Claimed("CIV-FOUND", (3,), ("公交站捡到手机，已交还失主。", "拾到钱包一只，交到社区。")),
    Claimed("MTG-SOLVE", (3,), ("牵头谈成楼道加装扶手分摊方案。",)),
    Claimed("CIV-CUSTOM", (3,), ("女儿婚礼简办，不设流水席。",)),
    Claimed("ERR-PAIR", (3, 4), ("结对照顾陈阿婆满半年，每周上门两次。",)),
    Claimed("HON-AWARD", (5, 5), ("获评县级“最美志愿者”。",)),
)
_FREQUENT: Final = (30, 16, 12, 12, 8, 3, 3, 5, 3)
_ROLES_OF_LEVEL: Final = {
    1: ("micro_grid_head", "organiser"), 2: ("grid_worker",), 3: ("village_verifier",), 4: ("town_verifier",),
    5: ("county_verifier",),
}  # fmt: skip
_CLAIMS_A_HUNDRED: Final = 7
_PICTURED_DAYS: Final = 9
"""Of how many days the claims' pictures are there."""


class Earning:
    """Writes what was earned into the diary."""

    def __init__(self, town: Town, diary: Diary) -> None:
        """Take the town and its diary."""
        self._town = town
        self._diary = diary
        self._draw: Random = town.draw("earning")
        self._camera: Random = town.draw("snapshots of acts")
        earners = town.earners
        self._keen = town.keen = self._draw.sample(earners, len(earners) // _KEEN_SHARE)
        self._earners = earners

    def plan(self) -> None:
        """Note the pilot's old points, everybody's activation, the weeks' lists and the claims."""
        calendar, diary = self._town.calendar, self._diary
        diary.note(calendar.ago(PILOT_DAYS - 1), self._pilot)
        diary.note(calendar.ago(700), self._pilot)
        diary.note(calendar.ago(182, "09:00"), self._activate)
        diary.note_every(7, calendar.ago(175, "20:00"), self._week)
        diary.note(calendar.ago(2, "18:00"), self._lists_of_another_system)
        for _ in range(len(self._earners) * _CLAIMS_A_HUNDRED // 100):
            self._note_claim(self._draw.choice(self._earners), calendar.ago(self._draw.uniform(8, 176), "19:00"))
        self._note_special_claims()
        diary.note_every(30, calendar.ago(180, "00:20"), self._expire)
        diary.note(diary.last, self._expire)

    async def _pilot(self, at: datetime) -> None:
        """The pilot of two years ago: some of its points have expired, some are about to."""
        people = self._earners[:: max(len(self._earners) // _VETERANS, 1)] + self._town.cast.residents[:3]
        lines = [self._line(f"pilot {at:%Y%m%d} {each.id.hex}", each, "VOL-SKILL", at) for each in people]
        await award_lines(actor=SYSTEM, lines=lines, at=at, trusted=True)

    async def _activate(self, at: datetime) -> None:
        lines = [self._line(f"activate {each.id.hex}", each, "PLT-ACTIVATE", at) for each in self._earners]
        await award_lines(actor=SYSTEM, lines=lines, at=at, trusted=True)

    async def _week(self, at: datetime) -> None:
        """What the organisers' lists of a week bring; some acts come twice, some are over a cap."""
        draw, week = self._draw, f"{at:%Y%m%d}"
        codes, weights = zip(*WEEKLY, strict=True)
        lines = []
        for number in range(int(len(self._earners) * LINES_A_RESIDENT_AND_WEEK)):
            who = draw.choice(self._keen if draw.random() < _KEEN_LINES else self._earners)
            action = draw.choices(codes, weights)[0]
            lines.append(self._line(f"{week} {number}", who, action, at))
        for number, who in enumerate(self._town.cast.residents):
            own = ["VOL-HOUR", "LRN-QUIZ", *(["VOL-EMERG"] if number < _TRUSTED and at.day % 2 else [])]
            lines += [self._line(f"{week} r{number} {n}", who, each, at) for n, each in enumerate(own)]
        lines += [lines[0], lines[1]]
        twice = self._line(f"{week} twice", self._draw.choice(self._keen), "VOL-PATROL", at)
        lines += [
            twice,
            AwardLine(
                person_id=twice.person_id, action=twice.action, occurred_at=twice.occurred_at, reference=f"{week} again"
            ),
        ]
        await award_lines(actor=SYSTEM, lines=lines, at=at, trusted=True)

    def _line(self, reference: str, who: Resident, action: str, at: datetime) -> AwardLine:
        occurred_at = at - timedelta(days=self._draw.randint(0, 5), hours=self._draw.randint(1, 9))
        hours = self._draw.randint(1, 3) if action == "VOL-HOUR" else 1
        return AwardLine(
            person_id=who.id, action=action, occurred_at=occurred_at, reference=reference[:64], quantity=hours
        )

    async def _lists_of_another_system(self, at: datetime) -> None:
        """Lines of the integration that wait for their verifiers."""
        people = self._draw.sample(self._earners, 16) + self._town.cast.residents[:4]
        lines = [self._line(f"delivery {n}", each, "ERR-DELIVER", at) for n, each in enumerate(people)]
        await award_lines(actor=self._town.integration, lines=lines, at=at)

    def _note_claim(
        self, who: Resident, at: datetime, which: Claimed | None = None, *, steps: int | None = None
    ) -> None:
        """Let somebody claim an act, and let the verifiers look at it; `steps` of them when not all come to it."""
        claimed = which or self._draw.choices(CLAIMS, _FREQUENT)[0]

        async def claim(moment: datetime) -> None:
            happened = moment - timedelta(hours=self._draw.randint(2, 70))
            await self._claim(who, claimed, happened, moment, claimed.levels[:steps])

        self._diary.note(at, claim)

    async def _claim(
        self, who: Resident, claimed: Claimed, happened: datetime, at: datetime, levels: tuple[int, ...]
    ) -> None:
        made = result_of(
            await claim_action(
                actor=resident_actor(who),
                person_id=who.id,
                action=claimed.action,
                occurred_at=happened,
                note=self._draw.choice(claimed.notes),
                file_ids=await snapshots.hand_in(resident_actor(who), snapshots.done(self._camera, claimed.action))
                if at > self._town.calendar.ago(_PICTURED_DAYS)
                else (),
                at=at,
            )
        )
        if made.state != "pending":
            return
        accept = self._draw.random() < 0.9  # noqa: PLR2004 - nine of ten
        seen: list[Actor] = []
        for number, level in enumerate(levels):
            verifier = self._verifier(who, level, seen)
            seen.append(verifier)
            if number == 0 or accept:
                self._diary.note(
                    at + timedelta(hours=20 * (number + 1)), self._look_at(made.id, verifier, accept=accept)
                )

    def _look_at(self, participation_id: UUID, verifier: Actor, *, accept: bool) -> Happening:
        async def look(at: datetime) -> None:
            await verify_participation(
                actor=verifier,
                participation_id=participation_id,
                accept=accept,
                reason=None if accept else "材料不足以证明，请补充后再申请。",
                at=at,
            )

        return look

    def _verifier(self, who: Resident, level: int, seen: list[Actor]) -> Actor:
        """Somebody of this level for the resident's place: not himself, nobody of his household, nobody twice."""
        people: list[Actor] = []
        for at_least in range(level, max(_ROLES_OF_LEVEL) + 1):  # whoever is above may stand in
            people = people or [
                each
                for role in _ROLES_OF_LEVEL[at_least]
                for each in self._town.cast.over(role, who.path, but=[who.id, *(other.id for other in seen)])
                if each.household_id is None or each.household_id != who.household_id
            ]
        return self._draw.choice(people)

    def _note_special_claims(self) -> None:
        """Claims that wait for somebody, and claims that are refused at once: too old, twice, over the cap."""
        calendar, people = self._town.calendar, self._town.cast.residents
        neighbour, _, speak, skill, *_, pair, honour = CLAIMS
        for number, who in enumerate(people):
            self._note_claim(who, calendar.ago(2 - number % 2, "17:00"), (neighbour, speak, skill)[number % 3], steps=0)
        for number in range(12):
            who = self._draw.choice(self._earners)
            self._note_claim(who, calendar.ago(1 + number % 5, "16:00"), steps=0)
        for number, which in enumerate((pair, pair, pair, honour, honour)):
            self._note_claim(self._keen[number], calendar.ago(4 + number, "15:00"), which, steps=1)
        for number, who in enumerate((*people[:2], *self._keen[5:9])):
            self._diary.note(calendar.ago(9 + number, "20:00"), self._refused_claims(who, neighbour))

    def _refused_claims(self, who: Resident, which: Claimed) -> Happening:
        async def claim(at: datetime) -> None:
            for happened in (
                at - timedelta(days=45),
                at - timedelta(hours=3),
                at - timedelta(hours=3),
                at - timedelta(hours=2),
            ):
                await self._claim(who, which, happened, at, which.levels)

        return claim

    async def _expire(self, at: datetime) -> None:
        while (await expire_points(at=at)).accounts:
            pass
