"""Typed text is kept: every character, from both windows, even if the clock changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from osm.answers.acts import drafting
from osm.answers.queries.drafting import editor_text
from osm.base.database import db
from osm.base.errors import TextChangedElsewhere
from osm.models import User
from tests.office import at

NOON = at("17.03 12:00")


@pytest.fixture
def reply_id(office) -> int:
    return office.routed("17.03 09:00", "17.03 09:10").replies[0].id


def save(office, reply_id, text, seen_at=None, now=NOON):
    return drafting.save_text(reply_id, text=text, seen_at=seen_at, actor=office.boris, now=now).saved_at


def test_even_a_text_that_no_network_takes_is_kept_whole(office, reply_id):
    save(office, reply_id, "а" * 50_000)
    assert editor_text(reply_id, office.boris.id).text == "а" * 50_000


def test_forms_and_scripts_end_lines_differently_and_mean_the_same(office, reply_id):
    save(office, reply_id, "Раз\nдва")
    save(office, reply_id, "Раз\r\nдва")  # no conflict, although the first window was never answered
    assert editor_text(reply_id, office.boris.id).text == "Раз\nдва"


def test_what_no_database_can_hold_goes_and_the_text_stays(office, reply_id):
    save(office, reply_id, "Раз\0два")
    assert editor_text(reply_id, office.boris.id).text == "Раздва"


def test_while_the_clock_is_stopped_two_windows_still_differ(office, reply_id):
    first = save(office, reply_id, "Раз")
    second = save(office, reply_id, "Раз два", seen_at=first)
    assert second > first
    with pytest.raises(TextChangedElsewhere):
        save(office, reply_id, "Раз три", seen_at=first)


def test_a_late_save_of_a_left_page_changes_nothing_for_the_next(office, reply_id):
    first = save(office, reply_id, "Раз")  # by the page that follows, which got the text back
    assert save(office, reply_id, "Раз", now=at("17.03 12:01")) == first  # late, by the page that was left
    save(office, reply_id, "Раз два", seen_at=first)
    assert editor_text(reply_id, office.boris.id).text == "Раз два"


def test_the_first_texts_of_two_windows_at_once_meet_as_a_conflict(app, office, reply_id):
    """One text is kept, the other is refused with a conflict; no error, and none is overwritten."""
    user_id, start = office.boris.id, Barrier(2)

    def window(text: str) -> str:
        with app.app_context():
            person = db.session.get_one(User, user_id)
            start.wait()
            try:
                drafting.save_text(reply_id, text=text, seen_at=None, actor=person, now=NOON)
            except TextChangedElsewhere as refused:
                return refused.saved
            return ""

    with ThreadPoolExecutor(2) as windows:
        outcomes = list(windows.map(window, ["Первое окно", "Второе окно"]))
    db.session.rollback()
    kept = editor_text(reply_id, user_id).text
    assert sorted(outcomes) == ["", kept]


def test_what_was_never_sent_differs_from_what_was(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    reply_id = message.replies[0].id
    save(office, reply_id, "Ответ", now=at("17.03 10:00"))
    assert editor_text(reply_id, office.boris.id).typed == "Ответ"
    office.submitted(message, "17.03 10:05", "Ответ")
    assert editor_text(reply_id, office.boris.id).typed == ""
