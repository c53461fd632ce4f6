"""The cookie of a logged-in person: a random secret whose hash leads to a row of web_session.

Flask's own signed cookie holds the CSRF token, the notices and for which log-in they hold, and nothing that says who
somebody is.
"""

from __future__ import annotations

from flask import Flask, Request, Response, g, request, session

from osm.clock import current_now
from osm.regulation.substitution import FITTING
from osm.regulation.words import Role
from osm.services.staff.logins import CurrentSession, find_session, log_in, log_out, renew_session
from osm.store.models import User
from osm.store.queries.staff.substitutes import rights_of
from osm.web.extensions import login_manager
from osm.web.roster import roster_today
from osm.web.staff.known_browsers import cookie_flags, marks, remember_browser

COOKIE = "osm_session"
STAND_INS = FITTING[Role.CURATOR]
"""Who can stand in for the press centre: nobody else is asked for."""
LOGIN = "login"
"""In Flask's cookie: the log-in for which its forms hold."""
_LONGEST = 200


def init_app(app: Flask) -> None:
    """Let Flask-Login find the person behind a request by our cookie."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.request_loader(_load_user)
    app.before_request(_renew)
    app.before_request(_keep_forms_to_their_login)


def _load_user(incoming: Request) -> User | None:
    current = current_session(incoming)
    return current.user if current else None


def current_session(incoming: Request = request) -> CurrentSession | None:
    """The live session of this request; asked of the database once."""
    if "osm_session" not in g:
        token = incoming.cookies.get(COOKIE, "")
        g.osm_session = find_session(token, now=current_now()) if 0 < len(token) <= _LONGEST else None
        if g.osm_session is not None:
            _give_rights(g.osm_session.user)
    found: CurrentSession | None = g.osm_session
    return found


def _give_rights(person: User) -> None:
    """Whoever stands in for somebody today may do what that one may; asked with each request, it ends with the days."""
    if person.owns(*STAND_INS):
        person.stand_for(rights_of(person.id, roster_today()))


def _renew() -> None:
    """Requests of the person prolong the session; the polls of an open page do not."""
    if _is_for_anybody() or request.headers.get("HX-Request") or COOKIE not in request.cookies:
        return
    current = current_session()
    if current is not None:
        renew_session(current, now=current_now())


def _is_for_anybody() -> bool:
    """What is the same for everybody and has no forms: no cookie is looked at."""
    return request.endpoint in (None, "static") or request.blueprint == "site"


def _keep_forms_to_their_login() -> None:
    """Before the CSRF token is looked at: one of another log-in, or of none, is not valid."""
    if _is_for_anybody():
        return
    current = current_session()
    login = current.id_hash if current else ""
    if session.get(LOGIN, "") != login:
        session.clear()
        session.update({LOGIN: login} if login else {})


def open_session(login: str, password: str, response: Response) -> User | None:
    """Log in and put a new secret into the cookie; raises what `log_in` raises. The session before ends."""
    browser = request.user_agent.string
    token = log_in(login, password, request.remote_addr or "", now=current_now(), marks=marks(), browser=browser)
    _end_current()
    response.set_cookie(COOKIE, token, **cookie_flags())
    opened = find_session(token, now=current_now())
    if opened is not None:
        remember_browser(opened.user.id, response)
        session[LOGIN] = opened.id_hash  # what the answer itself may show is a form of this log-in
    return opened.user if opened else None


def close_session(response: Response) -> None:
    """Log out whoever is behind the cookie, here and in the database."""
    _end_current()
    response.delete_cookie(COOKIE, **cookie_flags())


def _end_current() -> None:
    current = current_session()
    if current is not None:
        log_out(current.id_hash, now=current_now(), actor=current.user)
    session.clear()  # the CSRF token goes too
