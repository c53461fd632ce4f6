"""The line under the menu: working time in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from osm.calendar.queries import load_calendar
from osm.shell.filters import working_time_words

VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")

CASES = [
    ("2026-11-25 09:05", "рабочее время до 18:00 (обед 13:00–13:48)"),  # Wednesday
    ("2026-11-25 12:59", "рабочее время до 18:00 (обед 13:00–13:48)"),
    ("2026-11-25 13:00", "обед до 13:48, рабочее время до 18:00"),
    ("2026-11-25 13:48", "рабочее время до 18:00"),
    ("2026-11-25 17:59", "рабочее время до 18:00"),
    ("2026-11-25 18:00", "Нерабочее время, отсчёт с чт 09:00"),
    ("2026-11-25 08:59", "Нерабочее время, отсчёт с 09:00"),
    ("2026-11-27 10:00", "рабочее время до 17:00 (обед 13:00–13:48)"),  # Friday
    ("2026-11-27 17:00", "Нерабочее время, отсчёт с пн 09:00"),
    ("2026-11-29 12:00", "Нерабочее время, отсчёт с пн 09:00"),  # Sunday
    ("2026-12-31 12:00", "Нерабочее время, отсчёт с 11.01 09:00"),  # the long holidays: a day, not «пн»
    ("2099-01-01 12:00", "на этот день нет производственного календаря, сроки неизвестны"),
]


@pytest.mark.parametrize(("moment", "words"), CASES)
def test_working_time_in_words(moment, words):
    now = datetime.fromisoformat(moment).replace(tzinfo=VLADIVOSTOK)
    assert working_time_words(load_calendar(), now) == words


def test_the_page_has_the_line(anna):
    page = anna.get("/password").text
    assert "среда, 25 ноября" in page
    assert "рабочее время до 18:00 (обед 13:00–13:48)" in page
