"""`/reports`: the figures of a period against those before, as a page and as a file."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.services.clocks.clocks import in_force
from osm.store.queries.figures.definitions import DEFINITIONS, Group
from osm.web.access import allow, me, signed_in
from osm.web.reports.file import report_file
from osm.web.reports.period import NAMES, Asked, asked_period
from osm.web.reports.view import minutes_words, report_view
from osm.web.turns import costly
from osm.web.visible import READERS

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
help_blueprint = Blueprint("figures_help", __name__, url_prefix="/help/figures")


@blueprint.get("")
@allow(*READERS)
@costly
def show() -> ResponseReturnValue:
    return _page(_asked())


@blueprint.get("/export.xlsx")
@allow(*READERS)
@costly
def export() -> ResponseReturnValue:
    asked = _asked()
    return _page(asked) if asked.errors else report_file(report_view(asked, me(), current_now()), current_now())


@help_blueprint.get("")
@signed_in
def show_help() -> ResponseReturnValue:
    """The one table of definitions."""
    groups = [(group, [one for one in DEFINITIONS.values() if one.group is group]) for group in Group]
    return render_template("help/figures.html", groups=groups)


def _asked() -> Asked:
    return asked_period(request.args, current_now(), in_force().calendar.tz)


def _page(asked: Asked) -> Response:
    view = report_view(asked, me(), current_now())
    page = render_template("reports/reports.html", view=view, period_names=NAMES)
    return make_response(page, 422 if asked.errors else 200)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(help_blueprint)
    app.jinja_env.filters["minutes_words"] = minutes_words
