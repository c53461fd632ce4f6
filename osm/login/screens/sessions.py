"""Screens of one's own sessions, and of throttled log-ins."""

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.login.acts import attempts, sessions
from osm.login.queries import factor_of, remembered_browsers, sessions_of
from osm.login.views import browser_words, current_session
from osm.regulation.words import Role
from osm.regulation.working_time.worktime import plural
from osm.shell.access import Screens, me, signed_in
from osm.shell.form_values import text
from osm.shell.requests import see_other
from osm.shell.run_act import who

# --- Sessions
own_sessions_blueprint = Screens("own_sessions", __name__, url_prefix="/sessions")


@own_sessions_blueprint.get("")
@signed_in
def own_sessions_index() -> ResponseReturnValue:
    here = _here()
    return render_template(
        "login/sessions.html",
        sessions=sorted(sessions_of(me().id, current_now()), key=lambda row: row.id_hash != here), here=here,
        session_length=sessions.SESSION_LENGTH, browser_words=browser_words, factor=factor_of(me().id),
        remembered=remembered_browsers(me().id, current_now()),
    )  # fmt: skip


@own_sessions_blueprint.post("/end")
@signed_in
def end() -> ResponseReturnValue:
    only = text("session")
    if not only:
        abort(400)
    return _ended(sessions.end_own_sessions(_here(), actor=me(), now=current_now(), only=only))


@own_sessions_blueprint.post("/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    return _ended(sessions.end_own_sessions(_here(), actor=me(), now=current_now()))


@own_sessions_blueprint.post("/forget")
@signed_in
def forget() -> ResponseReturnValue:
    gone = sessions.forget_browser(text("browser"), actor=me(), now=current_now())
    notice = "Этот браузер снова спросит код." if gone else "Этот браузер уже забыт."
    return see_other(url_for("own_sessions.own_sessions_index"), notice)


def _here() -> str:
    current = current_session()
    return current.id_hash if current else ""


def _ended(count: int) -> ResponseReturnValue:
    notice = (
        f"Завершено: {count} {plural(count, 'сеанс', 'сеанса', 'сеансов')}." if count else "Этот сеанс уже завершён."
    )
    return see_other(url_for("own_sessions.own_sessions_index"), notice)


# --- Throttled log-ins, for the administrator
throttled_blueprint = Screens("throttled", __name__, url_prefix="/admin/logins")


@throttled_blueprint.get("", Role.ADMIN)
def throttled_index() -> ResponseReturnValue:
    now = current_now()
    return render_template(
        "login/throttled.html",
        people=attempts.throttled_people(now),
        addresses=attempts.throttled_addresses(now),
        own_address=request.remote_addr,
    )


@throttled_blueprint.post("/people/<int:user_id>", Role.ADMIN)
def let_person_in(user_id: int) -> ResponseReturnValue:
    user = attempts.let_person_in(user_id, **who())
    return see_other(url_for("throttled.throttled_index"), f"{user.name}: можно снова пробовать войти.")


@throttled_blueprint.post("/addresses", Role.ADMIN)
def let_address_in() -> ResponseReturnValue:
    address = text("address")[: attempts.LONGEST_ADDRESS]
    attempts.let_address_in(address, **who())
    return see_other(url_for("throttled.throttled_index"), f"С адреса {address} можно снова пробовать войти.")
