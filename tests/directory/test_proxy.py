"""The name in a header: from the trusted proxy only, and beside LDAP."""

from __future__ import annotations

import re
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.models import Event, Source, User
from osm.serve.processes import proxy_options
from osm.settings import SettingsError
from osm.settings.directory import load_directory
from tests.serving import serving

pytestmark = [pytest.mark.slapd, pytest.mark.sqlite]
HEADER = {"OSM_REMOTE_USER_HEADER": "X-Remote-User", "OSM_TRUSTED_PROXY": "127.0.0.1"}


class Visit:
    """A browser behind a proxy that adds these headers to each of its requests."""

    def __init__(self, site: str, **headers: str) -> None:
        self.site, self.headers = site, {name.replace("_", "-"): value for name, value in headers.items()}
        self.opener = build_opener(HTTPCookieProcessor())

    def get(self, path: str) -> str:
        return self.opener.open(Request(f"{self.site}{path}", headers=self.headers)).read().decode()

    def press(self) -> str:
        token = unescape(re.search(r'name="csrf-token" content="([^"]+)"', self.get("/login"))[1])
        form = urlencode({"csrf_token": token, "next": "/password"}).encode()
        return self.opener.open(Request(f"{self.site}/login/proxy", form, self.headers)).read().decode()


@pytest.fixture
def site(app, cast, slapd, use_directory, make_settings, request):
    """The product's own server; `request.param`: the address of the proxy that it trusts."""
    trusted = getattr(request, "param", "127.0.0.1")
    use_directory(**slapd.environ(**HEADER))
    with serving(app, **proxy_options(make_settings(OSM_TRUSTED_PROXY=trusted))) as url:
        yield url


def entered(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.login).where(User.source == Source.LDAP)))


@pytest.mark.parametrize("name", ["petrov", "ADM\\Petrov", "petrov@ADM.EXAMPLE"])
def test_whom_the_proxy_names_enters_with_one_press(app, site, name):
    visit = Visit(site, X_Remote_User=name, X_Forwarded_For="10.1.2.3")
    assert "Войти как" in visit.get("/login")
    assert "Сменить пароль" in visit.press()
    assert entered(app) == ["petrov"]
    with app.app_context():
        assert db.session.scalars(select(Event.changes).where(Event.action == "log_in")).one()["way"] == [None, "proxy"]


@pytest.mark.parametrize("site", ["10.0.0.9", "127.0.0.2"], indirect=True)
def test_from_anybody_else_the_header_is_nothing(app, site):
    visit = Visit(site, X_Remote_User="petrov", X_Forwarded_For="127.0.0.1")
    assert "Войти как" not in visit.get("/login")
    with pytest.raises(HTTPError, match="401"):
        visit.press()
    assert entered(app) == []


@pytest.mark.parametrize(
    "headers", [{"X_Remote_User": "*"}, {"X_Remote_User": "petrov, sidorova"}, {"X_Remote_User": "anna"}, {}]
)
def test_other_names_are_refused(app, site, headers):
    with pytest.raises(HTTPError, match="401"):
        Visit(site, **headers).press()
    assert entered(app) == []


def test_without_the_setting_the_header_is_nothing(app, cast, slapd, use_directory, make_settings):
    use_directory(**slapd.environ())
    with serving(app, **proxy_options(make_settings(OSM_TRUSTED_PROXY="127.0.0.1"))) as url:
        assert "Войти как" not in Visit(url, X_Remote_User="petrov").get("/login")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"OSM_TRUSTED_PROXY": "*"}, "не \\*"),
        ({"OSM_TRUSTED_PROXY": ""}, "OSM_TRUSTED_PROXY"),
        ({"OSM_REMOTE_USER_HEADER": "Имя"}, "имя заголовка"),
        ({"OSM_LDAP_URL": ""}, "Задайте OSM_LDAP_URL"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(slapd, more, words):
    with pytest.raises(SettingsError, match=words):
        load_directory(slapd.environ(**HEADER) | more)
