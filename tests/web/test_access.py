"""Who may call what: every route with every role and without log-in, against the table that people read."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from osm.regulation.words import Role
from osm.web.access import PUBLIC, SIGNED_IN, allow, declared, public, require_declarations, signed_in

from .routes import ROUTES, Route, address

ROLES = {"anna": Role.CURATOR, "boris": Role.EXECUTOR, "vera": Role.MODERATOR, "gleb": Role.HEAD, "dina": Role.ADMIN}

CASES = [(route, method) for route in ROUTES for method in route.methods]


def _name(case: object) -> str:
    return f"{case.rule}" if isinstance(case, Route) else str(case)


def test_the_table_lists_every_route_and_no_other(app):
    there = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert there == {(route.rule, method) for route, method in CASES}


def test_each_view_declares_what_the_table_says(app):
    for rule in app.url_map.iter_rules():
        for route in ROUTES:
            if route.rule == rule.rule and route.methods & rule.methods:
                assert declared(app, rule.endpoint) == route.access, rule.rule


@pytest.mark.parametrize("role", [*ROLES, "efim"])
def test_each_role_gets_in_exactly_where_the_table_says(app, role, request):
    person = request.getfixturevalue(role)
    for route, method in CASES:
        allowed = route.access is PUBLIC or not route.access or ROLES.get(role) in route.access
        if route.rule in ("/logout", "/static/<path:filename>"):
            continue  # would end the session; files are nobody's secret
        answer = person.open(address(route.rule), method=method, data={})
        # Posted without a token: whoever may call it is stopped by CSRF (400), whoever may not before that (403).
        assert (answer.status_code == 403) != allowed, (route.rule, method, answer.status_code)
        if allowed and method == "POST":
            assert answer.status_code == 400, (route.rule, answer.status_code)


@pytest.mark.parametrize(("route", "method"), CASES, ids=_name)
def test_without_login_only_public_pages_answer(client, cast, route, method):
    answer = client.open(address(route.rule), method=method, data={})
    if route.access is PUBLIC:
        assert answer.status_code not in (401, 403)
    elif method == "GET":
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize(("route", "method"), CASES, ids=_name)
def test_without_login_htmx_gets_a_notice_and_keeps_its_form(client, cast, route, method):
    answer = client.open(address(route.rule), method=method, data={}, headers={"HX-Request": "true"})
    if route.access is not PUBLIC:
        assert answer.status_code == 401
        assert answer.headers["HX-Retarget"] == "#notices"
        assert "Сеанс закончился" in answer.text


def test_a_view_that_says_nothing_stops_the_start():
    app = Flask(__name__)
    app.add_url_rule("/secret", "secret", lambda: "…")
    public(app.view_functions["static"])
    with pytest.raises(RuntimeError, match=r"views without .*: secret \(/secret\)"):
        require_declarations(app)


def test_allow_needs_a_role():
    with pytest.raises(ValueError, match="signed_in"):
        allow()


def test_declarations_are_read_back():
    app, screens = Flask(__name__), Blueprint("screens", __name__)
    screens.get("/a")(allow(Role.CURATOR, Role.HEAD)(lambda: ""))
    screens.add_url_rule("/b", "b", signed_in(lambda: ""))
    screens.add_url_rule("/c", "c", public(lambda: ""))
    app.register_blueprint(screens)
    assert declared(app, "screens.<lambda>") == {Role.CURATOR, Role.HEAD}
    assert declared(app, "screens.b") == SIGNED_IN
    assert declared(app, "screens.c") is PUBLIC
