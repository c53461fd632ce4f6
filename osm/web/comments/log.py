"""Decisions on comments, from which each is undone while it has not gone out; and the upload of a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file.book import READING_PREFIX
from osm.extensions import db
from osm.regulation.comment_words import CommentGround, CommentState
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.comments import undoing
from osm.services.comments.importing import CommentReport, import_file
from osm.services.imports.files import room
from osm.services.imports.runs import TIMES
from osm.store.models import Author, Comment
from osm.store.queries.comments import comments as queries
from osm.store.queries.files import screenshots
from osm.web.access import allow, me
from osm.web.form_values import asked_id, text
from osm.web.spans import span_asked

blueprint = Blueprint("moderation_log", __name__, url_prefix="/moderation/decided")
import_blueprint = Blueprint("moderation_import", __name__, url_prefix="/moderation/import")

MAX_BYTES = 16 * 1024 * 1024
"""Of a file sent by the page; a larger one goes by the command."""
_TOO_BIG = "Файл больше 16 МБ. Разделите его или попросите администратора загрузить командой."


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    author_id, state, ground = asked_id("author"), request.args.get("state", ""), request.args.get("ground", "")
    chosen = CommentState(state) if state in {*CommentState} - {CommentState.WAITING} else None
    author = db.session.get(Author, author_id) if author_id else None
    span, of_ground = span_asked(), CommentGround(ground) if ground in set(CommentGround) else None
    within = [span.holds(Comment.decided_at)] if span else []
    within += [Comment.ground == of_ground] if of_ground else []
    found = queries.decided(*within, author_id=author_id, state=chosen, before=asked_id("before"))
    ids = [row.id for row in found.rows]
    return render_template(
        "comments/decided.html",
        found=found,
        screenshots=screenshots.of_comments(ids),
        pictures=screenshots.pictures_of(ids),
        why_not=undoing.why_not(ids),
        author_id=author_id,
        author_name=author.name if author else "",
        state=chosen,
        span=span,
        ground=of_ground,
        here=request.full_path.rstrip("?"),
    )


@import_blueprint.get("")
@allow(*PRESS_CENTRE)
def show_import() -> ResponseReturnValue:
    return _import_page()


@import_blueprint.post("")
@allow(*PRESS_CENTRE)
def load() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _import_page("Выберите файл.", status=422)
    file.stream.seek(0, 2)
    if file.stream.tell() > MAX_BYTES:
        return _import_page(_TOO_BIG, status=413)
    file.stream.seek(0)
    try:
        with tempfile.NamedTemporaryFile(prefix=READING_PREFIX, dir=room()) as kept:
            file.save(kept)
            kept.flush()
            report = import_file(Path(kept.name), text("times"), actor=me(), now=current_now())
    except (ConnectorError, MissingInput) as error:
        return _import_page(str(error), status=422)
    return _import_page(report=report)


def _import_page(error: str = "", report: CommentReport | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template("comments/import.html", error=error, report=report, times=text("times") or TIMES[0])
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(import_blueprint)
