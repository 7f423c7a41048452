"""Imports of participations from files that counties have."""

from datetime import datetime
from pathlib import Path

import click
import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from identity.people import NewPerson, register_person
from points.commands import expire, import_files
from points.import_participations import (
    FileNotReadable,
    Imported,
    batches,
    check_rows,
    import_batch,
    read_file,
)
from tests.points.conftest import NOON, SYSTEM, Town, rows

TITLES = "resident,action,occurred_at,quantity,reference,note"


def csv_file(folder: Path, *lines: str, titles: str = TITLES) -> Path:
    path = folder / "file.csv"
    path.write_text("\n".join([titles, *lines]), encoding="utf-8")
    return path


async def take(path: Path, *, dry_run: bool = False) -> list[Imported]:
    good, faults = await check_rows(read_file(path))
    assert faults == []
    done: list[Imported] = []
    for batch in batches(good):
        done += await import_batch(actor=SYSTEM, rows=batch, dry_run=dry_run, at=NOON)
    return sorted(done, key=lambda each: each.row)


async def test_the_same_file_again_changes_nothing(town: Town, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        f"{town['lan']},VOL-HOUR,2025-03-01 09:00,3,s-1,清理河道",
        f"{town['lan']},VOL-HOUR,2025-03-01 14:00,2,,",
        f"{town['hong']},ERR-PAIR,2025-03-02,1,,",
    )
    first = await take(path)
    assert [(each.state, each.code, each.points) for each in first] == [
        ("awarded", "awarded", 30),
        ("refused", "cap_day", 0),
        ("pending", "pending", 0),
    ]
    before = await counts()
    again = await take(path)
    assert {each.code for each in again} == {"duplicate"}
    assert await counts() == before


async def counts() -> tuple[object, ...]:
    (row,) = await rows(
        "SELECT (SELECT count(*) FROM points_participation), (SELECT count(*) FROM points_transfer),"
        " (SELECT sum(balance) FROM points_account), (SELECT count(*) FROM identity_audit_entry)"
    )
    return tuple(row)


async def test_a_dry_run_says_what_would_be_and_writes_nothing(town: Town, tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"{town['lan']},VOL-SKILL,2025-03-01 09:00,,,", f"{town['lan']},VOL-SKILL,2025-03-01,,,")
    assert [each.code for each in await take(path, dry_run=True)] == ["cap_day", "awarded"]
    assert (await counts())[:2] == (0, 0)


async def test_every_faulty_cell_is_named_with_its_row_and_reason(town: Town, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        f"{town['lan']},NO-SUCH,2025-03-01,,,",
        "nobody,VOL-SKILL,yesterday,0,,",
        "",
        f"{town['lan']},VOL-SKILL,2025-03-01,,same,",
        f"{town['lan']},VOL-SKILL,2025-03-02,,same,",
        "01a2002b-0000-7000-8000-000000000000,VOL-SKILL,2025-03-02,,,",
    )
    good, faults = await check_rows(read_file(path))
    assert [(fault.row, fault.column) for fault in faults] == [
        (2, "action"),
        (3, "occurred_at"),
        (3, "quantity"),
        (3, "resident"),
        (6, "reference"),
        (7, "resident"),
    ]
    assert [row.row for row in good] == [5]


async def test_a_spreadsheet_with_chinese_titles_and_phones_is_read(town: Town, tmp_path: Path) -> None:
    await register_person(
        actor=SYSTEM, person=NewPerson(name="赵六", area_id=town.areas["lyx.t1.v1"], phone="13800138000")
    )
    path = tmp_path / "file.xlsx"
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["手机号", "行为编码", "发生时间", "数量"])
    sheet.write_number(1, 0, 13800138000)
    sheet.write_string(1, 1, "VOL-HOUR")
    sheet.write_datetime(1, 2, datetime(2025, 3, 1, 9, 30))  # noqa: DTZ001 - a spreadsheet knows no zone
    sheet.write_number(1, 3, 2)
    book.close()
    assert [(each.state, each.points) for each in await take(path)] == [("awarded", 20)]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2", b"\xff\xfe\x00", b"resident,action\nx,y"])
def test_a_file_without_our_titles_is_not_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(FileNotReadable):
        read_file(path)


def test_a_spreadsheet_that_is_none_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"not a spreadsheet")
    with pytest.raises(FileNotReadable):
        read_file(path)


def test_the_command_explains_itself() -> None:
    said: Result = CliRunner().invoke(import_files, ["participations", "--help"])
    assert said.exit_code == 0
    assert "--dry-run" in said.output


async def test_the_command_names_faults_writes_its_report_and_exits_with_1(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = f"{town['lan']},VOL-SKILL,2025-03-01 09:00,,,"
    run = import_files.commands["participations"].callback
    assert run is not None
    report = tmp_path / "report.csv"
    faulty = csv_file(tmp_path, good, f"{town['lan']},NO-SUCH,2025-03-01,,,")
    with pytest.raises(click.exceptions.Exit) as left:
        await run(file=faulty, dry_run=False, skip_faulty=False, report=report)
    assert left.value.exit_code == 1
    assert report.read_text(encoding="utf-8-sig").splitlines() == ["row,column,reason", "3,action,no such action"]
    assert (await counts())[:2] == (0, 0)
    with pytest.raises(click.exceptions.Exit):
        await run(file=faulty, dry_run=False, skip_faulty=True, report=None)
    await run(file=csv_file(tmp_path, good), dry_run=False, skip_faulty=False, report=None)
    assert (await counts())[:2] == (1, 1)
    assert "1 duplicate; 0 points; 0 faults." in capsys.readouterr().out


async def test_the_command_expires_what_is_due(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    await town.award("lan", at=NOON.replace(year=2023))
    assert expire.callback is not None
    await expire.callback()
    assert "30 points expired on 1 accounts." in capsys.readouterr().out
