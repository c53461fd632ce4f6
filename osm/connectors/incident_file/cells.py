"""Cells of a table: what they can be, and their text as a person sees it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

Cell = str | int | float | bool | date | datetime
"""An empty cell is an empty string."""


def from_json(value: Any) -> Cell:
    """A cell as the child process writes it (see `reading`)."""
    if isinstance(value, dict):
        stamp: str = value["t"]
        return datetime.fromisoformat(stamp) if "T" in stamp else date.fromisoformat(stamp)
    cell: Cell = value
    return cell


def as_text(cell: Cell) -> str:
    """The cell as text, exactly as it came: 7410208, «Да», 01.09.2026 22:02."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "Да" if cell else "Нет"
    if isinstance(cell, datetime):
        return cell.strftime("%d.%m.%Y %H:%M:%S" if cell.second else "%d.%m.%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return str(cell)


def as_line(cell: Cell) -> str:
    """The cell as one line: white space, no-break spaces too, is one space."""
    return " ".join(as_text(cell).split())
