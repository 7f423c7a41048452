"""Money in fen and credit in tenths: whole numbers everywhere, text only where a person reads it."""

import re
from collections.abc import Sequence

_YUAN = re.compile(r"(?P<sign>-?)(?P<yuan>\d{1,12})(?:\.(?P<fen>\d{1,2}))?")
_HUNDRED = 100


def fen_text(fen: int) -> str:
    """Write 1250 as "12.50"."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def tenths_text(tenths: int) -> str:
    """Write 15 as "1.5", 20 as "2"."""
    whole, part = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}{f'.{part}' if part else ''}"


def parse_fen(text: str) -> int | None:
    """Read "12.5" as 1250; None when it is no amount of yuan with at most two decimals."""
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        return None
    fen = int(found["yuan"]) * 100 + int((found["fen"] or "0").ljust(2, "0"))
    return -fen if found["sign"] else fen


def shared(total: int, percents: Sequence[int]) -> list[int]:
    """Divide an amount by whole percents that make a hundred; the parts sum to it exactly.

    Each part is rounded down; what is left goes, one by one, to the parts that lost most, the earlier first.
    """
    if sum(percents) != _HUNDRED or min(percents) < 0:
        raise ValueError("the percents make a hundred and none is negative")
    parts = [total * percent // _HUNDRED for percent in percents]
    lost = sorted(range(len(percents)), key=lambda place: (-(total * percents[place] % _HUNDRED), place))
    for place in lost[: total - sum(parts)]:
        parts[place] += 1
    return parts
