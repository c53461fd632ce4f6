"""«Ждёт меня»: what this person must do next, by which term, with the quick form of routing on each row."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.substitution import REASON_LABELS
from osm.regulation.words import Role
from osm.services.clocks.clocks import in_force
from osm.store.queries.inbox.sections import Section
from osm.web.access import allow, me, signed_in
from osm.web.form_values import Typed, asked_id
from osm.web.htmx import in_place
from osm.web.inbox.rows import OWN, executor_options
from osm.web.inbox.view import choices_for, inbox_page, news_of, rows_of, waiting_count
from osm.web.nav import count_at

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/")
@signed_in
def show() -> ResponseReturnValue:
    only = next((key for key in Section if key == request.args.get("section")), None)
    return render_template("inbox/inbox.html", page=inbox_page(me(), current_now(), only))


@blueprint.get("/inbox/news")
@allow(Role.CURATOR, Role.EXECUTOR, Role.MODERATOR)
def news() -> ResponseReturnValue:
    """Polled by the open list: its one line says what is new. Nothing else is swapped."""
    seen, looked, checked = request.args.get("seen", ""), asked_id("looked") or 0, asked_id("checked") or 0
    found = news_of(me(), current_now(), seen, looked, checked, request.args.get("stays", 0, int))
    if found is None:
        return "", 204
    return render_template("inbox/_news.html", news=found, look={**found.look, "at": request.args.get("at", "")[:5]})


def row_again(message_id: int, typed: Typed | None = None) -> Response:
    """The row as it is now; of a quick form that was refused what was chosen, why, and what happened meanwhile."""
    person = me()
    choices = choices_for(person)
    row = next(iter(rows_of(person, current_now(), [message_id], choices)), None)
    page = render_template("inbox/_again.html", row=row, message_id=message_id, choices=choices, typed=typed)
    return in_place(page, f"#{OWN}-{message_id}", "outerHTML")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(executor_options)
    app.add_template_global(lambda: in_force().parameters.no_answer, "usual_reasons")
    app.add_template_global(lambda reason: REASON_LABELS[reason].lower(), "absence_reason")
    count_at(app, "/", waiting_count)
