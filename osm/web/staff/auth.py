"""Log in, log out, change one's own password."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.services.comments import holds
from osm.services.staff.attempts import TooManyAttempts
from osm.services.staff.logins import LoginRefused
from osm.services.staff.users import change_password
from osm.web.access import PUBLIC, declared, me, public, signed_in
from osm.web.htmx import safe_next, see_other
from osm.web.lost_form import carried_form
from osm.web.nav import start_of
from osm.web.staff.known_browsers import marks
from osm.web.staff.sessions import close_session, current_session, open_session

blueprint = Blueprint("auth", __name__)

#: All that is open to somebody who has not chosen a password of his own yet.
WITH_A_GIVEN_PASSWORD = frozenset({"auth.password", "auth.set_password", "auth.log_out"})


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    target = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(start_of(me()) if target == "/" else target)
    return render_template("staff/login.html", next=target, login="", error="")


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    form, lost = request.form, carried_form()
    target = safe_next(form.get("next") or request.args.get("next"))
    response = current_app.make_response(redirect(target, 303))
    try:
        person = open_session(form.get("login", ""), form.get("password", ""), response)
    except (LoginRefused, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 401
        given = {"next": target, "login": form.get("login", ""), "lost": lost}
        return render_template("staff/login.html", error=str(error), **given), status
    if person and lost and not person.must_change_password:
        response.set_data(render_template("staff/kept_form.html", lost=lost, back=target))
        response.status_code = 200
        response.headers.remove("Location")
    elif person and target == "/":
        response.location = start_of(person)
    return response


@blueprint.post("/logout")
@signed_in
def log_out() -> ResponseReturnValue:
    response = current_app.make_response(redirect(url_for("auth.login"), 303))
    # The page itself asks for this only after the session has ended, and is refused.
    holds.release_all(actor=me())
    close_session(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/password")
@signed_in
def password() -> ResponseReturnValue:
    return render_template("staff/password.html", errors={})


@blueprint.post("/password")
@signed_in
def set_password() -> ResponseReturnValue:
    form, current, was_given = request.form, current_session(), current_user.must_change_password
    try:
        if form.get("password") != form.get("password_again"):
            raise MissingInput("password_again", "Пароли не совпали. Введите новый пароль дважды одинаково.")
        old, new, keep = form.get("old_password", ""), form.get("password", ""), current.id_hash if current else ""
        here = request.remote_addr or ""
        change_password(current_user.id, old, new, now=current_now(), keep_session=keep, address=here, marks=marks())
    except MissingInput as error:
        return render_template("staff/password.html", errors={error.field: str(error)}), 422
    except TooManyAttempts as error:
        return render_template("staff/password.html", errors={"old_password": str(error)}), 429
    said = "Пароль изменён. На других устройствах нужно войти заново."
    return see_other(start_of(me()) if was_given else url_for("auth.password"), said)


def own_password_first() -> ResponseReturnValue | None:
    """Whoever has a password that somebody else knows is led to the page where it is changed, from everywhere."""
    if request.endpoint is None or request.endpoint in WITH_A_GIVEN_PASSWORD:
        return None
    if declared(current_app, request.endpoint) is PUBLIC or not current_user.is_authenticated:
        return None
    return see_other(url_for("auth.password")) if current_user.must_change_password else None


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.before_request(own_password_first)
