"""The page of the directory for the administrator: which ways to log in are on, and whether they work."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.directory.acts import following
from osm.directory.acts.checking import Line, check
from osm.extensions import current_settings
from osm.regulation.words import Role
from osm.reminders.acts.mailing import troubles
from osm.web.access import allow
from osm.web.form_values import text
from osm.web.turns import costly

blueprint = Blueprint("directory", __name__, url_prefix="/admin/directory")


@blueprint.get("")
@allow(Role.ADMIN)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("/check")
@allow(Role.ADMIN)
@costly
def check_now() -> ResponseReturnValue:
    login = text("login")[:60]
    return _page(check(current_settings().directory, login, current_now()), login)


def _page(lines: list[Line] | None = None, login: str = "") -> str:
    away = [one for one in troubles() if one.name in (following.SERVER, following.PROVIDER)]
    of = current_settings().directory
    return render_template("staff/directory.html", of=of, away=away, lines=lines, login=login)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
