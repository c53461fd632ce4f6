"""Numbers of forms and addresses in digits that `int` does not read, and with more digits than any number has."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.base.numbers import all_whole, is_number, whole
from osm.models import User
from osm.regulation.words import Status
from tests.by_day import by_day
from tests.plan.conftest import plan
from tests.web.routes import ROUTES

__all__ = ["plan"]

ODD = ("²", "①", "١", "９", "1" * 5000, "9" * 20, "-1", "+1", "1.0", "1_0", " ", "")


@pytest.mark.parametrize("text", ODD)
def test_only_plain_digits_that_fit_are_a_number(text):
    assert whole(text) is None
    assert all_whole([text, "7"]) == [7]


def test_a_number_is_read_as_it_is():
    assert (whole("0"), whole("007"), whole("123456789")) == (0, 7, 123456789)
    assert (whole("1234", digits=3), is_number("1" * 5000)) == (None, True)


ASKED = [
    "account", "after", "at", "before", "bell", "checked", "current", "day", "department", "entry", "executor",
    "figure", "from", "group", "key", "looked", "message", "month", "network", "on", "page", "part", "person",
    "person_id", "place", "post", "rule", "seen", "show", "since", "state", "stays", "to", "topic", "year",
]  # fmt: skip
TYPED = [
    "absence_id", "assignment_id", "base", "began", "day", "department_id", "draft_id", "due_at", "due_on",
    "edition", "executor_id", "executor_id1", "first", "first_day", "header_row", "hours",
    "how_many", "last_day", "late_minutes", "leader_id", "minutes1", "month", "news_id", "number", "on", "over",
    "page", "pages", "person_id", "photo_id", "placed_at", "placement_id", "published_at", "reply_id", "replaces",
    "row", "rows", "rule_id", "said_by_id", "seen", "session", "since_at", "step", "substitute_id", "supervisor_id",
    "target_id", "task_id", "to_id", "topic", "topic_id", "valid_from", "version", "weekday", "what", "year",
]  # fmt: skip
"""Names of fields that hold a number, a day or a moment."""
NOT_ASKED = re.compile(r"/readyz|/log(in|out)|/password|/sessions|/callback|/static")


@pytest.mark.nightly(on="postgresql")
@pytest.mark.parametrize("odd", by_day(["²", "9" * 20]))
def test_an_odd_number_is_a_failure_of_the_program_nowhere(desk, request, odd):
    """In the query and in the form of each route, as the first person who may call it."""
    desk.in_status(Status.IN_WORK)
    people = {login: db.session.get_one(User, desk.ids[login]).own_roles for login in ("anna", "dina", "boris", "gleb")}
    failed = {}
    for route in ROUTES:
        login = next((one for one, roles in people.items() if not route.access or route.access & roles), None)
        if login is None or NOT_ASKED.search(route.rule):
            continue
        browser, path = request.getfixturevalue(login), re.sub(r"<[^>]+>", "1", route.rule)
        if "GET" in route.methods:
            answer = browser.get(path, query_string=dict.fromkeys(ASKED, odd))
        else:
            answer = browser.submit(path, dict.fromkeys(TYPED, odd), page="/password")
        if answer.status_code >= 500:
            failed[path] = answer.status_code
    assert failed == {}


@pytest.mark.parametrize("odd", ODD[:6])
def test_an_odd_number_in_the_path_is_no_page(anna, odd):
    assert anna.get(f"/messages/{odd}").status_code == 404
    assert anna.get(f"/plan/photos/{odd}/small").status_code == 404


@pytest.mark.parametrize("odd", ["²", "9" * 20, "1" * 5000])
def test_an_odd_number_where_something_is_there(plan, vera, dina, odd):
    """The next page reads again what was typed in the editor of the plan; the calendar shows a year again."""
    row = plan.idea()
    written = {"title": "Каток", "text": "Приходите!", "version": odd, "base": "x"}
    assert vera.submit(f"/plan/{row.id}/typed", written, page="/password").status_code < 500
    assert vera.get(f"/plan/{row.id}").status_code == 200
    pages = written | {"version": "1", "pages": [odd, str(plan.vk)]}
    assert vera.submit(f"/plan/{row.id}/text", pages, page="/password").status_code < 500
    assert vera.submit("/plan/tasks", {"title": "Тест", "pages": odd}, page="/password").status_code < 500
    for form in ({"what": "year", "year": odd}, {"what": "act", "first": odd}, {"what": "schedule", "valid_from": odd}):
        assert dina.submit("/admin/calendar/change", form, page="/password").status_code < 500
