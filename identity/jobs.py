"""What identity does outside of requests: sealing and anchoring the audit chain, sending SMS, sweeping what is old."""

from uuid import UUID

from identity.anchors import anchor_head
from identity.audit import seal_audit
from identity.messages import SEND_BY_SMS, find_message
from identity.people import phone_of, require_person
from identity.sms import send_sms
from kit import db, jobs


@jobs.ticker("identity.seal_audit", seconds=1)
async def seal() -> None:
    """Seal what was written to the audit since the last second; one worker does, the others find it done."""
    await seal_audit()


@jobs.every("identity.anchor_audit", minutes=60)
async def anchor(_: jobs.Payload) -> None:
    """Keep the head of the audit chain outside of the database."""
    await anchor_head()


@jobs.handler(SEND_BY_SMS)
async def send_message_by_sms(payload: jobs.Payload) -> None:
    """Send a message of the inbox by SMS too; sent twice when the worker dies between sending and saying so."""
    found = await find_message(UUID(payload["message_id"]))
    if found is None:
        return
    person_id, message = found
    person = await require_person(person_id)
    phone = await phone_of(person_id)
    if phone is not None and person.active:
        await send_sms(phone, "：".join(message.rendered(person.language)))


@jobs.every("identity.sweep", minutes=60)
async def sweep(_: jobs.Payload) -> None:
    """Delete codes of yesterday, attempts of last month, and tokens of sessions that ended a month ago."""
    await sweep_sign_in()


@db.flow
async def sweep_sign_in() -> None:
    """Delete what signing in leaves behind and nobody needs.

    Moves: nothing.
    Answers: nothing.
    Raises: nothing.
    """
    connection = db.current()
    await connection.execute("DELETE FROM identity_sms_code WHERE sent_at < now() - interval '1 day'")
    await connection.execute("DELETE FROM identity_sign_in_attempt WHERE at < now() - interval '30 days'")
    await connection.execute(
        "DELETE FROM identity_refresh_token AS token USING identity_session AS session"
        " WHERE session.id = token.session AND session.expires_at < now() - interval '30 days'"
    )
