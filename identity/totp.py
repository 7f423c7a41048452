"""The second factor: six digits that change every 30 seconds (RFC 6238), each of them good once."""

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

import pyotp

from kit import clock, crypto, db

STEP_SECONDS = 30
DRIFT_STEPS = 1
ISSUER = "群治分"


def new_totp_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, login: str) -> str:
    """What an authenticator reads from a QR code: whose secret it is, and with whom."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is: the present one or its neighbours, and newer than the last one used."""
    generator = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > last_step and compare_digest(generator.generate_otp(step).encode(), code.encode()):
            return step
    return None


def sealed_secret(login_id: UUID, secret: str) -> bytes:
    """A login's secret as its row keeps it."""
    return crypto.seal(secret.encode(), _place(login_id))


async def use_code(login_id: UUID, sealed: bytes, last_step: int, code: str) -> bool:
    """Use a code up; false when it is wrong or was used before (a step; the login's row must be locked)."""
    secret = crypto.open_sealed(sealed, _place(login_id)).decode()
    step = matching_step(secret, code, clock.now(), last_step)
    if step is None:
        return False
    await db.current().execute("UPDATE identity_login SET totp_last_step = $2 WHERE id = $1", login_id, step)
    return True


def _place(login_id: UUID) -> crypto.Place:
    return ("identity_login", "totp_sealed", login_id)
