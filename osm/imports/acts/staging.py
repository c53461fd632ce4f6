"""Read a file for an import run: find its columns and stage its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from osm.base.numbers import whole
from osm.connectors.base import Duplicate, IncomingMessage, Rejected, RowWarning, Skipped
from osm.connectors.incident_file import (
    FIELDS,
    HOW,
    Mapping,
    closest,
    find_mapping,
    known_header,
    main_table,
    parse_rows,
    read_file,
)
from osm.connectors.incident_file import cells as dates
from osm.connectors.incident_file.book import HeaderNotFound
from osm.connectors.incident_file.fields import heading_names
from osm.flow.acts.clocks import in_force
from osm.imports.acts import files
from osm.imports.queries.runs import Layout
from osm.models import RowOutcome
from osm.regulation.errors import MissingInput
from osm.regulation.words import Regime

BATCH = 400  # rows of one transaction
PREVIEW_ROWS = 12


@dataclass(frozen=True)
class Preview:
    """What the page of a run shows before any row is read: columns, their fields, first rows."""

    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    headings: tuple[str, ...]
    choices: tuple[FieldChoice, ...]
    rows: Sequence[files.GlanceRow]
    missing: tuple[str, ...]
    count: int  # rows below the header that are not blank

    def example(self, column: int | None) -> str:
        """The first filled cell of a column."""
        cells = (cells[column] for _, cells in self.rows if column is not None and column < len(cells))
        return next((cell for cell in cells if cell.strip()), "")


@dataclass(frozen=True)
class TimesExample:
    """A date of the file in both time zones, so that a mistake of seven hours is visible."""

    heading: str
    cell: str
    local: datetime
    moscow: datetime
    is_same: bool  # the cell has its own zone: the choice has no effect
    local_in_future: bool
    moscow_in_future: bool  # with Moscow time the newest of the first rows would be in the future


@dataclass(frozen=True)
class FieldChoice:
    """One field of ours: its column (None: no column) and how it was found."""

    name: str
    label: str
    kind: str
    column: int | None
    how: str


def detect_mapping(
    path: Path, sha256: str, layouts: Sequence[Layout], *, sheet: str | None = None, header_row: int | None = None,
    by_hand: bool = False,
) -> tuple[dict[str, Any], Layout | None]:  # fmt: skip
    """The mapping of a file as JSON, and the layout that it has or is most like. Raises FileRefused. `sheet`,
    `header_row` (number in the sheet): chosen by a person. `by_hand`: a person will choose the columns, so a table with
    unknown headings is not refused."""
    with read_file(path, room=files.room()) as book:
        files.look_into(book, sha256)
        saved = [layout.columns for layout in layouts]
        known = known_header(book, saved) if sheet is None and header_row is None else None
        table = known[0] if known else main_table(book) if sheet is None else book.table(sheet)
        header_row = known[1] if known else header_row
        columns = known[2] if known else closest(table, saved)
        layout = next((one for one in layouts if one.columns is columns), None)
        try:
            return find_mapping(table, columns, header_row).to_json(), layout
        except HeaderNotFound:
            row = next((row for row in table.rows() if header_row in (None, row.number)), None)
            if not by_hand or row is None or table.width < 2 or table.height < 2:
                raise
            return Mapping(table.name, row.number, heading_names(row.cells, table.width)).to_json(), layout


def preview(glance: files.Glance, mapping: MappingType[str, Any]) -> Preview:
    """The first rows under the mapping. Raises FileRefused."""
    chosen = Mapping.from_json(mapping)
    sheet = glance.sheet(chosen.sheet)
    rows = [row for row in sheet.rows if row[0] > chosen.header_row]
    return Preview(
        sheet=chosen.sheet, sheets=tuple(sheet.name for sheet in glance.sheets), header_row=chosen.header_row,
        headings=chosen.headings, choices=_choices(chosen), rows=rows[:PREVIEW_ROWS], missing=chosen.missing,
        count=sheet.height - len(sheet.rows) + len(rows),
    )  # fmt: skip


def times_example(preview: Preview, zone: ZoneInfo, now: datetime) -> TimesExample | None:
    """The first date of receipt, or of publication if no column has the receipt; None if there is none."""
    columns = {choice.name: choice.column for choice in preview.choices}
    for column in (columns["received_at"], columns["published_at"]):
        cells = [cell for _, cells in preview.rows if column is not None and (cell := cells[column])]
        read = [(cell, dates.wall_clock(cell)) for cell in cells if dates.may_be_date(cell)]
        if column is not None and read:
            cell, first = read[0]
            local, moscow = dates.to_utc(first, zone), dates.to_utc(first, dates.MOSCOW)
            return TimesExample(
                heading=preview.headings[column], cell=cell, local=local, moscow=moscow, is_same=local == moscow,
                local_in_future=max(dates.to_utc(moment, zone) for _, moment in read) > now,
                moscow_in_future=max(dates.to_utc(moment, dates.MOSCOW) for _, moment in read) > now,
            )  # fmt: skip
    return None


def is_old(preview: Preview, zone: ZoneInfo, before: datetime) -> bool:
    """Whether most of the first rows were received (or published, if there is no such column) before this instant."""
    columns = {choice.name: choice.column for choice in preview.choices}
    column = columns["published_at"] if columns["received_at"] is None else columns["received_at"]
    cells = [cells[column] for _, cells in preview.rows if column is not None]
    moments = [dates.to_utc(dates.wall_clock(cell), zone) for cell in cells if dates.may_be_date(cell)]
    return sum(moment < before for moment in moments) * 2 > len(cells)


def corrected(mapping: MappingType[str, Any], columns: MappingType[str, str]) -> dict[str, Any]:
    """The mapping after a person chose columns: field → column number from 0, or "" for none. Raises MissingInput for
    the field, or for `mapping` if a message would have no text, or neither number nor link."""
    chosen = Mapping.from_json(mapping)
    wanted = {name: chosen.column(name) for name in FIELDS}
    wanted |= {name: _column(name, value, chosen) for name, value in columns.items() if name in FIELDS}
    _check_once(wanted, chosen)
    for name, column in wanted.items():
        if column is None and chosen.column(name) is not None:
            chosen = chosen.assign(name, None)
    for name, column in wanted.items():
        if column != chosen.column(name):
            chosen = chosen.assign(name, column)
    if chosen.missing:
        raise MissingInput("mapping", f"Укажите столбцы: {', '.join(chosen.missing)}. Без них загрузить нельзя.")
    return chosen.to_json()


def taken(incoming: IncomingMessage, regime: Regime) -> IncomingMessage:
    """Without the columns that have no field, where they are not taken."""
    return incoming if regime.takes is None else replace(incoming, raw={})


def of_regime(mapping: Mapping, regime: Regime) -> Mapping:
    """The mapping without the fields that are not taken from such a source."""
    if regime.takes is None:
        return mapping
    return replace(mapping, choices={name: one for name, one in mapping.choices.items() if name in regime.takes})


def cells_of(mapping: Mapping, regime: Regime, cells: Sequence[str]) -> list[str]:
    """The cells of a row, empty where nothing is taken."""
    taken = {*mapping.fields.values()}
    return [cell if regime.takes is None or column in taken else "" for column, cell in enumerate(cells)]


def staged_rows(
    path: Path, mapping: MappingType[str, Any], times: str, run_id: int, now: datetime, regime: Regime
) -> Generator[list[dict[str, Any]], None, None]:
    """Rows for the staging table in batches, in the order of the sheet. Raises FileRefused."""
    chosen = of_regime(Mapping.from_json(mapping), regime)
    warnings: dict[int, list[str]] = {}
    batch: list[dict[str, Any]] = []
    with read_file(path, room=files.room()) as book:
        zone = str(in_force().calendar.tz)
        for result in parse_rows(
            book.table(chosen.sheet), chosen, "moscow" if times == "moscow" else "local", zone, now
        ):
            if isinstance(result, RowWarning):
                warnings.setdefault(result.row, []).append(result.reason)
                continue
            if isinstance(result, Skipped):
                continue
            warning = "\n".join(warnings.pop(result.row, ()))
            batch.append(
                _columns(result, chosen, regime) | {"run_id": run_id, "row_no": result.row, "warning": warning}
            )
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _columns(result: IncomingMessage | Rejected | Duplicate, mapping: Mapping, regime: Regime) -> dict[str, Any]:
    """The same columns for all rows of a batch, so that one statement inserts them."""
    match result:
        case IncomingMessage():
            return {"outcome": RowOutcome.STAGED, "reason": "", "payload": files.to_payload(taken(result, regime))}
        case Rejected():
            cells = cells_of(mapping, regime, result.cells)
            return {"outcome": RowOutcome.REJECTED, "reason": result.reason, "payload": {"cells": cells}}
        case Duplicate():
            return {"outcome": RowOutcome.DUPLICATE, "reason": result.reason, "payload": {}}


def _column(name: str, value: str, mapping: Mapping) -> int | None:
    if not value:
        return None
    column = whole(value)
    if column is None or column >= len(mapping.headings):
        raise MissingInput(name, "Такого столбца в файле нет. Выберите столбец из списка.")
    return column


def _check_once(wanted: MappingType[str, int | None], mapping: Mapping) -> None:
    """One column fills one field. Raises MissingInput with the name of the second field."""
    counts = Counter(column for column in wanted.values() if column is not None)
    for column in (column for column, count in counts.items() if count > 1):
        first, second = [name for name in FIELDS if wanted[name] == column][:2]
        raise MissingInput(
            second,
            f"Столбец «{mapping.headings[column]}» уже выбран для поля «{FIELDS[first].label}». "
            "Оставьте его одному полю.",
        )


def _choices(mapping: Mapping) -> tuple[FieldChoice, ...]:
    return tuple(
        FieldChoice(name, field.label, field.kind, mapping.column(name), _how(mapping, name))
        for name, field in FIELDS.items()
    )


def _how(mapping: Mapping, name: str) -> str:
    choice = mapping.choices.get(name)
    return HOW[choice.found_by] if choice else "не найдено"
