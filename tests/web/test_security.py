"""The security headers for the browser, and that our own pages respect them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from osm.settings import ROOT
from osm.shell.requests import safe_next
from tests.keys import KEYS

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))


def matches(files: list[Path], pattern: str) -> list[str]:
    """Every match of the pattern, with its file."""
    return [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in files
        for found in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]


@pytest.mark.words
@pytest.mark.parametrize("path", ["/login", "/healthz", "/no-such-page", "/static/js/osm.js"])
def test_every_answer_carries_the_policy(client, path):
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


def test_pages_are_not_kept_by_caches_and_static_files_are(client):
    assert client.get("/login").headers["Cache-Control"] == "private, no-cache"
    page = client.get("/login").text
    style = re.search(r'href="(/static/css/osm\.css\?v=[0-9a-f]+)"', page)[1]
    assert "max-age=31536000" in client.get(style).headers["Cache-Control"]


#: What the policy forbids, and what would avoid the escaping.
FORBIDDEN = (
    r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\ssrc=)",
    r"(?:src|href)=\"(?:https?:)?//",
    r"\|\s*safe\b",
    r'hx-trigger="[^"]*\[',
)


def test_no_template_has_what_the_policy_forbids():
    assert matches(TEMPLATES, "|".join(FORBIDDEN)) == []


def _macros_with_token() -> set[str]:
    """Names of macros that put the token into a form."""
    bodies = (
        found
        for template in TEMPLATES
        for found in re.findall(r"{% macro (\w+)\(.*?%}(.*?){% endmacro %}", template.read_text("utf-8"), re.DOTALL)
    )
    return {name for name, body in bodies if "csrf" in body} | {"csrf", "csrf_token"}


def test_every_posted_form_carries_the_token():
    bringing = re.compile(rf"\b({'|'.join(_macros_with_token())})\(")
    forms = [form for form in matches(TEMPLATES, r"(?is)<form\b.*?</form>") if re.search('(?i)method="post"', form)]
    assert forms
    # Nobody is logged in behind a one-time link: its key, its code and the cookie of its path are what counts.
    without = [form for form in forms if not bringing.search(form)]
    assert [form for form in without if "url_for('neighbour_link." not in form] == []
    assert len(without) == 2


def test_the_browser_puts_no_tick_back_by_its_place():
    rows = matches(TEMPLATES, r'<input\b[^>]*name="row"[^>]*')
    assert rows
    assert [row for row in rows if 'type="hidden"' not in row and 'autocomplete="off"' not in row] == []


def test_our_scripts_build_no_html_from_text():
    assert matches(SCRIPTS, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function") == []


def test_each_vendored_folder_has_its_licence_and_its_line():
    vendor = ROOT / "static" / "vendor"
    readme = (vendor / "README.md").read_text(encoding="utf-8")
    for folder in (path for path in vendor.iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file()
        assert f"`{folder.name}/`" in readme


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/messages?status=new", "/messages?status=new"),
        ("/", "/"),
        (None, "/"),
        ("", "/"),
        ("messages", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:///evil.example", "/"),
        ("/ok\r\nSet-Cookie: a=b", "/"),
        ("\t//evil.example", "/"),
    ],
)
def test_safe_next_stays_on_this_site(target, safe):
    assert safe_next(target) == safe


def test_the_secure_flag_is_on_in_production(make_settings):
    assert make_settings(OSM_ENV="production", **KEYS).https
    assert not make_settings(OSM_ENV="production", OSM_HTTPS="0", **KEYS).https


def test_cookies_are_secure_where_https_is_on(make_app):
    from osm.serve.start import prepare

    app = make_app(OSM_HTTPS="1")
    prepare(app)
    cookies = app.test_client().get("/login", base_url="https://localhost").headers.getlist("Set-Cookie")
    assert cookies
    assert all("; Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
