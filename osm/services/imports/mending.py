"""A row that was refused, mended in place and taken again: it goes the way of every staged row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.connectors.base import Rejected
from osm.connectors.incident_file import FIELDS, read_cells
from osm.connectors.incident_file import Mapping as Columns
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.clocks.clocks import in_force
from osm.services.errors import NotFound, ServiceError
from osm.services.imports.runs import get_run
from osm.services.imports.source_values import to_payload
from osm.services.log.log import record
from osm.store.models import ImportRow, ImportRun, ImportState, Message, RowOutcome, User
from osm.store.transaction import transaction

MENDED = "import_mend"
"""Action of the log."""


class RowTaken(ServiceError):
    """Somebody has mended the row, or taken its load back."""

    def __init__(self) -> None:
        super().__init__(
            "Эту строку уже исправили или загрузку отозвали. Ничего не изменено: откройте её страницу заново."
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the row: `name` is its place from 0, as the form names it."""

    name: str
    heading: str
    label: str
    """The field that it fills; empty for a column that is kept as it came."""
    is_long: bool
    value: str


def refused_row(run_id: int, row_no: int) -> tuple[ImportRow, list[Cell]]:
    """The row and its cells: those that fill a field first, then what else is filled. Raises NotFound."""
    run, row = db.session.get(ImportRun, run_id), db.session.scalar(_wanted(run_id, row_no))
    if run is None or row is None or "cells" not in row.payload:
        raise NotFound("Строка")
    return row, cells_of(Columns.from_json(run.mapping), row.payload["cells"])


def cells_of(mapping: Columns, values: list[str]) -> list[Cell]:
    """Of the columns that the file has."""
    fields = {column: name for name, column in mapping.fields.items()}
    cells = [
        Cell(
            str(column),
            heading,
            FIELDS[fields[column]].label if column in fields else "",
            column in fields and FIELDS[fields[column]].kind == "text",
            values[column] if column < len(values) else "",
        )
        for column, heading in enumerate(mapping.headings)
    ]
    return [cell for cell in cells if cell.label] + [cell for cell in cells if not cell.label and cell.value.strip()]


def mend_row(run_id: int, row_no: int, *, cells: Mapping[str, str], actor: User, now: datetime) -> ImportRun:
    """Read the row again with these cells (place → text). A run that is done goes on with this row alone.

    Raises NotFound; RunMovedOn, RowTaken where somebody was quicker; MissingInput with the reasons where it is still no
    message.
    """
    with transaction() as session:
        run = get_run(run_id, ImportState.CHECKED, ImportState.DONE)
        row = session.scalar(_wanted(run_id, row_no).with_for_update())
        if row is None or run.recalled_at is not None:
            raise RowTaken
        values = [cells.get(str(place), value).replace("\0", "") for place, value in enumerate(row.payload["cells"])]
        mapping, zone = Columns.from_json(run.mapping), str(in_force().calendar.tz)
        found, warnings = read_cells(row_no, values, mapping, "moscow" if run.times == "moscow" else "local", zone, now)
        if isinstance(found, Rejected):
            raise MissingInput("cells", found.reason)
        if (first := _same_in_file(run, found.key)) is not None:
            raise MissingInput("cells", f"То же сообщение уже есть в строке {first}: номер или ссылка те же.")
        row.outcome, row.reason, row.warning = RowOutcome.STAGED, "", "\n".join(warnings)
        row.payload = to_payload(found)
        if run.state is ImportState.DONE:
            run.state, run.finished_at = ImportState.PUBLISHING, None
        else:
            run.counts = {
                **run.counts,
                "created": run.counts["created"] + 1,
                "rejected": run.counts["rejected"] - 1,
            }
        changes: dict[str, Any] = {"row": (None, row_no)}
        record(MENDED, at=now, actor=actor, object_kind="import_run", object_id=run.id, changes=changes)
        return run


def _wanted(run_id: int, row_no: int) -> Any:
    return select(ImportRow).where(
        ImportRow.run_id == run_id, ImportRow.row_no == row_no, ImportRow.outcome == RowOutcome.REJECTED
    )


def _same_in_file(run: ImportRun, key: str) -> int | None:
    """The row of this file that is the same message: staged, or in the register already."""
    rows = select(ImportRow.row_no).where(ImportRow.run_id == run.id)
    staged = rows.where(ImportRow.outcome == RowOutcome.STAGED, ImportRow.payload["key"].as_string() == key)
    stored = rows.join(Message, Message.id == ImportRow.message_id).where(Message.key == key)
    found: int | None = db.session.scalar(staged.union_all(stored).limit(1))
    return found
