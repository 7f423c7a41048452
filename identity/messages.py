"""Messages to people: templates in two languages, an inbox, and an SMS where somebody asked for it.

A package registers its templates when it is imported; a row keeps the template's code and what fills it, and reads in
the language in which its reader reads today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from identity import audit
from identity.actor import Actor
from kit import db, jobs
from kit.errors import EN
from kit.ids import new_id

SEND_BY_SMS = "identity.send_message_by_sms"

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """A kind of message; `{name}` in its texts is filled from the parameters.

    What its reader must hear though somebody else may read his inbox by now is `always_by_sms`, whatever he wished.
    """

    code: str
    title_zh: str
    body_zh: str
    title_en: str
    body_en: str
    always_by_sms: bool = False

    def title(self, params: Params, language: str) -> str:
        """The title as somebody reads it."""
        return (self.title_en if language == EN else self.title_zh).format_map(params)

    def body(self, params: Params, language: str) -> str:
        """The text as somebody reads it."""
        return (self.body_en if language == EN else self.body_zh).format_map(params)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in an inbox."""

    id: UUID
    template: str
    params: Params
    sent_at: datetime
    read_at: datetime | None

    def rendered(self, language: str) -> tuple[str, str]:
        """Title and text in a language."""
        template = _templates[self.template]
        return template.title(self.params, language), template.body(self.params, language)


class TemplateTaken(RuntimeError):
    """Two packages registered different templates under one code."""


_templates: dict[str, MessageTemplate] = {}


def register(template: MessageTemplate) -> MessageTemplate:
    """Make a template known, when its package is imported."""
    if _templates.setdefault(template.code, template) != template:
        raise TemplateTaken(template.code)
    return template


async def send(person_id: UUID, template: str, **params: str | int) -> None:
    """Put a message into a person's inbox, in this transaction (a step)."""
    await send_lines([(person_id, template, params)])


async def send_lines(lines: Sequence[tuple[UUID, str, Params]]) -> None:
    """Put many messages into inboxes in one statement, and ask for the SMS that people want (a step)."""
    connection = db.current()
    if not lines:
        return
    for _, code, params in lines:
        _templates[code].body(params, EN)  # an unknown template or a missing parameter fails here, not at the reader
    ids = [new_id() for _ in lines]
    people, codes = [person_id for person_id, _, _ in lines], [code for _, code, _ in lines]
    await connection.execute(
        "INSERT INTO identity_message (id, person, template, params, sent_at)"
        " SELECT *, now() FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[])",
        ids,
        people,
        codes,
        [msgspec.json.encode(params).decode() for _, _, params in lines],
    )
    wanted = await connection.fetch(
        "SELECT given.id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (id, person, template)"
        " LEFT JOIN identity_message_preference AS wish ON wish.person = given.person"
        " AND wish.template = given.template AND wish.channel = 'sms'"
        " WHERE wish.wanted OR given.template = ANY ($4::text[])",
        ids,
        people,
        codes,
        [code for code in set(codes) if _templates[code].always_by_sms],
    )
    await jobs.enqueue_lines(SEND_BY_SMS, [({"message_id": str(row["id"])}, str(row["id"])) for row in wanted])


async def inbox(person_id: UUID, *, before: UUID | None, limit: int) -> list[MessageRow]:
    """A person's messages, newest first, from behind a message on."""
    rows = await db.fetch(
        "SELECT id, template, params, sent_at, read_at FROM identity_message"
        " WHERE person = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        person_id,
        before,
        limit,
    )
    return [_row(row) for row in rows]


async def count_unread(person_id: UUID) -> int:
    """How many messages a person has not read."""
    unread: int = await db.fetchval(
        "SELECT count(*) FROM identity_message WHERE person = $1 AND read_at IS NULL", person_id
    )
    return unread


async def find_message(message_id: UUID) -> tuple[UUID, MessageRow] | None:
    """A message with the person to whom it goes."""
    row = await db.fetchrow(
        "SELECT person, id, template, params, sent_at, read_at FROM identity_message WHERE id = $1", message_id
    )
    return (row["person"], _row(row)) if row else None


def _row(row: db.Row) -> MessageRow:
    params: Params = msgspec.json.decode(row["params"])
    return MessageRow(row["id"], row["template"], params, row["sent_at"], row["read_at"])


@db.flow
async def read_messages(*, actor: Actor, message_ids: Sequence[UUID] | None = None) -> int:
    """Note that a person has read these messages of his, or all of them.

    Moves: nothing.
    Answers: how many were unread; somebody else's are left alone.
    Raises: nothing.
    """
    read = await db.current().fetch(
        "UPDATE identity_message SET read_at = now()"
        " WHERE person = $1 AND read_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2)) RETURNING id",
        actor.id,
        None if message_ids is None else list(message_ids),
    )
    if read:
        await audit.record(actor, action="messages.read", subject=("person", actor.id), after={"messages": len(read)})
    return len(read)


@db.flow
async def wish_for_sms(*, actor: Actor, template: str, wanted: bool) -> None:
    """Say whether a kind of message should also come by SMS.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    await db.current().execute(
        "INSERT INTO identity_message_preference (id, person, template, channel, wanted) VALUES ($1, $2, $3, 'sms', $4)"
        " ON CONFLICT (person, template, channel) DO UPDATE SET wanted = excluded.wanted",
        new_id(),
        actor.id,
        template,
        wanted,
    )
    await audit.record(
        actor, action="message.wish_changed", subject=("person", actor.id), after={"template": template, "sms": wanted}
    )
