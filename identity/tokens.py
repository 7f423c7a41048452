"""Tokens: the access token that says who asks, and the random ones of which we keep only a digest.

An access token is a JWT of one algorithm with a type, an audience and an issuer of ours, signed by a key of the ring
that its header names. Everything is checked; nothing of a token is believed before its signature is. That a session,
a person or a key is still good is asked from the database on each request (`actor_loading`).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import jwt

from identity.errors import TokenInvalid
from kit import clock, crypto

ALGORITHM = "HS256"
ISSUER = "qunzhifen"
AUDIENCE = "qunzhifen-api"
HEADER_TYPE = "at+jwt"
ACCESS = "access"
ACCESS_LIFE = timedelta(minutes=15)

API_KEY_PREFIX = "qzf_"
REFRESH_PREFIX = "qzr_"
COOKIE_PREFIX = "qzp_"
INVITATION_PREFIX = "qzi_"

_REQUIRED = ("typ", "aud", "iss", "sub", "sid", "iat", "nbf", "exp")
_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a good access token says."""

    person_id: UUID
    session_id: UUID


def issue_access(person_id: UUID, session_id: UUID) -> str:
    """A token for fifteen minutes."""
    now = clock.now()
    key_id = crypto.current_key_id()
    claims = {
        "typ": ACCESS,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(person_id),
        "sid": str(session_id),
        "iat": now,
        "nbf": now,
        "exp": now + ACCESS_LIFE,
    }
    headers = {"kid": key_id, "typ": HEADER_TYPE}
    return jwt.encode(claims, crypto.derive(ACCESS, key_id), algorithm=ALGORITHM, headers=headers)


def read_access(token: str) -> AccessClaims:
    """Check an access token in every respect; raises TokenInvalid."""
    if len(token) > _LONGEST:
        raise TokenInvalid
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != HEADER_TYPE or header.get("alg") != ALGORITHM:
            raise TokenInvalid
        claims = jwt.decode(
            token,
            crypto.derive(ACCESS, str(header["kid"])),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": list(_REQUIRED), "strict_aud": True},
        )
        if claims["typ"] != ACCESS or claims["exp"] - claims["iat"] > ACCESS_LIFE.total_seconds():
            raise TokenInvalid
        return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]))
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as failure:
        raise TokenInvalid from failure


def new_secret(prefix: str) -> str:
    """A random token of 256 bits with a prefix that tells what it is for."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a random token; it has too many bits to be guessed from this."""
    return sha256(secret.encode()).digest()
