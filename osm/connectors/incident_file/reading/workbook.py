"""XLSX, XLS and ODS by python-calamine: sheets, rows, merged cells."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from osm.connectors.incident_file.reading import Limits, Refusal

Merged = tuple[tuple[int, int], tuple[int, int]]


def open_workbook(path: Path) -> CalamineWorkbook:
    """The reader goes by the ending of the name, so this must tell the truth. Raises Refusal for what is locked or
    broken."""
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise Refusal("encrypted") from error
    except CalamineError as error:
        raise Refusal("damaged") from error


def sheets(workbook: CalamineWorkbook) -> Iterator[tuple[int, str, bool]]:
    """Index, name and «hidden» of each sheet of cells; charts and macros are left out."""
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet:
            yield index, sheet.name, sheet.visible != SheetVisibleEnum.Visible


def rows(workbook: CalamineWorkbook, index: int, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """Row of the sheet, from 1, and its cells from column A on, as they go into a JSON line."""
    try:
        sheet = workbook.get_sheet_by_index(index)
    except PasswordError as error:
        raise Refusal("encrypted") from error
    except CalamineError as error:
        raise Refusal("damaged") from error
    if sheet.start is None or sheet.end is None:
        return
    if sheet.end[1] >= limits.columns:
        raise Refusal("too_many_columns", columns=limits.columns)
    yield from _filled(sheet, [""] * sheet.start[1])


def _filled(sheet: CalamineSheet, left: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """The rows with a vertically merged value in each of the rows that it covers, as a person reads it."""
    starting: dict[int, list[Merged]] = defaultdict(list)
    for merged in sheet.merged_cell_ranges or ():
        if merged[1][0] > merged[0][0]:
            starting[merged[0][0]].append(merged)
    covering: dict[int, tuple[int, Any]] = {}  # column → last row, value
    for row, values in enumerate(sheet.iter_rows()):
        cells = left + [_cell(value) for value in values]
        for column, (last, value) in list(covering.items()):
            if row > last:
                del covering[column]
            elif column < len(cells) and cells[column] == "":
                cells[column] = value
        for (_, column), (last, _) in starting.get(row, ()):
            if column < len(cells):
                covering[column] = (last, cells[column])
        yield row + 1, cells


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, (date, datetime)):
        return {"t": value.isoformat()}
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return str(value)  # a time of the day, a length of time
