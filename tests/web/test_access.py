"""Who may call what: every route with every role and without log-in, compared with the table."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from osm.regulation.words import Role
from osm.shell.access import PUBLIC, SIGNED_IN, Screens, allow, declared, public, require_declarations, signed_in

from .routes import ROUTES, address

ROLES = {
    "anna": Role.CURATOR,
    "boris": Role.EXECUTOR,
    "vera": Role.MODERATOR,
    "gleb": Role.HEAD,
    "dina": Role.ADMIN,
    "zoya": Role.AUDITOR,
}
OWN_LOG_IN = re.compile(r"/(password|sessions|second-factor)\b")
"""All that an auditor may send."""

ASK_FOR_A_KEY = ("/api/", "/callback/", "/public/ask")
"""Others come there with a key of their own; nobody's session lets them in or keeps them out."""

CASES = [(route, method) for route in ROUTES for method in route.methods]


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
    person, wrong = request.getfixturevalue(role), []
    for route, method in CASES:
        if route.rule in ("/logout", "/static/<path:filename>"):
            continue  # would end the session; static files are public
        allowed = route.access is PUBLIC or not route.access or ROLES.get(role) in route.access
        if role == "zoya" and method == "POST" and route.access is not PUBLIC:
            allowed = allowed and OWN_LOG_IN.match(route.rule) is not None
        # By htmx a refusal is a notice, which takes half the time of a page; one role asks plainly.
        htmx = {"HX-Request": "true"} if (method == "POST" or not allowed) and role != "boris" else None
        status = person.open(address(route.rule), method=method, data={}, headers=htmx).status_code
        # Posted without a token: allowed people are stopped by CSRF (400), others before that (403).
        right = status == 403 if not allowed else status == 400 if method == "POST" else status != 403
        if route.rule.startswith(ASK_FOR_A_KEY):
            right = status in ((401, 404) if method == "POST" else (200, 401, 404))
        wrong += [] if right else [(method, route.rule, status)]
    assert wrong == []


def test_without_login_only_public_pages_answer(client, cast):
    wrong = []
    for route, method in CASES:
        answer = client.open(address(route.rule), method=method, data={})
        if route.rule.startswith(ASK_FOR_A_KEY):
            right = answer.status_code in ((401, 404) if method == "POST" else (200, 401, 404))
        elif route.access is PUBLIC:
            right = answer.status_code not in (401, 403)
        elif method == "GET":
            right = answer.status_code == 302 and answer.location.startswith("/login?next=")
        else:
            right = answer.status_code == 401
        wrong += [] if right else [(method, route.rule, answer.status_code)]
    assert wrong == []


def test_without_login_htmx_gets_a_notice_and_keeps_its_form(client, cast):
    wrong = []
    for route, method in [case for case in CASES if case[0].access is not PUBLIC]:
        answer = client.open(address(route.rule), method=method, data={}, headers={"HX-Request": "true"})
        told = answer.headers.get("HX-Retarget") == "#notices" and "Сеанс закончился" in answer.text
        wrong += [] if answer.status_code == 401 and told else [(method, route.rule, answer.status_code)]
    assert wrong == []


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
    app, screens = Flask(__name__), Screens("screens", __name__)
    screens.get("/a", Role.CURATOR, Role.HEAD)(lambda: "")
    screens.add_url_rule("/b", "b", signed_in(lambda: ""))
    screens.add_url_rule("/c", "c", public(lambda: ""))
    app.register_blueprint(screens)
    assert declared(app, "screens.<lambda>") == {Role.CURATOR, Role.HEAD}
    assert declared(app, "screens.b") == SIGNED_IN
    assert declared(app, "screens.c") is PUBLIC
