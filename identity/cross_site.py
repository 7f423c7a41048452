"""Whether a change that comes with a browser's cookie was asked for by a page of ours.

Browsers send the cookie whoever made the request. Ours are told apart twice: by where the browser itself says that
the request comes from, and by a token that only a page of this session holds. The token is masked anew in each page,
so that nobody learns it from the length of compressed answers.
"""

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlsplit
from uuid import UUID

from kit import crypto

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "csrf"
_PURPOSE = "cross site"
_BYTES = 16


def is_from_this_site(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that a page of this very site sent it; one that says nothing is not believed."""
    said = headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


def new_token(session_id: UUID) -> str:
    """The session's token under a fresh mask, for one page."""
    mask = secrets.token_bytes(_BYTES)
    return (mask + _masked(crypto.blind_index(_PURPOSE, str(session_id))[:_BYTES], mask)).hex()


def is_token(session_id: UUID, token: str) -> bool:
    """Whether a page of this session sent the token."""
    try:
        sent = bytes.fromhex(token)
    except ValueError:
        return False
    bare = _masked(sent[_BYTES:], sent[:_BYTES])
    return any(compare_digest(bare, known[:_BYTES]) for known in crypto.blind_indexes(_PURPOSE, str(session_id)))


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(each ^ other for each, other in zip(value, mask, strict=False))
