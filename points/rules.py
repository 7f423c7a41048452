"""Rules: which version of an action's rule holds for a territory on a day, and how versions come into force.

Steps for upper packages: `draft_rule`, `put_rule_in_force`, `retire_rule`, `set_discretionary_awards`.

The rules are few and read for every award, so each process keeps them by their edition: a random id that triggers
change with every change of a rule, in the same transaction. A process therefore never decides by rules older than
the ones that its own transaction sees.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from identity import audit
from identity.actor import Actor, covers
from kit import clock, db
from kit.ids import new_id
from points.caps import Caps
from points.errors import ActionUnknown, RuleNotADraft
from points.ledger import Label

HOUR = "hour"
NO_CAPS = Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of an action's rule, in force for a territory (the whole county without a path) and some days."""

    id: UUID
    version: int
    area_path: str | None
    valid_from: date
    valid_to: date | None
    points: int
    credit_tenths: int
    credit_months: int
    per: str
    evidence: str
    verified_by: str
    counts_to_global_cap: bool
    discretionary: bool
    exclusive_group: str | None
    caps: Caps
    household: bool

    @property
    def needs_picture(self) -> bool:
        """Whether a claim of it has to bring a picture."""
        return needs_picture(self.evidence)

    def holds(self, area_path: str, on: date) -> bool:
        """Whether it is the rule of this territory on this day."""
        return (
            self.valid_from <= on
            and (self.valid_to is None or on < self.valid_to)
            and (self.area_path is None or covers(self.area_path, area_path))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action with its rules, those of the smallest territories first and the newest of each first."""

    code: str
    number: int
    label: Label
    category: str
    opened_by: str
    enabled: bool
    rules: tuple[Rule, ...]

    def rule(self, area_path: str, on: date) -> Rule | None:
        """The rule in force: a village's own before its town's before the county's."""
        return next((rule for rule in self.rules if rule.holds(area_path, on)), None)

    def version(self, rule_id: UUID | None) -> Rule:
        """The version by which an award was made; one that ever awarded is never gone."""
        return next(rule for rule in self.rules if rule.id == rule_id)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All actions by code, and the areas in which discretionary awards are paused."""

    edition: UUID
    actions: dict[str, Action]
    paused: tuple[str, ...]

    def action(self, code: str) -> Action:
        """One action, which must exist."""
        try:
            return self.actions[code]
        except KeyError:
            raise ActionUnknown(action=code) from None

    def pauses(self, area_path: str) -> bool:
        """Whether discretionary awards are paused for this territory."""
        return any(covers(path, area_path) for path in self.paused)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What a rule says, while it is drafted."""

    points: int
    credit_tenths: int
    credit_months: int = 12
    per: str = "time"
    evidence: str
    verified_by: str
    counts_to_global_cap: bool = True
    discretionary: bool = False
    exclusive_group: str | None = None
    caps: Caps = NO_CAPS
    household: bool = False


class _Kept:
    """The newest book that this process has read."""

    book: RuleBook | None = None


def needs_picture(evidence: str) -> bool:
    """Whether what proves an act is a picture among other things."""
    return "photo" in evidence


async def rule_book() -> RuleBook:
    """The rules as the current transaction sees them."""
    edition: UUID = await db.fetchval("SELECT edition FROM points_rule_book")
    book = _Kept.book
    if book is None or book.edition != edition:
        book = _Kept.book = await _read(edition)
    return book


async def _read(edition: UUID) -> RuleBook:
    rows = await db.fetch(db.load_sql(__file__, "read_rules"))
    paused = await db.fetch(
        "SELECT area.path FROM points_discretionary_awards AS paused JOIN identity_area AS area"
        " ON area.id = paused.area WHERE NOT paused.open"
    )
    by_code: dict[str, list[db.Row]] = {}
    for row in rows:
        by_code.setdefault(row["code"], []).append(row)
    actions = {code: _action(versions) for code, versions in by_code.items()}
    return RuleBook(edition, actions, tuple(row["path"] for row in paused))


def _action(rows: list[db.Row]) -> Action:
    row = rows[0]
    return Action(
        code=row["code"],
        number=row["number"],
        label=Label(row["name_zh"], row["name_en"]),
        category=row["category"],
        opened_by=row["opened_by"],
        enabled=row["enabled"],
        rules=tuple(_rule(each) for each in rows if each["id"] is not None),
    )


def _rule(row: db.Row) -> Rule:
    caps = Caps(row["cap_day"], row["cap_month"], row["cap_quarter"], row["cap_year"], row["cap_once"])
    return Rule(
        id=row["id"],
        version=row["version"],
        area_path=row["area_path"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        points=row["points"],
        credit_tenths=row["credit_tenths"],
        credit_months=row["credit_months"],
        per=row["per"],
        evidence=row["evidence"],
        verified_by=row["verified_by"],
        counts_to_global_cap=row["counts_to_global_cap"],
        discretionary=row["discretionary"],
        exclusive_group=row["exclusive_group"],
        caps=caps,
        household=row["household"],
    )


_DRAFT = """
    INSERT INTO points_rule_version
        (id, action, area, version, state, points, credit_tenths, credit_months, per, evidence, verified_by,
         counts_to_global_cap, discretionary, exclusive_group, cap_day, cap_month, cap_quarter, cap_year, cap_once,
         household)
    SELECT $1, $2::varchar, $3::uuid, 1 + coalesce(max(version), 0), 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12,
           $13, $14, $15, $16, $17, $18
    FROM points_rule_version WHERE action = $2::varchar AND area IS NOT DISTINCT FROM $3::uuid
"""
_RETIRE = """
    UPDATE points_rule_version SET state = 'retired', valid_to = $3
    WHERE action = $1 AND area IS NOT DISTINCT FROM $2 AND state = 'in_force' AND valid_from < $3
"""


async def draft_rule(*, actor: Actor, action: str, area_id: UUID | None, text: RuleText) -> UUID:
    """Write a draft of a rule, for an area or the whole county; a draft never awards (a step)."""
    (await rule_book()).action(action)
    rule_id = new_id()
    await db.current().execute(
        _DRAFT,
        *(rule_id, action, area_id, text.points, text.credit_tenths, text.credit_months, text.per, text.evidence),
        *(text.verified_by, text.counts_to_global_cap, text.discretionary, text.exclusive_group),
        *(text.caps.day, text.caps.month, text.caps.quarter, text.caps.year, text.caps.once, text.household),
    )
    await audit.record(actor, action="rule.drafted", subject=("rule", rule_id), after={"action": action})
    return rule_id


async def put_rule_in_force(*, actor: Actor, rule_id: UUID, from_day: date) -> None:
    """Put a draft, or a rule under notice, in force from a day on; its predecessor retires that day (a step).

    Awards that were made stay as they are: each names the version that made it.
    """
    row = await db.current().fetchrow(
        "SELECT action, area, state FROM points_rule_version WHERE id = $1 FOR UPDATE", rule_id
    )
    if row is None or row["state"] not in {"draft", "notice"}:
        raise RuleNotADraft
    await db.current().execute(_RETIRE, row["action"], row["area"], from_day)
    await db.current().execute(
        "UPDATE points_rule_version SET state = 'in_force', valid_from = $2 WHERE id = $1", rule_id, from_day
    )
    await audit.record(
        actor,
        action="rule.in_force",
        subject=("rule", rule_id),
        before={"state": row["state"]},
        after={"state": "in_force", "from": from_day.isoformat()},
    )


async def retire_rule(*, actor: Actor, rule_id: UUID, on_day: date) -> None:
    """Let a rule hold no more from a day on; for a territory the wider rule holds again (a step)."""
    tag = await db.current().execute(
        "UPDATE points_rule_version SET state = 'retired', valid_to = $2 WHERE id = $1 AND state = 'in_force'",
        *(rule_id, on_day),
    )
    if tag != "UPDATE 1":
        raise RuleNotADraft
    await audit.record(actor, action="rule.retired", subject=("rule", rule_id), after={"to": on_day.isoformat()})


async def set_discretionary_awards(*, actor: Actor, area_id: UUID, is_open: bool, reason: str) -> None:
    """Pause or resume discretionary awards in an area, as the cover ratio asks for (a step)."""
    await db.current().execute(
        "INSERT INTO points_discretionary_awards (id, area, open, reason, changed_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (area) DO UPDATE SET open = excluded.open, reason = excluded.reason,"
        " changed_at = excluded.changed_at",
        *(new_id(), area_id, is_open, reason, await clock.value_time()),
    )
    await audit.record(
        actor, action="discretionary_awards.set", subject=("area", area_id), after={"open": is_open}, why=reason
    )
