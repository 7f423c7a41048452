"""A whole city for the bench: 600,000 residents with accounts and 2.6 million earlier awards, in a few minutes.

This is bench data, and the one place outside `points` and `identity` that writes their tables: set-based, with COPY
and INSERT … SELECT, because the domains' flows would take hours for it. What it writes keeps every invariant: the
awards of a resident lie in consecutive months before this one, oldest first, one a month, so that no cap is reached,
versions have no gap, and the months of an account are what its transfers brought. It leaves no audit
entries. Whoever measures on it runs VACUUM ANALYZE first.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity.actor import Actor
from identity.areas import NewArea, open_areas
from identity.person_keys import wrapped_key
from kit import clock, db
from kit.ids import derived_id, new_id
from points.awards import caller_of

RESIDENTS, AWARDS = 600_000, 2_600_000
MOST_AWARDS_A_RESIDENT: Final = 20
COUNTY: Final = "city"
ACTOR: Final = Actor.system("city")

_RESIDENTS_A_TOWN, _VILLAGES, _GRIDS, _MICRO_GRIDS, _HOUSEHOLD = 15_000, 10, 4, 6, 3
_CHUNK = 20_000
_KEY_BYTES = 32

_ACTIONS: Final = (
    "VOL-ENV", "LRN-COURSE", "VOL-PATROL", "MTG-VOTE", "ERR-DELIVER", "MTG-ATTEND", "GRD-VISIT", "LRN-DRILL",
)  # fmt: skip
"""Acts of one stage and of less than a hundred points."""

_ACTS: Final = """
    WITH resident AS (
        SELECT person.id, person.area, row_number() OVER (ORDER BY person.id) - 1 AS r
        FROM identity_person AS person JOIN identity_area AS area ON area.id = person.area
        WHERE person.resident AND area.path LIKE 'city.%'
    ), kind AS (
        SELECT row_number() OVER (ORDER BY array_position($4::text[], action.code::text)) - 1 AS place,
               action.code, action.number, action.name_zh, action.name_en, rule.id AS rule_id, rule.points,
               rule.credit_tenths, rule.credit_months,
               CASE WHEN rule.counts_to_global_cap THEN rule.points ELSE 0 END AS counted
        FROM points_action AS action JOIN points_rule_version AS rule ON rule.action = action.code
        WHERE action.code = ANY ($4::text[]) AND rule.state = 'in_force' AND rule.area IS NULL
    ), had AS (
        SELECT id AS person_id, area, r, ($2::bigint / $1 + (r < $2 % $1)::integer)::integer AS n FROM resident
    ), act AS (
        SELECT had.person_id, had.area, had.n, k, kind.*,
               date_trunc('month', $3::timestamp) - make_interval(months => had.n - k + 1)
                   + make_interval(days => ((r * 7 + k * 11) % 28)::integer, hours => (8 + r % 12)::integer) AS local,
               md5('participation ' || had.person_id || ' ' || k) AS participation_digest,
               md5('transfer ' || had.person_id || ' ' || k) AS transfer_digest,
               'city ' || r || ' ' || k AS reference
        FROM had CROSS JOIN LATERAL generate_series(1, had.n) AS k
        JOIN kind ON kind.place = (had.r + k * 3) % (SELECT count(*) FROM kind)
    ), dated AS (
        SELECT act.*, local AT TIME ZONE 'Asia/Shanghai' AS moment, local::date AS day,
               (extract(year FROM local) * 12 + extract(month FROM local) - 1)::integer AS month,
               lpad(to_hex((extract(epoch FROM local AT TIME ZONE 'Asia/Shanghai') * 1000)::bigint), 12, '0') AS clock
        FROM act
    )
"""
_PARTICIPATION_ID, _TRANSFER_ID = (
    f"(clock || '7' || substr({what}_digest, 1, 3) || 'a' || substr({what}_digest, 4, 15))::uuid"
    for what in ("participation", "transfer")
)
_PARTICIPATIONS: Final = f"""{_ACTS}
    INSERT INTO points_participation (
        id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key, quantity,
        units, points, counted, state, code, decided_at, next_eligible_on, source, caller_id, reference, levels,
        steps_done, recalls, submitted_at
    )
    SELECT {_PARTICIPATION_ID}, person_id, NULL, area, code, rule_id, moment, day,
           NULL, 1, 1, points, counted,
           'awarded', 'awarded', moment, NULL, 'system', $5::uuid, reference, '', 0, 0, moment
    FROM dated ORDER BY moment
"""
_TRANSFERS: Final = f"""{_ACTS}
    INSERT INTO points_transfer (
        id, kind, reference, asset, amount, debit_id, credit_id, credit_version, credit_balance, first_month, by_month,
        label_zh, label_en, fact_kind, fact_id, rule_version_id, credit_tenths, credit_until, posted_at
    )
    SELECT {_TRANSFER_ID}, 'award', {_PARTICIPATION_ID}, 'points', points,
           '00000000-0000-0000-0000-000000000001', person_id, k,
           sum(points) OVER (PARTITION BY person_id ORDER BY k), month + $6::integer, ARRAY[points], name_zh, name_en,
           'participation', {_PARTICIPATION_ID}, rule_id, credit_tenths,
           CASE WHEN credit_tenths > 0 THEN (day + make_interval(months => credit_months))::date END, moment
    FROM dated WHERE $5::uuid IS NOT NULL ORDER BY moment
"""
_USES: Final = """
    SELECT person_id, extract(year FROM day)::smallint AS year,
           array_agg(extract(doy FROM day)::bigint * 1000000000000000 + number * 100000000000 + 10000000 + counted
                     ORDER BY k) AS uses
    FROM dated GROUP BY 1, 2
"""
_ACCOUNTS: Final = f"""{_ACTS}, used AS ({_USES})
    INSERT INTO points_account (
        id, kind, owner_id, asset, version, balance, first_month, by_month, recovery, used_year, uses
    )
    SELECT held.*, used.year, used.uses
    FROM (
        SELECT person_id, 'person', person_id, 'points', max(k), sum(points), min(month) + $6::integer,
               array_agg(points ORDER BY k), 0
        FROM dated WHERE $5::uuid IS NOT NULL GROUP BY person_id
    ) AS held (id, kind, owner_id, asset, version, balance, first_month, by_month, recovery)
    JOIN (SELECT DISTINCT ON (person_id) * FROM used ORDER BY person_id, year DESC) AS used ON used.person_id = held.id
    ORDER BY held.id
"""
_USAGE: Final = f"""{_ACTS}, used AS ({_USES})
    INSERT INTO points_usage (id, subject_id, year, uses)
    SELECT md5(uuid_send(person_id) || int4send(year))::uuid, person_id, year, uses
    FROM (SELECT *, max(year) OVER (PARTITION BY person_id) AS newest FROM used) AS used
    WHERE year < newest AND $5::uuid IS NOT NULL AND $6::integer > 0
    ORDER BY year, person_id
"""


@dataclass(frozen=True, slots=True)
class City:
    """What was built."""

    residents: list[UUID]
    """In the order of their ids."""
    awards: int


async def build_city(
    *,
    residents: int = RESIDENTS,
    awards: int | None = None,
    now: datetime | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> City:
    """Build a city of so many residents, with 13 awards for every three of them unless told otherwise."""
    wanted = awards if awards is not None else residents * AWARDS // RESIDENTS
    if not 0 < wanted <= residents * MOST_AWARDS_A_RESIDENT:
        raise ValueError(f"A city of {residents} has between 1 and {residents * MOST_AWARDS_A_RESIDENT} awards.")
    say(f"{residents:,} residents …")
    people = await _register(residents)
    say(f"{wanted:,} awards …")
    local = (now or clock.now()).astimezone(clock.SHANGHAI).replace(tzinfo=None)
    facts = (residents, wanted, local, list(_ACTIONS), caller_of(ACTOR))
    months = await db.fetchval("SELECT value FROM identity_scheme_setting WHERE key = 'points.expiry_months'")
    await asyncio.gather(
        _write(_TRANSFERS, *facts, months),
        _write(_PARTICIPATIONS, *facts),
        _write(_USAGE, *facts, months),
        _write(_ACCOUNTS, *facts, months),
    )
    return City(people, wanted)


@db.flow
async def _write(statement: str, *facts: object) -> None:
    """Write the rows of one table.

    Moves: what the awards are worth, when the table is that of the transfers.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(statement, *facts, timeout=3600)


async def _register(count: int) -> list[UUID]:
    """Open the areas, and write people and their households with COPY."""
    micro_grids = await _open_areas(max(1, -(-count // _RESIDENTS_A_TOWN)))
    people: list[UUID] = []
    registered_at = clock.now()
    for start in range(0, count, _CHUNK):
        numbers = range(start, min(start + _CHUNK, count))
        ids = [new_id() for _ in numbers]
        places = [micro_grids[number // _HOUSEHOLD % len(micro_grids)] for number in numbers]
        await _write_people(ids, places, numbers, registered_at)
        people += ids
    return people


@db.flow
async def _write_people(ids: list[UUID], places: list[UUID], numbers: range, at: datetime) -> None:
    """Write people and the households in which they live.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().copy_records_to_table(
        "identity_person",
        columns=(
            *("id", "name", "birth_year", "sex", "area", "resident", "status", "language", "data_key"),
            "registered_at",
        ),
        records=_people(ids, places, numbers, at),
    )
    await _settle_households(ids, places, numbers, at)


def _people(ids: list[UUID], places: list[UUID], numbers: range, at: datetime) -> Iterator[tuple[object, ...]]:
    for person_id, area_id, number in zip(ids, places, numbers, strict=True):
        sex = ("female", "male")[number % 2]
        key = wrapped_key(person_id, os.urandom(_KEY_BYTES))
        yield person_id, f"居民{number:06d}", 1940 + number % 70, sex, area_id, True, "active", "zh-CN", key, at


async def _settle_households(ids: list[UUID], places: list[UUID], numbers: range, at: datetime) -> None:
    """Three neighbours make a household (a step)."""
    connection = db.current()
    homes = [derived_id("city household", number // _HOUSEHOLD) for number in numbers]
    new = {
        home: area_id for home, area_id, number in zip(homes, places, numbers, strict=True) if number % _HOUSEHOLD == 0
    }
    await connection.copy_records_to_table(
        "identity_household",
        columns=("id", "area", "name", "opened_at"),
        records=((home, area_id, None, at) for home, area_id in new.items()),
    )
    await connection.copy_records_to_table(
        "identity_household_membership",
        columns=("id", "household", "person", "since"),
        records=((new_id(), home, person_id, at) for home, person_id in zip(homes, ids, strict=True)),
    )


async def _open_areas(towns: int) -> list[UUID]:
    """Open a county of so many towns down to the micro-grids, and give these."""
    new = [NewArea(path=COUNTY, name_zh="大市", name_en="The City")]
    for town in range(1, towns + 1):
        new.append(_area(f"{COUNTY}.t{town}", f"{town} 镇", f"Town {town}"))
        for village in range(1, _VILLAGES + 1):
            path = f"{COUNTY}.t{town}.v{village}"
            new.append(_area(path, f"{town} 镇 {village} 村", f"Village {town}-{village}"))
            for grid in range(1, _GRIDS + 1):
                new.append(_area(f"{path}.g{grid}", f"{grid} 网格", f"Grid {grid}"))
                new += [
                    _area(f"{path}.g{grid}.m{micro}", f"{micro} 微网格", f"Micro-grid {micro}")
                    for micro in range(1, _MICRO_GRIDS + 1)
                ]
    opened = await open_areas(actor=ACTOR, areas=new)
    return [area_id for each, area_id in zip(new, opened, strict=True) if ".m" in each.path]


def _area(path: str, name_zh: str, name_en: str) -> NewArea:
    return NewArea(path=path, name_zh=name_zh, name_en=name_en)
