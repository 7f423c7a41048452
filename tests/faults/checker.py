"""The checker: holds what clients were told against what the database says, in the order of `trust.md`.

1. every acknowledged id is there, in the state that was acknowledged;
2. all registered invariants, and the audit chain;
3. the versions of each account run without a gap, add up, and agree with real time;
4. every replay of a request got the same bytes;
5. nothing that was asked for once was done twice, and nothing was done that nobody asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from identity import audit
from kit.invariants import prove, registered
from tests.faults.history import History, Operation

_SHOWN = 3

LOST = "acknowledged but lost"
TWICE = "done twice"
UNASKED = "done but never asked for"
INVARIANT = "invariant broken"
AUDIT = "audit chain broken"
GAP = "version gap or double"
RUNNING = "running balance wrong"
STORED = "stored balance is not the sum of transfers"
REAL_TIME = "real-time order violated"
BYTES = "a replay got other bytes"
SERVER_FAULT = "the server answered 500"
UNDECIDED = "outcome unknown to the end"


@dataclass(slots=True)
class Findings:
    """What is wrong, with a few examples of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, example: object) -> None:
        """Note one."""
        self.counts[kind] += 1
        if len(self.examples[kind]) < _SHOWN:
            self.examples[kind].append(str(example))

    @property
    def verdict(self) -> str:
        """`VALID`, or what is wrong and how often."""
        return ", ".join(f"{kind}: {count}" for kind, count in sorted(self.counts.items())) or "VALID"

    def report(self) -> str:
        """The verdict with its examples."""
        shown = [f"  {kind}: {example}" for kind, examples in self.examples.items() for example in examples]
        return "\n".join([self.verdict, *shown])


@dataclass(slots=True)
class Books:
    """Everything of the database that the checker looks at, read in one snapshot."""

    accounts: dict[Any, asyncpg.Record]
    transfers: list[asyncpg.Record]
    participations: dict[str, asyncpg.Record]
    exchanges: set[str]
    vouchers: dict[str, asyncpg.Record]
    redemptions: dict[str, asyncpg.Record]


async def check(history: History, url: str) -> Findings:
    """All of it; the pool of `kit.db` must be open on the same database."""
    books = await read_books(url)
    findings = Findings()
    _acknowledged(history, books, findings)
    await _invariants(findings)
    _chains(history, books, findings)
    _replays(history, findings)
    _once(history, books, findings)
    return findings


async def read_books(url: str) -> Books:
    """Read them in one snapshot, as the superuser."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            accounts = await connection.fetch("SELECT * FROM points_account WHERE asset = 'points'")
            transfers = await connection.fetch("SELECT * FROM points_transfer WHERE asset = 'points'")
            participations = await connection.fetch(
                "SELECT * FROM points_participation WHERE caller_id IN (SELECT id FROM identity_api_key)"
            )
            exchanges = await connection.fetch("SELECT id FROM rewards_exchange")
            vouchers = await connection.fetch("SELECT id, exchange, state FROM rewards_voucher")
            redemptions = await connection.fetch("SELECT id, voucher, undone_at FROM rewards_redemption")
    finally:
        await connection.close()
    return Books(
        accounts={row["id"]: row for row in accounts},
        transfers=transfers,
        participations={row["reference"]: row for row in participations},
        exchanges={str(row["id"]) for row in exchanges},
        vouchers={str(row["id"]): row for row in vouchers},
        redemptions={str(row["id"]): row for row in redemptions},
    )


def _acknowledged(history: History, books: Books, findings: Findings) -> None:
    awards = {row["fact_id"]: row for row in books.transfers if row["kind"] == "award"}
    for operation in history.done("award"):
        for line in operation.answer:
            _award_is_there(line, books, awards, findings)
    moved = {(row["kind"], str(row["reference"])): row for row in books.transfers}
    for operation in history.done("exchange"):
        _exchange_is_there(operation.answer, books, moved, findings)
    for operation in history.done("redeem"):
        if operation.answer["id"] not in books.redemptions:
            findings.add(LOST, f"redemption {operation.answer['id']}")
    for operation in history.done("undo"):
        row = books.redemptions.get(operation.request["redemption"])
        if row is None or row["undone_at"] is None:
            findings.add(LOST, f"undo of {operation.request['redemption']}")
    for operation in history.done("cancel"):
        voucher = operation.request["voucher"]
        row = books.vouchers.get(voucher)
        if row is None or row["state"] != "cancelled" or ("refund", voucher) not in moved:
            findings.add(LOST, f"cancellation of {voucher}")


def _exchange_is_there(
    answer: dict[str, Any], books: Books, moved: dict[tuple[str, str], asyncpg.Record], findings: Findings
) -> None:
    vouchers = [each["id"] for each in answer["vouchers"]]
    transfer = moved.get(("exchange", vouchers[-1]))
    if answer["id"] not in books.exchanges or not books.vouchers.keys() >= set(vouchers) or transfer is None:
        findings.add(LOST, f"exchange {answer['id']}")
    elif transfer["debit_balance"] != answer["balance_after"]:
        findings.add(LOST, f"exchange {answer['id']}: another balance than was answered")


def _award_is_there(line: dict[str, Any], books: Books, awards: dict[Any, Any], findings: Findings) -> None:
    row = books.participations.get(line["reference"])
    if row is None:
        findings.add(LOST, f"{line['outcome']} award {line['reference']}")
    elif line["outcome"] == "awarded":
        transfer = awards.get(row["id"])
        if row["state"] != "awarded" or transfer is None:
            findings.add(LOST, f"award {line['reference']}")
        elif (transfer["amount"], transfer["credit_balance"]) != (line["points"], line["balance_after"]):
            findings.add(LOST, f"award {line['reference']}: other points than were answered")


async def _invariants(findings: Findings) -> None:
    for found in await prove(registered()):
        for violation in found.violations:
            findings.add(INVARIANT, f"{found.invariant.name}: {violation}")
    for fault in (await audit.verify_chain()).faults:
        findings.add(AUDIT, fault)


def _chains(history: History, books: Books, findings: Findings) -> None:
    sides: dict[Any, list[tuple[int, int, int, asyncpg.Record]]] = defaultdict(list)
    for row in books.transfers:
        if row["debit_version"] is not None:
            sides[row["debit_id"]].append((row["debit_version"], -row["amount"], row["debit_balance"], row))
        if row["credit_version"] is not None:
            sides[row["credit_id"]].append((row["credit_version"], row["amount"], row["credit_balance"], row))
    when = _moments(history, books)
    for account_id, chain in sides.items():
        chain.sort(key=lambda side: side[0])
        _chain(account_id, chain, findings)
        if books.accounts[account_id]["balance"] != sum(amount for _, amount, _, _ in chain):
            findings.add(STORED, account_id)
        _real_time([when.get((row["kind"], _named(row))) for _, _, _, row in chain], account_id, findings)


def _chain(account_id: Any, chain: Sequence[tuple[int, int, int, asyncpg.Record]], findings: Findings) -> None:
    balance = 0
    for expected, (version, amount, after, _) in enumerate(chain, start=1):
        balance += amount
        if version != expected:
            findings.add(GAP, f"{account_id} version {version} where {expected} was due")
            return
        if after != balance:
            findings.add(RUNNING, f"{account_id} version {version}")
            return


def _named(row: asyncpg.Record) -> str:
    return str(row["fact_id"] if row["kind"] == "award" else row["reference"])


def _moments(history: History, books: Books) -> dict[tuple[str, str], Operation]:
    """By transfer: the operation that asked for it and was acknowledged."""
    when: dict[tuple[str, str], Operation] = {}
    for operation in history.done("award"):
        for line in operation.answer:
            if line["reference"] in books.participations:
                when["award", str(books.participations[line["reference"]]["id"])] = operation
    for operation in history.done("exchange"):
        for voucher in operation.answer["vouchers"]:
            when["exchange", voucher["id"]] = operation
    for operation in history.done("cancel"):
        when["refund", operation.request["voucher"]] = operation
    return when


def _real_time(chain: Iterable[Operation | None], account_id: Any, findings: Findings) -> None:
    """What was acknowledged before something else began also stands before it in the chain."""
    latest_begin = -1
    for operation in chain:
        if operation is None:
            continue
        assert operation.completed_ns is not None
        if operation.completed_ns < latest_begin:
            findings.add(REAL_TIME, f"{account_id}: {operation.op} {operation.key}")
        latest_begin = max(latest_begin, operation.invoked_ns)


def _replays(history: History, findings: Findings) -> None:
    for key, seen in history.answers.items():
        if len(seen) > 1:
            findings.add(BYTES, f"{key}: {sorted(status for status, _ in seen)}")
    for status, count in history.statuses.items():
        if status.endswith(" 500"):
            findings.add(SERVER_FAULT, f"{status}, {count} times")


def _once(history: History, books: Books, findings: Findings) -> None:
    done = {
        "exchange": (books.exchanges, [each.answer["id"] for each in history.done("exchange")]),
        "redeem": (set(books.redemptions), [each.answer["id"] for each in history.done("redeem")]),
    }
    for op, (found, acknowledged) in done.items():
        surplus = found - set(acknowledged)
        if len(surplus) > len(history.open(op)):
            findings.add(TWICE, f"{op}: {len(surplus)} in the books that no answer of an operation names")
        if len(set(acknowledged)) != len(acknowledged):
            findings.add(TWICE, f"{op}: one id in the answers of two operations")
    wanted = set()
    for operation in (each for each in history.operations if each.op == "award"):
        for tries in zip(*operation.references, strict=True):
            wanted |= set(tries)
            paid = [each for each in tries if each in books.participations and _paid(books.participations[each])]
            if len(paid) > 1:
                findings.add(TWICE, f"award {operation.key}: {paid}")
    for reference in books.participations.keys() - wanted:
        findings.add(UNASKED, f"award {reference}")
    for operation in history.operations:
        if operation.outcome == "unknown":
            findings.add(UNDECIDED, f"{operation.op} {operation.key} after {operation.tries} tries")


def _paid(row: asyncpg.Record) -> bool:
    return bool(row["state"] == "awarded")
