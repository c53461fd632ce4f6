"""Files of a form, and answers with a file in them."""

from collections.abc import Callable

from flask import Response, request, send_file
from werkzeug.datastructures import FileStorage

from osm.base.errors import NotFound, must_exist
from osm.files.acts.files import Upload, is_drawn, preview, stored_path
from osm.regulation.words import Role
from osm.shell.access import Screens
from osm.shell.turns import costly

#: The content of an address never changes, but the right to see it can: so no shared caches and a short time.
_KEPT_SECONDS = 3600

Stored = tuple[str, str, str]
"""Of a stored file: hash, type and name."""


def small_picture(sha256: str, what: str) -> Response:
    """The small picture of a stored file, drawn by turns if it is not stored yet; `what`: the name of such a file.
    Raises NotFound, NotYourTurn."""
    picture = must_exist(preview(sha256) if is_drawn(sha256) else costly(preview)(sha256), what)
    return _guarded(send_file(picture, mimetype="image/jpeg", etag=f"{sha256}-small", conditional=True))


def whole_file(sha256: str, kind: str, name: str, what: str) -> Response:
    """A stored file to take away. Raises NotFound with `what`."""
    path = stored_path(sha256)
    if not path.is_file():
        raise NotFound(what)
    return _guarded(send_file(path, kind, as_attachment=True, download_name=name, etag=sha256, conditional=True))


def add_stored(
    blueprint: Screens, rule: str, *roles: Role, found: Callable[[int], Stored], what: str, whole: str = "whole"
) -> None:
    """Two addresses of stored files: `rule` to take one away, under the endpoint `whole`, and `small` for its picture.
    `found` raises NotFound where this person may not see it; `what`: the name of such a file."""
    blueprint.get(rule, *roles, endpoint=whole)(lambda **of: whole_file(*found(*of.values()), what))
    blueprint.get(f"{rule}/small", *roles, endpoint="small")(lambda **of: small_picture(found(*of.values())[0], what))


def _guarded(response: Response) -> Response:
    """Headers that stop the browser from showing or running the content as a page of this site."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_SECONDS}"
    return response


def uploads(name: str) -> list[Upload]:
    files: list[FileStorage] = request.files.getlist(name)
    return [Upload(file.filename, file.read()) for file in files if file.filename]
