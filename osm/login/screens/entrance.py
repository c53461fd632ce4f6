"""Log in by password, proxy or OpenID Connect, log out, change one's own password."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import SystemClock, current_now, current_settings
from osm.comments.acts import holds
from osm.directory.acts import entering, people, provider
from osm.directory.acts.entering import log_in as acts_log_in
from osm.directory.acts.people import DirectoryAway, NoRights, NotLinked
from osm.login.acts import sessions
from osm.login.acts.attempts import TooManyAttempts
from osm.login.acts.passwords import change_password, shortest_password
from osm.login.acts.sessions import (
    InvitationOver,
    LoginRefused,
    accept_invitation,
    find_session,
    invited,
    renew_session,
)
from osm.login.queries import nobody_has_an_account
from osm.login.views import SESSIONS_COOKIE, cookie_flags, current_session, marks, remember_browser
from osm.models import User
from osm.regulation.errors import MissingInput
from osm.shell import access, lost_form, requests
from osm.shell.access import PUBLIC, Screens, declared, me, public, signed_in
from osm.shell.frame import nav
from osm.shell.requests import hashes, safe_next, see_other

LOGIN = "login"  # the key in Flask's cookie: the log-in to which its forms belong


def _load_user(incoming: Request) -> User | None:
    current = current_session(incoming)
    return current.user if current else None


def _renew() -> None:
    """Requests of the person prolong the session, polls of an open page do not."""
    if _is_for_anybody() or request.headers.get("HX-Request") or SESSIONS_COOKIE not in request.cookies:
        return
    current = current_session()
    if current is not None:
        renew_session(current, now=current_now())


def _is_for_anybody() -> bool:
    """Pages that are the same for all and have no forms: cookies are not read."""
    return request.endpoint in (None, "static") or request.blueprint == "site"


def _keep_forms_to_their_login() -> None:
    """Runs before the CSRF check: a token of another log-in, or of none, is invalid."""
    if _is_for_anybody():
        return
    current = current_session()
    login = current.id_hash if current else ""
    if session.get(LOGIN, "") != login:
        session.clear()
        session.update({LOGIN: login} if login else {})


def from_here() -> dict[str, Any]:
    """Where, when and in which browser somebody logs in."""
    return {
        "address": request.remote_addr or "",
        "now": current_now(),
        "marks": marks(),
        "browser": request.user_agent.string,
    }


def enter(token: str, target: str, lost: lost_form.LostForm | None = None, *, mark: str = "") -> Response:
    """The answer after a log-in, whichever way it was made: the page that was asked for, or the one for the code.
    `token`: what `begin_session` or `pass_code` returned. The previous session ends. `lost`: a form that waits."""
    _end_current()
    response = current_app.make_response(redirect(target, 303))
    response.set_cookie(SESSIONS_COOKIE, token, **cookie_flags())
    opened = find_session(token, now=current_now())
    if opened is None:
        if lost is None:
            response.location = url_for("second_factor.ask", next=target)
        else:
            _show_instead(response, "login/code.html", next=target, error="", lost=lost)
        return response
    remember_browser(opened.user.id, response, mark)
    session[LOGIN] = opened.id_hash  # forms in this very answer belong to the new log-in
    if lost and not opened.user.must_change_password:
        _show_instead(response, "login/kept_form.html", lost=lost, back=target)
    elif target == "/":
        response.location = nav.start_of(opened.user)
    return response


def _show_instead(response: Response, template: str, **values: Any) -> None:
    """A page instead of the redirect: what it carries has to go on in a form."""
    response.set_data(render_template(template, **values))
    response.status_code = 200
    response.headers.remove("Location")


def close_session(response: Response) -> None:
    """Log out, in the browser and in the database."""
    _end_current()
    response.delete_cookie(SESSIONS_COOKIE, **cookie_flags())


def _end_current() -> None:
    current = current_session()
    if current is not None:
        sessions.log_out(current.id_hash, now=current_now(), actor=current.user)
    session.clear()  # removes the CSRF token too


# --- Routes
blueprint = Blueprint("auth", __name__)

#: Why nobody is logged in: words for the page of log-in.
NOT_LET_IN = (LoginRefused, TooManyAttempts, NoRights, NotLinked, provider.NotProven, DirectoryAway)
_STATUSES = {TooManyAttempts: 429, DirectoryAway: 503, NoRights: 403, NotLinked: 403, provider.NotProven: 400}


def refused_status(error: Exception) -> int:
    """Of the first kind that fits; 401: name or password."""
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 401)


#: The only pages open to a person who still has a password given by somebody else.
WITH_A_GIVEN_PASSWORD = frozenset({"auth.password", "auth.set_password", "auth.log_out"})


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    target = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(nav.start_of(me()) if target == "/" else target)
    return render_template("login/login.html", next=target, login="", error="")


@blueprint.post("/login")
@public
@hashes
def log_in() -> ResponseReturnValue:
    form, lost = request.form, lost_form.carried_form()
    target = safe_next(form.get("next") or request.args.get("next"))
    try:
        return enter(
            acts_log_in(current_settings().directory, form.get("login", ""), form.get("password", ""), **from_here()),
            target,
            lost,
        )
    except NOT_LET_IN as error:
        status = refused_status(error)
        given = {"next": target, "login": form.get("login", ""), "lost": lost}
        return render_template("login/login.html", error=str(error), **given), status


@blueprint.post("/logout")
@signed_in
def log_out() -> ResponseReturnValue:
    current = current_session()
    there = entering.log_out_address(current_settings().directory, current.id_hash) if current else ""
    response = current_app.make_response(redirect(url_for("auth.login"), 303))
    if there:
        # Not a redirect: the policy of content lets no form lead to another site.
        _show_instead(response, "login/logging_out.html", there=there)
        response.headers["Refresh"] = f"0; url={there}"
    # The page's own request for this comes after the session has ended, and is refused.
    holds.release_all(actor=me())
    close_session(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/password")
@signed_in
def password() -> ResponseReturnValue:
    return _password_page({})


@blueprint.post("/password")
@signed_in
@hashes
def set_password() -> ResponseReturnValue:
    form, current, was_given = request.form, current_session(), current_user.must_change_password
    try:
        if form.get("password") != form.get("password_again"):
            raise MissingInput("password_again", "Пароли не совпали. Введите новый пароль дважды одинаково.")
        old, new, keep = form.get("old_password", ""), form.get("password", ""), current.id_hash if current else ""
        here = request.remote_addr or ""
        change_password(current_user.id, old, new, now=current_now(), keep_session=keep, address=here, marks=marks())
    except MissingInput as error:
        return _password_page({error.field: str(error)}), 422
    except TooManyAttempts as error:
        return _password_page({"old_password": str(error)}), 429
    notice = "Пароль изменён. На других устройствах нужно войти заново."
    return see_other(nav.start_of(me()) if was_given else url_for("auth.password"), notice)


def _password_page(errors: Mapping[str, str]) -> str:
    shortest = shortest_password(me().id, is_demo=me().is_demo)
    return render_template("login/password.html", errors=errors, shortest=shortest)


@blueprint.get("/invitation")
@public
def invitation() -> ResponseReturnValue:
    """Opening it changes nothing: mail servers look at links before people do."""
    return _invitation(request.args.get("key", ""))


@blueprint.post("/invitation")
@public
@hashes
def accept() -> ResponseReturnValue:
    form = request.form
    key, new = form.get("key", ""), form.get("password", "")
    try:
        if new != form.get("password_again"):
            raise MissingInput("password_again", "Пароли не совпали. Введите новый пароль дважды одинаково.")
        person = accept_invitation(key, new, now=current_now())
    except MissingInput as error:
        return _invitation(key, {error.field: str(error)})
    except InvitationOver:
        return _invitation(key)
    return enter(acts_log_in(current_settings().directory, person.login, new, **from_here()), "/")


def _invitation(key: str, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """The form, or why there is none. The address holds a secret: no copy of it, no word of it to other pages."""
    person, over = None, ""
    try:
        person = invited(key, now=current_now())
    except InvitationOver as error:
        over = str(error)
    shortest = shortest_password(person.id) if person else 0
    page = render_template(
        "login/invitation.html", person=person, over=over, key=key, errors=errors or {}, shortest=shortest
    )
    return (
        page,
        404 if over else 422 if errors else 200,
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def own_password_first() -> ResponseReturnValue | None:
    """Lead a person with a password that somebody else knows to the page where it is changed."""
    if request.endpoint is None or request.endpoint in WITH_A_GIVEN_PASSWORD:
        return None
    if declared(current_app, request.endpoint) is PUBLIC or not current_user.is_authenticated:
        return None
    return see_other(url_for("auth.password")) if current_user.must_change_password else None


sign_on = Screens("sign_on", __name__)
provider_blueprint = Screens("provider", __name__)


# --- The name from the proxy
@sign_on.post("/login/proxy")
@public
def by_proxy() -> ResponseReturnValue:
    target = safe_next(request.form.get("next"))
    try:
        return enter(entering.log_in_named(current_settings().directory, proxy_name(), **from_here()), target)
    except NOT_LET_IN as error:
        return _refused(error, target)


def proxy_name() -> str:
    """Whom the proxy has checked; empty: nobody, or this way is off."""
    return str(request.environ.get(requests.REMOTE_USER, ""))


# --- The provider of OpenID Connect
_KEPT, _NEXT = "oidc", "oidc_next"  # what the cookie of forms keeps while the person is at the provider


@sign_on.get("/login/oidc")
@public
def to_provider() -> ResponseReturnValue:
    target = safe_next(request.args.get("next"))
    try:
        there, session[_KEPT] = _provider().begin()
    except NOT_LET_IN as error:
        return _refused(error, target)
    session[_NEXT] = target
    return redirect(there)


@sign_on.get("/login/oidc/back")
@public
def from_provider() -> ResponseReturnValue:
    _provider()  # without one there is no such page
    kept, target = session.pop(_KEPT, {}), safe_next(session.pop(_NEXT, ""))
    try:
        return enter(entering.log_in_proven(current_settings().directory, request.args, kept, **from_here()), target)
    except NOT_LET_IN as error:
        return _refused(error, target)


@provider_blueprint.post("/login/oidc/logout")
@public
def told_by_provider() -> ResponseReturnValue:
    """Back-channel: the provider itself calls, without cookies; its signature is what counts."""
    token = request.form.get("logout_token", "")
    try:
        entering.end_by_provider(
            current_settings().directory, token, now=current_now(), computer_now=SystemClock().now()
        )
        words, status = "", 200
    except (provider.NotProven, people.ProviderAway) as error:
        words, status = f"{type(error).__name__}\n", 503 if isinstance(error, people.ProviderAway) else 400
    return Response(words, status, {"Cache-Control": "no-store"}, mimetype="text/plain")


@sign_on.after_request
def _keep_address(response: Response) -> Response:
    """The address of the way back holds a code: no copy of it, no word of it to other pages."""
    response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return response


def _provider() -> provider.Provider:
    of = current_settings().directory.oidc
    return provider.Provider(of) if of is not None else abort(404)


def _refused(error: Exception, target: str) -> ResponseReturnValue:
    page = render_template("login/login.html", next=target, login="", error=str(error))
    return page, refused_status(error)


def init_app(app: Flask) -> None:
    access.login_manager.init_app(app)
    access.login_manager.session_protection = None
    access.login_manager.request_loader(_load_user)
    app.before_request(_renew)
    app.before_request(_keep_forms_to_their_login)
    app.before_request(own_password_first)
    access.csrf.exempt(provider_blueprint)
    app.add_template_global(proxy_name)
    app.add_template_global(nobody_has_an_account)
