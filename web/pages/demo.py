"""The demo town at the door: its people, each a tap away. Production has none, and no such file."""

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyotp

from kit.settings import settings

_FILE = "demo-logins.json"


class DemoLogin(msgspec.Struct, frozen=True):
    """One line of the file that the demo town's building leaves."""

    role: str
    name: str = ""
    login: str = ""
    password: str = ""
    totp_secret: str | None = None

    def totp_code(self) -> str | None:
        """The code that the authenticator shows now."""
        return pyotp.TOTP(self.totp_secret).at(int(time.time())) if self.totp_secret else None


@dataclass(slots=True)
class _Read:
    path: Path | None = None
    changed_at: float = 0.0
    logins: tuple[DemoLogin, ...] = ()


_read = _Read()


def demo_logins() -> tuple[DemoLogin, ...]:
    """Who can be tried out here; nobody in production, and nobody where no demo town was built."""
    if settings().production:
        return ()
    path = settings().data_dir / _FILE
    try:
        changed_at = path.stat().st_mtime
    except FileNotFoundError:
        return ()
    if (path, changed_at) != (_read.path, _read.changed_at):
        every = msgspec.json.decode(path.read_bytes(), type=list[DemoLogin])
        _read.path, _read.changed_at, _read.logins = path, changed_at, tuple(each for each in every if each.login)
    return _read.logins


def demo_login(name: str) -> DemoLogin | None:
    """One of them by its login."""
    return next((each for each in demo_logins() if each.login == name), None)
