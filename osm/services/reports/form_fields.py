"""The fields that a template of a form may name, and their values over some days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from osm.documents.forms import Fields, Lists, Value
from osm.regulation.shares import fraction, half_up, percent
from osm.regulation.worktime import WorkCalendar
from osm.store.queries.figures import standing
from osm.store.queries.figures.breakdowns import By, Row, breakdowns_of
from osm.store.queries.figures.clocks import read_clocks
from osm.store.queries.figures.counting import Figures, figures_of
from osm.store.queries.figures.definitions import CLAUSES, DEFINITIONS
from osm.store.queries.figures.span import EVERYTHING, Span

COUNTED: dict[str, str] = {
    "поступило": "received",
    "повторных": "repeats",
    "отвечено": "answered",
    "промежуточных": "interim",
    "запросов": "clarification",
    "согласовано": "approved",
    "с_первого_раза": "first-sight",
    "возвращено": "returned",
    "исключено": "excluded",
    "удалено_комментариев": "deleted",
    "заблокировано": "banned",
    "обещаний": "promised",
    "обещаний_выполнено": "promised-kept",
    "обещаний_с_опозданием": "promised-late",
    "обещаний_на_проверке": "promised-reported",
    "обещаний_впереди": "promised-open",
}
"""Field → code of its figure."""

OF_NOW: dict[str, str] = {
    "с": "первый день",
    "по": "последний день",
    "составлено": "когда форма заполнена",
    "открыто": "открытых сообщений сейчас",
    "просрочено": "сообщений, ответ на которые просрочен сейчас",
}
"""What says nothing of the days themselves: it is never corrected later."""

FIELDS: dict[str, str] = {
    **OF_NOW,
    **{field: DEFINITIONS[code].name for field, code in COUNTED.items()},
    **{
        f"{word}_{number}": f"{clause}: {said}"
        for word, said in (
            ("в_срок", "в срок"),
            ("нарушено", "с нарушением срока"),
            ("доля", "в срок, %, рядом поставьте дробь"),
            ("дробь", "в срок, «15 из 16»"),
        )
        for number, (clause, _) in CLAUSES.items()
    },
    "медиана_ответа_мин": "рабочих минут от отбора до ответа, медиана",
}
"""Field → what it says, for whoever writes a template."""

ROW_FIELDS = ("название", "поступило", "отвечено", "возвращено", "в_срок", "нарушено")
LISTS: dict[str, tuple[By, str]] = {
    "отдел": (By.DEPARTMENT, "строка повторится для каждого отдела, с «не направлено»"),
    "тема": (By.TOPIC, "строка повторится для каждой темы"),
}
CORRECTIONS = "уточнение"
CORRECTION_FIELDS: dict[str, str] = {"показатель": "Показатель", "было": "Было", "стало": "Стало", "дни": "Дни"}
LIST_FIELDS = (
    *(f"{name}.{field}" for name in LISTS for field in ROW_FIELDS),
    *(f"{CORRECTIONS}.{field}" for field in CORRECTION_FIELDS),
)
_NAME, *_NUMBERS = ROW_FIELDS
BETWEEN = "\t"
"""Between list, name and field of one number of a row."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a template is filled with."""

    fields: Fields
    lists: Lists


def form_values(span: Span, now: datetime, calendar: WorkCalendar) -> Values:
    """The figures of these days, and what is open now."""
    figures = figure_values(span, now, calendar)
    of_now: dict[str, Value] = {
        "с": f"{span.first:%d.%m.%Y}",
        "по": f"{span.last:%d.%m.%Y}",
        "составлено": f"{calendar.local(now):%d.%m.%Y %H:%M}",
        "открыто": sum(age.number for age in standing.open_by_age(now, calendar, EVERYTHING)),
        "просрочено": standing.count_late_answers(now),
    }
    return Values(of_now | dict(figures.fields), figures.lists)


def figure_values(span: Span, now: datetime, calendar: WorkCalendar) -> Values:
    """The figures of these days alone."""
    clocks = read_clocks(span, now, EVERYTHING)
    found = figures_of(span, now, calendar, EVERYTHING, clocks)
    rows = breakdowns_of(span, now, EVERYTHING, clocks)
    return Values(
        dict([*_plain(found), *_terms(found)]),
        {name: [_row(row) for row in rows[by]] for name, (by, _) in LISTS.items()},
    )


def numbers_said(values: Values, asked: Sequence[str]) -> dict[str, Value]:
    """What a template that asks for these fields says of its days: field → value, and one for each number of a row."""
    said = {name: values.fields[name] for name in asked if name in values.fields and name not in OF_NOW}
    for name in LISTS:
        for row in values.lists[name]:
            fields = (field for field in _NUMBERS if f"{name}.{field}" in asked)
            said |= {BETWEEN.join((name, str(row[_NAME]), field)): row[field] for field in fields}
    return said


def words_of(what: str) -> str:
    """The key of a number in words: «Поступило», «ЖКХ: в срок»."""
    if BETWEEN not in what:
        words = FIELDS.get(what, what)
        return words[:1].upper() + words[1:]
    _, name, field = what.split(BETWEEN)
    return f"{name}: {field.replace('_', ' ')}"


def lines_of(said: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """The numbers of a form that are no row, each with its name."""
    return [(words_of(what), value) for what, value in said.items() if BETWEEN not in what]


def rows_of(said: Mapping[str, Value]) -> dict[str, dict[str, dict[str, Value]]]:
    """List → name of the row → field → number."""
    found: dict[str, dict[str, dict[str, Value]]] = {}
    for what, value in said.items():
        if BETWEEN in what:
            name, row, field = what.split(BETWEEN)
            found.setdefault(name, {}).setdefault(row, {})[field.replace("_", " ")] = value
    return found


def nothing_of(what: str) -> Value:
    """The value of a number that is not there: a row in which nothing was counted is left out."""
    return 0 if BETWEEN in what else None


def _plain(found: Figures) -> Iterator[tuple[str, Value]]:
    yield from ((field, found.counts.get(code, 0)) for field, code in COUNTED.items())
    median = found.stages["answer"].median
    yield "медиана_ответа_мин", None if median is None else half_up(median)


def _terms(found: Figures) -> Iterator[tuple[str, Value]]:
    for number in CLAUSES:
        kept, owed = found.in_time(number)
        yield f"в_срок_{number}", kept
        yield f"нарушено_{number}", owed - kept
        yield f"доля_{number}", percent(kept, owed)
        yield f"дробь_{number}", fraction(kept, owed)


def _row(row: Row) -> Mapping[str, Value]:
    values = (row.name, row.received, row.answered, row.returned, row.kept, row.owed - row.kept)
    return dict(zip(ROW_FIELDS, values, strict=True))
