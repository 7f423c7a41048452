"""The state machine: what people do in a town, one after the other, in the product and in the model beside it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from identity.actor import Actor, RoleHeld
from kit import db
from kit.errors import Refusal
from kit.invariants import prove, registered
from kit.once import Answer, Once, Rendered
from points.awards import AwardLine, Undo, award_lines, reverse_stage
from points.expiry import expire_points
from points.participations import claim_action
from points.queries import wallet
from points.verification import verify_participation
from rewards.exchange import ExchangeLine, exchange_lines
from rewards.redemption import RedeemLine, redeem_lines
from rewards.undoing import undo_redemption
from rewards.vouchers import cancel_voucher, expire_vouchers
from tests.faults.town import HOME, SYSTEM, Good, Town
from tests.model.books import RULES, SHANGHAI, Award, Books, Person, Product, Redemption, Use, day_of, month_of

T = TypeVar("T")

START = datetime(2026, 3, 10, 10, 0, tzinfo=SHANGHAI)
GOODS = (
    Good(points=30),
    Good(points=50, stock=5),
    Good(points=20, limit=2, days=400),
    Good(points=40, stock=3, shares=(100, 0, 0), days=1),
)
PEOPLE = 3
INTEGRATION = ("RPT-CONFIRM", "LRN-QUIZ", "PLT-REFER")
ON_PAPER = ("VOL-EMERG", "ERR-AGENT", "VOL-SKILL", "VOL-ELDER")
PAUSES = (
    timedelta(seconds=20),
    timedelta(minutes=5),
    timedelta(seconds=61),
    timedelta(hours=5),
    timedelta(days=3),
    timedelta(days=31),
    timedelta(days=200),
    timedelta(days=740),
)
people = st.integers(0, PEOPLE - 1)
products = st.integers(0, len(GOODS) - 1)
days_back = st.integers(0, 5)


@dataclass(frozen=True, slots=True)
class Request:
    """A keyed request that can be sent again, and the bytes that answered it."""

    send: Callable[[], Coroutine[Any, Any, Answer[Any]]]
    answered: Rendered


@db.flow
async def void_award(*, participation_id: UUID, at: datetime) -> Any:
    """Take an award back, as the flows of upper packages do."""
    return await reverse_stage(SYSTEM, Undo(participation_id), code="voided", at=at)


class TownLife(RuleBasedStateMachine):
    """A town of three residents; `open_town` gives an opened database and its town, `close_town` ends it."""

    open_town: Callable[[], Coroutine[Any, Any, Town]]
    close_town: Callable[[], Coroutine[Any, Any, None]]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.town = self.do(type(self).open_town())
        self.at = START
        self.number = 0
        self.codes: dict[UUID, str] = {}
        self.requests: list[Request] = []
        self.sent: list[tuple[Actor, AwardLine]] = []
        self.books = Books(
            [Person() for _ in self.town.residents], [Product(g.points, g.stock, g.limit, g.days) for g in GOODS]
        )

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return self.loop.run(work)

    def teardown(self) -> None:
        """Leave the town."""
        try:
            self.do(type(self).close_town())
        finally:
            self.loop.close()

    # What happens

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.at += pause

    @rule(who=people, action=st.sampled_from(INTEGRATION), back=st.integers(0, 33))
    def an_integration_sends_an_award(self, who: int, action: str, back: int) -> None:
        self._award(self._integration(), who, action, back, trusted=False)

    @rule(who=people, action=st.sampled_from(ON_PAPER), back=days_back)
    def an_award_comes_on_paper(self, who: int, action: str, back: int) -> None:
        self._award(SYSTEM, who, action, back, trusted=True)

    @initialize()
    def everybody_has_earned_something(self) -> None:
        for who in range(PEOPLE):
            for back in range(0, 30, 6):
                self._award(SYSTEM, who, "VOL-EMERG", back, trusted=True)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 10**6))
    def the_same_line_is_sent_again(self, which: int) -> None:
        actor, line = self.sent[which % len(self.sent)]
        (outcome,) = self.do(award_lines(actor=actor, lines=[line], trusted=actor is SYSTEM, at=self.at))
        assert (outcome.outcome, outcome.points) == ("duplicate", 0)

    @rule(who=people)
    def a_resident_claims(self, who: int) -> None:
        on = self.at - timedelta(minutes=1)
        expected = self.books.claim(who, "ERR-NEIGHBOR", day_of(on))
        resident = self.town.residents[who]
        claimed = self._keyed(
            lambda once, at: claim_action(
                actor=resident.actor,
                person_id=resident.id,
                action="ERR-NEIGHBOR",
                occurred_at=on,
                once=once,
                at=at,
            )
        )
        self.at += timedelta(minutes=1)  # one act a minute
        assert claimed.code == expected
        if expected == "pending":
            points = RULES["ERR-NEIGHBOR"].points
            use = self.books.people[who].uses[-1]
            self.books.awards[claimed.id] = Award(who, "ERR-NEIGHBOR", points, use, "pending")

    @precondition(lambda self: self._awards("pending"))
    @rule(which=st.integers(0, 10**6), accept=st.booleans())
    def a_verifier_decides(self, which: int, accept: bool) -> None:
        claim = self._one_of(self._awards("pending"), which)
        self.books.verify(claim, self.at, accept=accept)
        verified = self._keyed(
            lambda once, at: verify_participation(
                actor=self._verifier(), participation_id=claim, accept=accept, once=once, at=at
            )
        )
        assert verified.state == ("awarded" if accept else "refused")

    @precondition(lambda self: self._awards("awarded"))
    @rule(which=st.integers(0, 10**6))
    def an_award_is_taken_back(self, which: int) -> None:
        awarded = self._one_of(self._awards("awarded"), which)
        expected = self.books.void(awarded, self.at)
        result = self.do(void_award(participation_id=awarded, at=self.at))
        assert (result.taken, result.recovery) == expected

    @rule(who=people, product=products, quantity=st.integers(1, 3))
    def a_resident_exchanges(self, who: int, product: int, quantity: int) -> None:
        self._exchange(who, product, quantity)

    @rule(who=people, product=products)
    def a_resident_exchanges_for_one(self, who: int, product: int) -> None:
        self._exchange(who, product, 1)

    @precondition(lambda self: self._issued())
    @rule(which=st.integers(0, 10**6))
    def a_good_voucher_is_redeemed(self, which: int) -> None:
        self._redeem(self._one_of(self._issued(), which))

    @precondition(lambda self: self._issued())
    @rule(which=st.integers(0, 10**6))
    def a_voucher_is_redeemed_and_the_redemption_undone(self, which: int) -> None:
        if self._redeem(self._one_of(self._issued(), which)) == "ok":
            self._undo(list(self.books.redemptions)[-1])

    @precondition(lambda self: self.codes)
    @rule(which=st.integers(0, 10**6))
    def a_clerk_scans_any_voucher(self, which: int) -> None:
        self._redeem(self._one_of(list(self.codes), which))

    @precondition(lambda self: self.books.redemptions)
    @rule(which=st.integers(0, 10**6))
    def any_redemption_is_undone(self, which: int) -> None:
        self._undo(self._one_of(list(self.books.redemptions), which))

    @precondition(lambda self: self.codes)
    @rule(which=st.integers(0, 10**6))
    def a_voucher_is_cancelled(self, which: int) -> None:
        voucher_id = self._one_of(list(self.codes), which)
        holder = self.town.residents[self.books.vouchers[voucher_id].person]
        expected = self.books.cancel(voucher_id, self.at)
        result = self._keyed(
            lambda once, at: cancel_voucher(actor=holder.actor, voucher_id=voucher_id, once=once, at=at)
        )
        assert self._code(result) == expected

    @rule()
    def vouchers_expire(self) -> None:
        assert self.do(expire_vouchers(at=self.at)) == self.books.expire_vouchers(self.at)
        assert self.do(expire_vouchers(at=self.at)) == 0

    @precondition(lambda self: self._issued())
    @rule()
    def the_days_of_a_voucher_end(self) -> None:
        self.at = max(self.at, min(self.books.vouchers[each].expires_at for each in self._issued()))

    @rule()
    def points_expire(self) -> None:
        self.do(expire_points(at=self.at))
        assert self.do(expire_points(at=self.at)).points == 0

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 10**6))
    def an_earlier_request_is_sent_again(self, which: int) -> None:
        request = self.requests[which % len(self.requests)]
        assert self.do(request.send()).rendered == request.answered

    # What must hold after each of them

    @invariant()
    def everybody_sees_what_the_model_holds(self) -> None:
        for person, resident in zip(self.books.people, self.town.residents, strict=True):
            seen = self.do(wallet(resident.id, self.at))
            assert (seen.balance, seen.pending, seen.recovery) == (
                person.spendable(self.at),
                person.pending,
                person.owes,
            )
            now = month_of(day_of(self.at))
            expiring = {month_of(on): points for on, points in seen.expiring}
            assert expiring == {month: points for month, points in person.months.items() if points and month >= now}

    @invariant()
    def shelves_and_vouchers_are_those_of_the_model(self) -> None:
        left = dict(self.do(db.fetch("SELECT product, remaining FROM rewards_stock")))
        for product_id, product in zip(self.town.products, self.books.products, strict=True):
            assert left.get(product_id) == product.stock
        states = dict(self.do(db.fetch("SELECT id, state FROM rewards_voucher")))
        assert states == {voucher_id: each.state for voucher_id, each in self.books.vouchers.items()}

    @invariant()
    def the_trial_balance_holds(self) -> None:
        broken = [(each.invariant.name, each.violations) for each in self.do(prove(registered())) if not each.ok]
        assert not broken

    # How

    def _issued(self) -> Sequence[UUID]:
        return [each for each, voucher in self.books.vouchers.items() if voucher.state == "issued"]

    def _exchange(self, who: int, product: int, quantity: int) -> None:
        resident = self.town.residents[who]
        expected = self.books.exchange(who, product, quantity, self.at)

        async def exchange(once: Once, at: datetime) -> Answer[Any]:
            line = ExchangeLine(
                actor=resident.actor,
                person_id=resident.id,
                product_id=self.town.products[product],
                quantity=quantity,
                once=once,
            )
            (answer,) = await exchange_lines([line], at=at)
            return answer

        result = self._keyed(exchange)
        assert self._code(result) == expected
        if expected == "ok":
            self.books.issue(who, product, [each.id for each in result.vouchers], self.at)
            self.codes |= {each.id: each.code for each in result.vouchers}
            assert result.balance_after == self.books.people[who].spendable(self.at)

    def _redeem(self, voucher_id: UUID) -> str:
        expected = self.books.redeem(voucher_id, self.at)

        async def redeem(once: Once, at: datetime) -> Answer[Any]:
            line = RedeemLine(actor=self.town.clerk.actor, code=self.codes[voucher_id], once=once)
            (answer,) = await redeem_lines([line], at=at)
            return answer

        result = self._keyed(redeem)
        assert self._code(result) == expected
        if expected == "ok":
            self.books.redemptions[result.id] = Redemption(voucher_id, self.at)
        return expected

    def _undo(self, redemption: UUID) -> None:
        expected = self.books.undo(redemption, self.at)
        result = self._keyed(
            lambda once, at: undo_redemption(
                actor=self.town.clerk.actor, redemption_id=redemption, reason="wrong goods", once=once, at=at
            )
        )
        assert self._code(result) == expected

    def _award(self, actor: Actor, who: int, action: str, back: int, *, trusted: bool) -> None:
        self.number += 1
        moment = self.at - timedelta(days=back)
        line = AwardLine(
            person_id=self.town.residents[who].id,
            action=action,
            occurred_at=moment,
            reference=f"line {self.number}",
        )
        code, points = self.books.award(who, action, day_of(moment), self.at, old=trusted)
        (outcome,) = self.do(award_lines(actor=actor, lines=[line], trusted=trusted, at=self.at))
        assert (outcome.code, outcome.points) == (code, points)
        self.sent.append((actor, line))
        if code == "awarded":
            assert outcome.participation_id is not None
            use: Use = self.books.people[who].uses[-1]
            self.books.awards[outcome.participation_id] = Award(who, action, points, use)

    def _keyed(self, send: Callable[[Once, datetime], Coroutine[Any, Any, Answer[Any]]]) -> Any:
        """Send a request under a key of its own, and remember it with its answer."""
        self.number += 1
        at = self.at
        once = Once(
            caller="model", route="POST /model", key=f"{self.number}", body=b"{}", render=_render, request_id="model"
        )
        try:
            answer = self.do(send(once, at))
        except Refusal as refusal:
            return refusal
        if answer.rendered.status < 300 or answer.rendered.status == 409:
            self.requests.append(Request(lambda: send(once, at), answer.rendered))
        return answer.result

    def _awards(self, state: str) -> Sequence[UUID]:
        return [each for each, award in self.books.awards.items() if award.state == state]

    @staticmethod
    def _one_of(things: Sequence[T], which: int) -> T:
        return things[which % len(things)]

    @staticmethod
    def _code(result: Any) -> str:
        return result.code if isinstance(result, Refusal) else "ok"

    def _integration(self) -> Actor:
        return Actor(
            id=self.town.integration_id,
            kind="integration",
            name="tests",
            area_path="tc",
            actions=frozenset(INTEGRATION),
        )

    def _verifier(self) -> Actor:
        return Actor(
            id=self.town.clerk.id, kind="person", name="", roles=(RoleHeld("micro_grid_head", HOME),), area_path=HOME
        )


def _render(result: Any) -> Rendered:
    return Rendered(201, repr(result).encode())
