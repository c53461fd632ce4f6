"""Several comments of the queue decided by one form, and taken back by one button while nothing has gone out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, session
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.comments import copy_decisions, undoing
from osm.services.comments.comments import Chosen, CommentsRefused
from osm.store.queries.comments.comments import CommentRow, decided_by
from osm.web.access import allow, me
from osm.web.comments.queue import BULK, UNDO_SHOWN, back, run_choice, said_of_choice
from osm.web.filters import counted
from osm.web.form_values import seen_rows
from osm.web.htmx import see_other

blueprint = Blueprint("moderation_bulk", __name__, url_prefix="/moderation/bulk")


@dataclass(frozen=True, slots=True)
class LastBulk:
    """What this person has just decided together: what it is called, and the comments with their versions."""

    said: str
    rows: list[tuple[int, int]]


@blueprint.post("")
@allow(*PRESS_CENTRE)
def decide() -> ResponseReturnValue:
    def done(rows: list[CommentRow]) -> ResponseReturnValue:
        said = f"{said_of_choice(row.author_id for row in rows)}: {_number(len(rows))}"
        session[BULK] = [said, [[row.id, row.version] for row in rows]]
        return see_other(back())

    return run_choice([Chosen(*one) for one in seen_rows()], done)


@blueprint.post("/undo")
@allow(*PRESS_CENTRE)
def undo() -> ResponseReturnValue:
    session.pop(BULK, None)
    try:
        done = copy_decisions.undo_all([Chosen(*one) for one in seen_rows()], actor=me(), now=current_now())
    except (MissingInput, CommentsRefused) as error:
        flash(str(error), "danger")
    else:
        flash(f"Решение отменено, снова ждут: {_number(len(done))}.", "success")
    return see_other(back())


def last_bulk() -> LastBulk | None:
    """What can still be taken back as one; None where nothing was decided together, or something became of it."""
    if BULK not in session:
        return None
    said, pairs = session[BULK]
    rows = [(one, version) for one, version in pairs]
    if decided_by(rows, me(), current_now() - UNDO_SHOWN) and not undoing.why_not([one for one, _ in rows]):
        return LastBulk(said, rows)
    session.pop(BULK)
    return None


def _number(number: int) -> str:
    return counted(number, "комментарий", "комментария", "комментариев")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["moderation_last_bulk"] = last_bulk
