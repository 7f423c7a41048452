"""Taking awards back, and setting the shares of merged reports anew (steps).

A reversal is a counter-entry, never a change of what was posted. What was spent meanwhile becomes a recovery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity import audit, scheme
from identity.actor import Actor
from kit import db
from kit.ids import derived_id, new_id
from points import accounts, usage
from points.caps import Use
from points.deciding import NUMBERS
from points.decisions import Decision, write_decisions
from points.ledger import Book, open_book
from points.paying import Till, read_paid, take_back
from points.rules import RuleBook, rule_book
from points.stages import Split, Stage, stage_points, stage_tenths

_LOCK = "SELECT FROM points_participation WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_READ = db.load_sql(__file__, "read_standings")
_REVERSE_STAGES = "UPDATE points_award_stage SET reversed_at = $2 WHERE id = ANY ($1::uuid[])"
_SET = """
    UPDATE points_participation AS done
    SET points = line.points, state = line.state, code = $4, decided_at = $5
    FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS line (id, points, state)
    WHERE done.id = line.id
"""
_STAGES = """
    INSERT INTO points_award_stage (id, participation, stage, split, points, credit_tenths, awarded_at)
    SELECT line.id, line.participation, line.stage, line.split, line.points, line.tenths, $7
    FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::integer[], $6::integer[])
        AS line (id, participation, stage, split, points, tenths)
"""


@dataclass(frozen=True, slots=True)
class Undo:
    """What is taken back: the second stage (2), or everything (0; the first stage is never taken back alone)."""

    participation_id: UUID
    stage: Stage = 0


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How much it was, how much of it was taken at once, and how much is to be recovered from later awards."""

    participation_id: UUID
    points: int
    taken: int
    recovery: int


@dataclass(frozen=True, slots=True)
class Resplit:
    """A report's new part in a merged case, or `full` again when it is un-merged."""

    participation_id: UUID
    split: Split


@dataclass(slots=True)
class Standing:
    """A locked participation with its stages in force: (stage id, stage, split, points)."""

    id: UUID
    person_id: UUID
    subject: UUID
    action: str
    rule_version_id: UUID | None
    use: Use
    points: int
    state: str
    recalls: int
    stages: list[tuple[UUID, Stage, Split, int]]

    def references(self, stage: Stage = 0) -> list[UUID]:
        """The references of the awards that are in force, or of one stage's."""
        if not self.stages:
            return [award_reference(self.id, self.recalls)]
        return [each for each, number, _, _ in self.stages if stage != 2 or number == 2]  # noqa: PLR2004 - stage two


def award_reference(participation_id: UUID, recalls: int) -> UUID:
    """What a whole award is paid under: the participation's id, and another one after a verification was recalled."""
    return derived_id("award", participation_id, recalls) if recalls else participation_id


async def lock_participations(participation_ids: Sequence[UUID], book: RuleBook) -> dict[UUID, Standing]:
    """Lock participations, in the order of their ids (a step)."""
    standings: dict[UUID, Standing] = {}
    await db.current().execute(_LOCK, participation_ids)  # read afterwards: a wait here may have changed everything
    for row in await db.current().fetch(_READ, participation_ids):
        number = book.action(row["action"]).number
        standings[row["id"]] = Standing(
            id=row["id"],
            person_id=row["person_id"],
            subject=row["household_id"] or row["person_id"],
            action=row["action"],
            rule_version_id=row["rule_version_id"],
            use=Use(row["occurred_on"], number, row["units"], row["counted"]),
            points=row["points"],
            state=row["state"],
            recalls=row["recalls"],
            stages=list(zip(row["stage_ids"], row["stages"], row["splits"], row["stage_points"], strict=True)),
        )
    return standings


async def reverse_stage(actor: Actor, undo: Undo, *, code: str, at: datetime) -> TakenBack:
    """Take one award back (a step); see `reverse_stages`."""
    (result,) = await reverse_stages(actor, [undo], code=code, at=at)
    return result


async def reverse_stages(actor: Actor, undos: Sequence[Undo], *, code: str, at: datetime) -> list[TakenBack]:
    """Take stages or whole awards back, in one book (a step). What was taken back before is taken back no more.

    Without anything left the participation is `voided`, and its use goes back to the caps.
    """
    standings = await lock_participations([each.participation_id for each in undos], await rule_book())
    live = [(each, standings[each.participation_id]) for each in undos if each.participation_id in standings]
    wanted = {
        reference: standing.id
        for undo, standing in live
        if standing.state == "awarded"
        for reference in standing.references(undo.stage)
    }
    async with open_book(_accounts(list(standings.values())), at=at) as book:
        results = await _take_back(book, list(wanted), standings)
        await db.current().execute(_REVERSE_STAGES, list(wanted), at)
        await _settle(book, [standing for _, standing in live if standing.state == "awarded"], code, at)
    await _write_down(actor, list(results.values()), standings, code, at)
    return [results.get(each.participation_id, TakenBack(each.participation_id, 0, 0, 0)) for each in undos]


def _accounts(standings: Sequence[Standing]) -> list[accounts.Account]:
    people = [accounts.person(each.person_id) for each in standings]
    return people + [accounts.household(each.subject) for each in standings if each.subject != each.person_id]


async def _take_back(book: Book, references: Sequence[UUID], standings: dict[UUID, Standing]) -> dict[UUID, TakenBack]:
    results: dict[UUID, TakenBack] = {}
    for each in await take_back(book, await read_paid(references)):
        before = results.get(each.paid.participation_id, TakenBack(each.paid.participation_id, 0, 0, 0))
        results[each.paid.participation_id] = TakenBack(
            before.participation_id,
            before.points + each.paid.points,
            before.taken + each.taken,
            before.recovery + each.recovery,
        )
        standings[each.paid.participation_id].points -= each.paid.points
    return results


async def _settle(book: Book, standings: Sequence[Standing], code: str, at: datetime) -> None:
    """Write what is left of the participations; those with nothing left are void and free their caps."""
    distinct = list({each.id: each for each in standings}.values())
    void = [each for each in distinct if not each.points]
    await usage.give_back(book, [(each.subject, each.use) for each in void])
    await db.current().execute(
        _SET,
        [each.id for each in distinct],
        [each.points for each in distinct],
        ["awarded" if each.points else "voided" for each in distinct],
        code,
        at,
    )


async def _write_down(
    actor: Actor, results: Sequence[TakenBack], standings: dict[UUID, Standing], code: str, at: datetime
) -> None:
    person_id = actor.id if actor.kind == "person" else None
    await write_decisions(
        [
            Decision(participation_id=each.participation_id, outcome="reversed", code=code, person_id=person_id)
            for each in results
        ],
        at=at,
    )
    await audit.record_lines(
        actor,
        [
            audit.AuditLine(
                action="award.reversed",
                subject=("participation", each.participation_id),
                after={"code": code, "points": each.points, "taken": each.taken, "recovery": each.recovery},
                person_id=standings[each.participation_id].person_id,
            )
            for each in results
        ],
    )


async def resplit(actor: Actor, changes: Sequence[Resplit], *, at: datetime) -> list[TakenBack]:
    """Set the parts of merged reports anew (a step).

    Each stage paid so far is posted anew and then the old one taken back, so that only the difference is felt.
    What it counts to the global caps stays as it was. Answers what was taken back and recovered, net of what was given.
    """
    book = await rule_book()
    standings = await lock_participations([each.participation_id for each in changes], book)
    numbers = await scheme.numbers(*NUMBERS)
    stages: list[tuple[UUID, UUID, Stage, Split, int, int]] = []
    touched: list[tuple[Standing, Split]] = [
        (standings[each.participation_id], each.split)
        for each in changes
        if each.participation_id in standings and _differs(standings[each.participation_id], each.split)
    ]
    old = [stage_id for standing, _ in touched for stage_id, _, _, _ in standing.stages]
    async with open_book(_accounts([standing for standing, _ in touched]), at=at) as ledger:
        till = Till(ledger, numbers["points.expiry_months"], numbers["points.recovery_share"])
        given = {standing.id: _post_anew(standing, split, book, till, stages) for standing, split in touched}
        results = await _take_back(ledger, old, standings)
        await db.current().execute(_REVERSE_STAGES, old, at)
        await till.write()
        await _write_anew(ledger, stages, [standing for standing, _ in touched], given, at)
    await _write_down(actor, list(results.values()), standings, "resplit", at)
    nothing = TakenBack(UUID(int=0), 0, 0, 0)
    return [
        TakenBack(
            each.participation_id,
            results.get(each.participation_id, nothing).points - given.get(each.participation_id, 0),
            results.get(each.participation_id, nothing).taken - given.get(each.participation_id, 0),
            results.get(each.participation_id, nothing).recovery,
        )
        for each in changes
    ]


def _differs(standing: Standing, split: Split) -> bool:
    return standing.state == "awarded" and any(paid != split for _, _, paid, _ in standing.stages)


def _post_anew(
    standing: Standing,
    split: Split,
    book: RuleBook,
    till: Till,
    stages: list[tuple[UUID, UUID, Stage, Split, int, int]],
) -> int:
    """Pay every stage in force by the new part; gives what was paid."""
    action = book.action(standing.action)
    rule = action.version(standing.rule_version_id)
    given = 0
    for _, stage, _, _ in standing.stages:
        points = stage_points(rule.points * standing.use.units, split, stage)
        tenths = stage_tenths(rule.credit_tenths * standing.use.units, split, stage)
        reference = new_id()
        stages.append((reference, standing.id, stage, split, points, tenths))
        given += points
        if points:
            till.pay(
                account=accounts.person(standing.person_id),
                participation_id=standing.id,
                reference=reference,
                points=points,
                tenths=tenths,
                action=action,
                rule=rule,
                collect=False,
            )
    return given


async def _write_anew(
    book: Book,
    stages: list[tuple[UUID, UUID, Stage, Split, int, int]],
    standings: Sequence[Standing],
    given: dict[UUID, int],
    at: datetime,
) -> None:
    if not stages:
        return
    for standing in standings:
        standing.points += given[standing.id]
    await db.current().execute(_STAGES, *[list(column) for column in zip(*stages, strict=True)], at)
    await _settle(book, standings, "resplit", at)
