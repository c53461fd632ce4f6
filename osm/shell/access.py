"""Who may open what; headers against abuse."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from osm.models import User
from osm.regulation.words import Role

# --- Who calls a view, and who may
View = TypeVar("View", bound=Callable[..., Any])

_MARK = "osm_access"

#: Everybody, logged in or not.
PUBLIC = None
#: Everybody who is logged in, even without a role.
SIGNED_IN: frozenset[Role] = frozenset()


def me() -> User:
    """The person behind the request, as the row itself: services store it."""
    person: User = current_user._get_current_object()
    return person


def allow(*roles: Role) -> Callable[[View], View]:
    """Declare that people with one of these roles may call the view."""
    if not roles:
        raise ValueError("name the roles, or use @signed_in")
    return _mark(frozenset(roles))


class Screens(Blueprint):
    """A blueprint whose addresses name the roles that may call them."""

    def get(self, rule: str, *roles: Role, **options: Any) -> Callable[[View], View]:
        return self._to(super().get(rule, **options), roles)

    def post(self, rule: str, *roles: Role, **options: Any) -> Callable[[View], View]:
        return self._to(super().post(rule, **options), roles)

    @staticmethod
    def _to(route: Callable[[View], View], roles: Collection[Role]) -> Callable[[View], View]:
        return lambda view: route(allow(*roles)(view) if roles else view)


def signed_in(view: View) -> View:
    """Declare that everybody who is logged in may call the view."""
    return _mark(SIGNED_IN)(view)


def public(view: View) -> View:
    """Declare that anybody may call the view, also without log-in."""
    return _mark(PUBLIC)(view)


def _mark(access: frozenset[Role] | None) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _MARK, access)
        return view

    return declare


def declared(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """The declaration of an endpoint: its roles, SIGNED_IN or PUBLIC. LookupError when it has none."""
    view = app.view_functions[endpoint]
    if not hasattr(view, _MARK):
        raise LookupError(endpoint)
    access: frozenset[Role] | None = getattr(view, _MARK)
    return access


def may(access: frozenset[Role] | None, user: Any) -> bool:
    """Whether this person (a User or Flask-Login's anonymous one) meets a declaration."""
    if access is None:
        return True
    if not user.is_authenticated:
        return False
    return not access or not access.isdisjoint(user.roles)


#: What an auditor may send: his own log-in.
_OWN_LOG_IN = frozenset({"auth", "own_sessions", "second_factor"})


def guard() -> None:
    """Before every request: 401 for a visitor without a log-in, 403 for a person without the role, and for an auditor
    whatever he sends. A person who may enter only with an absent colleague's role acts for that colleague (П.3)."""
    if request.endpoint is None:
        return
    access = declared(current_app, request.endpoint)
    if request.method not in ("GET", "HEAD", "OPTIONS") and access is not PUBLIC and _only_reads(current_user):
        abort(403)
    if access is None or may(access, current_user):
        if access and current_user.is_authenticated:
            current_user.act_for(current_user.absent_for(access))
        return
    abort(403 if current_user.is_authenticated else 401)


def _only_reads(user: Any) -> bool:
    """Of a substitute the roles count that he has today: no auditor is one."""
    is_auditor = user.is_authenticated and user.has(Role.AUDITOR)
    return is_auditor and request.blueprint not in _OWN_LOG_IN


def require_declarations(app: Flask) -> None:
    """Refuse to start with a view that does not say who may call it."""
    silent = sorted(
        f"{rule.endpoint} ({rule.rule})"
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], _MARK)
    )
    if silent:
        raise RuntimeError(f"views without @allow, @signed_in or @public: {', '.join(silent)}")


# --- Headers about trust: policy of content, frames, types, referrers, caches
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}


def init_app(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Set the headers that the view has not set. Proxies never keep pages, and browsers ask for them each time. Every
    browser that knows `frame-ancestors` understands a view that names its frames."""
    is_framed = "frame-ancestors http" in response.headers.get("Content-Security-Policy", "")
    for name, value in HEADERS.items():
        if name != "X-Frame-Options" or not is_framed:
            response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.add("Vary", "HX-Request")
    return response


# --- The Flask extensions of the screens: the worker does without them
login_manager = LoginManager()
csrf = CSRFProtect()
