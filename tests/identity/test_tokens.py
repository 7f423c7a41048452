"""Access tokens: what is checked, and what is refused."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine

from identity import tokens
from identity.errors import TokenInvalid
from kit import clock, crypto
from kit.ids import new_id

PERSON, SESSION = new_id(), new_id()
GOOD_HEADERS = {"typ": tokens.HEADER_TYPE}


def forged(
    *, key: bytes | None = None, algorithm: str = tokens.ALGORITHM, headers: dict = GOOD_HEADERS, **claims: Any
) -> str:
    now = clock.now()
    good = {
        "typ": "access",
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": str(PERSON),
        "sid": str(SESSION),
        "iat": now,
        "nbf": now,
        "exp": now + tokens.ACCESS_LIFE,
    }
    chosen = {name: now + value if isinstance(value, timedelta) else value for name, value in claims.items()}
    payload = {name: value for name, value in (good | chosen).items() if value is not None}
    signing = crypto.derive(tokens.ACCESS) if key is None else key
    return jwt.encode(payload, signing, algorithm, headers={"kid": crypto.current_key_id()} | headers)


def test_a_token_says_who_asks(test_stores: object) -> None:
    claims = tokens.read_access(tokens.issue_access(PERSON, SESSION))
    assert (claims.person_id, claims.session_id) == (PERSON, SESSION)
    assert tokens.read_access(forged()) == claims


def test_a_token_ends_after_fifteen_minutes(test_stores: object) -> None:
    token = tokens.issue_access(PERSON, SESSION)
    with time_machine.travel(clock.now() + timedelta(minutes=14, seconds=55)):
        tokens.read_access(token)
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)), pytest.raises(TokenInvalid):
        tokens.read_access(token)


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "refresh"},
        {"aud": "somebody-else"},
        {"aud": ["qunzhifen-api", "somebody-else"]},
        {"iss": "somebody-else"},
        {"sub": "not-a-uuid"},
        {"exp": timedelta(days=1)},
        {"nbf": timedelta(minutes=5)},
        {"headers": {"typ": "JWT"}},
        {"headers": {"typ": "at+jwt", "kid": "no-such-key"}},
        {"headers": {"typ": "at+jwt", "kid": ""}},
        {"key": b"x" * 32},
        {"algorithm": "HS512", "key": b"x" * 64},
        *({name: None} for name in ("typ", "aud", "iss", "sub", "sid", "iat", "nbf", "exp")),
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_in_every_respect_is_refused(test_stores: object, change: dict) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read_access(forged(**change))


def test_a_token_signed_with_the_right_key_and_another_algorithm_is_refused(test_stores: object) -> None:
    key = crypto.derive(tokens.ACCESS) * 2
    with pytest.raises(TokenInvalid):
        tokens.read_access(forged(algorithm="HS512", key=key))
    unsigned = jwt.encode({"sub": str(PERSON)}, "", "none", headers={"typ": "at+jwt", "kid": crypto.current_key_id()})
    with pytest.raises(TokenInvalid):
        tokens.read_access(unsigned)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "eyJhbGciOiJIUzI1NiJ9.e30.", "é" * 40, "x" * 5_000])
def test_what_is_no_token_is_refused(test_stores: object, text: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read_access(text)
