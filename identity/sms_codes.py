"""Codes by SMS: six digits, good for five minutes and five tries.

A phone that nobody has registered gets the same answer and no message, so that nobody learns who takes part.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

from identity import audit
from identity.actor import Actor
from identity.attempts import take_turn
from identity.errors import TooManySmsCodes
from identity.people import find_person_by_phone
from identity.sms import send_sms
from kit import crypto, db
from kit.ids import new_id

CODE_LIFE = timedelta(minutes=5)
TRIES = 5
_TEXT = {
    "zh-CN": "【群治分】您的登录验证码是 {code}，5 分钟内有效。请勿告诉他人。",
    "en": "[Qunzhifen] Your sign-in code is {code}, good for 5 minutes. Tell it to nobody.",
}

_PAUSE_NEEDED = """
    SELECT greatest(
        (SELECT 60 - extract(epoch FROM now() - max(sent_at)) FROM identity_sms_code WHERE phone_index = $1),
        (SELECT 3600 - extract(epoch FROM now() - min(sent_at)) FROM (
             SELECT sent_at FROM identity_sms_code
             WHERE phone_index = $1 AND sent_at > now() - interval '1 hour' ORDER BY sent_at DESC LIMIT 5) AS recent
         HAVING count(*) = 5),
        (SELECT 3600 - extract(epoch FROM now() - min(sent_at)) FROM (
             SELECT sent_at FROM identity_sms_code
             WHERE source = $2 AND sent_at > now() - interval '1 hour' ORDER BY sent_at DESC LIMIT 60) AS recent
         HAVING count(*) = 60),
        0)::int
"""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """How long the code is good, whether or not there was somebody to send it to."""

    expires_in: int


async def request_sms_code(*, actor: Actor, phone: str) -> CodeSent:
    """Make a code for a phone and send it once it is stored."""
    code = f"{secrets.randbelow(1_000_000):06}"
    language = await _store_code(actor=actor, phone=phone, code=code)
    if language is not None:
        await send_sms(phone, _TEXT[language].format(code=code))
    return CodeSent(int(CODE_LIFE.total_seconds()))


@db.flow
async def _store_code(*, actor: Actor, phone: str, code: str) -> str | None:
    """Store the code for a phone; the ones before it are no longer good.

    Moves: nothing. One code a minute and five an hour for a phone, sixty an hour for a source.
    Answers: the language of the person to send it to; None when nobody has this phone.
    Raises: TooManySmsCodes.
    """
    connection = db.current()
    phone_index = crypto.blind_index("phone", phone)
    await take_turn(phone_index, actor.source)
    pause = await connection.fetchval(_PAUSE_NEEDED, phone_index, actor.source)
    if pause > 0:
        raise TooManySmsCodes(retry_after=pause)
    code_id = new_id()
    await connection.execute(
        "UPDATE identity_sms_code SET used_at = now() WHERE phone_index = $1 AND used_at IS NULL", phone_index
    )
    await connection.execute(
        "INSERT INTO identity_sms_code (id, phone_index, code_digest, source, sent_at, expires_at, tries)"
        " VALUES ($1, $2, $3, $4, now(), now() + $5::interval, 0)",
        code_id,
        phone_index,
        _digest(code_id, code),
        actor.source,
        CODE_LIFE,
    )
    person = await find_person_by_phone(phone)
    person_id = person.id if person else None
    await audit.record(actor, action="sms_code.requested", subject=("sms_code", code_id), person_id=person_id)
    return person.language if person and person.active else None


async def use_sms_code(phone: str, code: str) -> bool:
    """Use a phone's code up; a wrong try counts (a step)."""
    row = await db.current().fetchrow(
        "UPDATE identity_sms_code SET tries = tries + 1"
        " WHERE id = (SELECT id FROM identity_sms_code WHERE phone_index = any($1::bytea[]) AND used_at IS NULL"
        " AND expires_at > now() AND tries < $2 ORDER BY sent_at DESC LIMIT 1) AND tries < $2 AND used_at IS NULL"
        " RETURNING id, code_digest",
        crypto.blind_indexes("phone", phone),
        TRIES,
    )
    if row is None or not compare_digest(row["code_digest"], _digest(row["id"], code)):
        return False
    await db.current().execute("UPDATE identity_sms_code SET used_at = now() WHERE id = $1", row["id"])
    return True


def _digest(code_id: UUID, code: str) -> bytes:
    return crypto.blind_index("sms code", f"{code_id}:{code}")
