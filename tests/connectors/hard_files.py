"""The hard files: the words each is refused with, or the result of its second row; the first row is a good one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from .files import HEADER, csv_text, incident, locked_xls, locked_xlsx, xlsx

MIB = 1024 * 1024
GOOD, HARD = 501, 502
"""Numbers of the two rows, if the caller does not name others."""
RECEIVED = datetime(2026, 11, 2, 10, 40)
SERIAL = (RECEIVED - datetime(1899, 12, 30)) / timedelta(days=1)
LONG = ("Яма на Тестовой. " * 1200)[:19_999] + "!"
OTHERS = [f"Сведения {number}" for number in range(300 - len(HEADER))]

Make = Callable[[int, int], bytes]


@dataclass(frozen=True)
class HardFile:
    """`refused`: words of the refusal of the file; `rejected`: of its second row. Neither: both rows are accepted."""

    name: str
    make: Make
    filename: str = "выгрузка.xlsx"
    refused: str = ""
    rejected: str = ""

    def content(self, good: int = GOOD, hard: int = HARD) -> bytes:
        return self.make(good, hard)


def _table(good: int, hard: int, **changes: Any) -> bytes:
    return xlsx([HEADER, incident(good), incident(hard, **changes)])


def _received(cell: Any) -> Make:
    return lambda good, hard: _table(good, hard, **{"Дата поступления": cell})


def rezipped(book: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The zip with the content of each part replaced by `change(name, content)`, and with `more` parts."""
    data = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(book))
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, content in more.items():
            target.writestr(name, content)
    return data.getvalue()


@cache
def _zip_bomb(good: int, hard: int) -> bytes:
    """200 MB of zeros before the end of the sheet; the file itself has 200 kB."""
    end = b"</sheetData>"

    def grow(name: str, content: bytes) -> bytes:
        return content.replace(end, b" " * (200 * MIB) + end) if name.endswith("sheet1.xml") else content

    return rezipped(_table(good, hard), grow)


def _with_macros(good: int, hard: int) -> bytes:
    def change(_name: str, content: bytes) -> bytes:
        return content.replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")

    return rezipped(
        _table(good, hard), change, **{"xl/vbaProject.bin": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)}
    )


def _many_columns(good: int, hard: int) -> bytes:
    return xlsx([[*HEADER, *OTHERS], [*incident(good), *OTHERS], [*incident(hard), *OTHERS]])


def _far_cell(_good: int, _hard: int) -> bytes:
    return xlsx([["Номер"]], fill=lambda _, sheet: sheet.write("XFD1048576", "x"))


def _nul_in_a_text(good: int, _hard: int) -> bytes:
    return csv_text([HEADER, incident(good, Текст="Яма\0на Тестовой")]).encode()


HARD_FILES = (
    HardFile("zero bytes", lambda *_: b"", refused="Файл пуст: в нём ноль байт."),
    HardFile(
        "a picture named .xlsx",
        lambda *_: b"\x89PNG\r\n\x1a\n" + bytes(200),
        refused="Это не таблица, а картинка (PNG).",
    ),
    HardFile("a truncated zip", lambda *rows: _table(*rows)[:-300], refused="Файл повреждён или передан не до конца."),
    HardFile("half a zip", lambda *rows: _table(*rows)[:900], refused="Файл повреждён или передан не до конца."),
    HardFile("A1 and XFD1048576 only", _far_cell, refused="что-то записано в очень далёкой ячейке"),
    HardFile("a zip bomb of 200 MB", _zip_bomb, refused="разворачивается в 200 МБ"),
    HardFile("NUL bytes", lambda *_: bytes(500), "выгрузка.csv", refused="В файле нулевые байты"),
    HardFile("NUL in a text", _nul_in_a_text, "выгрузка.csv", refused="В файле нулевые байты"),
    HardFile("XLSX with a password", lambda *_: locked_xlsx(), refused="Файл защищён паролем"),
    HardFile("XLS with a password", lambda *_: locked_xls(), "выгрузка.xls", refused="Файл защищён паролем"),
    HardFile("macros", _with_macros, "выгрузка.xlsm"),
    HardFile("a text of 20,000 characters", lambda *rows: _table(*rows, Текст=LONG)),
    HardFile("300 columns", _many_columns),
    HardFile("a date as a serial", _received(SERIAL)),
    HardFile("a date as the text of a serial", _received(f"{SERIAL:.10f}".replace(".", ","))),
    HardFile("a date cell", _received(RECEIVED)),
    HardFile("a date in words", _received("2 ноября 2026 г., 10:40")),
    HardFile("no date, but words", _received("позавчера вечером"), rejected="«позавчера вечером» — это не дата."),
    HardFile("a date cell in 1900", _received(datetime(1900, 1, 9)), rejected="год 1900 невозможен."),
    HardFile("1900 in words", _received("9 января 1900 г."), rejected="год 1900 невозможен."),
    HardFile("a date cell in 9999", _received(datetime(9999, 12, 31, 23, 59)), rejected="год 9999 невозможен."),
    HardFile("9999 as text", _received("31.12.9999 23:59"), rejected="год 9999 невозможен."),
)
