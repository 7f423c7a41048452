"""Voucher codes: derived from the key ring, shown, read back, and checked. Pure but for the keys.

A voucher has 128 bits of HMAC-SHA256(key, voucher ‖ issue number), in base32 26 characters. They are derived again
when the code is shown; the database holds only their hash. The short code of 12 digits comes from the same place; the
database holds its keyed digest, and it works at the voucher's own merchants alone.

Cash-like goods show a code that changes every 30 s. It is a finder of 80 bits, which stays, and a proof of 40 bits,
which changes: HMAC-SHA256 of the step under the voucher's own secret, so that its holder's phone can go on without a
network. On paper the same finder stands with a proof of 80 bits that stays. The hash in the database is then
the finder's. Such a voucher has no short code: digits that never change would make the rotation pointless.

A code's length says which of the four it is, so a scanner asks nobody:

    26  the code of a voucher          24  the rotating code on a phone
    32  the printed code of the same   12  digits, the last one for checking
"""

import hmac
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from kit import crypto

ROTATES_EVERY: Final = 30  # seconds; `voucher.rotate_seconds` is fixed by the scheme

Kind = Literal["plain", "rotating", "printed", "short"]

_CODE_BYTES = 16
_FINDER_LENGTH = 16  # characters: 80 bits
_KINDS: Final[dict[int, Kind]] = {26: "plain", 24: "rotating", 32: "printed", 12: "short"}
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_LOOK_ALIKE = str.maketrans("018", "OIB")  # not in the alphabet, and what people type for those that are
_PROOF_BITS = 40
_SHORT_DIGITS = 11
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issue:
    """What a code is derived from: the voucher, how often a code was issued for it, and the key of the ring."""

    voucher_id: UUID
    number: int
    key_id: str
    rotating: bool


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A code as it was typed or scanned, brought into our form."""

    kind: Kind
    text: str

    @property
    def finder_hash(self) -> bytes:
        """What the voucher is found by, for every kind but the short code."""
        return sha256(_finder(self.text, rotating=self.kind != "plain").encode()).digest()

    @property
    def short_code_macs(self) -> list[bytes]:
        """What the voucher of a short code is found by, under each key of the ring."""
        return crypto.blind_indexes("voucher short code", self.text)


def read(text: str) -> ReadCode | None:
    """Read what a scan gun or a finger gave: full-width, spaced, hyphenated, in small letters; None if no code."""
    plain = unicodedata.normalize("NFKC", text)
    joined = "".join(each for each in plain if not each.isspace() and each not in "-‐‑–—_·")  # noqa: RUF001
    joined = joined.upper()
    kind = _KINDS.get(len(joined))
    if kind == "short":
        return ReadCode(kind, joined) if joined.isascii() and joined.isdigit() else None
    joined = joined.translate(_LOOK_ALIKE)
    return ReadCode(kind, joined) if kind is not None and set(joined) <= _ALPHABET else None


def shown(issue: Issue, moment: datetime) -> str:
    """The code that the holder shows at this moment."""
    return _rotating(issue, _step(moment)) if issue.rotating else _plain(issue)


def printed(issue: Issue) -> str:
    """The code that stands on paper and never changes."""
    return finder(issue) + _base32(_mac(issue, "printed"))[:_FINDER_LENGTH] if issue.rotating else _plain(issue)


def short(issue: Issue) -> str | None:
    """The 12 digits to read out; none where the code rotates."""
    if issue.rotating:
        return None
    digits = f"{int.from_bytes(_mac(issue, 'short'), 'big') % 10**_SHORT_DIGITS:0{_SHORT_DIGITS}d}"
    return digits + check_digit(digits)


def finder(issue: Issue) -> str:
    """The part of a rotating voucher's code that stays."""
    return _plain(issue)[:_FINDER_LENGTH]


def own_secret(issue: Issue) -> bytes:
    """What the proofs of this rotating voucher come from; it says nothing of any other voucher."""
    return _mac(issue, "rotating")


def finder_hash(issue: Issue) -> bytes:
    """What the database holds of the code."""
    return sha256(_finder(printed(issue), rotating=issue.rotating).encode()).digest()


def short_code_mac(issue: Issue) -> bytes | None:
    """What the database holds of the short code."""
    digits = short(issue)
    return None if digits is None else crypto.blind_index("voucher short code", digits)


def is_good(code: ReadCode, issue: Issue, moment: datetime) -> bool:
    """Whether the code that found this voucher is one that it has at this moment (±1 step where it rotates)."""
    if code.kind == "rotating":
        now = _step(moment)
        good = [_rotating(issue, step) for step in (now - 1, now, now + 1)] if issue.rotating else []
    elif code.kind == "printed":
        good = [printed(issue)] if issue.rotating else []
    elif code.kind == "plain":
        good = [] if issue.rotating else [_plain(issue)]
    else:
        digits = short(issue)
        good = [] if digits is None else [digits]
    return any(hmac.compare_digest(code.text, each) for each in good)


def well_formed(code: ReadCode) -> bool:
    """Whether the check digit of a short code fits; other codes have none."""
    return code.kind != "short" or check_digit(code.text[:-1]) == code.text[-1]


def check_digit(digits: str) -> str:
    """Damm's check digit: finds every single wrong digit and every two neighbours that were swapped."""
    row = "0"
    for digit in digits:
        row = _DAMM[int(row)][int(digit)]
    return row


def grouped(code: str) -> str:
    """A code in groups of four, for reading."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _plain(issue: Issue) -> str:
    return _base32(_mac(issue, "code")[:_CODE_BYTES])


def _rotating(issue: Issue, step: int) -> str:
    proof = hmac.digest(own_secret(issue), f"step {step}".encode(), sha256)
    return finder(issue) + _base32(proof[: _PROOF_BITS // 8])


def _finder(code: str, *, rotating: bool) -> str:
    return code[:_FINDER_LENGTH] if rotating else code


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // ROTATES_EVERY


@lru_cache(maxsize=2_048)  # a voucher's codes are hashed when it is issued and shown a moment later
def _mac(issue: Issue, what: str) -> bytes:
    message = issue.voucher_id.bytes + issue.number.to_bytes(2, "big")
    return hmac.digest(crypto.derive(f"voucher {what}", issue.key_id), message + what.encode(), sha256)


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=")
