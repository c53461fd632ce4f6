"""How a term looks at a given time: level, minutes and the words of the chip."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from osm.calendar.queries import load_calendar
from osm.regulation.parameters import Unit
from osm.regulation.urgency import Urgency, urgency
from osm.regulation.working_time.worktime import duration, hours, plural, working_days, working_hours

TZ = ZoneInfo("Asia/Vladivostok")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


# due | now | level | working minutes | words. Wednesday, 25 November 2026, works 09:00–18:00.
TABLE = """
2026-11-25 18:00 | 2026-11-25 10:20 | today        |   412 | осталось 6 ч 52 мин
2026-11-25 18:00 | 2026-11-25 16:29 | today        |    91 | осталось 1 ч 31 мин
2026-11-25 18:00 | 2026-11-25 16:30 | soon         |    90 | осталось 1 ч 30 мин
2026-11-25 10:00 | 2026-11-25 10:00 | soon         |     0 | осталось меньше минуты
2026-11-25 10:00 | 2026-11-25 10:12 | overdue      |   -12 | просрочено 12 мин
2026-11-25 12:00 | 2026-11-25 14:00 | overdue      |   -72 | просрочено 1 ч 12 мин
2026-11-25 18:00 | 2026-11-25 20:00 | overdue      |     0 | срок истёк сегодня в 18:00
2026-11-24 18:00 | 2026-11-25 07:00 | overdue      |     0 | срок истёк вчера в 18:00
2026-11-20 17:00 | 2026-11-25 20:00 | overdue      | -1476 | просрочено на 3 рабочих дня
2026-11-26 10:00 | 2026-11-25 16:00 | next_morning |   180 | осталось 3 ч
2026-11-26 13:00 | 2026-11-25 16:00 | next_morning |   360 | осталось 6 ч
2026-11-26 14:00 | 2026-11-25 16:00 | later        |   372 | осталось 6 ч 12 мин
2026-11-26 09:30 | 2026-11-25 17:00 | soon         |    90 | осталось 1 ч 30 мин
2026-11-30 10:00 | 2026-11-27 16:00 | next_morning |   120 | осталось 2 ч
2026-11-30 10:00 | 2026-11-27 19:00 | soon         |    60 | с пн 09:00 — 1 ч
2026-11-30 10:31 | 2026-11-28 12:00 | next_morning |    91 | Нерабочее время, отсчёт с пн 09:00
2026-11-25 14:00 | 2026-11-25 13:20 | soon         |    12 | с 13:48 — 12 мин
2026-11-30 09:00 | 2026-11-28 12:00 | soon         |     0 | с пн 09:00 — меньше минуты
2026-11-25 17:00 | 2026-11-25 08:00 | today        |   432 | Нерабочее время, отсчёт с 09:00
2026-11-30 18:00 | 2026-11-25 12:00 | later        |  1728 | осталось 3 рабочих дня
2027-01-11 12:00 | 2026-12-30 20:00 | next_morning |   180 | Нерабочее время, отсчёт с пн 11.01 09:00
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} at {row[1]}")
def test_urgency(row: list[str]) -> None:
    due, now, level, minutes, text = row
    assert urgency(at(due), at(now), load_calendar()) == Urgency(level, int(minutes), text)


def test_due_instant_itself_is_still_in_time() -> None:
    due = at("2026-11-25 10:00")
    assert urgency(due, at("2026-11-25 10:00:00"), load_calendar()).level == "soon"
    assert urgency(due, at("2026-11-25 10:00:01"), load_calendar()).level == "overdue"


def test_an_unknown_term_is_said() -> None:
    unknown = Urgency("unknown", None, "срок неизвестен")
    assert urgency(None, at("2026-11-25 10:00"), load_calendar()) == unknown
    assert urgency(at("2026-11-25 10:00"), at("2031-11-25 10:00"), load_calendar()) == unknown


@pytest.mark.parametrize(
    ("due", "now", "level", "text"),
    [
        ("2026-11-27 23:30", "2026-11-27 22:30", "soon", "осталось 1 ч"),
        ("2026-11-29 22:00", "2026-11-27 22:00", "next_morning", "осталось 48 ч"),
        ("2026-11-27 22:00", "2026-11-27 22:10", "overdue", "просрочено 10 мин"),
        ("2031-01-01 10:00", "2031-01-01 09:00", "soon", "осталось 1 ч"),
    ],
)
def test_hours_by_the_clock_run_at_night(due: str, now: str, level: str, text: str) -> None:
    found = urgency(at(due), at(now), load_calendar(), Unit.CLOCK)
    assert (found.level, found.text) == (level, text)


def test_urgency_of_many_days_agrees_with_its_number() -> None:
    due = load_calendar().add_working_days(at("2026-11-25 12:00"), 21)
    assert urgency(due, at("2026-11-25 12:00"), load_calendar()).text == "остался 21 рабочий день"


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "дней"), (1, "день"), (2, "дня"), (4, "дня"), (5, "дней"), (11, "дней"), (12, "дней"), (14, "дней"),
     (21, "день"), (22, "дня"), (25, "дней"), (101, "день"), (111, "дней"), (112, "дней")],
)  # fmt: skip
def test_plural(number: int, word: str) -> None:
    assert plural(number, "день", "дня", "дней") == word


def test_spans_in_words() -> None:
    assert [duration(minutes) for minutes in (0, 1, 59, 60, 72, 420)] == [
        "0 мин", "1 мин", "59 мин", "1 ч", "1 ч 12 мин", "7 ч",
    ]  # fmt: skip
    assert [hours(n) for n in (1, 3, 7)] == ["1 час", "3 часа", "7 часов"]
    assert [working_hours(n) for n in (1, 3, 7)] == ["1 рабочий час", "3 рабочих часа", "7 рабочих часов"]
    assert [working_days(n) for n in (1, 3, 7)] == ["1 рабочий день", "3 рабочих дня", "7 рабочих дней"]
