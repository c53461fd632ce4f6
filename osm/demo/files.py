"""Pictures and the export of the demonstration."""

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from PIL import Image, ImageDraw, ImageFilter

from osm.demo.story import Past, message_url, noticed_after, profile_url, read_texts
from osm.files.acts.files import Upload
from osm.regulation.working_time.worktime import WorkCalendar

# --- Drawn pictures instead of photos: simple scenes, so that no real place or person is shown
SIZE = (960, 720)
_WIDE, _HIGH = SIZE
_HORIZON = 300

Draw = ImageDraw.ImageDraw


@lru_cache(maxsize=16)
def upload(name: str) -> Upload:
    """The picture as a file from a telephone would come."""
    filename, paint = PICTURES[name]
    return Upload(filename, _jpeg(paint))


def _jpeg(paint: Callable[[Draw], None]) -> bytes:
    # A grey day: one column of colour drawn out to the whole width.
    column = Image.new("RGB", (1, _HIGH))
    column.putdata([(150 + y // 9, 165 + y // 10, 185 + y // 14) for y in range(_HIGH)])
    picture = column.resize(SIZE)
    paint(ImageDraw.Draw(picture))
    # A little out of focus, as a hurried photo is, and without stair-steps on the edges.
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    with io.BytesIO() as file:
        picture.save(file, "JPEG", quality=82)
        return file.getvalue()


def _street(draw: Draw) -> None:
    draw.rectangle((0, _HORIZON, _WIDE, _HIGH), fill=(92, 94, 97))
    draw.polygon([(0, _HORIZON), (250, _HORIZON), (0, 520)], fill=(104, 122, 88))
    draw.polygon([(_WIDE, _HORIZON), (710, _HORIZON), (_WIDE, 520)], fill=(104, 122, 88))
    for top, width in ((330, 6), (430, 12), (590, 22)):
        draw.polygon(
            [(480 - width, top), (480 + width, top), (480 + 2 * width, top + 60), (480 - 2 * width, top + 60)],
            fill=(214, 214, 208),
        )
    _house(draw, 60, 110, 5)
    _house(draw, 660, 140, 4)


def _house(draw: Draw, left: int, top: int, floors: int) -> None:
    draw.rectangle((left, top, left + 240, _HORIZON), fill=(176, 158, 138))
    for floor in range(floors):
        y = top + 12 + floor * (_HORIZON - top) // floors
        for window in range(5):
            x = left + 16 + window * 44
            draw.rectangle((x, y, x + 24, y + 20), fill=(78, 92, 112) if (floor + window) % 3 else (236, 214, 150))


def _pothole(draw: Draw) -> None:
    _street(draw)
    draw.ellipse((300, 470, 680, 630), fill=(58, 56, 54))
    draw.ellipse((340, 500, 640, 615), fill=(96, 108, 118))
    draw.line((300, 540, 210, 600, 240, 660), fill=(58, 56, 54), width=6)
    draw.line((680, 550, 760, 520, 800, 560), fill=(58, 56, 54), width=5)


def _road(draw: Draw) -> None:
    _street(draw)
    draw.polygon([(290, 460), (690, 460), (740, 640), (240, 640)], fill=(48, 49, 51))
    draw.polygon([(780, 640), (820, 520), (860, 640)], fill=(226, 108, 44))
    draw.polygon([(796, 596), (808, 560), (832, 560), (844, 596)], fill=(240, 240, 236))


def _manhole(draw: Draw) -> None:
    _street(draw)
    draw.ellipse((330, 470, 640, 620), fill=(40, 40, 42))
    draw.ellipse((344, 480, 626, 606), fill=(120, 122, 124))
    for step in range(6):
        draw.line((380 + step * 42, 500, 380 + step * 42, 588), fill=(92, 94, 96), width=7)


def _canopy(draw: Draw) -> None:
    draw.rectangle((0, 0, _WIDE, _HIGH), fill=(172, 140, 118))
    for row in range(0, _HIGH, 36):
        draw.line((0, row, _WIDE, row), fill=(150, 118, 98), width=3)
        for x in range(row // 36 % 2 * 60, _WIDE, 120):
            draw.line((x, row, x, row + 36), fill=(150, 118, 98), width=3)
    draw.rectangle((350, 300, 620, _HIGH), fill=(70, 76, 84))
    draw.polygon([(260, 230), (720, 290), (720, 330), (260, 270)], fill=(128, 128, 126))
    draw.line((430, 250, 470, 300, 455, 345), fill=(52, 50, 48), width=7)
    for x, y in ((300, 640), (270, 668), (690, 660), (730, 632)):
        draw.rectangle((x, y, x + 44, y + 24), fill=(158, 92, 70))


def _flood(draw: Draw) -> None:
    draw.rectangle((0, 0, _WIDE, 470), fill=(206, 198, 178))
    draw.rectangle((120, 90, 330, 470), fill=(146, 104, 74))
    draw.rectangle((560, 120, 800, 300), fill=(190, 214, 226), outline=(240, 240, 236), width=12)
    draw.rectangle((0, 470, _WIDE, _HIGH), fill=(92, 84, 62))
    for wave in range(5):
        draw.arc(
            (wave * 190 - 40, 500 + wave % 2 * 70, wave * 190 + 240, 560 + wave % 2 * 70), 0, 180, (126, 118, 92), 5
        )


def _gym(draw: Draw) -> None:
    draw.rectangle((0, 0, _WIDE, 400), fill=(216, 220, 214))
    for x in range(60, _WIDE, 230):
        draw.rectangle((x, 60, x + 150, 220), fill=(186, 212, 230), outline=(246, 246, 244), width=8)
    draw.rectangle((0, 400, _WIDE, _HIGH), fill=(196, 150, 96))
    draw.polygon([(200, 470), (760, 470), (880, 660), (80, 660)], fill=(58, 112, 74))
    draw.polygon([(290, 500), (670, 500), (740, 630), (220, 630)], outline=(224, 178, 60), width=9)


def _screenshot(draw: Draw) -> None:
    draw.rectangle((0, 0, _WIDE, _HIGH), fill=(240, 242, 245))
    draw.rectangle((0, 0, _WIDE, 64), fill=(70, 104, 150))
    draw.rectangle((180, 110, 780, 640), fill=(255, 255, 255))
    draw.ellipse((210, 140, 290, 220), fill=(150, 160, 172))
    draw.rectangle((310, 152, 520, 172), fill=(70, 104, 150))
    draw.rectangle((310, 188, 430, 202), fill=(188, 194, 202))
    for line, width in enumerate((520, 490, 530, 260)):
        draw.rectangle((210, 260 + line * 44, 210 + width, 280 + line * 44), fill=(70, 74, 80))


PICTURES: dict[str, tuple[str, Callable[[Draw], None]]] = {
    "pothole": ("яма на повороте.jpg", _pothole),
    "road": ("яму засыпали.jpg", _road),
    "manhole": ("новая крышка люка.jpg", _manhole),
    "canopy": ("козырёк над подъездом.jpg", _canopy),
    "flood": ("вода в квартире.jpg", _flood),
    "gym": ("спортзал готов.jpg", _gym),
    "screenshot": ("снимок экрана.jpg", _screenshot),
}
"""Name in the stories → file name and scene."""


# --- A day's export of «Инцидент Менеджмент» to try the import with: demo_export.xlsx, its times around now
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
