"""Which session a request belongs to, and which browser it comes from."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Request, Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from osm.base.application import current_now
from osm.base.types import hide_people
from osm.login.acts.sessions import CurrentSession, find_session
from osm.people import views as roster
from osm.people.queries.absences import rights_of
from osm.regulation import executors, words

# --- The cookie of a browser in which somebody has logged in
KNOWN_BROWSERS_COOKIE = "osm_browser"
KEPT_FOR = timedelta(days=365)
MOST_PEOPLE = 5  # an office may share a computer


def marks() -> dict[int, str]:
    """The users known in this browser: user id → mark, the latest log-in last. Empty if the cookie is not ours."""
    try:
        return dict(_serializer().loads(request.cookies.get(KNOWN_BROWSERS_COOKIE, "")))
    except BadSignature:
        return {}


def remember_browser(user_id: int, response: Response, mark: str = "") -> None:
    """Make this browser known for the user, by a new `mark` where there is one."""
    known = marks()
    mark = mark or known.get(user_id, "") or secrets.token_urlsafe(16)
    known.pop(user_id, None)
    kept = [*known.items(), (user_id, mark)][-MOST_PEOPLE:]
    response.set_cookie(KNOWN_BROWSERS_COOKIE, _serializer().dumps(kept), max_age=KEPT_FOR, **cookie_flags())


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=KNOWN_BROWSERS_COOKIE)


def cookie_flags() -> dict[str, Any]:
    """Hidden from scripts and other sites; with HTTPS sent only encrypted."""
    return {
        "httponly": True,
        "samesite": "Lax",
        "secure": current_app.config["SESSION_COOKIE_SECURE"],
        "path": current_app.config["APPLICATION_ROOT"],
    }


# --- The cookie of the session
SESSIONS_COOKIE = "osm_session"

STAND_INS = executors.FITTING[words.Role.CURATOR]
"""The roles that can replace the press centre; other users need no look at the absences."""
_LONGEST = 200


def current_session(incoming: Request = request) -> CurrentSession | None:
    """The live session of this request, loaded once."""
    if "osm_session" not in g:
        token = incoming.cookies.get(SESSIONS_COOKIE, "")
        live = g.osm_session = find_session(token, now=current_now()) if 0 < len(token) <= _LONGEST else None
        hide_people(live is not None and live.user.owns(words.Role.AUDITOR))
        # A substitute has the rights of the absent person; checked at each request, so they end with the absence.
        if live is not None and live.user.owns(*STAND_INS):
            live.user.stand_for(rights_of(live.user.id, roster.roster_today()))
    found: CurrentSession | None = g.osm_session
    return found


def session_token() -> str:
    """What the cookie says; empty if it is none of ours."""
    token = request.cookies.get(SESSIONS_COOKIE, "")
    return token if len(token) <= _LONGEST else ""


# --- The name of a browser
UNKNOWN = "браузер неизвестен"

#: Part of the User-Agent → name. The first match counts: most also claim to be Chrome and Safari.
_BROWSERS = (
    ("YaBrowser/", "Яндекс Браузер"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> str:
    """The browser and the system, as far as they are known."""
    names = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(filter(None, names)) or UNKNOWN


def _first(text: str, table: Iterable[tuple[str, str]]) -> str:
    return next((name for sign, name in table if sign in text), "")
