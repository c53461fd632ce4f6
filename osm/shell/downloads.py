"""A table as a file to take away: XLSX or CSV, written row by row, safe against formulas (osm.documents.tables)."""

import io
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO

from flask import Response, send_file

from osm.base.application import current_settings
from osm.documents.tables import Cell, Column, Page, Sheet, csv_lines, write_book, write_xlsx

_IN_MEMORY = 2 * 1024 * 1024  # bytes; a larger file lies on the disk until it is sent

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"


def table_file(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, kind: str = "xlsx", sheet: str = "Лист1",
    above: Sequence[str] = (), page: Page | None = None,
) -> Response:  # fmt: skip
    """The table as an attachment; `name` without its ending, `kind` xlsx or csv. `above` and `page` are for XLSX."""
    settings = current_settings()
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (closed when the answer was sent)
    if kind == "csv":
        for line in csv_lines(columns, rows, zone=settings.time_zone):
            file.write(line.encode())
    else:
        write_xlsx(file, columns, rows, zone=settings.time_zone, sheet=sheet, above=above, page=page)
    return sent_file(file, f"{name}.{kind}", CSV if kind == "csv" else XLSX)


def book_file(name: str, sheets: Sequence[Sheet], *, page: Page | None = None) -> Response:
    """Several tables as one XLSX; `name` without its ending."""
    settings = current_settings()
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (closed when the answer was sent)
    write_book(file, sheets, zone=settings.time_zone, page=page)
    return sent_file(file, f"{name}.xlsx", XLSX)


def sent_file(file: IO[bytes] | bytes, name: str, kind: str) -> Response:
    """A file made for this request, not kept by caches."""
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    file.seek(0)
    answer = send_file(file, kind, as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer
