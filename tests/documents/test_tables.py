"""Tables for download: they run no formulas and lose no text, times are local."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from osm.documents.tables import LONGEST_CELL, Column, csv_lines, write_xlsx

ZONE = ZoneInfo("Asia/Vladivostok")
COLUMNS = [Column("№", 12), Column("Текст", 60), Column("Когда")]
WHEN = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)

#: Texts that a citizen may write so that a spreadsheet runs them.
FORMULAS = ["=1+1", "+7 (423) 55-1-12", "-2", "@SUM(A1)", "\t=cmd|' /C calc'!A0", "\r=1", "\n=1", "  =1", "\u00a0=1"]


def sheet(rows, **how):
    file = io.BytesIO()
    count = write_xlsx(file, COLUMNS, rows, zone=ZONE, **how)
    return count, openpyxl.load_workbook(file).active


def test_a_table_comes_back_as_it_was():
    count, there = sheet([["7411024", "Яма\nна дороге", WHEN], [12, "", None]], above=["Журнал"], sheet="Журнал " * 9)
    assert count == 2
    assert list(there.values) == [
        ("Журнал", None, None),
        ("№", "Текст", "Когда"),
        ("7411024", "Яма\nна дороге", datetime(2026, 11, 25, 9, 5)),
        (12, None, None),
    ]
    assert there.print_title_rows == "$2:$2"
    assert there.page_setup.orientation == "landscape"


def test_an_empty_table_has_its_headings():
    assert sheet([])[0] == 0


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text):
    _, there = sheet([[text, "", None]])
    cell = there["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value.strip() == text.strip()  # no prefix is added

    lines = "".join(csv_lines(COLUMNS, [[text, "", WHEN]], zone=ZONE))
    read = list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert read == [["№", "Текст", "Когда"], [f"'{text}", "", "25.11.2026 09:05:00"]]


def test_ordinary_texts_and_numbers_are_left_alone():
    row = ["Добрый день = хорошо", "a-b", None]
    _, there = sheet([row])
    assert (there["A2"].quotePrefix, there["A2"].value) == (False, row[0])
    assert "".join(csv_lines(COLUMNS, [[-5, *row[1:]]], zone=ZONE)).endswith("-5;a-b;\r\n")


def test_what_no_cell_can_hold_is_cut_and_said_so():
    _, there = sheet([["я" * 40_000, "a\x00b\x0bc\ufffe", None]])
    assert len(there["A2"].value) == LONGEST_CELL
    assert there["A2"].value.endswith("(обрезано)")
    assert there["B2"].value == "abc"
