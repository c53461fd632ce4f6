"""What only Instagram does: two levels of comments, the key in a header, errors with codes and subcodes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osm.connectors.contract import Act, Kind, Target
from osm.connectors.instagram.client import ERRORS, LONGEST_COMMENT, Reader
from osm.connectors.transport import Fault, NetworkError
from tests.connectors.networks import OK_CITIZEN, instagram_connector
from tests.emulators.instagram import instagram_network

PERMALINK = "https://www.instagram.com/p/B1/"


@pytest.fixture
def instagram():
    with instagram_network() as found:
        yield found


@pytest.fixture
def page(instagram):
    return instagram_connector(instagram)


@pytest.fixture
def media(instagram):
    return instagram.post("График вывоза мусора")


def comment(instagram, media, text, under=""):
    number = instagram.write(media, OK_CITIZEN, "anna", text, under)
    return Target(Kind.COMMENT, number, media, author=OK_CITIZEN, thread=instagram.comments[number]["parent"])


def test_an_answer_to_an_answer_is_under_the_comment_above_both(instagram, page, media):
    top = comment(instagram, media, "Когда?")
    under = comment(instagram, media, "И у нас?", under=top.id)
    placed = page.reply(under, "Завтра.", [], "answer-1")
    assert instagram.comments[placed.target.id]["parent"] == top.id
    assert placed.target.thread == top.id
    assert placed.url.startswith("https://www.instagram.com/p/")
    assert page.find_reply(under, "Завтра.", ()).target == placed.target


def test_an_answer_under_an_old_comment_is_heard(instagram, page, media, monkeypatch):
    monkeypatch.setattr("osm.connectors.instagram.client.COMMENTS_AT_ONCE", 2)
    old = comment(instagram, media, "Первый")
    for number in range(5):
        instagram.now += 600
        comment(instagram, media, f"Ещё {number}")
    cursor = page.listen({}, 0).cursor
    instagram.now += 86_400
    comment(instagram, media, "Ответ первому", under=old.id)
    events = page.listen(cursor, 0).events
    assert [(event.text, event.answers, event.target.thread) for event in events] == [("Ответ первому", old.id, old.id)]


def test_the_key_is_in_no_address(instagram, page, media):
    page.delete(comment(instagram, media, "Оскорбление"))
    page.check()
    asked = instagram.serving.asked
    assert asked
    assert all("access-key" not in f"{one.path} {one.query} {one.form}" for one in asked)


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_of_the_table_means_what_it_says(instagram, page, media, code):
    target = comment(instagram, media, "Текст")
    instagram.refuse.append((code, 0))
    meaning = ERRORS[code]
    if Act.DELETE in meaning.done:
        page.delete(target)
        return
    with pytest.raises(NetworkError) as refused:
        page.delete(target)
    told = refused.value
    assert (told.fault, str(told), told.code, told.unclear) == (
        meaning.fault,
        meaning.words,
        str(code),
        meaning.unclear,
    )


def test_what_does_not_exist_counts_as_deleted_unlike_another_bad_request(instagram, page, media):
    gone = comment(instagram, media, "Текст")
    instagram.delete(gone.id)
    page.delete(gone)
    assert page.now(gone) is None
    instagram.refuse.append((100, 0))
    with pytest.raises(NetworkError):
        page.delete(gone)


def test_too_long_an_answer_is_left_to_a_person(instagram, page, media):
    with pytest.raises(NetworkError) as refused:
        page.reply(comment(instagram, media, "Когда?"), "а" * (LONGEST_COMMENT + 1), [], "answer-1")
    assert refused.value.fault is Fault.PERSON
    assert not instagram.effects


def test_a_refused_key_or_one_of_another_page_says_what_to_do(instagram):
    instagram.refuse.append((190, 463))
    report = instagram_connector(instagram).check()
    assert report.can == ()
    assert "developers.facebook.com" in report.cannot[0].why


GOOD = {"id": "1", "timestamp": "2017-08-31T18:10:30+0000", "text": "Да", "from": {"id": "7", "username": "anna"}}


@pytest.mark.parametrize(
    "change",
    [{"id": "x"}, {"id": None}, {"timestamp": "вчера"}, {"timestamp": None}, {"parent_id": "../1"}],
    ids=lambda change: str(change),
)
def test_what_does_not_look_like_a_comment_is_left_out(change):
    assert Reader("9").comments({"data": [GOOD | change]}, "5", PERMALINK) == []


def test_a_comment_as_the_documentation_shows_it():
    found = Reader("9").comment(GOOD, "5", PERMALINK)
    assert (found.at, found.author.name, found.author.url) == (
        datetime(2017, 8, 31, 18, 10, 30, tzinfo=UTC), "anna", "https://www.instagram.com/anna/",
    )  # fmt: skip
    unsigned = Reader("9").comment({key: GOOD[key] for key in ("id", "timestamp", "text")}, "5", PERMALINK)
    assert (unsigned.author.id, unsigned.author.url, unsigned.is_own) == ("", "", False)
