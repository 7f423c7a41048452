"""Seeded bugs: the server with one thing wrong in it, to show that the checker tells right from wrong.

    python -m tests.faults.seeded lock_removed --port 20001 --workers 2

The product has several guards one behind the other. Removing the lock alone makes no wrong entry, only errors: the
compared version and the unique versions of transfers stop it. So the bug takes the guards away that stand behind it.
"""

import sys
from collections.abc import Callable

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from points import ledger
from web.app import App
from web.serving import application

GUARDS_BEHIND_THE_LOCK = (
    "DROP INDEX points_transfer_debit",
    "DROP INDEX points_transfer_credit",
    "CREATE INDEX points_transfer_debit ON points_transfer (debit_id, debit_version)",
    "CREATE INDEX points_transfer_credit ON points_transfer (credit_id, credit_version)",
)
"""What the database keeps behind the lock, replaced by indexes that keep nothing; run as the owner of the tables."""


class NothingToBreak(RuntimeError):
    """The text that the bug changes is not there any more."""


def lock_removed() -> App:
    """Accounts are read before they are locked, and written without a look at the version that was read."""
    ledger._LOCK = _without(ledger._LOCK, "FOR NO KEY UPDATE")
    ledger._POST = _without(ledger._POST, "AND account.version = page.read_version")
    return application()


def nothing() -> App:
    """No bug: the control, started the same way."""
    return application()


BUGS: dict[str, Callable[[], App]] = {"lock_removed": lock_removed, "nothing": nothing}


def _without(statement: str, guard: str) -> str:
    if guard not in statement:
        raise NothingToBreak(guard)
    return statement.replace(guard, "")


def main(words: list[str]) -> None:
    """Serve with the bug that is named."""
    bug, _, port, _, workers = words
    MPServer(
        f"tests.faults.seeded:{BUGS[bug].__name__}",
        factory=True,
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.ASGI,
        workers=int(workers),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=3,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
