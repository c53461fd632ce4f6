"""The line under the menu: which day it is and how long there is working time."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from osm.regulation.durations import WEEKDAYS
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.worktime import WorkCalendar


def working_time_words(calendar: WorkCalendar, now: datetime) -> str:
    """«рабочее время до 18:00 (обед 13:00–13:48)», «обед до 13:48», «Нерабочее время, отсчёт с пн 09:00»."""
    there = calendar.local(now)
    try:
        hours = calendar.day(there.date()).hours
        opening = calendar.next_working(now)
    except CalendarOutOfRange:
        return "на этот день нет производственного календаря, сроки неизвестны"
    moment = there.time()
    if hours and hours[0][0] <= moment < hours[-1][1]:
        later = [f"{end:%H:%M}–{start:%H:%M}" for (_, end), (start, _) in pairwise(hours) if moment < end]
        if not calendar.is_working(now):
            return f"обед до {opening:%H:%M}, рабочее время до {hours[-1][1]:%H:%M}"
        lunch = f" (обед {', '.join(later)})" if later else ""
        return f"рабочее время до {hours[-1][1]:%H:%M}{lunch}"
    if opening.date() == there.date():
        return f"Нерабочее время, отсчёт с {opening:%H:%M}"
    far = (opening.date() - there.date()).days > 6
    day = f"{opening:%d.%m}" if far else WEEKDAYS[opening.weekday()]
    return f"Нерабочее время, отсчёт с {day} {opening:%H:%M}"
