"""`/reports`: what has changed in a period, its tables and their file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.documents.tables import Cell, Column, Sheet
from osm.flow.acts.clocks import in_force
from osm.people.views import READERS
from osm.regulation.words import clause_words
from osm.regulation.working_time.worktime import half_up
from osm.reports.queries.definitions import DEFINITIONS, Group
from osm.reports.queries.streets import WORKERS, By
from osm.reports.queries.summary import TARGET
from osm.reports.views.summary import summary_view
from osm.reports.views.tables import (
    NAMES,
    Asked,
    ReportView,
    asked_period,
    asked_scope,
    minutes_words,
    report_view,
    scope_of,
)
from osm.shell import filters, requests, turns
from osm.shell.access import Screens, me, signed_in

# --- The figures as XLSX
_WIDTHS = {"Раздел": 26, "Показатель": 48, "Пункт": 16, "За период": 12, "Было": 12}
FIGURES = [Column(name, width) for name, width in _WIDTHS.items()]
STANDING = (Column("Что ждёт", 40), Column("Сейчас", 12))


def report_file(view: ReportView, now: datetime) -> Response:
    """The name of the file has the days."""
    span = view.asked.span
    days = f"{span.first:%d.%m.%Y}–{span.last:%d.%m.%Y}"
    before = f"Было: {span.before.first:%d.%m.%Y}–{span.before.last:%d.%m.%Y}"
    above = [f"Показатели {days}", before, f"Составлено {filters.local(now):%d.%m.%Y %H:%M}"]
    parts = [Sheet(by.label, _heads(by), list(_rows(view, by)), [f"{by.label}, {days}"]) for by, _, _ in view.parts]
    standing = Sheet("Сейчас", STANDING, list(_standing(view)), [f"На {filters.local(now):%d.%m.%Y %H:%M}"])
    sheets = [Sheet("Показатели", FIGURES, list(_figures(view)), above), *parts, standing]
    return requests.book_file(
        f"Показатели {span.first:%Y-%m-%d} {span.last:%Y-%m-%d}", sheets, head=f"Показатели {days}"
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
        medians, ninths = (stage.now.median, stage.before.median), (stage.now.ninth, stage.before.ninth)
        yield "Рабочее время этапов", f"{name}: медиана, мин", clause, *map(_whole, medians)
        yield "Рабочее время этапов", f"{name}: 9 из 10, мин", clause, *map(_whole, ninths)


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


# --- `/reports`
reports_blueprint = Screens("reports", __name__, url_prefix="/reports")
help_blueprint = Screens("figures_help", __name__, url_prefix="/help/figures")


@reports_blueprint.get("", *READERS)
@turns.costly
def index() -> ResponseReturnValue:
    """What has changed."""
    asked = _asked("last-week")
    view = summary_view(asked, asked_scope(me(), request.args), scope_of(me()), current_now())
    page = render_template("reports/reports.html", view=view, period_names=NAMES, target=TARGET)
    return make_response(page, 422 if asked.errors else 200)


@reports_blueprint.get("/tables", *READERS)
@turns.costly
def tables() -> ResponseReturnValue:
    """Everything else."""
    return _tables(_asked("week"))


@reports_blueprint.get("/week", *READERS)
def week() -> ResponseReturnValue:
    """The address of the head's week before it became the first page of the reports."""
    days: dict[str, Any] = {name: request.args[name] for name in ("from", "to") if name in request.args}
    return redirect(url_for("reports.index", **days), 301)


@reports_blueprint.get("/export.xlsx", *READERS)
@turns.costly
def export() -> ResponseReturnValue:
    asked = _asked("week")
    return _tables(asked) if asked.errors else report_file(_report(asked), current_now())


@help_blueprint.get("")
@signed_in
def show_help() -> ResponseReturnValue:
    """The table of definitions."""
    groups = [(group, [one for one in DEFINITIONS.values() if one.group is group]) for group in Group]
    return render_template("help/figures.html", groups=groups)


def _asked(default: str) -> Asked:
    return asked_period(request.args, current_now(), in_force().calendar.tz, default)


def _report(asked: Asked) -> ReportView:
    return report_view(asked, asked_scope(me(), request.args), current_now())


def _tables(asked: Asked) -> Response:
    page = render_template("reports/tables.html", view=_report(asked))
    return make_response(page, 422 if asked.errors else 200)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["minutes_words"] = minutes_words
