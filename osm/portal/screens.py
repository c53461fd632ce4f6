"""«ПОС»: the list, one message with its acts, and ratings by department and topic."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.flow.acts.clocks import in_force
from osm.inbox.queries.news import PORTAL
from osm.inbox.views.rows import show_kind
from osm.log.acts.record import Reading, record_reading
from osm.log.queries.history import edits_of
from osm.models import PortalMessage
from osm.people.queries.absences import offered_departments
from osm.people.views import substituted_ids
from osm.portal import acts, queries
from osm.regulation.parameters import Unit
from osm.regulation.urgency import urgency
from osm.regulation.words import Role
from osm.reports.views.tables import asked_period
from osm.shell import filters
from osm.shell.access import Screens, me
from osm.shell.filters import Chip
from osm.shell.form_values import Form, Typed, asked_id, number, text
from osm.shell.run_act import PageActs

blueprint = Screens("portal", __name__)

WORKERS = (Role.CURATOR, Role.EXECUTOR)
RULE = "/portal/<int:row_id>"


@blueprint.get("/portal", *WORKERS)
def index() -> ResponseReturnValue:
    closed = "closed" in request.args
    rows = queries.listed(_seen(), closed=closed, before=asked_id("before"))
    return render_template("portal/index.html", rows=rows, closed=closed, shown=queries.SHOWN)


@blueprint.get(RULE, *WORKERS)
def show(row_id: int, typed: Typed | None = None) -> str:
    row = _known(row_id)
    record_reading(Reading.PORTAL, actor=me(), now=current_now(), details={"number": row.number})
    row = _known(row_id)
    usual = row.department_id or (row.topic.department_id if row.topic else None)
    form = Form({"department_id": str(usual or ""), "answer": row.answer}, typed)
    offered, edits = offered_departments(also=row.department_id), edits_of(acts.KIND, row_id)
    return render_template("portal/row.html", row=row, form=form, departments=offered, edits=edits)


@blueprint.get("/reports/portal", Role.CURATOR, Role.HEAD)
def figures() -> ResponseReturnValue:
    now = current_now()
    asked = asked_period(request.args, now, in_force().calendar.tz, "month")
    parts = dict(zip(("По отделам", "По темам"), queries.figures(asked.span, now), strict=True))
    return render_template("portal/figures.html", asked=asked, parts=parts)


PAGE = PageActs(blueprint=blueprint, rule=RULE, page=show, kind=acts.KIND, known=lambda row_id: _known(row_id))
PAGE.post("/assign", acts.assign, "Передано отделу.", Role.CURATOR, department_id=number)
PAGE.post("/close", acts.close, "Отмечено: внесён в ПОС.", *WORKERS, answer=text)
PAGE.post("/reopen", acts.reopen, "Возвращено в работу.", *WORKERS)


def _seen() -> ColumnElement[bool]:
    person = me()
    return queries.seen_by(person.id, substituted_ids(person), person.roles)


def _known(row_id: int) -> PortalMessage:
    return must_exist(queries.message(row_id, _seen()), "Сообщение ПОС")


def portal_chip(row: PortalMessage) -> Chip:
    """The term of ПОС."""
    if row.closed_at is not None:
        late = row.due_at is not None and row.closed_at > row.due_at
        return Chip("late" if late else "met", f"внесён {filters.day_and_time(row.closed_at)}")
    if row.due_at is None:
        return Chip("off", "срока нет")
    told = urgency(row.due_at, current_now(), in_force().calendar, Unit.WORKING_DAYS)
    return Chip(told.level, told.text if told.level == "overdue" else filters.day_and_time(row.due_at, "до"))


def init_app(app: Flask) -> None:
    show_kind(app, PORTAL, "portal/_waiting.html", queries.waiting)
    app.jinja_env.filters["portal_chip"] = portal_chip
