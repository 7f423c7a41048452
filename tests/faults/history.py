"""What every client did, and when: one line for each operation, whatever became of it.

An operation stays open (`unknown`) until an answer says what it did; lost answers and broken connections are tried
again under the same key. Times are of one monotonic clock, so that the checker can hold the database's order of
things against real time.
"""

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["ok", "failed", "unknown"]


@dataclass(slots=True)
class Operation:
    """One thing that a client wanted, through all its tries."""

    process: int
    op: str
    key: str
    request: dict[str, Any]
    number: int
    invoked_ns: int = field(default_factory=time.monotonic_ns)
    completed_ns: int | None = None
    outcome: Outcome = "unknown"
    status: int | None = None
    tries: int = 0
    answer: Any = None
    answer_sha: str | None = None
    references: list[list[str]] = field(default_factory=list)
    """Awards: the references of each try; one list but for a client that forgets them."""

    def complete(self, status: int, body: bytes) -> None:
        """Note the answer that ends it."""
        self.completed_ns = time.monotonic_ns()
        self.outcome = "ok" if status < 300 else "failed"
        self.status = status
        self.answer = json.loads(body) if body else None
        self.answer_sha = sha256(body).hexdigest()

    def line(self) -> str:
        """The operation as one line of JSON."""
        names = ("process", "op", "key", "invoked_ns", "completed_ns", "outcome", "request", "answer_sha")
        return json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False)


@dataclass(slots=True)
class History:
    """All operations of a run, and every answer that came over the wire, those thrown away included."""

    operations: list[Operation] = field(default_factory=list)
    answers: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    """By key: which stored answers were seen; more than one is a fault."""
    statuses: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    newest_ok_ns: int = 0
    """When the newest of the requests was sent that got a good answer."""

    def begin(self, process: int, op: str, key: str, request: dict[str, Any]) -> Operation:
        """Note that a client starts something."""
        begun = Operation(process, op, key, request, next(self.numbers))
        self.operations.append(begun)
        return begun

    def saw(self, op: str, key: str, status: int, body: bytes, *, sent_ns: int) -> None:
        """Note an answer as it came; stored ones must be the same for ever."""
        self.statuses[f"{op} {status}"] += 1
        if status < 300:
            self.newest_ok_ns = max(self.newest_ok_ns, sent_ns)
        if key and (status < 300 or status == 409):
            self.answers.setdefault(key, set()).add((status, sha256(body).hexdigest()))

    def done(self, op: str) -> list[Operation]:
        """The operations of a kind that were acknowledged."""
        return [each for each in self.operations if each.op == op and each.outcome == "ok"]

    def open(self, op: str) -> list[Operation]:
        """The operations of a kind whose outcome nobody knows."""
        return [each for each in self.operations if each.op == op and each.outcome == "unknown"]

    def write(self, path: Path) -> None:
        """Keep it as JSON lines."""
        path.write_text("".join(each.line() + "\n" for each in self.operations), encoding="utf-8")
