"""A day's export of «Инцидент Менеджмент» to try the import with: demo_export.xlsx, its times around now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from osm.demo.addresses import message_url, profile_url
from osm.demo.story import Past, noticed_after, read_texts
from osm.regulation.worktime import WorkCalendar

FILENAME = "demo_export.xlsx"

_FIRST_NUMBER = 9_010_001
_FIRST_URL = 900
_NETWORKS = {"vk": "ВКонтакте", "ok": "Одноклассники", "telegram": "Telegram", "max": "MAX", "instagram": "Instagram"}

Row = Mapping[str, Any]

_COLUMNS: dict[str, tuple[int, Callable[[Row], Any]]] = {
    "Номер инцидента": (18, lambda row: row["number"]),
    "Дата публикации": (18, lambda row: row["published"]),
    "Дата поступления": (18, lambda row: row["received"]),
    "Соцсеть": (16, lambda row: _NETWORKS[row["network"]]),
    "Ссылка на сообщение": (44, lambda row: row["url"]),
    "Автор": (26, lambda row: row["author"]),
    "Профиль автора": (34, lambda row: profile_url(row["network"], row.get("profile", 0))),
    "Адрес": (26, lambda row: row.get("place", "")),
    "Группа тем": (26, lambda row: row.get("topic", "")),
    "Текст сообщения": (90, lambda row: row["text"]),
    "Повышенная важность": (20, lambda row: "Да" if row.get("high") else "Нет"),
    "Повторное": (12, lambda row: "Да" if row.get("repeat") else "Нет"),
    "Статус": (14, lambda row: row.get("status", "Новый")),
    "Ответ": (60, lambda row: row.get("answer", "")),
}
"""Heading → width in characters, and what stands in the cell."""


def write_export(path: Path, now: datetime, calendar: WorkCalendar) -> int:
    """Write the file; the answer is its number of rows without the heading. Times are local, without a zone."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one
    sheet.title = "Инциденты"
    sheet.append(list(_COLUMNS))
    count = 0
    for row in _rows(Past(calendar, now)):
        sheet.append([cell(row) for _, cell in _COLUMNS.values()])
        count += 1
    for number, (width, _) in enumerate(_COLUMNS.values(), start=1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    book.save(path)
    return count


def _rows(past: Past) -> Iterator[Row]:
    number = _FIRST_NUMBER - 1
    for row in read_texts("export")["row"]:
        number += not row.get("same_as_previous", False)
        received = past.ago(f"clock {row['ago']}")
        yield row | {
            "number": str(number),
            "url": message_url(row["network"], number - _FIRST_NUMBER + _FIRST_URL),
            "received": past.calendar.local(received).replace(tzinfo=None),
            "published": past.calendar.local(received - noticed_after(row["text"])).replace(tzinfo=None),
        }
