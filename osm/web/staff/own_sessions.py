"""Where one is logged in: when, from which address, in what browser; each of the others can be ended."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.durations import plural
from osm.services.staff.logins import SESSION_LENGTH, end_own_sessions
from osm.store.queries.staff.sessions import sessions_of
from osm.web.access import me, signed_in
from osm.web.form_values import text
from osm.web.htmx import see_other
from osm.web.staff.browser_words import browser_words
from osm.web.staff.sessions import current_session

blueprint = Blueprint("own_sessions", __name__, url_prefix="/sessions")


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    here = _here()
    return render_template(
        "staff/sessions.html",
        sessions=sorted(sessions_of(me().id, current_now()), key=lambda row: row.id_hash != here),
        here=here,
        session_length=SESSION_LENGTH,
        browser_words=browser_words,
    )


@blueprint.post("/end")
@signed_in
def end() -> ResponseReturnValue:
    only = text("session")
    if not only:
        abort(400)
    return _ended(end_own_sessions(_here(), actor=me(), now=current_now(), only=only))


@blueprint.post("/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    return _ended(end_own_sessions(_here(), actor=me(), now=current_now()))


def _here() -> str:
    current = current_session()
    return current.id_hash if current else ""


def _ended(count: int) -> ResponseReturnValue:
    said = f"Завершено: {count} {plural(count, 'сеанс', 'сеанса', 'сеансов')}." if count else "Этот сеанс уже завершён."
    return see_other(url_for("own_sessions.index"), said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
