"""One's own second factor and sessions; throttled log-ins for the administrator."""

import secrets
from collections.abc import Mapping
from typing import Any

import segno
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from osm.base.application import current_now
from osm.base.errors import ServiceError
from osm.login.acts import attempts, second_factor, sessions
from osm.login.acts.attempts import TooManyAttempts
from osm.login.acts.sessions import REMEMBERED_FOR, CodeTooLate, pass_code, who_waits
from osm.login.queries import factor_of, is_required_of, remembered_browsers, sessions_of
from osm.login.screens.entrance import enter, from_here
from osm.login.views import browser_words, current_session, marks, session_token
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.regulation.working_time.worktime import plural
from osm.shell.access import PUBLIC, Screens, declared, me, public, signed_in
from osm.shell.errors import Words, answer, wants_json
from osm.shell.form_values import is_set, text
from osm.shell.lost_form import LostForm, carried_form, lost_form
from osm.shell.requests import hashes, is_htmx, safe_next, see_other
from osm.shell.run_act import who

blueprint = Blueprint("second_factor", __name__)

OFFER = "second_factor_offer"
"""The key in Flask's cookie: the seed of the secret that is offered, so that a page opened again offers the same."""

#: The pages open to a person who has to set it up.
WHILE_IT_LACKS = frozenset({"second_factor.show", "second_factor.turn_on", "auth.log_out"})

NEEDED = Words(
    "Нужен второй фактор",
    "Для вашей роли вход теперь с кодом из телефона. Ничего не изменено, введённое осталось в форме: откройте в "
    "соседней вкладке «Второй фактор», настройте его и повторите.",
)


# --- The second step of a log-in
@blueprint.get("/login/code")
@public
def ask() -> ResponseReturnValue:
    target = safe_next(request.args.get("next"))
    if who_waits(session_token(), now=current_now()) is None:
        return redirect(url_for("auth.login", next=target))
    return render_template("login/code.html", next=target, error="", days=REMEMBERED_FOR.days)


@blueprint.post("/login/code")
@public
@hashes
def take() -> ResponseReturnValue:
    target, lost = safe_next(text("next")), carried_form()
    mark = secrets.token_urlsafe(16) if is_set("remember") else ""
    try:
        token = pass_code(session_token(), text("code"), remember=mark, **from_here())
    except CodeTooLate as error:
        return render_template("login/login.html", error=str(error), next=target, login="", lost=lost), 401
    except (second_factor.CodeRefused, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 422
        return render_template("login/code.html", error=str(error), next=target, lost=lost), status
    return enter(token, target, lost, mark=mark)


# --- One's own


@blueprint.post("/second-factor")
@signed_in
@hashes
def turn_on() -> ResponseReturnValue:
    lost, given = carried_form(), {"proof": text("old_code"), "keep_session": _here(), **_who()}
    try:
        codes = second_factor.turn_on(second_factor.offered_secret(_seed()), text("code"), **given)
    except (MissingInput, TooManyAttempts) as error:
        return show("turn_on", error, lost)
    session.pop(OFFER)
    return _codes(codes, lost)


@blueprint.post("/second-factor/codes")
@signed_in
@hashes
def renew() -> ResponseReturnValue:
    try:
        return _codes(second_factor.renew_paper_codes(text("code"), **_who()))
    except (MissingInput, TooManyAttempts) as error:
        return show("renew", error)


@blueprint.post("/second-factor/off")
@signed_in
@hashes
def turn_off() -> ResponseReturnValue:
    try:
        second_factor.turn_off(text("password"), text("code"), **_who())
    except (MissingInput, ServiceError) as error:
        return show("turn_off", error)
    return see_other(url_for("second_factor.show"), "Второй фактор выключен: код при входе больше не нужен.")


def _who() -> dict[str, Any]:
    return {"actor": me(), "now": current_now(), "address": request.remote_addr or "", "marks": marks()}


def _seed() -> str:
    seed: str = session.setdefault(OFFER, secrets.token_urlsafe(16))
    return seed


@blueprint.get("/second-factor")
@signed_in
def show(action: str = "", error: Exception | None = None, lost: LostForm | None = None) -> Response:
    factor, secret = factor_of(me().id), second_factor.offered_secret(_seed())
    address = second_factor.set_up_address(secret, me().login)
    is_forced = factor is None and is_required_of(me())
    page = render_template(
        "login/second_factor.html",
        factor=factor,
        is_required=is_required_of(me()),
        is_forced=is_forced,
        layout="bare.html" if is_forced else "base.html",
        address=address,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=Markup(segno.make(address, error="m").svg_inline(omitsize=True, light="white")),  # noqa: S704 (of our own)
        errors={name: _named(error) if name == action else {} for name in ("turn_on", "renew", "turn_off")},
        next=safe_next(request.values.get("next")),
        lost=lost,
    )
    status = 200 if error is None else 429 if isinstance(error, TooManyAttempts) else 422
    return make_response(page, status, {"Cache-Control": "no-store"})


def _named(error: Exception | None) -> Mapping[str, str]:
    return {error.field if isinstance(error, MissingInput) else "code": str(error)} if error else {}


def _codes(codes: list[str], lost: LostForm | None = None) -> Response:
    """The codes are shown only in this answer, which browsers must not store."""
    page = render_template(
        "login/paper_codes.html", codes=codes, lost=lost, back=safe_next(text("next"), url_for("second_factor.show"))
    )
    return make_response(page, {"Cache-Control": "no-store"})


# --- Who has to have one is led to set it up
def second_factor_first() -> ResponseReturnValue | None:
    """What an open form has sent is kept: it goes through the set-up and is sent afterwards."""
    asked = request.endpoint
    if asked is None or asked in WHILE_IT_LACKS or declared(current_app, asked) is PUBLIC:
        return None
    current = current_session()
    if current is None or current.has_factor or current_user.must_change_password or not is_required_of(me()):
        return None
    if is_htmx() or wants_json():
        return answer(403, NEEDED, kind="SecondFactorNeeded")
    lost = lost_form()
    if lost is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return see_other(url_for("second_factor.show", next=target))
    response = show(lost=lost)
    response.status_code = 403
    return response


def init_app(app: Flask) -> None:
    app.before_request(second_factor_first)


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
