"""Attempts are counted by the visitor's address as the trusted proxy reports it, never as the visitor says it."""

from __future__ import annotations

import re
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.models import LoginAttempt
from osm.serve.processes import proxy_options
from osm.settings import load_settings
from tests.serving import serving


def knock(site: str, said: str) -> None:
    """Try a wrong password, with headers about the address from the visitor or his proxy."""
    opener = build_opener(HTTPCookieProcessor())
    page = opener.open(f"{site}/login").read().decode()
    token = unescape(re.search(r'name="csrf-token" content="([^"]+)"', page)[1])
    form = urlencode({"csrf_token": token, "login": "anna", "password": "не-тот"}).encode()
    with pytest.raises(HTTPError, match="401"):
        opener.open(Request(f"{site}/login", form, {"X-Forwarded-For": said}))


@pytest.mark.words
@pytest.mark.parametrize(
    ("trusted", "said", "counted"),
    [
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "6.6.6.6, 10.1.2.3", "10.1.2.3"),
        ("*", "10.1.2.3", "10.1.2.3"),
        ("10.0.0.9", "10.1.2.3", "127.0.0.1"),
        ("", "10.1.2.3", "127.0.0.1"),
    ],
)
def test_which_word_counts(app, cast, tmp_path, trusted, said, counted):
    settings = load_settings({"OSM_DATA_DIR": str(tmp_path), "OSM_TRUSTED_PROXY": trusted})
    with serving(app, **proxy_options(settings)) as site:
        knock(site, said)
    with app.app_context():
        assert db.session.scalars(select(LoginAttempt.address)).all() == [counted]
