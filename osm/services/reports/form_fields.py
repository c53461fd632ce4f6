"""The fields that a template of a form may name, and their values over some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from osm.documents.forms import Fields
from osm.regulation.worktime import WorkCalendar
from osm.store.queries.figures import standing
from osm.store.queries.figures.breakdowns import By, Row
from osm.store.queries.figures.definitions import CLAUSES, DEFINITIONS
from osm.store.queries.figures.report import Report, report_of
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
}
"""Field → code of its figure."""

FIELDS: dict[str, str] = {
    "с": "первый день",
    "по": "последний день",
    "составлено": "когда форма заполнена",
    **{field: DEFINITIONS[code].name for field, code in COUNTED.items()},
    **{
        f"{word}_{number}": f"{clause}: {said}"
        for word, said in (("в_срок", "в срок"), ("нарушено", "с нарушением срока"), ("доля", "в срок, %"))
        for number, (clause, _) in CLAUSES.items()
    },
    "медиана_ответа_мин": "рабочих минут от отбора до ответа, медиана",
    "открыто": "открытых сообщений сейчас",
    "просрочено": "сообщений, ответ на которые просрочен сейчас",
}
"""Field → what it says, for whoever writes a template."""

ROW_FIELDS = ("название", "поступило", "отвечено", "возвращено", "в_срок", "нарушено")
LISTS: dict[str, tuple[By, str]] = {
    "отдел": (By.DEPARTMENT, "строка повторится для каждого отдела"),
    "тема": (By.TOPIC, "строка повторится для каждой темы"),
}
LIST_FIELDS = tuple(f"{name}.{field}" for name in LISTS for field in ROW_FIELDS)


@dataclass(frozen=True, slots=True)
class Values:
    """What a template is filled with."""

    fields: Fields
    lists: Mapping[str, Sequence[Fields]]


def form_values(span: Span, now: datetime, calendar: WorkCalendar) -> Values:
    """The figures of these days, and what is open now."""
    report = report_of(span, now, calendar)
    return Values(
        {**_plain(report, now, calendar), **_terms(report)},
        {name: [_row(row) for row in report.by[by]] for name, (by, _) in LISTS.items()},
    )


def _plain(report: Report, now: datetime, calendar: WorkCalendar) -> Fields:
    median = report.figures.stages["answer"].median
    return {
        "с": f"{report.span.first:%d.%m.%Y}",
        "по": f"{report.span.last:%d.%m.%Y}",
        "составлено": f"{calendar.local(now):%d.%m.%Y %H:%M}",
        **{field: report.figures.counts.get(code, 0) for field, code in COUNTED.items()},
        "медиана_ответа_мин": None if median is None else round(median),
        "открыто": sum(age.number for age in standing.open_by_age(now, calendar, EVERYTHING)),
        "просрочено": standing.count_late_answers(now),
    }


def _terms(report: Report) -> Fields:
    found: dict[str, int | None] = {}
    for number in CLAUSES:
        kept, owed = report.figures.in_time(number)
        share = kept * 100 // owed if owed else None
        found |= {f"в_срок_{number}": kept, f"нарушено_{number}": owed - kept, f"доля_{number}": share}
    return found


def _row(row: Row) -> Fields:
    values = (row.name, row.received, row.answered, row.returned, row.kept, row.owed - row.kept)
    return dict(zip(ROW_FIELDS, values, strict=True))
