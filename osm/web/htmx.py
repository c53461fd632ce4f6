"""Answering htmx and a plain browser from one view: a fragment for the one, a page or a redirect for the other."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request

from osm.web.requests import parts_of


def is_htmx() -> bool:
    """Whether htmx asks for a fragment; a boosted link and the Back button want a page."""
    return request.headers.get("HX-Request") == "true" and not any(
        request.headers.get(name) == "true" for name in ("HX-Boosted", "HX-History-Restore-Request")
    )


def render(page: str, fragment: str | None = None, /, status: int = 200, **values: Any) -> Response:
    """The page, or for htmx its fragment; the page includes the same fragment file."""
    template = fragment if fragment and is_htmx() else page
    return make_response(render_template(template, **values), status)


def see_other(url: str, said: str = "", kind: str = "success") -> Response:
    """After a change: 303 for a browser; htmx is told to open the page, not to put it into the element that asked.

    `said`: what the next page says first.
    """
    if said:
        flash(said, kind)
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
