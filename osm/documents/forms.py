"""A form filled from an XLSX template: the fields of its cells are replaced, a row with the fields of a list repeats.

A field stands in double braces, «{{поступило}}»; those of a list have the name of the list before a point:
«{{отдел.отвечено}}». A template may come from anybody: it is opened in a child process only (`run_filling`).
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from osm.child_process import MIB, ChildLimits, Ended, run_child

Value = str | int | float | None
Fields = Mapping[str, Value]
Lists = Mapping[str, Sequence[Fields]]

LIMITS = ChildLimits(memory_bytes=768 * MIB, cpu_seconds=20, wall_seconds=60.0, output_bytes=32 * MIB)
MOST_CELLS = 200_000
"""Of a sheet, as far as it says it reaches; a form has hundreds."""
FIELD = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_CHILD = "osm.documents.form_process"
_NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Appendix:
    """A list that is told even where the template does not name it: below everything, under a title and headings."""

    list: str
    title: str
    heads: Mapping[str, str]
    """Field → heading."""


class FormRefused(Exception):
    """The file is no template that can be filled; `str(error)` says why, in Russian."""


def run_filling(template: bytes, fields: Fields, lists: Lists, appendix: Appendix | None = None) -> bytes:
    """The filled form. Raises FormRefused, OSError where the system starts no process."""
    given = {"fields": dict(fields), "lists": {name: list(rows) for name, rows in lists.items()}}
    more = {"appendix": [appendix.list, appendix.title, dict(appendix.heads)]} if appendix else {}
    return _child("fill", given | more, template)


def run_looking(template: bytes) -> list[str]:
    """The fields that a template asks for, each once. Raises FormRefused."""
    found: list[str] = json.loads(_child("look", {}, template))
    return found


def _child(what: str, given: Mapping[str, Any], template: bytes) -> bytes:
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as out:
        taken.write(json.dumps(given, ensure_ascii=False).encode() + b"\n" + template)
        taken.seek(0)
        ended = run_child(_CHILD, [what], LIMITS, out, taken)
        out.seek(0)
        said, _, content = out.read().partition(b"\n")
    if said != b"done":
        words = said.decode(errors="replace").removeprefix("refused ")
        raise FormRefused(words if said.startswith(b"refused ") else _ENDED[ended])
    return content


_ENDED = {
    Ended.BY_ITSELF: "это не книга XLSX или она повреждена. Откройте её в Excel и сохраните заново",
    Ended.TOO_SLOW: "слишком сложная книга: оставьте в ней одну форму",
    Ended.TOO_MUCH_MEMORY: "слишком большая книга: оставьте в ней одну форму",
}


# --- In the child process


def opened(content: IO[bytes]) -> Any:
    """The workbook. Raises FormRefused."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(content)
    except MemoryError:
        raise
    except Exception:
        raise FormRefused(_ENDED[Ended.BY_ITSELF]) from None
    if any(sheet.max_row * sheet.max_column > MOST_CELLS for sheet in book.worksheets):
        raise FormRefused(_ENDED[Ended.TOO_MUCH_MEMORY])
    return book


def fields_in(book: Any) -> list[str]:
    """Every field that the cells name, in their order."""
    texts = (cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return list(dict.fromkeys(name for text in texts if isinstance(text, str) for name in FIELD.findall(text)))


def filled(book: Any, fields: Fields, lists: Lists, appendix: Appendix | None = None) -> bytes:
    """The book with its fields replaced. What it names and nobody knows stays as it is."""
    if appendix and lists.get(appendix.list) and not any(_is_of(appendix.list, name) for name in fields_in(book)):
        _append(book.worksheets[0], appendix)
    for sheet in book.worksheets:
        for number in range(sheet.max_row, 0, -1):  # from below: rows that are put in move what lies under them
            name = _list_of(sheet, number, lists)
            if name:
                _repeat(sheet, number, name, lists[name])
        for row in sheet.iter_rows():
            for cell in row:
                _fill(cell, fields)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _is_of(name: str, field: str) -> bool:
    return field.startswith(f"{name}.")


def _append(sheet: Any, appendix: Appendix) -> None:
    """The fields of the list, for the rows that will be put in their place."""
    from openpyxl.styles import Font

    sheet.append([])
    for line in (
        [appendix.title],
        list(appendix.heads.values()),
        [f"{{{{{appendix.list}.{field}}}}}" for field in appendix.heads],
    ):
        sheet.append(line)
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold="{{" not in line[0])


def _list_of(sheet: Any, number: int, lists: Collection[str]) -> str:
    """The list whose fields stand in this row."""
    for cell in sheet[number]:
        for field in FIELD.findall(cell.value) if isinstance(cell.value, str) else ():
            name, point, _ = str(field).partition(".")
            if point and name in lists:
                return name
    return ""


def _repeat(sheet: Any, number: int, name: str, rows: Sequence[Fields]) -> None:
    """One row of the sheet for each row of the list; of an empty list one without values."""
    pattern = [(cell.column, cell.value, copy(cell._style)) for cell in sheet[number]]
    height, more = sheet.row_dimensions[number].height, len(rows) - 1
    if more > 0:
        sheet.insert_rows(number + 1, more)
        for merged in sheet.merged_cells.ranges:
            if merged.min_row > number:
                merged.shift(row_shift=more)
    texts = [text for _, text, _ in pattern if isinstance(text, str)]
    none = {field: "" for text in texts for field in FIELD.findall(text) if field.startswith(f"{name}.")}
    for place, row in enumerate(rows or [{}]):
        values = {f"{name}.{key}": value for key, value in row.items()} or none
        sheet.row_dimensions[number + place].height = height
        for column, text, style in pattern:
            cell = sheet.cell(number + place, column)
            cell.value, cell._style = text, copy(style)
            _fill(cell, values)


def _fill(cell: Any, fields: Fields) -> None:
    """A cell that is one field alone gets its value as it is, a number as a number; a field without one says a dash."""
    text = cell.value
    if not isinstance(text, str) or "{{" not in text:
        return
    alone = FIELD.fullmatch(text.strip())
    if alone and alone[1] in fields:
        cell.value = _NOTHING if fields[alone[1]] is None else fields[alone[1]]
    else:
        cell.value = FIELD.sub(lambda found: _words(fields, found), text)
    if isinstance(cell.value, str):
        cell.data_type = "s"  # no name of a department becomes a formula


def _words(fields: Fields, found: re.Match[str]) -> str:
    if found[1] not in fields:
        return found[0]
    value = fields[found[1]]
    return _NOTHING if value is None else str(value)
