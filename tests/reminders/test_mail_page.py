"""«Управление» → «Почта»: a test letter; and what the first steps say of the mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.administration.screens.first_steps import DONE_ONCE, DONE_UNTIL
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import User
from osm.regulation.control import MailMode
from osm.reminders.acts.mailing import SERVER, note_trouble
from tests.administration.test_first_steps import open_on
from tests.desk import NOW


@pytest.fixture
def fresh(app, desk):
    for memory in (DONE_ONCE, DONE_UNTIL):
        memory.forget(app)
    return desk


def test_addresses_are_asked_for_where_letters_go_out(app, fresh, dina, mailbox):
    with transaction() as session:
        for person in session.scalars(db.select(User)):
            person.email = "" if person.login in ("lidia", "efim") else f"{person.login}@example.ru"
        session.get_one(User, fresh.ids["efim"]).mail_mode = MailMode.NONE
    assert "без почты 1 из 8" in open_on(dina.get("/admin").text)["Люди"]


def test_the_mail_is_done_when_a_letter_went_out_and_open_when_the_server_is_away(fresh, dina, mailbox):
    assert open_on(dina.get("/admin").text)["Почта"] == "сервер задан, но ни одно письмо ещё не проверено"
    assert dina.submit("/admin/mail", {"email": "dina@example.ru"}).status_code == 303
    assert "Почта" not in open_on(dina.get("/admin").text)
    assert mailbox.to("dina")[0]["Subject"] == "ОСМ: пробное письмо"
    note_trouble(SERVER, NOW + timedelta(minutes=1))
    assert open_on(dina.get("/admin").text)["Почта"] == "письма не уходят: почтовый сервер не отвечает"


def test_a_letter_that_is_not_taken_is_said_and_the_address_is_kept(fresh, dina, mailbox):
    mailbox.refused["dina@example.ru"] = "550 no"
    answer = dina.submit("/admin/mail", {"email": "dina@example.ru"})
    assert answer.status_code == 422
    assert "Письмо не ушло: сервер ответил 550" in answer.text
    assert 'value="dina@example.ru"' in answer.text
    assert "не похож на почтовый" in dina.submit("/admin/mail", {"email": "dina"}).text
