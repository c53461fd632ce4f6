"""A4 documents of the office: the sheet itself, tables of two columns, texts that XML can hold."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import docx
from docx.shared import Cm

WIDTH_CM = 16.0
"""Between the margins."""


def new_sheet(title: str, *, made_by: str, made_at: datetime) -> Any:
    """An empty document; its properties say who made it and when."""
    document = docx.Document()
    sheet = document.sections[0]
    # A4; the library's own sheet is American.
    sheet.page_width, sheet.page_height = Cm(21), Cm(29.7)
    sheet.left_margin = sheet.right_margin = Cm((21 - WIDTH_CM) / 2)
    document.core_properties.author = plain(made_by)
    document.core_properties.created = document.core_properties.modified = made_at.astimezone(UTC)
    document.core_properties.comments = ""  # the library's own says who made it, with a date of its template
    document.core_properties.title = title
    document.styles["Normal"].font.name = "Times New Roman"
    return document


def add_table(document: Any, rows: Iterable[tuple[str, str]]) -> None:
    """Label and value, one a row."""
    table = document.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, (4, 12), strict=True):
        column.width = Cm(width)
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, plain(value)
        cells[0].width, cells[1].width = Cm(4), Cm(12)
    document.add_paragraph()


def as_bytes(document: Any) -> bytes:
    """The file."""
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def plain(text: str) -> str:
    """Without the characters that XML knows not: � in their places."""
    return "".join(character if _may_stand(character) else "\ufffd" for character in text)


def _may_stand(character: str) -> bool:
    code = ord(character)
    return character in "\t\n\r" or (code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF))
