"""Makes the files of these tests: XLSX, XLS, ODS and CSV with invented rows, and files of other kinds."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import odf.opendocument
import odf.table
import odf.text
import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from osm.connectors.base import Duplicate, IncomingMessage, Rejected, RowResult, RowWarning, Skipped
from osm.connectors.incident_file import Mapping, find_mapping, main_table, parse_rows, read_file

Rows = Sequence[Sequence[Any]]

HEADER = ["Номер", "Соцсеть", "Ссылка", "Автор", "Дата публикации", "Дата поступления", "Текст", "Статус", "Важность"]


def incident(number: Any = 501, **changes: Any) -> list[Any]:
    """A row under HEADER; `changes` are by heading."""
    row = {
        "Номер": number,
        "Соцсеть": "ВКонтакте",
        "Ссылка": f"https://vk.com/wall-77_{number}?reply=9",
        "Автор": "Лидия Пробная",
        "Дата публикации": "02.11.2026 10:15",
        "Дата поступления": "02.11.2026 10:40",
        "Текст": f"Во дворе на Тестовой, {number} третий вечер не горит фонарь.",
        "Статус": "Новый",
        "Важность": "Обычная",
    }
    return list((row | changes).values())


def xlsx(*sheets: Rows, fill: Callable[[Any, Any], None] | None = None) -> bytes:
    """Each sheet from A1; a datetime becomes a date cell. `fill` may draw on the last sheet: (workbook, sheet)."""
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(data, options)
    day = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    for number, rows in enumerate(sheets, 1):
        sheet = book.add_worksheet(f"Лист{number}")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, day)
                else:
                    sheet.write(row, column, cell)
    if fill:
        fill(book, sheet)
    book.close()
    return data.getvalue()


def xls(*sheets: Rows) -> bytes:
    data = io.BytesIO()
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM")
    for number, rows in enumerate(sheets, 1):
        sheet = book.add_sheet(f"Лист{number}")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell, *([day] if isinstance(cell, datetime) else []))
    book.save(data)
    return data.getvalue()


def ods(rows: Rows) -> bytes:
    data = io.BytesIO()
    document = odf.opendocument.OpenDocumentSpreadsheet()
    sheet = odf.table.Table(name="Лист1")
    for cells in rows:
        line = odf.table.TableRow()
        for cell in cells:
            if isinstance(cell, datetime):
                line.addElement(odf.table.TableCell(valuetype="date", datevalue=cell.isoformat()))
            else:
                text = odf.table.TableCell(valuetype="string")
                text.addElement(odf.text.P(text=str(cell)))
                line.addElement(text)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.write(data)
    return data.getvalue()


def csv_text(rows: Rows, separator: str = ";") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def zipped(**parts: str | bytes) -> bytes:
    """A zip; in a name «__» means «/» and «_dot_» means «.»."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return data.getvalue()


def locked_xls() -> bytes:
    """BIFF8 with the record FILEPASS behind its first record, as Excel writes it for a password."""
    book = xlwt.Workbook()
    book.add_sheet("Лист1").write(0, 0, "Номер")
    records = book.get_biff_data()
    first = 4 + struct.unpack("<H", records[2:4])[0]
    password = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(48)
    data = io.BytesIO()
    XlsDoc().save(data, records[:first] + password + records[first:])
    return data.getvalue()


def locked_xlsx() -> bytes:
    """A compound file with the stream «EncryptedPackage», as Excel writes XLSX with a password."""
    data = io.BytesIO()
    XlsDoc().save(data, bytes(4096))
    old, new = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
    return data.getvalue().replace(old.ljust(64, b"\0"), new.ljust(64, b"\0"))


def parsed(
    folder: Path, data: bytes | str, change: Callable[[Mapping], Mapping] | None = None, **how: Any
) -> list[RowResult]:
    """The whole way from bytes to results; text is taken as UTF-8."""
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with read_file(path) as book:
        table = main_table(book)
        mapping = find_mapping(table)
        return list(parse_rows(table, change(mapping) if change else mapping, **how))


def messages(results: list[RowResult]) -> list[IncomingMessage]:
    return [result for result in results if isinstance(result, IncomingMessage)]


def only(results: list[RowResult]) -> IncomingMessage:
    """The one message; there must be no other result."""
    (message,) = results
    assert isinstance(message, IncomingMessage), message
    return message


def outcome(results: list[RowResult]) -> list[tuple[str, int]]:
    """What happened to the rows, for comparing: («message», 2), («rejected», 3) …"""
    names = {
        IncomingMessage: "message",
        Rejected: "rejected",
        Duplicate: "duplicate",
        Skipped: "skipped",
        RowWarning: "warning",
    }
    return [(names[type(result)], result.row) for result in results]
