"""The nemesis: kills what it finds, at moments of its own, and notes how long it took until the work went on."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.faults.history import History
from tests.faults.house import House

STORE_FAULTS = ("postgres", "postgres", "worker", "valkey", "flush", "server")


@dataclass(slots=True, kw_only=True)
class Nemesis:
    """Kills at random; `faults` are taken in turn, so that a few rounds meet each of them."""

    house: House
    history: History
    luck: random.Random
    pauses: tuple[float, float] = (1.5, 3.0)
    restarts: dict[str, list[float]] = field(default_factory=dict)
    """By fault: seconds from the kill to the first good answer to a request that was sent after it."""

    async def strike(self, rounds: int, faults: tuple[str, ...]) -> None:
        """So many rounds, each one fault after a pause, and a last pause in which the clients can finish."""
        for number in range(rounds):
            await asyncio.sleep(self.luck.uniform(*self.pauses))
            await self.one(faults[number % len(faults)])
        await asyncio.sleep(self.pauses[0])

    async def one(self, fault: str) -> None:
        """Inject one fault and wait until the work goes on."""
        deeds: dict[str, Callable[[], Awaitable[None]]] = {
            "postgres": self.house.kill_postgres,
            "worker": lambda: self.house.kill_worker(self.luck.randrange(8)),
            "valkey": self.house.kill_valkey,
            "flush": self.house.flush_valkey,
            "server": self.house.kill_server,
        }
        await deeds[fault]()
        async with asyncio.timeout(60):
            while self.history.newest_ok_ns <= self.house.struck_ns:  # noqa: ASYNC110 - many clients set it
                await asyncio.sleep(0.005)
        self.restarts.setdefault(fault, []).append((time.monotonic_ns() - self.house.struck_ns) / 1e9)

    def report(self) -> str:
        """Restart times, by fault and over all."""
        lines = []
        everything = [seconds for times in self.restarts.values() for seconds in times]
        for fault, times in [*sorted(self.restarts.items()), ("all", everything)]:
            lines.append(
                f"  {fault:<9} {len(times):>3} times  p50 {_at(times, 0.5):.2f} s  p95 {_at(times, 0.95):.2f} s"
            )
        return "\n".join(lines)


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] if times else 0.0
