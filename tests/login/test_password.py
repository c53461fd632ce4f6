"""Changing one's own password: the old one is asked for, other devices are logged out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.models import Event, Reminder
from osm.people.acts.users import reset_password
from osm.reminders.acts.due import read_log
from tests.cast import browser_of

NEW = "сосна-утро-42"


def change(browser, old="пароль-anna", new=NEW, again=None, **kwargs):
    data = {"old_password": old, "password": new, "password_again": new if again is None else again}
    return browser.submit("/password", data, **kwargs)


def test_works_and_the_new_one_opens(app, anna, client, cast):
    assert change(anna).status_code == 303
    assert "Пароль изменён" in anna.get("/password").text
    assert client.log_in("anna", "пароль-anna").status_code == 401
    assert client.log_in("anna", NEW).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Event.actor_id).where(Event.action == "change_password")).all() == [
            cast["anna"]
        ]


def test_other_devices_are_out_and_this_one_stays(app, anna, cast):
    telephone = browser_of(app, cast, "anna")
    boris = browser_of(app, cast, "boris")
    change(anna)
    assert telephone.get("/password").status_code == 302
    assert anna.get("/password").status_code == 200
    assert boris.get("/password").status_code == 200


@pytest.mark.words
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"old": "не-тот-пароль"}, "Текущий пароль введён неверно"),
        ({"new": "коротк"}, "от 12 до 128 знаков"),
        ({"new": "demo-anna"}, "легко угадать"),
        ({"new": "пароль-anna"}, "совпадает с текущим"),
        ({"again": "другой-пароль"}, "Пароли не совпали"),
    ],
)
def test_it_is_refused_next_to_the_field_and_changes_nothing(anna, client, typed, words):
    answer = change(anna, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert client.log_in("anna", "пароль-anna").status_code == 303


def test_needs_a_login(client, cast):
    assert client.get("/password").status_code == 302
    assert change(client, page="/login").status_code == 401


def test_a_first_password_waits_seven_days(app, client, cast, clock, now):
    with app.app_context():
        reset_password(cast["boris"], 1, password="сосна-утро-42", actor=None, now=now)
    clock.set(now + timedelta(days=6, hours=23))
    assert client.log_in("boris", "сосна-утро-42").status_code == 303
    clock.set(now + timedelta(days=7))
    refused = client.log_in("boris", "сосна-утро-42")
    assert refused.status_code == 401
    assert "Новый выдаст администратор" in refused.text
    assert "Первый пароль" not in client.log_in("boris", "не-тот-пароль").text


@pytest.mark.words
@pytest.mark.parametrize("typed", ["  kxmf-7pqr-stuv\u00a0\n", "KXMF 7PQR STUV", "kxmf – 7pqr – stuv", "kxmf7pqrstuv"])
def test_a_first_password_is_accepted_however_its_groups_are_typed(app, client, cast, now, typed):
    with app.app_context():
        reset_password(cast["anna"], 1, password="kxmf-7pqr-stuv", actor=None, now=now)
    assert client.log_in("anna", typed).status_code == 303
    assert "совпадает с текущим" in change(client, old=typed, new="kxmf-7pqr-stuv", page="/password").text
    assert change(client, old=typed, page="/password").status_code == 303


def test_spaces_in_a_password_of_ones_own_count(anna, client):
    assert change(anna, new="сосна утро 42").status_code == 303
    for typed in ("сосна-утро-42", "соснаутро42", "сосна утро 42 "):
        assert client.log_in("anna", typed).status_code == 401, typed
    assert client.log_in("anna", "сосна утро 42").status_code == 303


def test_blanks_in_a_row_count_as_one(anna):
    assert change(anna, new="ёж     в     лесу").status_code == 422
    assert change(anna, new="ёж  в лесу   спит").status_code == 303


def test_who_changed_a_password_is_told(app, anna, cast, now):
    with app.app_context():
        read_log(now)
    change(anna)
    with app.app_context():
        read_log(now)
        kinds = db.session.scalars(select(Reminder.kind).where(Reminder.recipient_id == cast["anna"])).all()
    assert kinds == ["login_changed"]


def test_the_technical_log_says_who_was_refused_and_from_where(client, cast, caplog):
    with caplog.at_level("WARNING"):
        client.log_in("anna", "не-тот-пароль")
        client.log_in("мой-пароль-в-поле-логина", "anna")
    known, unknown = (record for record in caplog.records if record.message == "log-in refused")
    assert (known.user, known.address) == (cast["anna"], "127.0.0.1")
    assert unknown.user is None
    assert "пароль" not in caplog.text
