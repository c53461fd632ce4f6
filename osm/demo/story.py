"""The demonstration's stories, a message each with what happens to it and when; its pictures and its export."""

import io
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

from babel.dates import format_date
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from PIL import Image, ImageDraw, ImageFilter

from osm.files.acts.files import Upload
from osm.regulation.working_time.worktime import WorkCalendar

# --- Invented addresses in the networks: well formed, with numbers that no real page has
_PROFILES = {
    "vk": "https://vk.com/id9990000{0:03}",
    "ok": "https://ok.ru/profile/999000000{0:03}",
    "max": "https://max.ru/u/000000000{0:03}",
}
"""Networks whose authors have a profile here; in the others there is only a name."""

_MESSAGES = {
    "vk": "https://vk.com/wall-9990000001_{0}?reply={1}",
    "ok": "https://ok.ru/group/99900000000001/topic/9990000{0}?comment={1}",
    "telegram": "https://t.me/c/9990000001/{0}?comment={1}",
    "max": "https://max.ru/c/-9990000001/{0}?comment={1}",
    "instagram": "https://www.instagram.com/p/OSMDEMO{0}/?comment_id={1}",
}


def profile_url(network: str, profile: int) -> str:
    """The author's page; empty where he has none."""
    return _PROFILES[network].format(profile) if profile and network in _PROFILES else ""


def message_url(network: str, number: int) -> str:
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number)


def reply_url(network: str, number: int, reply: int) -> str:
    """The address of our reply; `reply` counts from 1."""
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number + reply)


# --- The stories of the demonstration: read from texts/*.toml, each event placed at an instant before now
FILES = ("incoming", "in_work", "approval", "waiting", "answered", "closed")

_MINUTES = {"d": 480, "h": 60, "m": 1}
_AGO = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_DATE = re.compile(r"\{(0|\+\d+)\}")


ADDED = "enter_in_source"  # the one step that no file names: the reader adds it behind what was published long ago

NOT_YET_ENTERED = timedelta(days=2)
ENTERED_AFTER = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Step:
    """One act: its name in `osm.demo.steps.STEPS`, its instant, and what was given with it."""

    do: str
    at: datetime
    given: Mapping[str, str]
    by: str = ""  # login of who acts; by default the curator, or the executor where the act is his
    screenshot: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One message as it came in, and the acts upon it in their order."""

    ends: str  # code of the status of the message after the last step
    network: str
    author: str
    text: str
    received_at: datetime
    published_at: datetime
    steps: tuple[Step, ...]
    place: str = ""
    topic: str = ""
    profile: int = 0  # number of the author's invented profile; the same number is the same person
    entered_by: str = ""  # login of who entered it by hand; empty for an incident
    high: bool = False
    repeat: bool = False
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Instants before `now` by the working calendar of the office."""

    calendar: WorkCalendar
    now: datetime

    def ago(self, span: str) -> datetime:
        """The instant that lies `span` before now; whole minutes, in UTC. Raises CalendarOutOfRange."""
        now = self.now.replace(second=0, microsecond=0)
        clock, minutes = span.startswith("clock "), _minutes(span.removeprefix("clock "))
        instant = now - timedelta(minutes=minutes) if clock else self.calendar.subtract(now, minutes)
        return instant.astimezone(UTC)

    def dated(self, text: str, at: datetime) -> str:
        """The text with its dates in words, counted from the day on which it was written."""

        def day(found: re.Match[str]) -> str:
            later = int(found[1])
            day = self.calendar.add_working_days(at, later) if later else self.calendar.local(at)
            return str(format_date(day.date(), "d MMMM", locale="ru"))

        return _DATE.sub(day, text.strip())


def load_stories(past: Past) -> list[Story]:
    """All stories, in the order of their files. ValueError where one contradicts itself."""
    return [_story(raw, past) for name in FILES for raw in read_texts(name)["message"]]


def read_texts(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("osm.demo").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8"))


def noticed_after(text: str) -> timedelta:
    """How long after its publication the message came to us; always the same for the same text."""
    return timedelta(minutes=Random(text).randint(3, 90))  # noqa: S311  nothing secret


def _story(raw: Mapping[str, Any], past: Past) -> Story:
    received_at = past.ago(raw["received"])
    story = Story(
        ends=raw["ends"], network=raw["network"], author=raw["author"], text=raw["text"].strip(),
        received_at=received_at, published_at=received_at - noticed_after(raw["text"]),
        steps=tuple(_steps(raw.get("step", ()), past)), place=raw.get("place", ""), topic=raw.get("topic", ""),
        profile=raw.get("profile", 0), entered_by=raw.get("by", ""), high=raw.get("high", False),
        repeat=raw.get("repeat", False), photos=tuple(raw.get("photos", ())),
    )  # fmt: skip
    instants = [received_at, *(step.at for step in story.steps)]
    if instants != sorted(instants):
        raise ValueError(f"the steps of «{story.text[:40]}…» are not in the order of time")
    steps = (*story.steps, *_entered(story, past.now))
    return replace(story, steps=tuple(sorted(steps, key=lambda step: step.at)))


def _entered(story: Story, now: datetime) -> Iterator[Step]:
    """The press centre copies answers into «Инцидент Менеджмент»; the answers of these days still wait."""
    for step in story.steps:
        if step.do == "publish" and not story.entered_by and now - step.at > NOT_YET_ENTERED:
            yield Step(ADDED, step.at + ENTERED_AFTER, {}, by="vera")


def _steps(raw_steps: list[dict[str, Any]], past: Past) -> Iterator[Step]:
    for raw in raw_steps:
        at = past.ago(raw["ago"])
        given = {
            name: past.dated(value, at)
            for name, value in raw.items()
            if name not in ("do", "ago", "by", "screenshot", "detected")
        }
        if "detected" in raw:
            given["detected_at"] = past.ago(raw["detected"]).isoformat()
        yield Step(raw["do"], at, given, raw.get("by", ""), raw.get("screenshot", False))


def _minutes(span: str) -> int:
    found = _AGO.fullmatch(span)
    if not found or not any(found.groups()):
        raise ValueError(f"«{span}» is no span of time, write 2d3h15m")
    return sum(int(number or 0) * minutes for number, minutes in zip(found.groups(), _MINUTES.values(), strict=True))


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
