"""Invariants: what must hold at every moment, proven by comparing independent sources.

Each package lists its own as entry points of the group `qunzhifen.invariants`; every entry is a list of `Invariant`.
`qunzhifen verify`, the trial balance over HTTP, the tests and the hourly job run all of them.
"""

from dataclasses import dataclass
from importlib.metadata import entry_points

from kit import db


@dataclass(frozen=True, slots=True)
class Invariant:
    """One statement that selects what breaks the rule: no row means that it holds.

    `name` is the number in the documents (I1 …) with a word, `counts` says how many things were looked at, so that
    a proof over nothing can be told from a proof.
    """

    name: str
    zh: str
    en: str
    violations: str
    counts: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of proving one invariant."""

    invariant: Invariant
    checked: int
    violations: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing breaks it."""
        return not self.violations


def registered() -> list[Invariant]:
    """The invariants of all packages, in the order of their names."""
    found = [each for point in entry_points(group="qunzhifen.invariants") for each in point.load()]
    return sorted(found, key=lambda each: (len(each.name.split()[0]), each.name))


async def prove(invariants: list[Invariant], *, shown: int = 20) -> list[Finding]:
    """Prove them all in one snapshot, while the system goes on working; at most `shown` violations each are named."""
    findings = []
    async with db.transaction(read_only=True) as connection:
        for invariant in invariants:
            rows = await connection.fetch(f"SELECT * FROM ({invariant.violations}) AS violation LIMIT {shown}")
            checked = await connection.fetchval(invariant.counts)
            findings.append(Finding(invariant, checked, tuple(repr(dict(row)) for row in rows)))
    return findings
