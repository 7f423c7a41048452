"""The bank's results as a file: what each row says, and what is wrong with it, by row and column. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

Outcome = Literal["paid", "failed", "returned"]
Column = Literal["line", "outcome", "receipt", "reason"]
Why = Literal[
    "missing_column", "not_a_line", "unknown_outcome", "receipt_missing", "receipt_taken", "too_long", "twice"
]

MOST_RESULTS: Final = 1_000
_HEADINGS: Final[Mapping[Column, tuple[str, ...]]] = {
    "line": ("付款编号", "line_id"),
    "outcome": ("结果", "outcome"),
    "receipt": ("回单号", "receipt_number"),
    "reason": ("原因", "reason"),
}
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "paid": "paid", "成功": "paid", "已发放": "paid", "已支付": "paid",
    "failed": "failed", "失败": "failed", "发放失败": "failed",
    "returned": "returned", "退回": "returned", "退汇": "returned", "银行退回": "returned",
}  # fmt: skip
_LONGEST: Final[Mapping[Column, int]] = {"receipt": 64, "reason": 200}


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the bank says in one row."""

    row: int
    line_id: UUID
    outcome: Outcome
    receipt_number: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one row; row 1 are the headings."""

    row: int
    column: Column
    why: Why
    cell: str = ""


def read_results(rows: Sequence[tuple[int, Mapping[str, str]]]) -> tuple[list[ResultRow], list[RowFault]]:
    """The results in the rows of a file, and every fault; rows without a result yet are left out."""
    headings = set(rows[0][1]) if rows else set()
    absent: list[Column] = [column for column in ("line", "outcome") if not headings & set(_HEADINGS[column])]
    if absent:
        return [], [RowFault(1, column, "missing_column", _HEADINGS[column][0]) for column in absent]
    results: list[ResultRow] = []
    faults: list[RowFault] = []
    for number, cells in rows[: MOST_RESULTS + 1]:
        if not _cell(cells, "outcome"):
            continue
        wrong = _faults(number, cells)
        faults += wrong
        if not wrong:
            results.append(_result(number, cells))
    seen: set[UUID] = set()
    for each in results:
        if each.line_id in seen:
            faults.append(RowFault(each.row, "line", "twice", str(each.line_id)))
        seen.add(each.line_id)
    return results, sorted(faults, key=lambda fault: fault.row)


def _faults(number: int, cells: Mapping[str, str]) -> list[RowFault]:
    found = []
    line, said = _cell(cells, "line"), _cell(cells, "outcome")
    if _id(line) is None:
        found.append(RowFault(number, "line", "not_a_line", line))
    outcome = _OUTCOMES.get(said.lower())
    if outcome is None:
        found.append(RowFault(number, "outcome", "unknown_outcome", said))
    if outcome == "paid" and not _cell(cells, "receipt"):
        found.append(RowFault(number, "receipt", "receipt_missing"))
    for column, most in _LONGEST.items():
        if len(_cell(cells, column)) > most:
            found.append(RowFault(number, column, "too_long", _cell(cells, column)[:most]))
    return found


def _result(number: int, cells: Mapping[str, str]) -> ResultRow:
    return ResultRow(
        number,
        UUID(_cell(cells, "line")),
        _OUTCOMES[_cell(cells, "outcome").lower()],
        _cell(cells, "receipt") or None,
        _cell(cells, "reason") or None,
    )


def _cell(cells: Mapping[str, str], column: Column) -> str:
    return next((cells[name].strip().lstrip("'") for name in _HEADINGS[column] if cells.get(name)), "")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
