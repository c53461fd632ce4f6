"""What a request brings: anybody can send anything; and the answers for htmx and tables to take away."""

import errno
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from flask import (
    Flask,
    Request,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    session,
)
from flask.sessions import SecureCookieSessionInterface
from flask_login import current_user
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect
from werkzeug.test import create_environ

from osm.base.application import current_now, current_settings
from osm.documents.tables import Cell, Column, Sheet, csv_lines, write_book, write_xlsx

_HOST = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)
_BAD_HOST = "osm.bad_host"
WITHOUT_BODY = "OSM_WITHOUT_BODY"  # the server's header of a request with a body that found no room on the disk
TOO_LARGE = "OSM_TOO_LARGE"
"""Another one: of a request that is larger than this sender may send; its body was not read."""
REMOTE_USER = "osm.remote_user"
"""In the environment of a request: the person whom the trusted proxy has checked (`osm.serve.web_server`)."""
PROXIED = "osm.proxied"
"""In the environment of a request: it bore a header of a proxy, which the server may have taken out since."""
_OF_PROXIES = ("X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP", "FORWARDED", "VIA")
OF_STRANGERS = 1024 * 1024
"""Bytes of a request that shows no session: a log-in that carries a lost form, a call of a network."""
SENDERS: set[Callable[[], bool]] = set()
"""What else than a session shows who sends this request; each looks at its headers alone."""
_NOT_PLAIN = re.compile(rb"[^\x21-\x7e]")


class LargeOfStranger(RequestEntityTooLarge):
    """More than is taken without a log-in."""


class _WithoutNul(ImmutableMultiDict[str, Any]):
    """Fields without NUL: people do not type it, and PostgreSQL refuses it."""

    def __init__(self, mapping: Any = None) -> None:
        found = ImmutableMultiDict(mapping).items(multi=True)
        super().__init__([(name, one.replace("\0", "") if isinstance(one, str) else one) for name, one in found])


class PlainRequest(Request):
    """A request without NUL in address and form, with an ASCII query and a proper host."""

    parameter_storage_class = _WithoutNul

    def __init__(self, environ: dict[str, Any], *args: Any, **more: Any) -> None:
        if not is_host(environ.get("HTTP_HOST", "localhost")):
            # Removed before any address is made of it, also by the page that refuses it.
            environ[_BAD_HOST] = environ.pop("HTTP_HOST")
        super().__init__(environ, *args, **more)
        # As a browser would have sent it: bytes that are no UTF-8 can be read only when they are escaped.
        self.query_string = _NOT_PLAIN.sub(lambda found: b"%%%02X" % found[0][0], self.query_string)


def parts_of(address: str) -> SplitResult:
    """The address taken apart; of one that is none (`http://[`) the parts are empty."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def is_host(name: str) -> bool:
    """Whether a header `Host` can name this server; a name that DNS cannot have (`a..b`) breaks every address."""
    found = _HOST.fullmatch(name)
    if found is None:
        return False
    try:
        found[1].encode("idna").decode("idna")
    except UnicodeError:
        return False
    return True


def came_through_proxy(environ: Mapping[str, Any]) -> bool:
    """Whether a proxy passed the request on, trusted or not."""
    return PROXIED in environ or any(f"HTTP_{name}" in environ for name in _OF_PROXIES)


def is_known(app: Flask, headers: Mapping[str, str]) -> bool:
    """Whether the headers of a request show who sends it. Raises what the database raises."""
    with app.request_context(create_environ(headers=headers)):
        return _is_known()


def _is_known() -> bool:
    return bool(current_user.is_authenticated) or any(shows() for shows in SENDERS)


# --- The cookie of forms
class _OfAnyAge(TimestampSigner):
    """Knows its own signature whenever it was made: to a machine whose clock is behind it would be of the future. The
    cookie belongs to a log-in, whose end is in the database."""

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        del max_age
        return cast(Any, super()).unsign(signed_value, return_timestamp=return_timestamp)


class _Forms(SecureCookieSessionInterface):
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        found = super().get_signing_serializer(app)
        if found is not None:
            found.signer = _OfAnyAge
        return found


# --- Views that check or make a password
View = TypeVar("View", bound=Callable[..., Any])


def hashes(view: View) -> View:
    """Declare that a view computes slow hashes: threads of their own wait for them (`osm.serve.web_server`)."""
    view.osm_hashes = True  # type: ignore[attr-defined]
    return view


def does_hash(app: Flask, method: str, path: str) -> bool:
    """Whether a request leads to such a view."""
    if method != "POST":
        return False
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except (HTTPException, RequestRedirect):
        return False
    return hasattr(app.view_functions[endpoint], "osm_hashes")


def _refuse_what_is_not_whole() -> None:
    if _BAD_HOST in request.environ:
        abort(400)
    was_dropped = f"HTTP_{TOO_LARGE}" in request.environ
    if was_dropped or (request.content_length or 0) > OF_STRANGERS:
        if not _is_known():
            raise LargeOfStranger
        if was_dropped:
            abort(413)
    if f"HTTP_{WITHOUT_BODY}" in request.environ:
        raise OSError(errno.ENOSPC, "No space left on device")


def init_app(app: Flask) -> None:
    app.request_class = PlainRequest
    app.session_interface = _Forms()
    app.before_request(_refuse_what_is_not_whole)


# --- Answering htmx and a plain browser from one view: a fragment for the one, a page or a redirect for the other
def is_htmx() -> bool:
    """Whether htmx asks for a fragment; a boosted link and the Back button want a page."""
    return request.headers.get("HX-Request") == "true" and not any(
        request.headers.get(name) == "true" for name in ("HX-Boosted", "HX-History-Restore-Request")
    )


def render(page: str, fragment: str | None = None, /, status: int = 200, **values: Any) -> Response:
    """The page, or for htmx its fragment; the page includes the same fragment file."""
    template = fragment if fragment and is_htmx() else page
    return make_response(render_template(template, **values), status)


def see_other(url: str, notice: str = "", kind: str = "success") -> Response:
    """After a change: 303 for a browser; htmx opens the page instead of putting it into the element that asked.
    `notice`: the first line of the next page."""
    if notice:
        flash(notice, kind)
    if is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, 303))


def in_place(fragment: str, target: str, swap: str = "innerHTML") -> Response:
    """For htmx: the fragment goes to another place than its form says."""
    return make_response(fragment, {"HX-Retarget": target, "HX-Reswap": swap})


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` when it is a path on this site, else `default`: a link must not lead people elsewhere after log-in."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(ord(char) < 33 or char == "\\" for char in target):
        return default
    parts = parts_of(target)
    return default if parts.scheme or parts.netloc else target


# --- What one has just directed or closed can be taken back for ten seconds, on whichever page comes next
DONE_AT = "done_at"
"""What the session keeps: when this person did so last, so that other pages ask the database nothing."""


def note_done() -> None:
    """The page that comes next offers to take it back."""
    session[DONE_AT] = current_now().isoformat()


def forget_done() -> None:
    session.pop(DONE_AT, None)


# --- A table as a file to take away: XLSX or CSV, written row by row
_IN_MEMORY = 2 * 1024 * 1024  # bytes; a larger file lies on the disk until it is sent

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"


def table_file(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, kind: str = "xlsx", sheet: str = "Лист1",
    above: Sequence[str] = (), head: str = "",
) -> Response:  # fmt: skip
    """The table as an attachment; `name` without its ending, `kind` xlsx or csv. `above` and `head` are for XLSX."""
    settings = current_settings()
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (closed when the answer was sent)
    if kind == "csv":
        for line in csv_lines(columns, rows, zone=settings.time_zone):
            file.write(line.encode())
    else:
        write_xlsx(file, columns, rows, zone=settings.time_zone, sheet=sheet, above=above, head=head)
    return sent_file(file, f"{name}.{kind}", CSV if kind == "csv" else XLSX)


def book_file(name: str, sheets: Sequence[Sheet], *, head: str = "") -> Response:
    settings = current_settings()
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (closed when the answer was sent)
    write_book(file, sheets, zone=settings.time_zone, head=head)
    return sent_file(file, f"{name}.xlsx", XLSX)


def sent_file(file: IO[bytes] | bytes, name: str, kind: str) -> Response:
    """A file made for this request, not kept by caches."""
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    file.seek(0)
    answer = send_file(file, kind, as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer
