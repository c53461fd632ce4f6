"""The head's week on one sheet of A4: figures, five topics, departments that are late, decisions needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.clocks.clocks import in_force
from osm.store.queries.figures import standing
from osm.store.queries.figures.breakdowns import By
from osm.store.queries.figures.definitions import DEFINITIONS, LATE_ANSWERS, LATE_NOW
from osm.store.queries.figures.report import Report, report_of
from osm.store.queries.figures.span import EVERYTHING, Scope
from osm.web.access import allow
from osm.web.nav import may_open
from osm.web.reports.period import Asked, asked_period
from osm.web.reports.view import InTime, Line, Lists, Part, in_time_lines, line_of, parts_of
from osm.web.turns import costly

blueprint = Blueprint("week", __name__, url_prefix="/reports/week")

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
    """A department whose work is late, and the list of it."""

    department: standing.LateDepartment
    address: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for somebody's word; `address` is empty where this person may not open it."""

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
    """With what had come in the week before."""
    late: tuple[Late, ...]
    decisions: tuple[Decision, ...]


@blueprint.get("")
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
    """The five of which most has come; without a topic is none."""
    named = [part for part in parts_of(report, By.TOPIC, lists, most=1000) if part.row.key is not None]
    yield from ((part, report.topics_before.get(part.row.key, 0)) for part in named[:TOPICS] if part.row.received)


def _late(now: datetime, lists: Lists) -> Iterator[Late]:
    for one in standing.late_departments(now)[:DEPARTMENTS]:
        yield Late(one, lists.figure(DEFINITIONS[LATE_NOW], Scope(department_ids=frozenset({one.id}))))


def _decisions(now: datetime, lists: Lists) -> Iterator[Decision]:
    calendar = in_force().calendar
    late = lists.figure(DEFINITIONS[LATE_ANSWERS], EVERYTHING)
    yield Decision("Ответ автору просрочен (п. 8, 9, 13): поторопить или сменить исполнителя",
                   standing.count_late_answers(now), late)  # fmt: skip
    yield Decision("Наступил срок обещаний: подтвердить, перенести с причиной или признать невыполненными",
                   standing.count_due_promises(calendar.local(now).date()),
                   _if_open("/promises", url_for("promises.index", show="due")))  # fmt: skip
    yield Decision("Чёрный список: предложения ждут решения (п. 17)", standing.count_proposals(),
                   _if_open(url_for("blacklist.index")))  # fmt: skip
    waiting = sum(age.number for age in standing.waiting_by_age(now, calendar)[1:])
    yield Decision(
        "Комментарии ждут решения дольше двух рабочих часов (п. 2.6 Порядка)", waiting, _if_open("/moderation")
    )


def _if_open(path: str, address: str = "") -> str:
    """The address for whoever may open its page; a link to a refusal is none."""
    return (address or path) if may_open(path, current_user) else ""


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
