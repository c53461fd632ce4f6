"""Answers for htmx, and what was just done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, flash, make_response, redirect, render_template, request, session

from osm.base.application import current_now
from osm.inbox.queries.inbox import just_done
from osm.regulation.transition_row import SLIP_UNDO
from osm.shell.access import me
from osm.shell.requests import parts_of


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

    `notice`: the first line of the next page.
    """
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
_DONE_AT = "done_at"
"""What the session keeps: when this person did so last, so that other pages ask the database nothing."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back as one, and for how many seconds still."""

    rows: list[Any]
    seconds: int


def note_done() -> None:
    """The page that comes next offers to take it back."""
    session[_DONE_AT] = current_now().isoformat()


def undo_of_last() -> Undo | None:
    """What this page offers to take back."""
    if _DONE_AT not in session:
        return None
    now = current_now()
    left = datetime.fromisoformat(session[_DONE_AT]) + SLIP_UNDO - now
    rows = just_done(me().id, now - SLIP_UNDO) if left.total_seconds() > 0 else []
    if not rows:
        session.pop(_DONE_AT)
        return None
    return Undo(rows, max(1, int((rows[0].at + SLIP_UNDO - now).total_seconds())))


def forget_done() -> None:
    session.pop(_DONE_AT, None)


def init_app(app: Flask) -> None:
    app.add_template_global(undo_of_last)
