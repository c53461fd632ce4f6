"""Log in by what others have checked: the proxy in front of the program, or a provider of OpenID Connect."""

from flask import Flask, Response, abort, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from osm.base.application import SystemClock, current_now, current_settings
from osm.directory.acts import entering, found, provider
from osm.login.screens.entrance import NOT_LET_IN, enter, from_here, refused_status
from osm.shell import access, requests
from osm.shell.access import Screens, public
from osm.shell.requests import safe_next

blueprint = Screens("sign_on", __name__)
provider_blueprint = Screens("provider", __name__)


# --- The name from the proxy
@blueprint.post("/login/proxy")
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


@blueprint.get("/login/oidc")
@public
def to_provider() -> ResponseReturnValue:
    target = safe_next(request.args.get("next"))
    try:
        there, session[_KEPT] = _provider().begin()
    except NOT_LET_IN as error:
        return _refused(error, target)
    session[_NEXT] = target
    return redirect(there)


@blueprint.get("/login/oidc/back")
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
    except (provider.NotProven, found.ProviderAway) as error:
        words, status = f"{type(error).__name__}\n", 503 if isinstance(error, found.ProviderAway) else 400
    return Response(words, status, {"Cache-Control": "no-store"}, mimetype="text/plain")


@blueprint.after_request
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
    access.csrf.exempt(provider_blueprint)
    app.add_template_global(proxy_name)
