"""The child process that opens XLSX templates of forms: `look` for their fields, or `fill` them."""

import json
import re
from collections.abc import Collection, Sequence
from copy import copy
from io import BytesIO
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.styles import Font

from osm.documents.in_child import NO_BOOK, TEMPLATES, TOO_LARGE_BOOK, Appendix, ContentRefused, Fields, Lists, answer

MOST_CELLS = 200_000  # of a sheet, as far as it says it reaches; a form has hundreds
_FIELD = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_NOTHING = "—"


def work(what: str, given: dict[str, Any], template: bytes) -> bytes:
    book = opened(BytesIO(template))
    if what == "look":
        return json.dumps(fields_in(book), ensure_ascii=False).encode()
    appendix = Appendix(*given["appendix"]) if "appendix" in given else None
    return filled(book, given["fields"], given["lists"], appendix)


def opened(content: IO[bytes]) -> Any:
    """The workbook. Raises ContentRefused."""
    try:
        book = load_workbook(content)
    except MemoryError:
        raise
    except Exception:
        raise ContentRefused(NO_BOOK) from None
    if any(sheet.max_row * sheet.max_column > MOST_CELLS for sheet in book.worksheets):
        raise ContentRefused(TOO_LARGE_BOOK)
    return book


def fields_in(book: Any) -> list[str]:
    """Every field that the cells name, in their order."""
    texts = (cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return list(dict.fromkeys(name for text in texts if isinstance(text, str) for name in _FIELD.findall(text)))


def filled(book: Any, fields: Fields, lists: Lists, appendix: Appendix | None = None) -> bytes:
    """The book with its fields replaced. Unknown fields stay as they are."""
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
    """The list that this row shows; empty for none."""
    for cell in sheet[number]:
        for field in _FIELD.findall(cell.value) if isinstance(cell.value, str) else ():
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
    none = {field: "" for text in texts for field in _FIELD.findall(text) if field.startswith(f"{name}.")}
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
    alone = _FIELD.fullmatch(text.strip())
    if alone and alone[1] in fields:
        cell.value = _NOTHING if fields[alone[1]] is None else fields[alone[1]]
    else:
        cell.value = _FIELD.sub(lambda found: _words(fields, found), text)
    if isinstance(cell.value, str):
        cell.data_type = "s"  # no name of a department becomes a formula


def _words(fields: Fields, found: re.Match[str]) -> str:
    if found[1] not in fields:
        return found[0]
    value = fields[found[1]]
    return _NOTHING if value is None else str(value)


if __name__ == "__main__":
    answer(work, TEMPLATES)
