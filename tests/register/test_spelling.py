"""The page of a search with a wrong letter: what it shows, says, and links to; and how matches are marked."""

from __future__ import annotations

from html import unescape

import pytest

from osm.check.acts import index
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.desk import NOW

from .reading import listed, numbers, total

pytestmark = pytest.mark.usefixtures("road")


@pytest.fixture
def road(desk) -> str:
    """The number of the only message about a road, which Anna sees and Boris does not."""
    number = desk.in_status(Status.NEW, text="Дорога <b>разбита</b>").number
    desk.in_status(Status.IN_WORK, text="Мусор")
    index.read_due(NOW)
    return number


def text_of(browser, query: str) -> str:
    return " ".join(unescape(browser.get(f"/messages?{query}").text).split())


def test_the_meant_word_is_shown_and_the_typed_word_stays(app, desk, road):
    anna = browser_of(app, desk.ids, "anna")
    page = text_of(anna, "q=дароги")
    assert (numbers(page), total(page)) == ([road], "1")
    assert "По запросу «дароги» ничего не найдено, показано для <strong>«дороги»</strong>." in page
    assert 'name="q" value="дароги"' in page
    assert "/messages/export.xlsx?q=%D0%B4%D0%BE%D1%80%D0%BE%D0%B3%D0%B8" in page  # the file has what the page shows
    assert listed(anna, "q=дароги&status=new") == [road]
    assert listed(anna, "q=дароги&status=answered") == []


def test_words_typed_on_the_wrong_layout_are_found_and_said(app, desk, road):
    page = text_of(browser_of(app, desk.ids, "anna"), "q=ljhjuf")
    assert numbers(page) == [road]
    assert "По запросу «ljhjuf» ничего не найдено, показано для <strong>«дорога»</strong>." in page


def test_the_person_can_ask_for_exactly_what_he_typed(app, desk):
    anna = browser_of(app, desk.ids, "anna")
    page = text_of(anna, "q=дарога")
    exact = page.split("Искать точно")[0].rsplit('href="/messages?', 1)[1].split('"')[0]
    assert exact.endswith("&exact=yes")
    page = text_of(anna, exact)
    assert 'data-notice="empty-search"' in page
    assert "Слова: <strong>как набраны</strong>" in page
    assert "показано для" not in page
    assert "exact" not in text_of(anna, "exact=yes")  # without words it has no effect


def test_where_little_is_found_what_was_likely_meant_is_offered_only(app, desk):
    for _ in range(20):
        desk.in_status(Status.NEW, text="Дорога")
    few = desk.in_status(Status.NEW, text="Дарога").number
    index.read_due(NOW)
    anna = browser_of(app, desk.ids, "anna")
    page = text_of(anna, "q=дарога")
    assert numbers(page) == [few]
    offered = page.split('Возможно, вы искали <a href="/messages?')[1].split('"')[0]
    assert total(anna.get(f"/messages?{offered}").text) == "21"
    assert "Возможно" not in text_of(anna, "q=дорога")


def test_words_of_hidden_messages_are_not_revealed(app, desk):
    boris = browser_of(app, desk.ids, "boris")
    page = text_of(boris, "q=дарога")
    assert 'data-notice="empty-search"' in page
    assert "дорога" not in page


def test_hits_are_marked_in_text_topic_and_place_without_markup(app, desk):
    message = desk.in_status(Status.NEW, text="Здравствуйте! " * 20 + "Нет асфальта")
    desk.give_topic(message, "Ремонт дорог")
    index.read_due(NOW)
    anna = browser_of(app, desk.ids, "anna")
    assert "<mark>Дорога</mark> &lt;b&gt;разбита&lt;/b&gt;" in anna.get("/messages?q=дороги").text
    assert "Ремонт <mark>дорог</mark>" in text_of(anna, "q=дороги")
    assert "… Здравствуйте! Здравствуйте! Нет <mark>асфальта</mark>" in text_of(anna, "q=асфальт")
    assert "<mark>" not in text_of(anna, "status=new")
