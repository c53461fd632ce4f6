"""A form that was sent keeps what it said; the next one lists «уточнено после отправки»."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.messages.acts import routing
from osm.models import Event, FormKind, Message, SentForm
from osm.regulation.words import Status
from osm.reports.acts import sending
from tests.office import at
from tests.page_reading import words

from .test_forms import TEMPLATE, book_of, cells, saved
from .test_forms import send as put_template

pytestmark = pytest.mark.usefixtures("evening")

ADDRESS = "/reports/forms/daily"
WEDNESDAY, THURSDAY = "from=2026-11-25&to=2026-11-25", "from=2026-11-26&to=2026-11-26"


@pytest.fixture
def evening(desk, clock):
    """One answered message, one without an executor; it is evening now."""
    desk.in_status(Status.ANSWERED)
    desk.incident("25.11 10:30")
    clock.set(at("25.11 18:00"))
    return desk


def ticket_of(page):
    return unescape(re.search(r'name="ticket" value="([^"]+)"', page)[1])


def press(browser, act, days=WEDNESDAY, ticket=None):
    page = f"{ADDRESS}?{days}"
    data = {"ticket": ticket or ticket_of(browser.get(page).text), **dict(one.split("=") for one in days.split("&"))}
    return browser.submit(f"{ADDRESS}/{act}", data, page=page)


def receive_another(desk, when="25.11 16:00"):
    """A later export brings it, with its time of receipt."""
    message = desk.incident("25.11 10:30")
    with transaction() as session:
        session.get_one(Message, message.id).received_at = at(when)


def said_in(content):
    return {row[0]: row[1] for row in cells(content) if row[0]}


def test_the_sent_form_is_frozen_and_the_next_has_the_difference(evening, anna):
    assert press(anna, "sent").status_code == 303
    receive_another(evening)
    assert said_in(anna.get(f"{ADDRESS}.xlsx?{WEDNESDAY}").data)["Поступило сообщений"] == 2
    page = anna.get(f"{ADDRESS}?{WEDNESDAY}").text
    assert "Отправлена" in words(page)
    assert "Войдёт в следующую форму" in words(page)
    rows = cells(press(anna, "file", THURSDAY).data)
    assert [row[0] for row in rows if row[0] == "Уточнено после отправки"] == ["Уточнено после отправки"]
    assert ["Поступило", 2, 3, "25.11.2026"] in [row[:4] for row in rows]
    assert press(anna, "sent", THURSDAY).status_code == 303
    assert not list(sending.corrections(FormKind.DAILY, at("25.11 18:00"), in_force().calendar))
    receive_another(evening, "25.11 17:00")
    again = list(sending.corrections(FormKind.DAILY, at("25.11 18:00"), in_force().calendar))
    assert [(one.words, one.was, one.now, one.days) for one in again] == [("Поступило", 3, 4, "25.11.2026")]


def test_what_is_kept_is_what_was_shown(evening, anna):
    """A message comes in while the person writes his letter to the region."""
    ticket = ticket_of(anna.get(f"{ADDRESS}?{WEDNESDAY}").text)
    receive_another(evening)
    taken = press(anna, "file", ticket=ticket).data
    assert said_in(taken)["Поступило сообщений"] == 2
    assert press(anna, "sent", ticket=ticket).status_code == 303
    assert cells(anna.get(f"{ADDRESS}.xlsx?{WEDNESDAY}").data) == cells(taken)


def test_rows_of_departments_are_corrected_by_their_names(evening, anna):
    assert put_template(anna, TEMPLATE_OF_ROWS).status_code == 303
    assert press(anna, "sent").status_code == 303
    waiting = db.session.scalars(db.select(Message).where(Message.status == Status.NEW)).one()
    routing.route_message(
        waiting.id, waiting.version, executor_id=evening.boris.id, task="", actor=evening.anna, now=at("25.11 17:50")
    )
    found = sending.corrections(FormKind.DAILY, at("25.11 18:00"), in_force().calendar)
    told = {one.words: (one.was, one.now) for one in found}
    assert told == {"не направлено: поступило": (1, 0), "ЖКХ: поступило": (1, 2)}


TEMPLATE_OF_ROWS = saved(book_of(["{{отдел.название}}", "{{отдел.поступило}}"]))


def test_a_template_that_names_the_corrections_gets_them_where_it_wants_them(evening, anna):
    assert press(anna, "sent").status_code == 303
    receive_another(evening)
    own = saved(book_of(["{{уточнение.показатель}}", "{{уточнение.было}} → {{уточнение.стало}}"], ["{{поступило}}"]))
    assert put_template(anna, own).status_code == 303
    assert cells(press(anna, "file", THURSDAY).data) == [["Поступило", "2 → 3"], [0, None]]


def test_it_is_sent_once_and_the_second_person_sees_it(anna, vera):
    ticket = ticket_of(vera.get(f"{ADDRESS}?{WEDNESDAY}").text)
    assert press(anna, "sent").status_code == 303
    answer = press(vera, "sent", ticket=ticket)
    assert answer.status_code == 409
    assert "уже отправлена" in words(answer.text)
    assert len(db.session.scalars(db.select(SentForm)).all()) == 1


def test_a_template_changed_in_between_is_reported(anna):
    ticket = ticket_of(anna.get(f"{ADDRESS}?{WEDNESDAY}").text)
    put_template(anna, TEMPLATE)
    answer = press(anna, "sent", ticket=ticket)
    assert answer.status_code == 422
    assert "Шаблон формы заменили" in words(answer.text)
    assert db.session.scalars(db.select(SentForm)).first() is None


def test_a_foreign_form_is_refused(anna):
    answer = press(anna, "sent", ticket="x.y")
    assert answer.status_code == 422
    assert "Форма не распознана" in words(answer.text)


def test_a_mark_by_mistake_is_undone_unless_a_later_form_is_sent(anna):
    press(anna, "sent")
    first = db.session.scalars(db.select(SentForm)).one().id
    page = f"{ADDRESS}?{WEDNESDAY}"
    assert anna.submit(f"{ADDRESS}/taken-back/{first}", {}, page=page).status_code == 303
    press(anna, "sent")
    press(anna, "sent", THURSDAY)
    earlier = db.session.scalars(db.select(SentForm.id).order_by(SentForm.sent_at, SentForm.id)).first()
    answer = anna.submit(f"{ADDRESS}/taken-back/{earlier}", {}, page=page)
    assert answer.status_code == 409
    assert "отправлена следующая" in words(answer.text)
    db.session.rollback()
    actions = db.session.scalars(db.select(Event.action).where(Event.object_kind == "sent_form").order_by(Event.id))
    assert list(actions) == ["send_form", "unsend_form", "send_form", "send_form"]


def test_the_head_reads_and_does_not_send(gleb, boris):
    page = gleb.get(f"{ADDRESS}?{WEDNESDAY}").text
    assert "Отправлено…" not in words(page)
    assert press(gleb, "file").status_code == 200
    assert press(gleb, "sent").status_code == 403
    assert boris.get(ADDRESS).status_code == 403
