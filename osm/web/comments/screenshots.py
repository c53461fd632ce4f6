"""Screenshots of excluded messages and of comments: attached by plain forms or by the queue's script, given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from flask import Blueprint, Flask, flash, jsonify, send_file, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound, ServiceError
from osm.services.files import screenshots
from osm.services.files.attachments import Upload, stored_path
from osm.store.models import User
from osm.store.queries.files.screenshots import Shot, of_comment, of_comments
from osm.web.access import allow, me
from osm.web.errors import wants_json
from osm.web.files.files import guarded, small_picture
from osm.web.filters import counted
from osm.web.form_values import text, uploads
from osm.web.htmx import safe_next, see_other
from osm.web.visible import visible_card

blueprint = Blueprint("screenshots", __name__)

READERS = (*PRESS_CENTRE, Role.HEAD)
_AGAIN = "Такой снимок здесь уже есть."


class _Attach(Protocol):
    def __call__(self, owner: int, files: Sequence[Upload], /, *, actor: User, now: datetime) -> int: ...


@blueprint.post("/messages/<int:message_id>/screenshots")
@allow(*PRESS_CENTRE)
def to_message(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    return _attach(screenshots.attach_to_message, message_id, url_for("card.show", message_id=message_id))


@blueprint.post("/moderation/<int:comment_id>/screenshots")
@allow(*PRESS_CENTRE)
def to_comment(comment_id: int) -> ResponseReturnValue:
    return _attach(screenshots.attach_to_comment, comment_id, url_for("moderation_log.show"))


@blueprint.post("/blacklist/proofs/<int:proof_id>/screenshots")
@allow(*PRESS_CENTRE)
def to_proof(proof_id: int) -> ResponseReturnValue:
    return _attach(screenshots.attach_to_proof, proof_id, url_for("blacklist.index"))


@blueprint.get("/files/of-comment/<int:shot_id>")
@allow(*READERS)
def download(shot_id: int) -> ResponseReturnValue:
    shot = _shot(shot_id)
    path = stored_path(shot.sha256)
    if not path.is_file():
        raise NotFound("Снимок")
    name, kind = shot.filename, shot.content_type
    return guarded(send_file(path, kind, as_attachment=True, download_name=name, etag=shot.sha256, conditional=True))


@blueprint.get("/files/of-comment/<int:shot_id>/small")
@allow(*READERS)
def small(shot_id: int) -> ResponseReturnValue:
    return small_picture(_shot(shot_id).sha256, "Снимок")


def _shot(shot_id: int) -> Shot:
    shot = of_comment(shot_id)
    if shot is None:
        raise NotFound("Снимок")
    return shot


def _attach(act: _Attach, owner: int, back: str) -> ResponseReturnValue:
    """Back to where the form stood, with what came of it; the script of the queue reads the same as JSON."""
    try:
        added = act(owner, uploads("files"), actor=me(), now=current_now())
    except (MissingInput, ServiceError) as error:
        if wants_json() or isinstance(error, NotFound):
            raise
        return see_other(safe_next(text("back"), back), str(error), "danger")
    said = f"Приложено: {counted(added, 'снимок', 'снимка', 'снимков')}." if added else _AGAIN
    if wants_json():
        return jsonify(said=said, added=added)
    flash(said, "success" if added else "info")
    return see_other(safe_next(text("back"), back))


def address_of(shot: Shot, is_small: bool = False) -> str:
    """Where a screenshot, or its small picture, is given out."""
    if shot.of_comment:
        return url_for("screenshots.small" if is_small else "screenshots.download", shot_id=shot.id)
    return url_for("files.small" if is_small else "files.download", attachment_id=shot.id)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        shot_address=address_of,
        screenshots_among=lambda rows: of_comments([row.id for row in rows]),
    )
    app.register_blueprint(blueprint)
