"""The bell, its list and the person's settings."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Event, Message, Reminder, User
from osm.regulation.control import MailMode
from osm.regulation.words import ClockKind, Status
from osm.reminders.acts.due import read_log, remind_of_terms
from tests.desk import NOW
from tests.page_reading import words
from tests.statements import counted


@pytest.fixture
def assigned(desk) -> Message:
    message = desk.in_status(Status.IN_WORK)
    read_log(NOW)
    return message


def bell(page: str) -> int:
    return int(re.search(r'id="bell"[^>]*data-count="(\d+)"', page)[1])


def title(page: str) -> str:
    return re.search(r"<title>(.*?)</title>", page)[1]


def test_the_bell_and_the_title_count_and_the_list_says_what(desk, assigned, boris):
    page = boris.get("/").text
    assert bell(page) == 1
    assert title(page).startswith("🔔1 (1) ")
    listed = boris.get("/reminders").text
    assert bell(listed) == 0
    assert "новое Направлено вам" in words(listed)
    assert f"№ {assigned.number} · Яма на Калининской, 12" in words(listed)
    assert f'href="/messages/{assigned.id}"' in listed
    again = boris.get("/reminders").text
    assert bell(again) == 0
    assert "новое" not in words(again).split("Напоминания", 2)[2]


def test_who_has_none_reads_what_comes_here(efim):
    assert "Напоминаний пока нет" in words(efim.get("/reminders").text)


def test_other_peoples_reminders_are_hidden(desk, assigned, vera):
    page = vera.get("/reminders").text
    assert bell(page) == 0
    assert assigned.number not in page


def test_a_message_that_one_may_not_see_any_more_is_not_named(desk, assigned, boris):
    with transaction() as session:
        reminder = session.scalars(db.select(Reminder)).one()
        reminder.recipient_id = desk.ids["roman"]
        session.get_one(User, desk.ids["roman"]).password_hash = session.get_one(User, desk.ids["boris"]).password_hash
    roman = boris.application.test_client()
    roman.log_in("roman", "пароль-boris")
    assert assigned.number not in roman.get("/reminders").text


def test_what_is_done_says_so(desk, boris, anna):
    message = desk.in_status(Status.IN_WORK)
    remind_of_terms(NOW, {ClockKind.DRAFT: 8 * 60})
    assert "уже сделано" not in boris.get("/reminders").text
    desk.submitted(desk.again(message), "25.11 11:00")
    assert "уже сделано" in boris.get("/reminders").text


def poll_of(page: str) -> str:
    return unescape(re.search(r'hx-get="(/nav/badges[^"]*)"', page)[1])


def test_the_poll_rings_without_a_statement_more(app, desk, boris):
    desk.in_status(Status.IN_WORK)
    first = boris.get("/").text
    with counted(app) as quiet:
        assert boris.htmx(poll_of(first), method="GET").status_code == 204
    read_log(NOW)
    rung = boris.htmx(poll_of(first), method="GET")
    assert (rung.status_code, bell(rung.text)) == (200, 1)
    with counted(app) as seen:
        assert boris.htmx(poll_of(rung.text), method="GET").status_code == 204
    assert len(seen) == len(quiet)


def test_what_is_shown_in_the_morning_does_not_ring_tonight(desk, assigned, boris):
    with transaction() as session:
        session.execute(db.update(Reminder).values(shown_from=NOW.replace(day=26)))
    assert bell(boris.get("/").text) == 0
    assert assigned.number not in boris.get("/reminders").text


WISHES = {"email": "boris@example.ru", "mail_mode": "digest", "sound": "1"}


def test_a_person_says_how_he_wants_them(desk, boris):
    answer = boris.submit("/reminders/wishes", WISHES, follow_redirects=True)
    assert "Сохранено." in words(answer.text)
    assert 'value="boris@example.ru"' in answer.text
    db.session.rollback()
    assert (desk.boris.email, desk.boris.mail_mode, desk.boris.sound) == ("boris@example.ru", MailMode.DIGEST, True)
    assert "data-sound" in boris.get("/").text
    event = db.session.scalars(db.select(Event).where(Event.action == "reminder_wishes")).one()
    assert event.changes == {"mail_mode": ["at_once", "digest"], "sound": [False, True], "email": ["changed", True]}


def test_the_same_again_is_no_act(desk, boris):
    for _ in range(2):
        boris.submit("/reminders/wishes", WISHES)
    assert len(db.session.scalars(db.select(Event).where(Event.action == "reminder_wishes")).all()) == 1


@pytest.mark.words
@pytest.mark.parametrize(
    "typed", ["борис", "a@b", "a b@example.ru", "a@example.ru\r\nBcc: x@y.ru", "a" * 200 + "@b.ru"]
)
def test_what_is_no_address_is_kept_and_said(desk, boris, typed):
    answer = boris.submit("/reminders/wishes", WISHES | {"email": typed})
    assert answer.status_code == 422
    assert "Адрес не похож на почтовый" in answer.text
    assert typed.split()[0] in answer.text
    db.session.rollback()
    assert desk.boris.email == ""


def test_a_choice_that_was_not_offered_is_refused(boris):
    assert boris.submit("/reminders/wishes", WISHES | {"mail_mode": "x"}).status_code == 422


def test_strangers_are_sent_to_log_in(client):
    assert client.get("/reminders").status_code in (302, 303, 401)
    assert client.post("/reminders/wishes", data=WISHES).status_code in (302, 303, 400, 401)
