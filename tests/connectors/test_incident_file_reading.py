"""Reading a file in the child process: formats by content, and every failure by its name."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from osm.connectors.incident_file import Limits, Table, read_file
from osm.connectors.incident_file.book import FileRefused
from tests.connectors import files

ROWS = [["Номер", "Текст"], ["7", "Яма на Тестовой"]]


@contextmanager
def refused_as(code: str) -> Iterator[pytest.ExceptionInfo[FileRefused]]:
    with pytest.raises(FileRefused) as refused:
        yield refused
    assert refused.value.code == code


def read(folder: Path, data: bytes, limits: Limits | None = None, name: str = "выгрузка 1.bin") -> list[Table]:
    path = folder / name
    path.write_bytes(data)
    with read_file(path, limits) as book:
        return [(table.name, table.hidden, [(row.number, row.cells) for row in table.rows()]) for table in book.tables]


@pytest.mark.parametrize(
    ("make", "kind", "sheet"),
    [
        (files.xlsx, "xlsx", "Лист1"),
        (files.xls, "xls", "Лист1"),
        (files.ods, "ods", "Лист1"),
        (lambda rows: files.csv_text(rows).encode(), "csv", ""),
    ],
)
def test_the_format_is_known_by_content_despite_the_name(tmp_path, make, kind, sheet):
    path = tmp_path / "выгрузка.jpg"
    path.write_bytes(make(ROWS))
    with read_file(path) as book:
        (table,) = book.tables
        assert (book.kind, table.name, table.height, table.width) == (kind, sheet, 2, 2)
        assert [row.cells for row in table.rows()] == [("Номер", "Текст"), ("7", "Яма на Тестовой")]
        assert [row.number for row in table.rows()] == [1, 2], "a table can be read again"
        assert table.preview(1) == ((1, ("Номер", "Текст")),)


REFUSED = {
    "zero bytes": (b"", "empty_file"),
    "blank lines only": (b"\r\n\r\n ; ;\r\n", "empty_table"),
    "a sheet without cells": (files.xlsx([]), "empty_table"),
    "a picture named .xlsx": (b"\x89PNG\r\n\x1a\n" + bytes(200), "not_a_table"),
    "a photo": (b"\xff\xd8\xff\xe0" + bytes(200), "not_a_table"),
    "a photo of a telephone": (b"\0\0\0\x18ftypheic" + bytes(200), "not_a_table"),
    "a PDF": (b"%PDF-1.7\n", "not_a_table"),
    "a page of the web": ("\ufeff\n<!DOCTYPE html><table></table>".encode(), "not_a_table"),
    "a document of Word": (files.zipped(word__document_dot_xml="<w/>"), "not_a_table"),
    "an old document of Word": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "WordDocument\0".encode("utf-16-le"),
        "not_a_table",
    ),
    "an archive": (files.zipped(incidents_dot_csv="Номер;Текст"), "not_a_table"),
    "a text of OpenDocument": (
        files.zipped(mimetype="application/vnd.oasis.opendocument.text", content_dot_xml="<a/>"),
        "not_a_table",
    ),
    "binary without NUL": (bytes(range(1, 256)) * 4, "not_a_table"),
    "NUL bytes": (bytes(500), "nul_bytes"),
    "NUL in the middle of a text": ("Номер;Текст\r\n7;Яма\0на Тестовой\r\n".encode(), "nul_bytes"),
    "a truncated zip": (files.xlsx(ROWS)[:-300], "damaged"),
    "half a zip": (files.xlsx(ROWS)[:700], "damaged"),
    "a zip without a sheet": (files.zipped(xl__workbook_dot_xml="<workbook/>"), "damaged"),
    "half an XLS": (files.xls(ROWS)[:1200], "not_a_table"),
    "XLSX with a password": (files.locked_xlsx(), "encrypted"),
    "XLS with a password": (files.locked_xls(), "encrypted"),
    "ODS with a password": (
        files.zipped(content_dot_xml="x", META__dummy="", **{"META-INF__manifest_dot_xml": "<m:encryption-data/>"}),
        "encrypted",
    ),
    "a quotation mark without its pair": ('Номер;Текст\r\n7;"Яма\r\n8;Сугроб\r\n'.encode(), "unclosed_quote"),
    "A1 and XFD1048576": (
        files.xlsx([["Номер"]], fill=lambda _, sheet: sheet.write("XFD1048576", "x")),
        "needs_too_much_memory",
    ),
    "A1 and XFD1": (files.xlsx([["Номер"]], fill=lambda _, sheet: sheet.write("XFD1", "x")), "too_many_columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_by_name_with_a_sentence(tmp_path, case):
    data, code = REFUSED[case]
    with refused_as(code) as refused:
        read(tmp_path, data)
    sentence = str(refused.value)
    assert "Ничего не загружено" in sentence
    assert "{" not in sentence


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "нет такого"):
        with refused_as("unreadable"):
            read_file(path)


LIMITED = {
    "bytes": (Limits(file_bytes=100), "file_too_big"),
    "unpacked bytes": (Limits(unpacked_bytes=1000), "unpacks_too_big"),
    "repetitions": (Limits(repetitive_bytes=1000, repetitions=1), "archive_bomb"),
    "parts of the archive": (Limits(archive_parts=3), "unpacks_too_big"),
    "rows": (Limits(rows=1), "too_many_rows"),
    "columns": (Limits(columns=1), "too_many_columns"),
    "characters of a cell": (Limits(cell_characters=5), "cell_too_long"),
    "output": (Limits(output_bytes=30), "too_much_text"),
    "wall time": (Limits(wall_seconds=0.001), "too_slow"),
}


@pytest.mark.parametrize("limit", LIMITED)
def test_each_limit_has_its_own_refusal(tmp_path, limit):
    limits, code = LIMITED[limit]
    with refused_as(code):
        read(tmp_path, files.xlsx(ROWS), limits)


MANY_RECORDS = b"1;2;3\r\n" * 2_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(cpu_seconds=1, rows=10**9), "too_slow"),
        (Limits(memory_bytes=64 * 1024 * 1024, rows=10**9), "needs_too_much_memory"),
    ],
)
def test_time_and_memory_of_the_child_are_limited_by_the_system(tmp_path, limits, code):
    with refused_as(code):
        read(tmp_path, MANY_RECORDS, limits)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = files.zipped(xl__workbook_dot_xml=bytes(450 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    with refused_as("unpacks_too_big"):
        read(tmp_path, bomb)


def test_a_zip_that_lies_about_its_sizes_ends_the_child_alone(tmp_path):
    data = bytearray(files.xlsx([["Номер", "Текст"], *([number, "текст " * 50] for number in range(2000))]))
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        data[place + 24 : place + 28] = struct.pack("<I", 10)
    with pytest.raises(FileRefused):
        read(tmp_path, bytes(data))


def test_an_endless_repetition_of_ods_rows_is_refused(tmp_path):
    sheet = (
        '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<o:body><o:spreadsheet><t:table t:name="а"><t:table-row t:number-rows-repeated="1048576">'
        '<t:table-cell o:value-type="string" t:number-columns-repeated="9"><x:p>х</x:p></t:table-cell>'
        "</t:table-row></t:table></o:spreadsheet></o:body></o:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with pytest.raises(FileRefused):
        read(tmp_path, files.zipped(mimetype=kind, content_dot_xml=sheet))


def test_every_sheet_is_read_and_charts_are_not(tmp_path):
    def fill(book, sheet):
        book.add_chartsheet("Диаграмма")
        sheet.hide()

    data = files.xlsx([["Номер"]], [], [["Слово"]], fill=fill)
    assert read(tmp_path, data) == [("Лист1", False, [(1, ("Номер",))]), ("Лист3", True, [(1, ("Слово",))])]


def test_a_workbook_with_macros_is_read_without_them(tmp_path):
    data = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(files.xlsx(ROWS)))
    with zipfile.ZipFile(data, "w") as archive:
        for part in plain.namelist():
            content = plain.read(part)
            archive.writestr(part, content.replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"))
        archive.writestr("xl/vbaProject.bin", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))
    (sheet,) = read(tmp_path, data.getvalue())
    assert [cells for _, cells in sheet[2]] == [("Номер", "Текст"), ("7", "Яма на Тестовой")]


def test_cells_keep_their_kind_place_and_text(tmp_path):
    def fill(book, sheet):
        sheet.write_formula("B4", "=1+1", None, 2)
        sheet.write_formula("C4", '="да"&"!"', None, "да!")
        sheet.write_formula("D4", "=1/0", None, "#DIV/0!")
        sheet.write_boolean("E4", True)
        sheet.write_datetime("F4", datetime(2026, 11, 2, 22, 2), book.add_format({"num_format": "dd.mm.yyyy hh:mm"}))
        sheet.write_string("G4", "=СУММ(A1)")
        sheet.write_string("H4", "строка\nи ещё 🌸")
        sheet.write_number("I4", 1.5)
        sheet.merge_range("C6:C8", "одно на три")
        sheet.write("B7", "семь")
        sheet.write("B8", "восемь")

    (sheet,) = read(tmp_path, files.xlsx([], fill=fill))
    assert sheet[2] == [
        (4, ("", 2, "да!", "", True, datetime(2026, 11, 2, 22, 2), "=СУММ(A1)", "строка\nи ещё 🌸", 1.5)),
        (6, ("", "", "одно на три")),
        (7, ("", "семь", "одно на три")),
        (8, ("", "восемь", "одно на три")),
    ]


def test_the_folder_of_a_closed_book_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    read(tmp_path, files.xlsx(ROWS))
    with refused_as("not_a_table"):
        read(tmp_path, b"%PDF-1.7")
    assert not list((tmp_path / "temp").iterdir())


def test_the_child_sees_no_secret_of_the_parent(tmp_path, monkeypatch):
    import subprocess

    seen = {}
    real = subprocess.Popen

    def spy(*arguments, **options):
        seen.update(options["env"])
        return real(*arguments, **options)

    monkeypatch.setenv("OSM_SECRET_KEY", "тайна")
    monkeypatch.setattr(subprocess, "Popen", spy)
    read(tmp_path, files.xlsx(ROWS))
    assert seen
    assert "OSM_SECRET_KEY" not in seen
