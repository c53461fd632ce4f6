"""A foreign address becomes a link only if it is http or https: others could be a script."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from xml.etree import ElementTree

import pytest

from osm.answers.acts import publication
from osm.answers.acts.promises import Control
from osm.base.database import db
from osm.networks.addresses import is_web, profile_words
from osm.regulation.words import Status
from osm.settings import ROOT
from tests.desk import NOW
from tests.office import at
from tests.pages.test_site import entry, zone

__all__ = ["entry", "zone"]

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_LINK = re.compile(r'(?:href|src)="\{\{\s*([^}]+?)\s*\}\}')
_STORED = re.compile(r"(?:^|[._])(?:url|site|post|link)$|^(?:url|value)$")
OURS = {("comments/queue.html", "tab.url"), ("comments/queue.html", "asked.post")}
"""Addresses of the program itself, and one that the query has checked."""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://t.me/petr_i", "@petr_i"), ("https://t.me/100500", ""), ("https://max.ru/petr.i", "@petr.i"),
        ("https://max.ru/u/100500", "профиль"), ("https://vk.com/id1", "профиль"), ("", "профиль"),
    ],
)  # fmt: skip
def test_a_profile_is_called_by_the_name_that_its_owner_has_chosen(address, words):
    assert profile_words(address) == words


@pytest.mark.parametrize(
    ("address", "web"),
    [
        ("https://vk.com/wall1_1", True), ("HTTP://site.example", True), ("https://сайт.рф/а", True), ("", False),
        (None, False), ("javascript:alert(1)", False), (" JavaScript:x", False), ("java\nscript:alert(1)", False),
        ("data:text/html,x", False), ("vbscript:x", False), ("//evil.example", False), ("/messages", False),
        ("file:///etc/passwd", False), ("http://", False), ("http://[", False), ("https:alert(1)", False),
    ],
)  # fmt: skip
def test_only_pages_of_the_web_are_links(address, web):
    assert is_web(address) is web


def test_every_template_asks_before_it_links_a_stored_address():
    unasked = []
    for path in TEMPLATES:
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT / "templates"))
        for found in _LINK.finditer(text):
            expression = found[1]
            asked = f"{expression} | is_web" in text[max(0, found.start() - 600) : found.start()]
            if _STORED.search(expression) and not asked and (name, expression) not in OURS:
                unasked.append((name, expression))
    assert unasked == []


def test_what_is_stored_past_all_checks_is_text_on_every_page(desk, entry, anna, dina, client):
    """On the office's screens and in the public part: page, frame, feed."""
    bad = "javascript:alert(1)"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE account SET url = '{bad}'")
        connection.exec_driver_sql(f"UPDATE account_edition SET url = '{bad}'")
        connection.exec_driver_sql(f"UPDATE office SET site = '{bad}'")
    pages = {path: dina.get(path) for path in (f"/accounts/{entry}", "/accounts", f"/admin/pages/{entry}")}
    pages |= {f"{path} of Anna": anna.get(path) for path in (f"/accounts/{entry}/profile", f"/accounts/{entry}")}
    pages |= {path: client.get(path) for path in ("/public/accounts", "/public/accounts/embed", "/public/opendata/")}
    shown = {path: answer.text for path, answer in pages.items() if answer.status_code == 200}
    assert len(shown) >= 5
    assert [path for path, text in shown.items() if re.search(r'(?:href|src)="\s*javascript', text)] == []
    assert bad in shown["/public/accounts"]
    feed = ElementTree.fromstring(client.get("/public/accounts.atom").data)
    assert [
        one.get("href") for one in feed.iter("{http://www.w3.org/2005/Atom}link") if bad in one.get("href", "")
    ] == []


@pytest.mark.parametrize("who", ["vera", "gleb"])
def test_nothing_on_the_page_of_the_week_leads_to_a_refusal(request, desk, clock, who):
    message = desk.in_status(Status.APPROVED)
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/wall-1_1?reply=2", published_at=None,
        controls=[Control(date(2026, 11, 26), "до 26 ноября")], actor=desk.anna, now=NOW,
    )  # fmt: skip
    clock.set(at("26.11 10:00"))
    browser = request.getfixturevalue(who)
    page = browser.get("/reports").text
    assert "<strong>" in page[page.index("Наступил срок обещаний") - 90 :][:90]
    found = {unescape(one) for one in re.findall(r'href="(/[^"]*)"', page) if not one.startswith("/static")}
    assert [one for one in sorted(found) if browser.get(one).status_code == 403] == []
