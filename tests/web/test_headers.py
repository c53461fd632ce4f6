"""What anybody can send without logging in: broken headers and queries get an answer, never a failure."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from osm.shell.errors import HTTP
from osm.shell.requests import is_host

pytestmark = pytest.mark.sqlite

HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Expect", "Forwarded", "HX-Boosted",
    "HX-Current-URL", "HX-Request", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range", "Referer",
    "User-Agent", "X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
)  # fmt: skip
BROKEN = (
    "http://[", "http://[::1", "//[v1.", "http://\u2100", "a..b", "localhost:x", "localhost:99999999", "%", "\xff",
    "\x01", "=", ";;q=", "*/*;q=nan", "bytes=-", "bytes=9-1", "Thu, 99 Foo 99999", "Basic a",
    "osm_session=\xff; osm_form=..x",
)  # fmt: skip
HOSTS = ("a..b", "..", ".", "[", "http://[", "a" * 64 + ".ru", "xn--", "xn--a-", "a b", "a/b", "a:b:c", "осм", "")
OURS = ("localhost", "10.0.0.5:5000", "osm.gov.local:443", "xn--e1afmkfd.xn--p1ai", "[::1]:80", "osm_1", "host.")


def status(app, path: str, environ: dict[str, str], method: str = "GET") -> tuple[int, str]:
    """The answer, requested without the test client, which would change the headers."""
    asked = EnvironBuilder(path, method=method).get_environ() | environ
    body, answer, _ = run_wsgi_app(app, asked)
    return int(answer.split()[0]), b"".join(body).decode(errors="replace")


def wire(value: str) -> str:
    """The bytes of a header as the application gets them."""
    return value.encode().decode("latin-1")


@pytest.mark.parametrize("header", HEADERS)
def test_a_broken_header_is_no_failure(app, header):
    for value in BROKEN:
        for path in ("/login", "/no-such-page", "/messages/1", "/static/js/osm.js"):
            for method in ("GET", "POST"):
                told, _ = status(app, path, {f"HTTP_{header.upper().replace('-', '_')}": wire(value)}, method)
                assert told < 500, (header, value, path, method)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_cannot_be_one_is_refused_in_words(app, host):
    for path in ("/", "/login", "/no-such-page", "/healthz"):
        told, page = status(app, path, {"HTTP_HOST": wire(host)})
        assert told == 400
        assert HTTP[400].text in page


@pytest.mark.parametrize("host", OURS)
def test_every_name_that_a_server_can_have_is_taken(app, host):
    assert is_host(host)
    assert status(app, "/login", {"HTTP_HOST": host})[0] == 200


@pytest.mark.parametrize(
    "query", ["next=\xed\xa0\x80", "next=\xcf\xf0", "next=http://[", "next=//[", "%", "a=%ff&&=", "\xff"]
)
def test_a_broken_query_is_no_failure(app, query):
    for path in ("/login", "/", "/no-such-page"):
        assert status(app, path, {"QUERY_STRING": query})[0] < 500


def test_an_old_browsers_query_is_read_as_if_it_were_escaped(app):
    page = status(app, "/login", {"QUERY_STRING": wire("next=/messages?q=ямы")})[1]
    assert 'value="/messages?q=ямы"' in page


def test_a_broken_referer_leads_home(client):
    assert 'href="/">На главную' in client.get("/no-such-page", headers={"Referer": "http://["}).text
