"""A later export has another status or topic: the card says so until a person has seen it (design §6)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.log.queries.history import log_of
from osm.messages.queries.card import unseen_changes
from osm.models import Event
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import words as page_words

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK)


def changed(message, when: str, **fields: tuple[str, str]) -> int:
    """What the import stores when the file differs."""
    with transaction() as session:
        event = record("source_changed", at=at(when), actor=None, message=message, changes=fields)
        session.flush()
        return event.id


def said(message) -> list[tuple[str, str, str]]:
    db.session.rollback()
    return [(change.label, change.old, change.new) for change in unseen_changes(log_of(message.id))]


def box(browser, message) -> str:
    """The words of the box on the card, empty where there is none."""
    found = re.search(r'<section class="notice[^>]*source-changes.*?</section>', page_of(browser, message), re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


def page_of(browser, message) -> str:
    return browser.get(f"/messages/{message.id}").text


def see(browser, message, upto):
    return browser.submit(f"/messages/{message.id}/source-seen", {"upto": upto})


STATUS, TOPIC = ("Новый", "В работе"), ("Освещение", "Дороги")

#: Changes of the exports, one after another → what the card says.
SHOWN = {
    "status": ([{"source_status": STATUS}], [("статус", *STATUS)]),
    "status and topic": (
        [{"source_status": STATUS, "source_topic": TOPIC}],
        [("статус", *STATUS), ("тема", *TOPIC)],
    ),
    "twice": (
        [{"source_status": STATUS}, {"source_status": ("В работе", "Закрыт")}],
        [("статус", *STATUS), ("статус", "В работе", "Закрыт")],
    ),
    "there and back": ([{"source_status": STATUS}, {"source_status": STATUS[::-1]}], []),
    "another column only": ([{"place": ("changed", True)}], []),
    "a topic that was empty": ([{"source_topic": ("", "Дороги")}], [("тема", "", "Дороги")]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_card_shows_status_and_topic_only(message, name):
    changes, expected = SHOWN[name]
    for minute, fields in enumerate(changes):
        changed(message, f"25.11 10:{30 + minute}", **fields)
    assert said(message) == expected


def test_the_words_on_the_card_and_who_may_put_them_away(anna, boris, gleb, message):
    changed(message, "25.11 10:32", source_status=STATUS)
    words = "В ИМ изменилось статус «Новый» → «В работе», сегодня в 10:32"
    for browser in (anna, boris, gleb):
        assert box(browser, message).startswith(words)
    assert "Просмотрено" in box(anna, message)
    assert "Просмотрено" not in box(boris, message)


def test_seen_it_is_gone_for_everybody_and_logged_once(desk, anna, vera, message):
    event = changed(message, "25.11 10:32", source_status=STATUS)
    version = message.version
    for browser in (anna, vera):
        assert see(browser, message, event).status_code == 303
    assert box(vera, message) == ""
    assert "изменения в ИМ просмотрены" in page_of(vera, message)
    assert desk.again(message).version == version
    seen = [(row.actor_id, row.object_id) for row in desk.log(message) if row.action == "source_change_seen"]
    assert seen == [(anna.user_id, event)]


def test_what_changed_after_the_page_was_opened_stays(anna, message):
    first = changed(message, "25.11 10:32", source_status=STATUS)
    changed(message, "25.11 10:40", source_topic=TOPIC)
    see(anna, message, first)
    assert said(message) == [("тема", *TOPIC)]


@pytest.mark.parametrize("upto", ["", "0", "999999", "other", "foreign"])
def test_only_a_change_of_this_message_can_be_acknowledged(desk, anna, message, upto):
    changed(message, "25.11 10:32", source_status=STATUS)
    if upto == "other":
        upto = str(desk.log(message)[0].id)
    elif upto == "foreign":
        upto = str(changed(desk.in_status(Status.NEW), "25.11 10:33", source_status=STATUS))
    assert see(anna, message, upto).status_code == 404
    assert said(message) == [("статус", *STATUS)]
    assert not db.session.scalars(db.select(Event).where(Event.action == "source_change_seen")).all()


@pytest.mark.parametrize(
    ("deadline", "words", "listed_as"),
    [
        ("25.11 10:59", "Срок ИМ: до 10:59 сегодня прошёл", "срок ИМ сегодня в 10:59"),
        ("25.11 12:00", "Срок ИМ: до 12:00 сегодня раньше нашего срока ответа", "срок ИМ сегодня в 12:00"),
        ("27.11 12:00", "Срок ИМ: до 27.11 12:00", "срок ИМ 27.11 12:00"),
    ],
)
def test_the_sources_term_is_next_to_ours_on_card_and_list(desk, anna, message, deadline, words, listed_as):
    with transaction():
        message.source_deadline = at(deadline)
    page = page_of(anna, message)
    shown = re.search(r'<p class="source-term">.*?</p>', page, re.DOTALL)[0]
    assert " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split()) == words
    other = desk.in_status(Status.NEW)
    with transaction():
        other.source_deadline = at(deadline)
    listed = anna.get("/").text
    assert listed_as in page_words(listed)
    assert ('class="target-passed">срок ИМ' in listed) is (deadline == "25.11 10:59")
