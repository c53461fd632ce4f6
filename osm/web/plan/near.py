"""Beside the editor: «похоже на запись от 12.11», while one writes and when the card is opened."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE
from osm.services.plan.near import Near, near_copies
from osm.web.access import allow
from osm.web.form_values import text
from osm.web.htmx import is_htmx, see_other
from osm.web.plan.view import zone

blueprint = Blueprint("near_of_plan", __name__, url_prefix="/plan")
MAX_COMPARED = 16_000


@blueprint.post("/<int:publication_id>/near")
@allow(*PRESS_CENTRE)
def check(publication_id: int) -> ResponseReturnValue:
    if not is_htmx():
        return see_other(url_for("publications_of_plan.show", publication_id=publication_id))
    return render_template("plan/_near.html", near=near_to(text("text"), publication_id))


def near_to(words: str, publication_id: int) -> Sequence[Near]:
    """What says nearly the same as this text."""
    return near_copies(words[:MAX_COMPARED], publication_id, current_now().astimezone(zone()).date())


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"near_to": near_to})
