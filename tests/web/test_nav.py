"""The menu shows what a person may open, with the numbers of what waits there."""

from __future__ import annotations

import pytest

from osm.version import VERSION
from osm.web import nav
from tests.statements import counted as statements


@pytest.fixture
def counted(app, monkeypatch):
    """A menu of two addresses that everybody has, both counted, one of them with nothing."""
    numbers = {"/password": 0, "/nav/badges": 1234}
    monkeypatch.setattr(nav, "ITEMS", tuple((path, path) for path in numbers))
    monkeypatch.setitem(app.extensions, "osm_counts", {path: lambda *_, path=path: numbers[path] for path in numbers})
    return numbers


def test_a_person_sees_only_what_may_be_opened(app, anna, efim):
    for browser in (anna, efim):
        page = browser.get("/password").text
        for path, label in nav.ITEMS:
            shown = f'<a href="{path}"' in page.split("</nav>")[0]
            assert shown == (browser.get(path).status_code == 200), (browser.login, label)


def test_a_long_menu_folds_what_is_not_opened_every_day(anna, boris):
    row, more = anna.get("/help").text.split("</nav>")[0].split("more-in-menu")
    assert [path in more for path in ("/imports", "/journal", "/help", "/approvals")] == [True, True, True, False]
    assert 'href="/approvals"' in row
    assert 'class="has-current"' in more
    assert "more-in-menu" not in boris.get("/help").text


def test_the_menu_of_the_person_ends_with_the_version(app, anna):
    assert f"ОСМ {VERSION}</p>" in anna.get("/help").text.split("</header>")[0]
    assert VERSION not in app.test_client().get("/login").text, "who is not logged in learns nothing"


def test_badges_poll_as_out_of_band_pieces(counted, anna):
    answer = anna.htmx("/nav/badges", method="GET")
    pieces = answer.text
    assert "<nav" not in pieces
    assert 'id="badge-password" class="count" hx-swap-oob="true" hidden>0' in pieces
    assert (
        'id="badge-nav-badges" class="count" hx-swap-oob="true"><span title="1 234"><span aria-hidden="true">999+<'
        in pieces
    )


@pytest.mark.parametrize("login", ["anna", "boris", "vera", "gleb", "dina"])
def test_all_numbers_of_the_menu_take_one_statement(app, desk, request, login):
    browser = request.getfixturevalue(login)
    browser.get("/help")
    with statements(app) as seen:
        page = browser.get("/help")
    assert page.text.count('id="badge-') > 1 or login == "dina"
    # Before it: the session, the calendar, who is absent; the settings of those who publish; late messages of the head.
    assert len([one for one in seen if one.startswith("SELECT")]) <= 6, "\n".join(seen)


def test_login_and_pages_without_login_have_no_menu(client):
    assert "top-nav" not in client.get("/login").text
