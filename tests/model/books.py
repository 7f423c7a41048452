"""The model: balances, months, stock, limits, caps and voucher states in plain Python, with no look at the product.

Everything is decided one thing after the other, at a moment that is given. A refusal is answered by its code.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
EXPIRY_MONTHS = 24
GRACE = timedelta(days=30)
UNDO = timedelta(seconds=60)
DAY_CEILING, MONTH_CEILING = 100, 1_200
BACKDATING_DAYS = 31


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action earns, and its caps a day and a month."""

    points: int
    day: int | None
    month: int | None
    counted: bool


RULES = {
    "RPT-CONFIRM": Rule(2, 5, 40, counted=True),
    "LRN-QUIZ": Rule(2, 1, 20, counted=False),
    "PLT-REFER": Rule(5, 2, 10, counted=False),
    "VOL-EMERG": Rule(60, 1, 10, counted=False),
    "ERR-AGENT": Rule(15, 3, 20, counted=True),
    "VOL-SKILL": Rule(30, 1, 6, counted=True),
    "VOL-ELDER": Rule(15, 2, 12, counted=True),
    "ERR-NEIGHBOR": Rule(8, 1, 6, counted=True),
}


def day_of(moment: datetime) -> date:
    """The business day."""
    return moment.astimezone(SHANGHAI).date()


def month_of(day: date) -> int:
    """Months from year 0."""
    return day.year * 12 + day.month - 1


@dataclass(slots=True)
class Use:
    """One award or pending claim, as the caps count it."""

    action: str
    on: date
    points: int


@dataclass(slots=True)
class Person:
    """What a resident holds by month of expiry, owes, and has used of the caps."""

    months: dict[int, int] = field(default_factory=dict)
    owes: int = 0
    uses: list[Use] = field(default_factory=list)
    pending: int = 0

    def spendable(self, at: datetime) -> int:
        """What is not expired."""
        now = month_of(day_of(at))
        return sum(points for month, points in self.months.items() if month >= now)

    def take(self, points: int, at: datetime) -> dict[int, int]:
        """Take from the earliest months; expired ones are gone."""
        now = month_of(day_of(at))
        self.months = {month: held for month, held in self.months.items() if month >= now}
        taken: dict[int, int] = {}
        for month in sorted(self.months):
            part = min(points - sum(taken.values()), self.months[month])
            if part:
                taken[month] = part
                self.months[month] -= part
        assert sum(taken.values()) == points
        return taken

    def give(self, given: dict[int, int]) -> None:
        """Add points to their months."""
        for month, points in given.items():
            self.months[month] = self.months.get(month, 0) + points

    def cap(self, action: str, on: date) -> str | None:
        """The first cap that one more use would break."""
        rule = RULES[action]
        same_month = [use for use in self.uses if month_of(use.on) == month_of(on)]
        mine = [use for use in same_month if use.action == action]
        if rule.month is not None and len(mine) >= rule.month:
            return "cap_month"
        if rule.day is not None and sum(use.on == on for use in mine) >= rule.day:
            return "cap_day"
        if rule.counted:
            counted = [use for use in same_month if RULES[use.action].counted]
            if sum(use.points for use in counted) + rule.points > MONTH_CEILING:
                return "cap_month_global"
            if sum(use.points for use in counted if use.on == on) + rule.points > DAY_CEILING:
                return "cap_day_global"
        return None


@dataclass(slots=True)
class Product:
    """A product and what is left of it."""

    points: int
    stock: int | None
    limit: int | None
    days: int


@dataclass(slots=True)
class Voucher:
    """A voucher and what was taken for it."""

    person: int
    product: int
    taken: dict[int, int]
    issued_at: datetime
    expires_at: datetime
    state: str = "issued"


@dataclass(slots=True)
class Award:
    """An award or claim, for taking back and verifying."""

    person: int
    action: str
    points: int
    use: Use
    state: str = "awarded"


@dataclass(slots=True)
class Redemption:
    """A redemption of a voucher."""

    voucher: Any
    at: datetime
    undone: bool = False


@dataclass(slots=True)
class Books:
    """The whole model; ids are whatever the product gave."""

    people: list[Person]
    products: list[Product]
    awards: dict[Any, Award] = field(default_factory=dict)
    vouchers: dict[Any, Voucher] = field(default_factory=dict)
    redemptions: dict[Any, Redemption] = field(default_factory=dict)

    def award(self, who: int, action: str, on: date, at: datetime, *, old: bool = False) -> tuple[str, int]:
        """The code, and what is given."""
        person, rule = self.people[who], RULES[action]
        if not old and on < day_of(at) - timedelta(days=BACKDATING_DAYS):
            return "too_old", 0
        reached = person.cap(action, on)
        if reached is not None:
            return reached, 0
        person.uses.append(Use(action, on, rule.points))
        self._pay(person, rule.points, at)
        return "awarded", rule.points

    def _pay(self, person: Person, points: int, at: datetime) -> None:
        person.give({month_of(day_of(at)) + EXPIRY_MONTHS: points})
        part = min(person.owes, points // 2)
        if part:
            person.take(part, at)
            person.owes -= part

    def claim(self, who: int, action: str, on: date) -> str:
        """A claim waits for its verifier, and uses the caps meanwhile."""
        person, rule = self.people[who], RULES[action]
        reached = person.cap(action, on)
        if reached is not None:
            return reached
        person.uses.append(Use(action, on, rule.points))
        person.pending += rule.points
        return "pending"

    def verify(self, claim: Any, at: datetime, *, accept: bool) -> None:
        """The verifier's word."""
        award = self.awards[claim]
        person = self.people[award.person]
        person.pending -= award.points
        award.state = "awarded" if accept else "refused"
        if accept:
            self._pay(person, award.points, at)
        else:
            person.uses.remove(award.use)

    def void(self, awarded: Any, at: datetime) -> tuple[int, int]:
        """Take an award back: what can be spent at once, the rest from later awards."""
        award = self.awards[awarded]
        person = self.people[award.person]
        taken = min(award.points, person.spendable(at))
        person.take(taken, at)
        person.owes += award.points - taken
        person.uses.remove(award.use)
        award.state = "voided"
        return taken, award.points - taken

    def exchange(self, who: int, product: int, quantity: int, at: datetime) -> str:
        """Whether it goes through, or why not."""
        person, good = self.people[who], self.products[product]
        if good.limit is not None and self._had(who, product, at) + quantity > good.limit:
            return "limit_reached"
        if good.stock is not None and good.stock < quantity:
            return "out_of_stock"
        if person.spendable(at) < good.points * quantity:
            return "insufficient_points"
        return "ok"

    def issue(self, who: int, product: int, voucher_ids: list[Any], at: datetime) -> None:
        """Vouchers for an exchange that went through."""
        person, good = self.people[who], self.products[product]
        midnight = datetime.combine(day_of(at) + timedelta(days=good.days + 1), datetime.min.time(), SHANGHAI)
        for each in voucher_ids:
            self.vouchers[each] = Voucher(who, product, person.take(good.points, at), at, midnight)
        if good.stock is not None:
            good.stock -= len(voucher_ids)

    def redeem(self, voucher_id: Any, at: datetime) -> str:
        """What the till is told."""
        voucher = self.vouchers[voucher_id]
        refused = self._ended(voucher, at)
        if refused is None:
            voucher.state = "redeemed"
        return refused or "ok"

    def undo(self, redemption_id: Any, at: datetime) -> str:
        """Within a minute, once; a voucher whose days ended meanwhile gives its points back."""
        redemption = self.redemptions[redemption_id]
        if redemption.undone:
            return "already_undone"
        if at > redemption.at + UNDO:
            return "undo_too_late"
        redemption.undone = True
        voucher = self.vouchers[redemption.voucher]
        voucher.state = "issued"
        if voucher.expires_at <= at:
            self._give_back(voucher, "expired", at)
        return "ok"

    def cancel(self, voucher_id: Any, at: datetime) -> str:
        """The holder gives it back."""
        voucher = self.vouchers[voucher_id]
        refused = self._ended(voucher, at)
        if refused is None:
            self._give_back(voucher, "cancelled", at)
        return refused or "ok"

    def expire_vouchers(self, at: datetime) -> int:
        """Those whose days are over."""
        due = [each for each in self.vouchers.values() if each.state == "issued" and each.expires_at <= at]
        for voucher in due:
            self._give_back(voucher, "expired", at)
        return len(due)

    def _ended(self, voucher: Voucher, at: datetime) -> str | None:
        if voucher.state == "redeemed":
            return "voucher_already_redeemed"
        if voucher.state == "cancelled":
            return "voucher_cancelled"
        return "voucher_expired" if voucher.state == "expired" or voucher.expires_at <= at else None

    def _give_back(self, voucher: Voucher, state: str, at: datetime) -> None:
        voucher.state = state
        person, good = self.people[voucher.person], self.products[voucher.product]
        earliest = month_of(day_of(at + GRACE))
        for month, points in voucher.taken.items():
            person.give({max(month, earliest): points})
        if good.stock is not None:
            good.stock += 1

    def _had(self, who: int, product: int, at: datetime) -> int:
        return sum(
            each.person == who
            and each.product == product
            and each.state in {"issued", "redeemed"}
            and month_of(day_of(each.issued_at)) == month_of(day_of(at))
            for each in self.vouchers.values()
        )
