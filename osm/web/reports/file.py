"""The figures as XLSX: the same numbers as on the page, all rows of each breakdown, a sheet each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import Response

from osm.documents.tables import Cell, Column, Page, Sheet
from osm.regulation.clause_words import clause_words
from osm.regulation.shares import half_up
from osm.store.queries.figures.breakdowns import WORKERS, By
from osm.web.downloads import book_file
from osm.web.filters import local
from osm.web.reports.view import BY_LABELS, ReportView

FIGURES = (
    Column("Раздел", 26),
    Column("Показатель", 48),
    Column("Пункт", 16),
    Column("За период", 12),
    Column("Было", 12),
)
STANDING = (Column("Что ждёт", 40), Column("Сейчас", 12))


def report_file(view: ReportView, now: datetime) -> Response:
    """Named by its days."""
    span = view.asked.span
    days = f"{span.first:%d.%m.%Y}–{span.last:%d.%m.%Y}"
    before = f"Было: {span.before.first:%d.%m.%Y}–{span.before.last:%d.%m.%Y}"
    above = [f"Показатели {days}", before, f"Составлено {local(now):%d.%m.%Y %H:%M}"]
    parts = [
        Sheet(BY_LABELS[by], _heads(by), list(_rows(view, by)), [f"{BY_LABELS[by]}, {days}"]) for by, _, _ in view.parts
    ]
    standing = Sheet("Сейчас", STANDING, list(_standing(view)), [f"На {local(now):%d.%m.%Y %H:%M}"])
    sheets = [Sheet("Показатели", FIGURES, list(_figures(view)), above), *parts, standing]
    return book_file(
        f"Показатели {span.first:%Y-%m-%d} {span.last:%Y-%m-%d}", sheets, page=Page(head=f"Показатели {days}")
    )


def _figures(view: ReportView) -> Iterator[tuple[Cell, ...]]:
    for group, lines in view.groups:
        for line in lines:
            yield group.value, line.definition.name, clause_words(line.definition.clause), line.number, line.before
    before = view.report.before
    for term in view.in_time:
        clause, (kept, owed) = clause_words(term.clause), before.in_time(term.number)
        yield "Сроки по пунктам", f"{term.done}: в срок", clause, term.kept, kept
        yield "Сроки по пунктам", f"{term.done}: срок нарушен", clause, term.late, owed - kept
    for stage in view.stages:
        name, clause = stage.definition.name, clause_words(stage.definition.clause)
        yield "Рабочее время этапов", f"{name}: сделано", clause, stage.now.count, stage.before.count
        yield (
            "Рабочее время этапов",
            f"{name}: медиана, мин",
            clause,
            *map(_whole, (stage.now.median, stage.before.median)),
        )
        yield (
            "Рабочее время этапов",
            f"{name}: 9 из 10, мин",
            clause,
            *map(_whole, (stage.now.ninth, stage.before.ninth)),
        )


def _whole(minutes: float | None) -> int | None:
    return None if minutes is None else half_up(minutes)


def _heads(by: By) -> list[Column]:
    terms = "п. 10, 12, 14" if by in WORKERS else "п. 8, 9, 13"
    names = ("Поступило", "Отвечено", "Возвращено", f"В срок ({terms})", f"Нарушено ({terms})")
    return [Column("Название", 44), *(Column(name, 14) for name in names)]


def _rows(view: ReportView, by: By) -> Iterator[tuple[Cell, ...]]:
    total = [view.departments] if by is By.DEPARTMENT else []
    for row in (*view.report.by[by], *total):
        yield row.name, row.received, row.answered, row.returned, row.kept, row.owed - row.kept


def _standing(view: ReportView) -> Iterator[tuple[Cell, ...]]:
    for what, ages in (("Открытые сообщения", view.open_ages), ("Комментарии ждут решения", view.waiting_ages)):
        yield from ((f"{what}: {age.label}", age.number) for age, _ in ages)
