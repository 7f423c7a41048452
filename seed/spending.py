"""How points were spent: exchanges week by week, vouchers at the tills, and the merchants' settlement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from admin.budgets import decide_budget
from identity.actor import Actor
from kit.once import result_of
from merchants.errors import NothingToPay
from merchants.settlement import month_before, pay_statement, settle
from points.queries import balances
from rewards.exchange import Exchanged, ExchangeLine, exchange_lines
from rewards.products import NewProduct, change_stock, create_products
from rewards.queries import find_products
from rewards.redemption import Redeemed, RedeemLine, redeem_lines
from rewards.undoing import undo_redemption
from rewards.vouchers import cancel_voucher, expire_vouchers
from seed.diary import Diary, Happening
from seed.geography import DEMO_TOWN
from seed.goods import BANK, CHAMBER, GOODS, Good
from seed.offices import resident_actor
from seed.people import Resident
from seed.surroundings import SYSTEM, Town

_WINDOWS: Final = {"端午粽子礼盒": (165, 120), "中秋月饼一盒": (75, 35)}
"""How many days ago a seasonal product was opened and closed."""

_RUSHED: Final = frozenset({"中秋月饼一盒", "灭火毯一条", "电动车安全头盔"})
"""What goes to those who saved, in a few mornings, as long as the chamber's money lasts."""

_OPENS_IN_DAYS, _SCARCE_SINCE = 40, 50
_SHOPPERS: Final = 0.04
"""How many of the residents exchange something in a week."""

_TOWN_FEN, _BANK_FEN, _CHAMBER_FEN_A_RESIDENT = 12_000_000, 2_000_000, 5
"""The chamber's money is nearly used up in the end."""
_RESERVE: Final = 150
"""Points that those who sign in keep."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A voucher in somebody's hands."""

    id: UUID
    code: str
    holder: Resident
    good: Good


async def stock_the_shelves(town: Town) -> None:
    """Decide the budgets of town and sponsors, and put the forty products on the shelf."""
    finance = town.cast.one("finance")
    for year in sorted({f"{town.calendar.ago(days):%Y}" for days in (0, 183)}):
        await decide_budget(
            actor=finance, purpose="town", period=year, amount_fen=_TOWN_FEN, area_id=town.areas[DEMO_TOWN]
        )
        for sponsor, amount in ((BANK, _BANK_FEN), (CHAMBER, _CHAMBER_FEN_A_RESIDENT * len(town.residents))):
            await decide_budget(actor=finance, purpose="sponsor", period=year, amount_fen=amount, sponsor=sponsor)
    new = [_product(town, good) for good in GOODS]
    made = await create_products(actor=SYSTEM, products=new, at=town.calendar.opening)
    town.products = {good.name_zh: product_id for good, product_id in zip(GOODS, made, strict=True)}


def _product(town: Town, good: Good) -> NewProduct:
    calendar = town.calendar
    opens, closes = calendar.opening, None
    if good.name_zh in _WINDOWS:
        opens, closes = (calendar.ago(days, "08:00") for days in _WINDOWS[good.name_zh])
    if good.opening == "not yet":
        opens = calendar.ago(-_OPENS_IN_DAYS, "08:00")
    if good.opening == "sold out":
        opens = calendar.ago(_SCARCE_SINCE, "08:00")
    merchant, public, sponsor = good.shares
    return NewProduct(
        name_zh=good.name_zh,
        name_en=good.name_en,
        kind=good.kind,
        points=good.points,
        value_fen=good.value_fen,
        opens_at=opens,
        closes_at=closes,
        stock=good.stock,
        person_limit=good.limit,
        limit_period="month" if good.limit else None,
        min_level=good.level,
        min_age=good.age,
        area_id=town.areas[DEMO_TOWN] if good.town_only else None,
        cash_like=good.cash_like,
        merchant_percent=merchant,
        town_percent=public,
        sponsor_percent=sponsor,
        sponsor=good.sponsor,
        voucher_days=good.days,
        state="draft" if good.opening == "draft" else "open",
        merchants=tuple(town.shops[key].id for key in good.partners),
    )


class Spending:
    """Writes what was spent into the diary."""

    def __init__(self, town: Town, diary: Diary) -> None:
        """Take the town and its diary."""
        self._town = town
        self._diary = diary
        self._draw: Random = town.draw("spending")
        self._signing_in = {each.id for each in town.cast.residents}
        self._saving = {each.id for each in self._draw.sample(town.keen, len(town.keen) // 8)}

    def plan(self) -> None:
        """Note the weeks' exchanges, the nights' expiry and the months' settlement."""
        calendar, diary = self._town.calendar, self._diary
        diary.note_every(7, calendar.ago(167, "10:00"), self._market_day)
        diary.note_every(3, calendar.ago(160, "00:30"), self._expire)
        diary.note(diary.last, self._expire)
        for days in (_SCARCE_SINCE, _SCARCE_SINCE - 7, _SCARCE_SINCE - 14):
            diary.note(calendar.ago(days, "08:05"), self._rush)
        diary.note(calendar.ago(3, "11:00"), self._those_who_sign_in)
        diary.note(diary.last, self._sell_out)
        for days in range(180, -1, -1):
            night = calendar.ago(days, "03:00")
            if night.day == 2:  # noqa: PLR2004 - the second of the month, when nothing can be undone any more
                diary.note(night, self._settle)

    async def _market_day(self, at: datetime) -> None:
        """Some of those who can afford something exchange it."""
        draw, town = self._draw, self._town
        people = [each for each in town.earners if each.id not in self._signing_in | self._saving]
        have = await balances([each.id for each in people])
        able = [each for each in people if have.get(each.id, 0) >= 40]  # noqa: PLR2004 - the cheapest goods
        shoppers = draw.sample(able, min(len(able), int(len(people) * _SHOPPERS)))
        open_goods = [good for good in await self._open_goods(at) if good.name_zh not in _RUSHED]
        chosen = []
        for who in shoppers:
            affordable = [good for good in open_goods if 0 < good.points <= have[who.id]]
            if affordable:
                dear = sorted(affordable, key=lambda good: good.points)[-6:]
                chosen.append((who, draw.choice(dear if draw.random() < 0.5 else affordable)))  # noqa: PLR2004 - half
        await self._hand_out(await self._exchange(chosen, at), at)

    async def _rush(self, at: datetime) -> None:
        """What the chamber sponsors is scarce; those who saved the most come first, until its money is used up."""
        people = [each for each in self._town.earners if each.id not in self._signing_in]
        have = await balances([each.id for each in people])
        savers = sorted(people, key=lambda each: -have.get(each.id, 0))
        goods = [good for good in await self._open_goods(at) if good.name_zh in _RUSHED]
        chosen = [(who, good) for good in goods for who in savers[:40] if have.get(who.id, 0) >= good.points]
        self._note_redemption(await self._exchange(chosen, at), at + timedelta(days=2, hours=1), slips=False)

    async def _open_goods(self, at: datetime) -> list[Good]:
        rows = await find_products(list(self._town.products.values()))
        return [good for good in GOODS if rows[self._town.products[good.name_zh]].is_open(at)]

    async def _exchange(self, chosen: list[tuple[Resident, Good]], at: datetime) -> list[_Held]:
        lines = [
            ExchangeLine(actor=resident_actor(who), person_id=who.id, product_id=self._town.products[good.name_zh])
            for who, good in chosen
        ]
        answers = await exchange_lines(lines, at=at)
        return [
            _Held(voucher.id, voucher.code, who, good)
            for (who, good), answer in zip(chosen, answers, strict=True)
            if isinstance(answer.result, Exchanged)
            for voucher in answer.result.vouchers
        ]

    async def _hand_out(self, held: list[_Held], at: datetime) -> None:
        """Decide what becomes of each voucher: used at once, soon or late, given back, or forgotten."""
        at_once = [each for each in held if each.good.cash_like]
        if at_once:  # its code is good for half a minute
            await self._redeem(at_once, at + timedelta(seconds=10))
        soon: list[_Held] = []
        late: list[_Held] = []
        for each in held:
            fate = self._draw.random()
            if each.good.cash_like:
                continue
            if fate < 0.55:  # noqa: PLR2004 - how people are
                soon.append(each)
            elif fate < 0.82:  # noqa: PLR2004
                late.append(each)
            elif fate < 0.88:  # noqa: PLR2004
                self._diary.note(at + timedelta(days=1, hours=3), self._cancel(each))
        self._note_redemption(soon, at + timedelta(days=3, hours=2))
        self._note_redemption(late, at + timedelta(days=8, hours=7))

    def _note_redemption(self, held: list[_Held], at: datetime, *, slips: bool = True) -> None:
        async def redeem(moment: datetime) -> None:
            await self._redeem(held, moment, slips=slips)

        if held:
            self._diary.note(at, redeem)

    async def _redeem(self, held: list[_Held], at: datetime, *, slips: bool = True) -> None:
        """Redeem at the shops; one in twenty was a slip and is undone, most of those are used later."""
        shops = [self._town.shops[self._draw.choice(each.good.partners)] for each in held]
        answers = await redeem_lines(
            [
                RedeemLine(actor=shop.clerk, code=each.code, till_id=shop.till_id)
                for each, shop in zip(held, shops, strict=True)
            ],
            at=at,
        )
        for each, shop, answer in zip(held, shops, answers, strict=True):
            if slips and isinstance(answer.result, Redeemed) and self._draw.random() < 0.05:  # noqa: PLR2004 - one in twenty
                await self._undo(each, shop.clerk, answer.result.id, at + timedelta(seconds=25))

    async def _undo(self, held: _Held, clerk: Actor, redemption_id: UUID, at: datetime) -> None:
        result_of(await undo_redemption(actor=clerk, redemption_id=redemption_id, reason="扫错券了", at=at))
        if self._draw.random() < 0.7 and not held.good.cash_like:  # noqa: PLR2004 - most come again
            self._note_redemption([held], at + timedelta(days=2, hours=1))

    def _cancel(self, held: _Held) -> Happening:
        async def cancel(at: datetime) -> None:
            await cancel_voucher(actor=resident_actor(held.holder), voucher_id=held.id, at=at)

        return cancel

    async def _those_who_sign_in(self, at: datetime) -> None:
        """Those who sign in have vouchers to show, and points left."""
        have = await balances([each.id for each in self._town.cast.residents])
        goods = [good for good in await self._open_goods(at) if good.points and not good.age and good.level == 1]
        chosen = []
        for who in self._town.cast.residents:
            mine = []
            left = have.get(who.id, 0) - _RESERVE
            for good in self._draw.sample(goods, len(goods)):
                if good.points <= min(left, 100) and good.days >= 30 and not good.cash_like:  # noqa: PLR2004
                    mine.append((who, good))
                    left -= good.points
            chosen += mine[:4]
        lines = [
            ExchangeLine(actor=resident_actor(who), person_id=who.id, product_id=self._town.products[good.name_zh])
            for who, good in chosen
        ]
        await exchange_lines(lines, at=at)

    async def _sell_out(self, _: datetime) -> None:
        """What should be sold out is: the rest went to the nursing home."""
        wanted = [self._town.products[good.name_zh] for good in GOODS if good.opening == "sold out"]
        for product_id, row in (await find_products(wanted)).items():
            if row.stock_left:
                await change_stock(actor=SYSTEM, product_id=product_id, pieces=-row.stock_left)

    async def _expire(self, at: datetime) -> None:
        while await expire_vouchers(at=at):
            pass

    async def _settle(self, at: datetime) -> None:
        """Make the statements of the month before; finance pays them a week later."""
        made = await settle(actor=SYSTEM, period=month_before(at.date()), at=at)

        async def pay(moment: datetime) -> None:
            for number, statement in enumerate(made):
                try:
                    await pay_statement(
                        actor=self._town.cast.one("finance"),
                        statement_id=statement.statement_id,
                        receipt=f"HD{moment:%Y%m}{number:04d}",
                        at=moment,
                    )
                except NothingToPay:
                    continue

        if at > self._town.calendar.ago(45):
            made = made[: len(made) // 2]
        self._diary.note(at + timedelta(days=8, hours=12, minutes=40), pay)
