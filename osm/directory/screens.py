"""The page of the directory for the administrator: which ways to log in are on, and whether they work."""

from flask import render_template
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.directory.acts import entering
from osm.regulation.words import Role
from osm.reminders.acts.mailing import troubles
from osm.shell.access import Screens
from osm.shell.form_values import text
from osm.shell.turns import costly

blueprint = Screens("directory", __name__, url_prefix="/admin/directory")


@blueprint.post("/check", Role.ADMIN)
@costly
def check_now() -> ResponseReturnValue:
    login = text("login")[:60]
    return show(entering.check(current_settings().directory, login, current_now()), login)


@blueprint.get("", Role.ADMIN)
def show(lines: list[entering.Line] | None = None, login: str = "") -> str:
    away = [one for one in troubles() if one.name in (entering.SERVER, entering.PROVIDER)]
    of = current_settings().directory
    return render_template("directory/directory.html", of=of, away=away, lines=lines, login=login)
