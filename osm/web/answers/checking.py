"""The checklist beside the editor: asked for while one types, it never touches the editor."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.store.queries.groups.groups import group_of
from osm.web.access import allow, me
from osm.web.answers.checklist_view import checklist_of, common_checklist
from osm.web.form_values import text
from osm.web.htmx import is_htmx, see_other
from osm.web.visible import visible_card

blueprint = Blueprint("checking", __name__, url_prefix="/messages")


@blueprint.post("/<int:message_id>/answer/check")
@allow(Role.EXECUTOR, Role.CURATOR)
def check(message_id: int) -> ResponseReturnValue:
    """The list for the text as it stands; 204 where it would look as before. Nothing is stored."""
    card = visible_card(message_id, me())
    if not is_htmx():
        return see_other(url_for("card.show", message_id=message_id))
    check_text = common_checklist if group_of(card.id) else checklist_of
    checklist = check_text(card, text("text"), text("kind"))
    if text("seen") == checklist.digest:
        return "", 204
    return render_template("answers/_checklist.html", checklist=checklist)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
