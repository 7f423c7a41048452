"""Tables that leave the house as files: every cell a text, none of them a formula.

A spreadsheet turns `=…` into something that runs, a long number into a rounded one and a day into another; so that
what is read is what was written, all cells are texts, and one that begins like a formula gets a mark before it.
The same rows give the same text file; a workbook carries the moment it was made.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import python_calamine
import xlsxwriter

from kit.errors import Refusal

Format = Literal["csv", "xlsx"]

MOST_ROWS: Final = 20_000
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_ZIP: Final = b"PK"
_MOST_UNPACKED: Final = 64 * 1024 * 1024
_LONGEST_CELL: Final = 32_000
_LONGEST_TITLE: Final = 31
_WIDEST: Final = 60
_WIDTH_ROWS: Final = 200
_NO_TITLE: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


class TooManyRows(Refusal):
    """A file would have more rows than is taken out at once."""

    status = 413
    code = "too_many_rows"
    zh = "一次最多导出 {most} 行，请缩小筛选范围。"
    en = "At most {most} rows leave at once; narrow the filters."

    def __init__(self, *, most: int = MOST_ROWS) -> None:
        """How many are taken at most."""
        super().__init__(most=most)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their headings; everything is text already."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def inert(text: str) -> str:
    """A cell that no spreadsheet runs."""
    plain = text[:_LONGEST_CELL]
    return f"'{plain}" if plain.startswith(_LIVE) else plain


def file_bytes(table: Table, form: Format) -> bytes:
    """The file; raises TooManyRows."""
    if len(table.rows) > MOST_ROWS:
        raise TooManyRows
    return csv_bytes(table.header, table.rows) if form == "csv" else _xlsx_bytes(table)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with a mark, as spreadsheets in China expect it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([inert(cell) for cell in header])
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx_bytes(table: Table) -> bytes:
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"created": datetime.now(UTC).replace(tzinfo=None)})
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"num_format": "@", "bold": True})
        sheet = book.add_worksheet(table.title.translate(_NO_TITLE).strip()[:_LONGEST_TITLE] or "1")
        for column, cell in enumerate(table.header):
            sheet.write_string(0, column, inert(cell), head)
            sheet.set_column(column, column, _width(table, column))
        for number, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, inert(cell), text)
        sheet.freeze_panes(1, 0)
    return made.getvalue()


def _width(table: Table, column: int) -> int:
    """Room for the longest of the first cells; a Chinese character takes two places."""
    cells = [table.header[column], *(row[column] for row in table.rows[:_WIDTH_ROWS])]
    longest = max(sum(2 if ord(sign) > 0xFF else 1 for sign in cell) for cell in cells)  # noqa: PLR2004 - Latin-1
    return min(longest + 2, _WIDEST)


class TableUnreadable(Refusal):
    """What was sent is neither a text table nor a workbook, or has no heading."""

    status = 400
    code = "table_unreadable"
    zh = "无法读取这个文件，请上传 CSV（UTF-8）或 XLSX 表格。"
    en = "This file cannot be read; send a CSV (UTF-8) or an XLSX table."


def read_rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows of a file by their headings, each with its number as spreadsheets count; raises TableUnreadable."""
    try:
        lines = _workbook(content) if content[:2] == _ZIP else _text(content)
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile, python_calamine.CalamineError):
        raise TableUnreadable from None
    if not lines or not any(lines[0]):
        raise TableUnreadable
    return [
        (number, dict(zip(lines[0], line, strict=False))) for number, line in enumerate(lines[1:], start=2) if any(line)
    ]


def _text(content: bytes) -> list[list[str]]:
    return [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(content.decode("utf-8-sig")))]


def _workbook(content: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > _MOST_UNPACKED:
            raise TableUnreadable
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[_plain(cell) for cell in line] for line in sheet.to_python(nrows=MOST_ROWS + 1)]


def _plain(cell: object) -> str:
    """A cell as it was typed: whole numbers without the point that workbooks give them."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
