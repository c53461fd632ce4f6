"""The calendar of the office: a year in months, acts on single days, schedules, decrees; each change is shown first."""

from __future__ import annotations

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.web.access import allow
from osm.web.admin.calendar_view import ACTIONS, WEEKDAYS, year_page
from osm.web.htmx import render

blueprint = Blueprint("calendar", __name__, url_prefix="/admin/calendar")


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    page = year_page(request.args.get("year", type=int), current_now())
    return render("admin/calendar/index.html", page=page, weekdays=WEEKDAYS, actions=ACTIONS)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
