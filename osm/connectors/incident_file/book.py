"""A file read by a child process: its sheets as tables with their rows on the disk."""

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
from osm.connectors.incident_file import cells, errors
from osm.connectors.incident_file.cells import Cell
from osm.connectors.incident_file.reading import Limits

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
        raise errors.FileRefused("sheet_not_found", sheet=name, sheets=", ".join(table.name for table in self.tables))

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
        raise errors.FileRefused("unreadable")
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
        raise errors.FileRefused(code, **said.get("details", {}))
    if not tables:
        raise errors.FileRefused("empty_table")
    return str(said["done"]), tuple(tables)
