"""`/reports`, its file, and the head's week on one sheet of A4: figures, five topics, late departments, decisions
needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.blacklist.queries import count_waiting
from osm.clock import current_now
from osm.documents.tables import Cell, Column, Page, Sheet
from osm.flow.acts.clocks import in_force
from osm.regulation.durations import half_up
from osm.regulation.words import PRESS_CENTRE, Role, clause_words
from osm.reports.queries import figures
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.definitions import DEFINITIONS, LATE_ANSWERS, LATE_NOW, Group
from osm.reports.queries.streets import WORKERS, By, Report, report_of
from osm.reports.views import (
    BY_LABELS,
    NAMES,
    Asked,
    InTime,
    Line,
    Lists,
    Part,
    ReportView,
    asked_period,
    in_time_lines,
    line_of,
    minutes_words,
    parts_of,
    report_view,
)
from osm.web.access import allow, me, signed_in
from osm.web.downloads import book_file
from osm.web.filters import local
from osm.web.nav import may_open
from osm.web.roster import READERS
from osm.web.turns import costly

# --- The head's week
week_blueprint = Blueprint("week", __name__, url_prefix="/reports/week")

SHOWN = (
    "received",
    "repeats",
    "answered",
    "interim",
    "returned",
    "first-sight",
    "excluded",
    "promised-kept",
    "promised-late",
    "promised-reported",
)
TOPICS, DEPARTMENTS = 5, 8


@dataclass(frozen=True, slots=True)
class Late:
    """A department with late work, and a link to it."""

    department: figures.LateDepartment
    address: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A number of matters that wait for a decision; `address` is empty if this person may not open the list."""

    words: str
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class WeekView:
    """The sheet."""

    asked: Asked
    lines: tuple[Line, ...]
    in_time: tuple[InTime, ...]
    topics: tuple[tuple[Part, int], ...]
    """With the number in the week before."""
    late: tuple[Late, ...]
    decisions: tuple[Decision, ...]


@week_blueprint.get("")
@allow(*PRESS_CENTRE, Role.HEAD)
@costly
def show() -> ResponseReturnValue:
    now, calendar = current_now(), in_force().calendar
    asked = asked_period(request.args, now, calendar.tz, default="last-week")
    page = render_template("reports/week.html", view=_view(asked, now), made_at=now)
    return make_response(page, 422 if asked.errors else 200)


def _view(asked: Asked, now: datetime) -> WeekView:
    calendar = in_force().calendar
    report = report_of(asked.span, now, calendar)
    lists = Lists(report, EVERYTHING)
    return WeekView(
        asked,
        tuple(line_of(report, lists, DEFINITIONS[code]) for code in SHOWN),
        tuple(line for line in in_time_lines(report, lists) if not line.is_empty),
        tuple(_topics(report, lists)),
        tuple(_late(now, lists)),
        tuple(one for one in _decisions(now, lists) if one.number),
    )


def _topics(report: Report, lists: Lists) -> Iterator[tuple[Part, int]]:
    """The five topics with the most messages, without the messages that have no topic."""
    named = [part for part in parts_of(report, By.TOPIC, lists, most=1000) if part.row.key is not None]
    yield from ((part, report.topics_before.get(part.row.key, 0)) for part in named[:TOPICS] if part.row.received)


def _late(now: datetime, lists: Lists) -> Iterator[Late]:
    for one in figures.late_departments(now)[:DEPARTMENTS]:
        yield Late(one, lists.figure(DEFINITIONS[LATE_NOW], Scope(department_ids=frozenset({one.id}))))


def _decisions(now: datetime, lists: Lists) -> Iterator[Decision]:
    calendar = in_force().calendar
    late = lists.figure(DEFINITIONS[LATE_ANSWERS], EVERYTHING)
    yield Decision("Ответ автору просрочен (п. 8, 9, 13): поторопить или сменить исполнителя",
                   figures.count_late_answers(now), late)  # fmt: skip
    yield Decision("Наступил срок обещаний: подтвердить, перенести с причиной или признать невыполненными",
                   figures.count_due_promises(calendar.local(now).date()),
                   _if_open("/promises", url_for("promises.index", show="due")))  # fmt: skip
    yield Decision("Чёрный список: предложения ждут решения (п. 17)", count_waiting(),
                   _if_open(url_for("blacklist.index")))  # fmt: skip
    waiting = sum(age.number for age in figures.waiting_by_age(now, calendar)[1:])
    yield Decision(
        "Комментарии ждут решения дольше двух рабочих часов (п. 2.6 Порядка)", waiting, _if_open("/moderation")
    )


def _if_open(path: str, address: str = "") -> str:
    """The address, or empty if this person may not open the page."""
    return (address or path) if may_open(path, current_user) else ""


# --- The figures as XLSX
FIGURES = (
    Column("Раздел", 26),
    Column("Показатель", 48),
    Column("Пункт", 16),
    Column("За период", 12),
    Column("Было", 12),
)
STANDING = (Column("Что ждёт", 40), Column("Сейчас", 12))


def report_file(view: ReportView, now: datetime) -> Response:
    """The name of the file has the days."""
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


# --- `/reports`
reports_blueprint = Blueprint("reports", __name__, url_prefix="/reports")
help_blueprint = Blueprint("figures_help", __name__, url_prefix="/help/figures")


@reports_blueprint.get("")
@allow(*READERS)
@costly
def index() -> ResponseReturnValue:
    return _page(_asked())


@reports_blueprint.get("/export.xlsx")
@allow(*READERS)
@costly
def export() -> ResponseReturnValue:
    asked = _asked()
    return _page(asked) if asked.errors else report_file(report_view(asked, me(), current_now()), current_now())


@help_blueprint.get("")
@signed_in
def show_help() -> ResponseReturnValue:
    """The table of definitions."""
    groups = [(group, [one for one in DEFINITIONS.values() if one.group is group]) for group in Group]
    return render_template("help/figures.html", groups=groups)


def _asked() -> Asked:
    return asked_period(request.args, current_now(), in_force().calendar.tz)


def _page(asked: Asked) -> Response:
    view = report_view(asked, me(), current_now())
    page = render_template("reports/reports.html", view=view, period_names=NAMES)
    return make_response(page, 422 if asked.errors else 200)


def init_app(app: Flask) -> None:
    app.register_blueprint(week_blueprint)
    app.register_blueprint(reports_blueprint)
    app.register_blueprint(help_blueprint)
    app.jinja_env.filters["minutes_words"] = minutes_words
