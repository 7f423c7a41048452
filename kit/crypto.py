"""Secrets at rest: values sealed to their place, values that can be found without being read, keys that rotate.

The key ring has named keys; the first seals what is new, all of them open what is old. Nothing is used under a ring
key itself: every purpose has its own key, derived from it (HKDF-SHA256).

- `seal` is AES-256-GCM, bound to table, column and row: a sealed value copied into another row does not open.
- `blind_index` is a keyed digest (HMAC-SHA256): equal values are found and unique, and nobody reads them back.
"""

import hmac
import os
from functools import cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit.settings import settings

Place = tuple[str, str, UUID]
"""Table, column and row id of a sealed value."""

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealBroken(RuntimeError):
    """A sealed value does not open at its place: it was changed, moved, or its key has left the ring."""


def key_ids() -> list[str]:
    """The names of all keys, the current one first."""
    return [key.id for key in settings().keys]


def current_key_id() -> str:
    """The name of the key that seals and signs what is new."""
    return settings().keys[0].id


def derive(purpose: str, key_id: str | None = None) -> bytes:
    """32 bytes for one purpose, from the current key or the named one; KeyError when the ring has no such key."""
    ring = {key.id: key.material for key in settings().keys}
    return _derived(ring[current_key_id() if key_id is None else key_id], purpose)


@cache
def _derived(material: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=f"qunzhifen {purpose}".encode()).derive(material)


def seal(plain: bytes, place: Place) -> bytes:
    """Encrypt a value for its place; the name of the key travels in front of it."""
    key_id = current_key_id()
    header = bytes([len(key_id)]) + key_id.encode()
    return header + seal_under(derive("seal", key_id), plain, place)


def open_sealed(sealed: bytes, place: Place) -> bytes:
    """Read a sealed value at its place, with whichever key of the ring sealed it."""
    length = sealed[0] if sealed else 0
    key_id, body = sealed[1 : 1 + length].decode("ascii", "replace"), sealed[1 + length :]
    if key_id not in key_ids():
        raise SealBroken
    return open_under(derive("seal", key_id), body, place)


def seal_under(key: bytes, plain: bytes, place: Place) -> bytes:
    """Encrypt for a place under a given key, such as one person's own."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound(place))


def open_under(key: bytes, sealed: bytes, place: Place) -> bytes:
    """Read what `seal_under` sealed under the same key at the same place."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(place))
    except (InvalidTag, ValueError) as failure:
        raise SealBroken from failure


def new_key() -> bytes:
    """A fresh random key of 256 bits."""
    return os.urandom(_KEY_BYTES)


def blind_index(purpose: str, value: str, key_id: str | None = None) -> bytes:
    """The keyed digest under which a value is stored to be found again."""
    return hmac.digest(derive(f"index {purpose}", key_id), value.encode(), sha256)


def blind_indexes(purpose: str, value: str) -> list[bytes]:
    """The digest under every key of the ring, to look a value up while keys rotate (`= any($1)`)."""
    return [blind_index(purpose, value, key_id) for key_id in key_ids()]


def _bound(place: Place) -> bytes:
    table, column, row = place
    return f"{table}\x1f{column}\x1f{row}".encode()
