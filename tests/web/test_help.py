"""The help explains every screen with its clause, and every screen links to its help page."""

from __future__ import annotations

import re

import pytest

from osm.help.screens import TEXTS, TOPICS, read, topic_of

from .routes import ROUTES

#: Addresses without a help page: files, parts of pages, states; public pages have no help.
NO_PAGES = re.compile(
    r"/static/|/files/|/healthz|/readyz|/metrics|/nav/|\.xlsx|\.docx|\.pdf|/export|/news|/more$|/link$|/progress$|/filters$|/token$|/embed"
    r"|^/public/|^/api/|^/callback/|^/login/oidc|/profile-photos/|/plan/photos/|/neighbours/photos/|\.ics$"
)
ENTRANCE = {"/login", "/login/code", "/invitation", "/help", "/help/<code>"}

SCREENS = sorted(
    {route.rule for route in ROUTES if "GET" in route.methods and not NO_PAGES.search(route.rule)} - ENTRANCE
)


def test_every_screen_is_explained():
    unexplained = [rule for rule in SCREENS if topic_of(rule) is None]
    assert unexplained == [], "name them in TOPICS of osm/help/screens.py and write their texts"


def test_every_text_belongs_to_a_topic_and_every_topic_to_a_screen():
    assert {path.stem for path in TEXTS.glob("*.md")} == {topic.code for topic in TOPICS}
    explained = {topic_of(rule) for rule in SCREENS}
    assert explained == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.code)
def test_half_a_page_with_its_clause(topic):
    title, body = read(topic.code)
    words = len(re.sub(r"<[^>]+>", " ", body).split())
    assert title
    assert 50 <= words <= 270
    assert re.search(r"п\. (\d+)|Пр\.\d", body)
    numbers = {int(number) for number in re.findall(r"п\. (\d+)", body)}
    assert numbers <= set(range(1, 21))
    assert not re.search(r"\*\*|^#|\|", body, re.MULTILINE), "Markdown that was not understood"


def test_every_page_opens_and_the_index_lists_them(anna):
    index = anna.get("/help").text
    for topic in TOPICS:
        page = anna.get(f"/help/{topic.code}")
        assert page.status_code == 200
        assert f"<h1>{topic.title}</h1>" in page.text
        assert f'href="/help/{topic.code}"' in index
    assert anna.get("/help/secret").status_code == 404


def test_what_one_may_open_comes_first(boris):
    mine, others = boris.get("/help").text.split("Страницы других ролей")
    assert "/help/answer" in mine
    assert "/help/log" in others


def test_a_screen_leads_to_its_page(anna, dina):
    assert 'href="/help/inbox"' in anna.get("/").text
    assert 'href="/help/approvals"' in anna.get("/approvals").text
    assert 'href="/help/users"' in dina.get("/admin/users/new").text


def test_the_help_of_a_page_leads_to_all_of_it(efim):
    assert 'href="/help/inbox"' in efim.get("/").text
    assert 'href="/help">' in efim.get("/help/inbox").text


def test_no_text_leads_where_its_reader_may_not_go(efim):
    """Everybody may read every text, also who has no role."""
    links = {link for topic in TOPICS for link in re.findall(r'href="(/[^"]*)"', read(topic.code)[1])}
    assert "/help/figures" in links
    assert {link: efim.get(link).status_code for link in links} == dict.fromkeys(links, 200)
