"""The way of an event: which step may follow which state. Pure."""

from typing import Final, Literal

from grid.errors import EventNotReady

State = Literal["reported", "accepted", "dispatched", "handled", "fed_back", "rated", "closed", "reopened", "refused"]
Step = Literal["accept", "refuse", "dispatch", "handle", "feed_back", "rate", "close", "reopen"]

BEFORE: Final[dict[str, tuple[str, ...]]] = {
    "accept": ("reported",),
    "refuse": ("reported",),
    "dispatch": ("accepted", "dispatched", "reopened"),
    "handle": ("dispatched",),
    "feed_back": ("handled",),
    "rate": ("fed_back",),
    "close": ("rated",),
    "reopen": ("fed_back", "rated", "closed"),
}


def check_step(state: str, step: Step) -> None:
    """Raise EventNotReady when an event in this state cannot take the step."""
    if state not in BEFORE[step]:
        raise EventNotReady(state=state, step=step)


def check_closing(state: str, *, can_be_rated: bool) -> None:
    """A case closes once it is rated; one that nobody can rate closes once it is answered for."""
    if not can_be_rated and state == "fed_back":
        return
    check_step(state, "close")
