"""Attached files, as downloads for people who may see the message, and as small pictures."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, send_file
from flask.typing import ResponseReturnValue

from osm.extensions import db
from osm.files.acts.files import is_drawn, preview, stored_path
from osm.people.queries.absences import may_see
from osm.services.errors import NotFound
from osm.store.models import Attachment
from osm.web.access import allow, me
from osm.web.roster import READERS
from osm.web.turns import costly

blueprint = Blueprint("files", __name__, url_prefix="/files")

#: The content of an address never changes, but the right to see it can: so no shared caches and a short time.
_KEPT_SECONDS = 3600


@blueprint.get("/<int:attachment_id>")
@allow(*READERS)
def download(attachment_id: int) -> ResponseReturnValue:
    row = _visible(attachment_id)
    path = stored_path(row.sha256)
    if not path.is_file():
        raise NotFound("Файл")
    return guarded(
        send_file(
            path,
            mimetype=row.content_type,
            as_attachment=True,
            download_name=row.filename,
            etag=row.sha256,
            conditional=True,
        )
    )


@blueprint.get("/<int:attachment_id>/small")
@allow(*READERS)
def small(attachment_id: int) -> ResponseReturnValue:
    return small_picture(_visible(attachment_id).sha256, "Файл")


def _visible(attachment_id: int) -> Attachment:
    """The attachment, if this person may see its message. Raises NotFound."""
    row = db.session.get(Attachment, attachment_id)
    if row is None or not may_see(me(), row.message_id):
        raise NotFound("Файл")
    return row


def small_picture(sha256: str, what: str) -> Response:
    """The small picture of a stored file, drawn by turns if it is not stored yet; `what`: the name of such a file.

    Raises NotFound, NotYourTurn.
    """
    picture = preview(sha256) if is_drawn(sha256) else costly(preview)(sha256)
    if picture is None:
        raise NotFound(what)
    return guarded(send_file(picture, mimetype="image/jpeg", etag=f"{sha256}-small", conditional=True))


def guarded(response: Response) -> Response:
    """Headers that stop the browser from showing or running the content as a page of this site."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_SECONDS}"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
