"""The file for the bank: the same lines give the same bytes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from kit.money import fen_text
from kit.spreadsheet import csv_bytes

HEADER: Final = ("序号", "付款编号", "收款人", "人员编号", "金额（元）", "用途", "替换的付款编号")


@dataclass(frozen=True, slots=True)
class FileLine:
    """One payment as the bank reads it."""

    line_id: UUID
    name: str
    person_id: UUID
    amount_fen: int
    bonus_number: str
    replaces: UUID | None


def file_bytes(lines: Sequence[FileLine]) -> bytes:
    """CSV in UTF-8 with a mark, as spreadsheets in China expect it; no cell becomes a formula."""
    return csv_bytes(
        HEADER,
        [
            [
                str(place),
                str(line.line_id),
                line.name,
                str(line.person_id),
                fen_text(line.amount_fen),
                f"高价值信息奖励 {line.bonus_number}",
                str(line.replaces or ""),
            ]
            for place, line in enumerate(lines, start=1)
        ],
    )


def checksum(content: bytes) -> str:
    """SHA-256 in hex, as it is read out to the bank."""
    return sha256(content).hexdigest()
