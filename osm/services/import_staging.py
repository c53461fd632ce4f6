"""Reading a file for an import run: which column holds what, and its rows for the staging table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingType
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from osm.connectors.base import Duplicate, IncomingMessage, Rejected, RowWarning
from osm.connectors.incident_file import FIELDS, HOW, Mapping, find_mapping, main_table, parse_rows, read_file
from osm.regulation.errors import MissingInput
from osm.services.clocks import in_force
from osm.services.import_publishing import to_payload
from osm.store.models import ImportRow, RowOutcome

BATCH = 400
"""Rows of one transaction."""

PREVIEW_ROWS = 12


@dataclass(frozen=True)
class Preview:
    """What the page of a run shows before anything is read in: columns, what they were taken for, first rows."""

    headings: tuple[str, ...]
    choices: tuple[FieldChoice, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FieldChoice:
    """One field of ours: its column (None: no column) and how that was found."""

    name: str
    label: str
    column: int | None
    how: str


def detect_mapping(path: Path, saved: MappingType[str, Any]) -> dict[str, Any]:
    """The mapping of a file as JSON; `saved` is that of the same source's last file. Raises FileRefused."""
    with read_file(path) as book:
        return find_mapping(main_table(book), _loaded(saved)).to_json()


def preview(path: Path, mapping: MappingType[str, Any]) -> Preview:
    """The first rows under the mapping. Raises FileRefused."""
    chosen = Mapping.from_json(mapping)
    with read_file(path) as book:
        table = book.table(chosen.sheet)
        rows = tuple(row for row in table.preview(PREVIEW_ROWS + chosen.header_row) if row[0] > chosen.header_row)
    return Preview(chosen.headings, _choices(chosen), rows[:PREVIEW_ROWS], chosen.missing)


def corrected(mapping: MappingType[str, Any], columns: MappingType[str, str]) -> dict[str, Any]:
    """The mapping after a person chose columns: field → number of a column from 0, or "" for none.

    MissingInput where a message would lack its text, or both number and link.
    """
    chosen = Mapping.from_json(mapping)
    for name, value in columns.items():
        if name in FIELDS and value != _as_value(chosen.column(name)):
            try:
                chosen = chosen.assign(name, int(value) if value else None)
            except (ValueError, IndexError):
                raise MissingInput("mapping", "Такого столбца в файле нет. Выберите столбец из списка.") from None
    if chosen.missing:
        raise MissingInput("mapping", f"Укажите столбцы: {', '.join(chosen.missing)}. Без них загрузить нельзя.")
    return chosen.to_json()


def staged_rows(
    path: Path, mapping: MappingType[str, Any], times: str, run_id: int, now: datetime
) -> Iterator[list[ImportRow]]:
    """The rows of the file for the staging table, in batches, in the order of the sheet. Raises FileRefused."""
    chosen = Mapping.from_json(mapping)
    warnings: dict[int, list[str]] = {}
    batch: list[ImportRow] = []
    with read_file(path) as book:
        zone = str(in_force().calendar.tz)
        for result in parse_rows(
            book.table(chosen.sheet), chosen, "moscow" if times == "moscow" else "local", zone, now
        ):
            if isinstance(result, RowWarning):
                warnings.setdefault(result.row, []).append(result.reason)
                continue
            row = _row(result)
            if row is None:
                continue
            row.run_id, row.warning = run_id, "\n".join(warnings.pop(row.row_no, ()))
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _row(result: object) -> ImportRow | None:
    match result:
        case IncomingMessage():
            return ImportRow(row_no=result.row, outcome=RowOutcome.STAGED, payload=to_payload(result))
        case Rejected():
            return ImportRow(row_no=result.row, outcome=RowOutcome.REJECTED, reason=result.reason)
        case Duplicate():
            return ImportRow(row_no=result.row, outcome=RowOutcome.DUPLICATE, reason=result.reason)
        case _:
            return None


def _choices(mapping: Mapping) -> tuple[FieldChoice, ...]:
    return tuple(
        FieldChoice(name, field.label, mapping.column(name), _how(mapping, name)) for name, field in FIELDS.items()
    )


def _how(mapping: Mapping, name: str) -> str:
    choice = mapping.choices.get(name)
    return HOW[choice.found_by] if choice else "не найдено"


def _as_value(column: int | None) -> str:
    return "" if column is None else str(column)


def _loaded(saved: MappingType[str, Any]) -> Mapping | None:
    try:
        return Mapping.from_json(saved) if saved else None
    except ValueError:
        # Kept by an older version: finding the columns anew is better than refusing the file.
        return None
