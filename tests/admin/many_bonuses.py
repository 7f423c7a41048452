"""Very many bonuses that wait for the county, for tests of long lists: copies of one that came there by its flows."""

from itertools import count as counting
from uuid import UUID

from kit import db
from kit.ids import new_id

_EVENT = """
    INSERT INTO grid_event SELECT (jsonb_populate_record(
        event, jsonb_build_object('id', $2::uuid, 'number', $3::text))).*
    FROM grid_event AS event WHERE event.id = (SELECT event FROM admin_bonus WHERE id = $1)
"""
_BONUS = """
    INSERT INTO admin_bonus SELECT (jsonb_populate_record(bonus, jsonb_build_object(
        'id', $2::uuid, 'number', $4::text, 'event', $3::uuid, 'state', 'scored'))).*
    FROM admin_bonus AS bonus WHERE bonus.id = $1
"""
_numbers = counting()
_OF_IT = ("admin_bonus_party", "admin_bonus_share", "admin_bonus_score", "admin_bonus_approval")


async def copies(bonus_id: UUID, count: int) -> list[UUID]:
    """So many more of a bonus that waits for the county, each of an event of its own."""
    made = []
    async with db.transaction() as connection:
        for _ in range(count):
            event_id, copy_id = new_id(), new_id()
            number = f"COPY{next(_numbers):08d}"
            await connection.execute(_EVENT, bonus_id, event_id, number)
            await connection.execute(_BONUS, bonus_id, copy_id, event_id, number)
            for table in _OF_IT:
                rows = await connection.fetch(f"SELECT id FROM {table} WHERE bonus = $1 ORDER BY id", bonus_id)
                for row in rows:
                    await connection.execute(
                        f"INSERT INTO {table} SELECT (jsonb_populate_record(kept, jsonb_build_object("
                        f"'id', $2::uuid, 'bonus', $3::uuid))).* FROM {table} AS kept WHERE kept.id = $1",
                        row["id"],
                        new_id(),
                        copy_id,
                    )
            made.append(copy_id)
    return made
