"""The cookie of a browser in which somebody has logged in: he is no stranger there when strangers are throttled.

It is signed and holds, for each of the last few people, his number and the mark of this browser: nobody can log in with
it; whoever steals it gains a few more attempts (decision 031).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "osm_browser"
KEPT_FOR = timedelta(days=365)
MOST_PEOPLE = 5
"""An office may share a computer."""


def marks() -> dict[int, str]:
    """Whose browser this is: user id → mark, the latest log-in last. Empty where the cookie is not ours."""
    try:
        return dict(_serializer().loads(request.cookies.get(COOKIE, "")))
    except BadSignature:
        return {}


def remember_browser(user_id: int, response: Response) -> None:
    """He has logged in here: for him this browser is known from now on."""
    known = marks()
    mark = known.pop(user_id, "") or secrets.token_urlsafe(16)
    kept = [*known.items(), (user_id, mark)][-MOST_PEOPLE:]
    response.set_cookie(COOKIE, _serializer().dumps(kept), max_age=KEPT_FOR, **cookie_flags())


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=COOKIE)


def cookie_flags() -> dict[str, Any]:
    """Not for scripts, not to other sites; with HTTPS never in the clear."""
    return {
        "httponly": True,
        "samesite": "Lax",
        "secure": current_app.config["SESSION_COOKIE_SECURE"],
        "path": current_app.config["APPLICATION_ROOT"],
    }
