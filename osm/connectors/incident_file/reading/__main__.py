"""Entry of the child process: bind it to the limits, read one file, print its rows."""

import errno
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from osm.base.child_process import NO_ROOM, bind
from osm.connectors.incident_file.reading import Limits, Refusal


def main(path: Path, folder: Path, limits: Limits, out: BinaryIO) -> None:
    """Write the lines that `reading` describes; a refusal is the last of them, never an exception. `folder` gets a copy
    of the file with a name that shows its kind."""
    try:
        _write_line(out, {"done": _read(path, folder, limits, out)})
        out.flush()
    except Refusal as refusal:
        _write_line(out, {"refused": refusal.code, "details": refusal.details})
    except MemoryError:
        _write_line(out, {"refused": "needs_too_much_memory", "details": {}})
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            os._exit(NO_ROOM)  # there is none for a last line either
        _write_line(out, {"refused": "unreadable", "details": {}})
    except KeyboardInterrupt:
        raise
    except BaseException:  # a panic of the Rust reader derives from BaseException; for us the file is broken
        _write_line(out, {"refused": "damaged", "details": {}})
    out.flush()


def _read(path: Path, folder: Path, limits: Limits, out: BinaryIO) -> str:
    from . import formats

    if path.stat().st_size > limits.file_bytes:
        raise Refusal("file_too_big", megabytes=limits.file_bytes // (1024 * 1024))
    data = path.read_bytes()
    kind = formats.detect(data, limits)
    writer = _Writer(out, limits)
    if kind == "csv":
        writer.sheet("", False, formats.records(formats.decode(data), limits.cell_characters))
        return kind
    from . import workbook

    named = folder / f"file.{kind}"
    named.write_bytes(data)
    del data
    book = workbook.open_workbook(named)
    for index, name, hidden in workbook.sheets(book):
        writer.sheet(name, hidden, workbook.rows(book, index, limits))
    return kind


class _Writer:
    """Counts what is written: rows and bytes of all sheets together, columns of each row, characters of each cell."""

    def __init__(self, out: BinaryIO, limits: Limits) -> None:
        self.out = out
        self.limits = limits
        self.rows = 0
        self.bytes = 0

    def sheet(self, name: str, hidden: bool, rows: Iterable[tuple[int, list[Any]]]) -> None:
        """Write the rows of one sheet; blank rows are left out, and blank cells at the end of a row."""
        _write_line(self.out, {"sheet": name, "hidden": hidden})
        before, columns = self.rows, 0
        for number, cells in rows:
            while cells and _is_blank(cells[-1]):
                cells.pop()
            if cells:
                self.row(number, cells)
                columns = max(columns, len(cells))
        _write_line(self.out, {"rows": self.rows - before, "columns": columns})

    def row(self, number: int, cells: list[Any]) -> None:
        self.rows += 1
        if self.rows > self.limits.rows:
            raise Refusal("too_many_rows", rows=self.limits.rows)
        if len(cells) > self.limits.columns:
            raise Refusal("too_many_columns", columns=self.limits.columns)
        if any(isinstance(cell, str) and len(cell) > self.limits.cell_characters for cell in cells):
            raise Refusal("cell_too_long", row=number)
        self.bytes += _write_line(self.out, [number, cells])
        if self.bytes > self.limits.output_bytes:
            raise Refusal("too_much_text", megabytes=self.limits.output_bytes // (1024 * 1024))


def _is_blank(cell: Any) -> bool:
    return isinstance(cell, str) and (not cell or cell.isspace())


def _write_line(out: BinaryIO, value: Any) -> int:
    return out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":
    given = Limits(**json.loads(sys.argv[3]))
    bind(given)
    main(Path(sys.argv[1]), Path(sys.argv[2]), given, sys.stdout.buffer)
