"""Clients of the main job: residents, a clerk and an integration, over a network that loses answers.

A client wants something, sends it under a key, and sends it again under the same key until an answer says what became
of it: 3 % of the answers are thrown away, 10 % of the requests are sent twice at once, and servers are killed under it.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.faults.history import History, Operation
from tests.faults.town import Town

LOST_ANSWERS = 0.03
SENT_TWICE = 0.10
PATIENCE = 60.0
"""Seconds after which a client gives up, and the outcome stays unknown."""
PAUSE = 0.02

AWARDS = (("RPT-CONFIRM", 6), ("LRN-QUIZ", 3), ("PLT-REFER", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def conclusive(self) -> bool:
        """Whether it says what became of the request; servers in trouble and expired tokens do not."""
        return self.status < 500 and self.status not in {401, 429}


@dataclass(slots=True)
class Shelf:
    """What the clients know of each other's vouchers and redemptions: they share them, so that they collide."""

    vouchers: list[dict[str, Any]] = field(default_factory=list)
    redemptions: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Client:
    """One client, with its own luck."""

    process: int
    town: Town
    http: httpx.AsyncClient
    history: History
    shelf: Shelf
    luck: random.Random
    new_key_each_try: bool = False
    """A seeded bug: a client that forgets its key, and with it what it already asked for."""
    tries_of_awards: int = 0

    async def live(self, until: asyncio.Event) -> None:
        """Do the main job until told to stop; what was begun is finished."""
        deeds = (self.award, self.exchange, self.redeem, self.undo, self.cancel)
        while not until.is_set():
            (deed,) = self.luck.choices(deeds, weights=(30, 30, 20, 6, 8))
            await deed()
            await asyncio.sleep(self.luck.uniform(0, PAUSE))

    async def award(self) -> None:
        """Send awards of an integration; their references serve as keys."""
        size = self.luck.choice((1, 1, 4, 16))
        today = datetime.now(UTC)
        wanted = [
            {
                "resident": str(self.luck.choice(self.town.residents).id),
                "action": self.luck.choices([name for name, _ in AWARDS], weights=[weight for _, weight in AWARDS])[0],
                "occurred_at": (today - timedelta(minutes=self.luck.randint(1, 30 * 24 * 60))).isoformat(),
            }
            for _ in range(size)
        ]
        operation = self.history.begin(self.process, "award", self._key(), {"lines": wanted})
        await self._until_answered(operation, "/api/awards", wanted, self.town.integration_key)

    async def exchange(self) -> None:
        """Exchange points of a resident for a product."""
        resident = self.luck.choice(self.town.residents)
        wanted = {"product_id": str(self.luck.choice(self.town.products)), "quantity": self.luck.choice((1, 1, 1, 2))}
        operation = self.history.begin(self.process, "exchange", self._key(), {"by": str(resident.id), **wanted})
        await self._until_answered(operation, "/api/exchanges", wanted, resident.token)
        if operation.outcome == "ok":
            self.shelf.vouchers += [{**each, "token": resident.token} for each in operation.answer["vouchers"]]

    async def redeem(self) -> None:
        """Redeem somebody's voucher; now and then another client tries the same one."""
        voucher = self._from(self.shelf.vouchers, keep=0.15)
        if voucher is None:
            return
        wanted = {"code": voucher["code"]}
        operation = self.history.begin(self.process, "redeem", self._key(), {"voucher": voucher["id"]})
        await self._until_answered(operation, "/api/redemptions", wanted, self.town.clerk.token)
        if operation.outcome == "ok":
            self.shelf.redemptions.append(operation.answer["id"])

    async def undo(self) -> None:
        """Undo a redemption at the till."""
        redemption = self._from(self.shelf.redemptions, keep=0.15)
        if redemption is None:
            return
        operation = self.history.begin(self.process, "undo", self._key(), {"redemption": redemption})
        path = f"/api/redemptions/{redemption}/undo"
        await self._until_answered(operation, path, {"reason": "wrong goods"}, self.town.clerk.token)

    async def cancel(self) -> None:
        """Give a voucher back."""
        voucher = self._from(self.shelf.vouchers, keep=0.15)
        if voucher is None:
            return
        operation = self.history.begin(self.process, "cancel", self._key(), {"voucher": voucher["id"]})
        await self._until_answered(operation, f"/api/vouchers/{voucher['id']}/cancel", None, voucher["token"])

    async def _until_answered(self, operation: Operation, path: str, body: Any, token: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            operation.tries += 1
            key = operation.key if not self.new_key_each_try else self._key()
            sent = self._with_references(operation, body, key) if operation.op == "award" else body
            copies = 2 if self.luck.random() < SENT_TWICE else 1
            answers = await asyncio.gather(*(self._send(operation.op, path, sent, token, key) for _ in range(copies)))
            answer = next((each for each in answers if each is not None and each.conclusive), None)
            if answer is not None and self.luck.random() >= LOST_ANSWERS:
                operation.complete(answer.status, answer.body)
                return
            await asyncio.sleep(PAUSE * min(operation.tries, 10))

    def _with_references(self, operation: Operation, lines: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
        references = [f"{key}.{number}" for number in range(len(lines))]
        if references not in operation.references:
            operation.references.append(references)
        return [{"reference": reference, **line} for reference, line in zip(references, lines, strict=True)]

    async def _send(self, op: str, path: str, body: Any, token: str, key: str) -> Answer | None:
        keyed = op != "award"
        headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if keyed else {})
        sent_ns = time.monotonic_ns()
        try:
            response = await self.http.post(path, json=body, headers=headers)
        except httpx.HTTPError:
            self.history.statuses[f"{op} broken"] += 1
            return None
        self.history.saw(op, key if keyed else "", response.status_code, response.content, sent_ns=sent_ns)
        return Answer(status=response.status_code, body=response.content)

    def _from(self, shelf: list[Any], *, keep: float) -> Any:
        """Something of the shelf; it mostly leaves it, so that others take something else."""
        if not shelf:
            return None
        place = -1 if self.luck.random() < 0.5 else self.luck.randrange(len(shelf))
        return shelf[place] if self.luck.random() < keep else shelf.pop(place)

    def _key(self) -> str:
        return f"{self.luck.getrandbits(96):024x}"


@dataclass(slots=True, kw_only=True)
class Load:
    """Many clients at once, until they are told to stop."""

    town: Town
    url: str
    seed: int
    clients: int = 16
    new_key_each_try: bool = False
    history: History = field(default_factory=History)

    async def run(self, until: asyncio.Event) -> None:
        """Let them live; ends when each has finished what it began."""
        shelf = Shelf()
        limits = httpx.Limits(max_connections=self.clients * 2, keepalive_expiry=5)
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=10, limits=limits, trust_env=False) as http,
            asyncio.TaskGroup() as group,
        ):
            for process in range(self.clients):
                client = Client(
                    process=process,
                    town=self.town,
                    http=http,
                    history=self.history,
                    shelf=shelf,
                    luck=random.Random(f"{self.seed}/{process}"),  # noqa: S311 - luck, not a secret
                    new_key_each_try=self.new_key_each_try,
                )
                group.create_task(client.live(until))
