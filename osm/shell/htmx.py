"""Answers for htmx, and what was just done."""

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, session

from osm.base.application import current_now
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
