"""Files of rows: every cell a text, none of them a formula, and not more of them than may leave at once."""

import io

import pytest
import python_calamine

from kit import spreadsheet
from kit.spreadsheet import Table, TooManyRows, file_bytes

LIVE = ["=1+1", "+86", "-5", "@cmd", "\t=1", "\r=1"]
TABLE = Table(
    title="奖励/名单 [1]",
    header=["编号", "金额"],
    rows=[["123456789012345678", "0012.50"], *([cell, "好"] for cell in LIVE)],
)


def test_no_cell_of_a_text_file_runs() -> None:
    text = file_bytes(TABLE, "csv").decode("utf-8-sig")
    assert text.splitlines()[1] == "123456789012345678,0012.50"
    assert all(f"'{cell}" in text for cell in LIVE)
    assert file_bytes(TABLE, "csv") == file_bytes(TABLE, "csv")


def test_a_workbook_keeps_long_numbers_and_makes_texts_of_formulas() -> None:
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file_bytes(TABLE, "xlsx"))).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[0] == ["编号", "金额"]
    assert rows[1] == ["123456789012345678", "0012.50"]
    assert rows[2][0] == "'=1+1"
    assert all(isinstance(cell, str) for row in rows for cell in row)


def test_more_rows_than_may_leave_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 6)
    with pytest.raises(TooManyRows):
        file_bytes(TABLE, "csv")
