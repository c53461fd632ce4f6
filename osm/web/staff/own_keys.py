"""Bare keys are switched on or off, by each person for himself (WCAG 2.1.4)."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.services.staff import preferences
from osm.web.access import me, signed_in
from osm.web.form_values import text
from osm.web.htmx import safe_next, see_other

blueprint = Blueprint("own_keys", __name__)


@blueprint.post("/keys")
@signed_in
def switch() -> ResponseReturnValue:
    preferences.set_single_keys(text("keys") == "on", actor=me(), now=current_now())
    said = "Клавиши включены." if text("keys") == "on" else "Клавиши выключены: работают кнопки."
    return see_other(safe_next(text("back")), said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
