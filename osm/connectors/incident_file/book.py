"""A file read by a child process: its sheets as tables with rows on the disk; why a file is not imported, in words."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from osm.base.child_process import run_child
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file import cells
from osm.connectors.incident_file.cells import Cell
from osm.connectors.incident_file.reading import Limits

# --- Why a file is not imported
SENTENCES = {
    "empty_file": "Файл пуст: в нём ноль байт. Ничего не загружено. Выгрузите таблицу ещё раз.",
    "empty_table": "В файле нет ни одной заполненной строки. Ничего не загружено. Проверьте, тот ли файл выбран.",
    "not_a_table": (
        "Это не таблица, а {what}. Ничего не загружено. "
        "Нужен файл XLSX, XLS, ODS или CSV: откройте выгрузку в Excel и сохраните её как «Книга Excel (.xlsx)»."
    ),
    "nul_bytes": (
        "В файле нулевые байты: это не текст CSV либо файл испорчен при передаче. Ничего не загружено. "
        "Выгрузите таблицу ещё раз, лучше в XLSX."
    ),
    "encrypted": (
        "Файл защищён паролем, прочитать его нельзя. Ничего не загружено. "
        "Откройте его в Excel, снимите пароль («Файл» → «Сведения» → «Защита книги») и загрузите снова."
    ),
    "damaged": (
        "Файл повреждён или передан не до конца. Ничего не загружено. "
        "Скачайте выгрузку ещё раз; если не поможет, откройте её в Excel и сохраните заново."
    ),
    "unreadable": (
        "Файл не удалось открыть: его нет или к нему нет доступа. Ничего не загружено. Проверьте имя файла и повторите."
    ),
    "unclosed_quote": (
        "В записи {row} открыта кавычка, которая нигде не закрыта: всё после неё слилось в одну ячейку. "
        "Ничего не загружено. Исправьте кавычки в этой записи или выгрузите таблицу в XLSX."
    ),
    "file_too_big": "Файл больше {megabytes} МБ. Ничего не загружено. Разделите выгрузку по датам на несколько файлов.",
    "unpacks_too_big": (
        "Внутри файла больше {megabytes} МБ данных: так бывает у испорченных или вредоносных файлов. "
        "Ничего не загружено. "
        "Разделите выгрузку по датам на несколько файлов."
    ),
    "archive_bomb": (
        "Маленький файл разворачивается в {megabytes} МБ одинаковых данных: так бывает у испорченных или вредоносных "
        "файлов. Ничего не загружено. Откройте выгрузку в Excel, скопируйте нужные строки в новую книгу и загрузите её."
    ),
    "needs_too_much_memory": (
        "Таблица слишком велика для чтения: скорее всего, что-то записано в очень далёкой ячейке. Ничего не загружено. "
        "Скопируйте нужные строки на новый лист, сохраните его отдельным файлом и загрузите снова."
    ),
    "too_much_text": (
        "В таблице больше {megabytes} МБ текста. Ничего не загружено. Разделите выгрузку по датам на несколько файлов."
    ),
    "too_many_rows": (
        "В файле больше {rows} строк. Ничего не загружено. Разделите выгрузку по датам на несколько файлов."
    ),
    "too_many_columns": (
        "В таблице больше {columns} столбцов: возможно, что-то записано далеко справа. Ничего не загружено. "
        "Удалите лишние столбцы и загрузите снова."
    ),
    "cell_too_long": (
        "В строке {row} слишком длинная ячейка. Ничего не загружено. Исправьте эту строку и загрузите снова."
    ),
    "too_slow": (
        "Файл читается слишком долго, чтение остановлено. Ничего не загружено. "
        "Разделите выгрузку по датам на несколько файлов; если она мала, сохраните её в Excel заново."
    ),
    "sheet_not_found": "В файле нет листа «{sheet}». Ничего не загружено. Листы файла: {sheets}.",
    "header_not_found": (
        "Не найдена строка с названиями столбцов (номер, текст, ссылка …). Ничего не загружено. "
        "Проверьте, тот ли это файл: нужна таблица хотя бы из двух столбцов и двух строк. Если файл пришёл из папки "
        "или почтой, загрузите его на странице «Загрузки»: там столбцы можно указать самим."
    ),
    "mapping_incomplete": (
        "Не найдены нужные столбцы: {missing}. Ничего не загружено. Укажите их на странице загрузки: "
        "нужен текст сообщения и хотя бы одно из двух, номер или ссылка."
    ),
}
"""Code → sentence. The child process gives the code and what fills its gaps."""


class FileRefused(ConnectorError):
    """The file as a whole cannot be imported; nothing of it was taken."""

    def __init__(self, code: str, **details: str | int) -> None:
        super().__init__(SENTENCES[code].format(**details))
        self.code = code


class HeaderNotFound(FileRefused):
    def __init__(self) -> None:
        super().__init__("header_not_found")


# --- Files
READER = "osm.connectors.incident_file.reading"
READING_PREFIX = "osm-import-"
"""Names of the folders in which files are read; one outlives only a process that was killed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank. `number` is its row in the sheet or its record in the CSV, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """One sheet. It can be read as often as needed while its Book is open."""

    name: str  # empty for a CSV
    hidden: bool
    height: int  # rows that are not blank
    width: int
    _lines: Path = field(repr=False)
    _start: int = field(repr=False)

    def rows(self) -> Iterator[Row]:
        with self._lines.open("rb") as lines:
            lines.seek(self._start)
            for line in islice(lines, self.height):
                number, values = json.loads(line)
                yield Row(number, tuple(map(cells.from_json, values) if b'{"t":' in line else values))

    def preview(self, limit: int = 20) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The first rows as text, each with its number and as wide as the table."""
        return tuple(
            (row.number, tuple(cells.as_text(row.cell(column)) for column in range(self.width)))
            for row in islice(self.rows(), limit)
        )


class Book:
    """The sheets of one file. Close it, or use it in a `with`, to free its place on the disk."""

    def __init__(self, kind: str, tables: tuple[Table, ...], folder: tempfile.TemporaryDirectory[str]) -> None:
        self.kind = kind
        """`xlsx`, `xls`, `ods` or `csv`, found by content."""
        self.tables = tables
        self._folder = folder

    def table(self, name: str) -> Table:
        """The sheet of this name. Raises FileRefused."""
        for table in self.tables:
            if table.name == name:
                return table
        raise FileRefused("sheet_not_found", sheet=name, sheets=", ".join(table.name for table in self.tables))

    def close(self) -> None:
        self._folder.cleanup()

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_file(path: Path, limits: Limits | None = None, room: Path | None = None) -> Book:
    """Read a file in a child process. Raises a FileRefused for any bad file; OSError where the disk is full.

    `room`: the folder for its rows while the Book is open; None: among the temporary files of the system.

    A crash, a bomb or an endless loop of the reader ends the child alone. The tables of the Book are the sheets with
    content, in their order.
    """
    limits = limits or Limits()
    if not path.is_file():
        raise FileRefused("unreadable")
    folder = tempfile.TemporaryDirectory(prefix=READING_PREFIX, ignore_cleanup_errors=True, dir=room)
    try:
        lines = Path(folder.name) / "rows.jsonl"
        failure = run_reader(path.resolve(), limits, lines)
        kind, tables = _index(lines, failure)
    except BaseException:
        folder.cleanup()
        raise
    return Book(kind, tables, folder)


def run_reader(path: Path, limits: Limits, lines: Path) -> str:
    """Let the child write its lines; returns the code of the refusal that fits if it left no last line."""
    arguments = [str(path), str(lines.parent), json.dumps(dataclasses.asdict(limits))]
    with lines.open("wb") as out:
        return run_child(READER, arguments, limits, out)


def _index(lines: Path, failure: str) -> tuple[str, tuple[Table, ...]]:
    """Find the sheets in the child's lines. Raises the FileRefused of the last line, or for its absence."""
    tables: list[Table] = []
    said: dict[str, Any] = {}
    position = start = 0
    with lines.open("rb") as file:
        for line in file:
            position += len(line)
            if not line.endswith(b"}\n"):
                continue  # a row, or what a dying child left of one
            sheet, said = said, json.loads(line)
            if "sheet" in said:
                start = position
            elif said.get("rows"):
                tables.append(Table(sheet["sheet"], sheet["hidden"], said["rows"], said["columns"], lines, start))
    if "done" not in said:
        code = str(said.get("refused", failure))
        raise FileRefused(code, **said.get("details", {}))
    if not tables:
        raise FileRefused("empty_table")
    return str(said["done"]), tuple(tables)
