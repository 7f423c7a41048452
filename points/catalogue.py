"""The catalogue of actions: the project's own data (`data/actions.csv`), 48 actions in eleven categories.

The migration writes them; this brings a database up to date with actions that a newer version of the product adds.
What is there is never changed: a county's own rules and its switched-off actions stay as they are.
"""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from identity import audit
from identity.actor import Actor
from kit import db
from kit.ids import derived_id

CATALOGUE = Path(__file__).parent / "data" / "actions.csv"
IN_FORCE_FROM = date(2000, 1, 1)
"""The first rules hold for everything that is ever imported."""
MONTHS, MONTHS_OF_AN_HONOUR = 12, 24

_ADD_ACTION = """
    INSERT INTO points_action (code, number, name_zh, name_en, category, opened_by, enabled)
    SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM points_action
    ON CONFLICT (code) DO NOTHING RETURNING code
"""
_ADD_RULE = """
    INSERT INTO points_rule_version
        (id, action, version, state, valid_from, points, credit_tenths, credit_months, per, evidence, verified_by,
         counts_to_global_cap, discretionary, exclusive_group, cap_day, cap_month, cap_quarter, cap_year, cap_once,
         household)
    VALUES ($1, $2, 1, 'in_force', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """An action of the catalogue as the file has it."""

    action: tuple[object, ...]
    rule: tuple[object, ...]


@db.flow
async def load_catalogue(*, actor: Actor | None = None) -> tuple[str, ...]:
    """Add the actions that the database does not have yet, each with its first rule in force.

    Moves: nothing.
    Answers: the codes that were added; none when it is up to date.
    Raises: nothing.
    """
    known = {row["code"] for row in await db.current().fetch("SELECT code FROM points_action")}
    missing = [row for row in read_catalogue() if row.action[0] not in known]
    added = []
    for row in missing:
        code = await db.current().fetchval(_ADD_ACTION, *row.action)
        if code is not None:
            await db.current().execute(_ADD_RULE, *row.rule)
            added.append(code)
    if added:
        await audit.record(
            actor or Actor.system("catalogue"),
            action="catalogue.extended",
            subject=("catalogue", added[0]),
            after={"added": added},
        )
    return tuple(added)


def read_catalogue() -> list[CatalogueRow]:
    """The rows of the project's own data."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return [_row(line) for line in csv.DictReader(file)]


def _row(line: dict[str, str]) -> CatalogueRow:
    code = line["code"]
    months = MONTHS_OF_AN_HONOUR if line["category"] == "荣誉" else MONTHS
    caps = [int(line[f"cap_{period}"] or 0) or None for period in ("day", "month", "quarter", "year", "once")]
    return CatalogueRow(
        (code, line["name_zh"], line["name_en"], line["category"], line["opened_by"], line["enabled"] == "yes"),
        (
            derived_id("rule", code, "county", 1),
            code,
            IN_FORCE_FROM,
            int(line["points"]),
            int(line["credit_tenths"]),
            months,
            line["per"],
            line["evidence"],
            line["verified_by"],
            line["counts_to_global_cap"] == "yes",
            line["discretionary"] == "yes",
            line["exclusive_group"] or None,
            *caps,
            line["household"] == "yes",
        ),
    )
