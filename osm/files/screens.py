"""Attached files, as downloads for people who may see the message, and as small pictures."""

import tempfile
from collections.abc import Iterable
from os import SEEK_END
from pathlib import Path
from shutil import copyfileobj

from flask import Flask, request
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import NotFound
from osm.connectors.incident_file.book import READING_PREFIX
from osm.files.acts import files as acts_files
from osm.files.acts import scanning
from osm.files.views import Stored, add_stored
from osm.imports.acts.files import room
from osm.models import Attachment
from osm.people.queries.absences import may_see
from osm.people.views import STAFF
from osm.shell.access import Screens, me
from osm.shell.turns import costly

blueprint = Screens("files", __name__, url_prefix="/files")


def _visible(attachment_id: int) -> Stored:
    """The attachment, if this person may see its message. Raises NotFound."""
    row = db.session.get(Attachment, attachment_id)
    if row is None or not may_see(me(), row.message_id):
        raise NotFound("Файл")
    return row.sha256, row.content_type, row.filename


add_stored(blueprint, "/<int:attachment_id>", *STAFF, found=_visible, what="Файл", whole="download")


def scan_uploads() -> None:
    """Before a view sees any file. What strangers send to public addresses has no files that anybody reads."""
    if not current_settings().scan_command or not current_user.is_authenticated:
        return
    files = [file for _name, file in request.files.items(multi=True) if file.stream.seek(0, SEEK_END)]
    if files:
        costly(_scan)(files)


def _scan(files: Iterable[FileStorage]) -> None:
    for file in files:
        file.stream.seek(0)
        with tempfile.NamedTemporaryFile(prefix=READING_PREFIX, dir=room()) as kept:
            copyfileobj(file.stream, kept)
            kept.flush()
            scanning.refuse_infected(Path(kept.name), acts_files.shown_name(file.filename or ""))
        file.stream.seek(0)


def init_app(app: Flask) -> None:
    app.before_request(scan_uploads)
