"""Passwords: argon2id, in a few threads of their own, so that signing in never holds up the rest."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from identity.errors import PasswordTooShort, SignInBusy

SHORTEST = 10
THREADS = 2
MOST_WAITING = 200  # about two seconds of work

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's second choice: 19 MiB, two passes
_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="argon2")


class _Load:
    """How many passwords are being checked or wait for it, in this process."""

    waiting = 0


async def hash_password(password: str) -> str:
    """The hash to keep of a new password; refuses one that is too short."""
    if len(password) < SHORTEST:
        raise PasswordTooShort
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; an unknown login (no hash) takes the same time and never fits."""
    if _Load.waiting >= MOST_WAITING:
        raise SignInBusy
    _Load.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, _check, password, password_hash)
    finally:
        _Load.waiting -= 1


def _check(password: str, password_hash: str | None) -> bool:
    try:
        fits = _hasher.verify(password_hash or _of_nobody(), password)
    except VerificationError:
        return False
    return fits and password_hash is not None


@cache
def _of_nobody() -> str:
    return _hasher.hash("the password of nobody")
