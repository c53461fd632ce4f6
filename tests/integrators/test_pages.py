"""The administrator's page: add, rights, key and secret shown once, trial, what was told, «Повторить», the end."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.models import Event, Integrator, OutboxAction
from osm.outbox.acts import rounds
from tests.emulators.serving import Trouble
from tests.integrators.conftest import Api, message

LIST = "/admin/integrators"
NEW = {"name": "Край", "source": "Край", "rights": "both", "sees_all": "1", "per_minute": "60"}


@pytest.fixture
def page(app, dina):
    told = dina.submit(LIST, NEW)
    assert told.status_code == 303
    return told.headers["Location"]


def version(app):
    with app.app_context():
        return db.session.scalars(select(Integrator.version)).one()


def once(answer):
    assert answer.headers["Cache-Control"] == "no-store"
    return re.search(r'id="once">([^<]+)<', answer.text)[1]


def send(app, now):
    with app.app_context():
        return rounds.run("this process", now, WHOLE)


def test_the_key_is_shown_once_and_works(app, dina, page, live_url):
    assert "Не выдан" in dina.get(page).text
    token = once(dina.submit(f"{page}/token", {"version": 1}))
    assert Api(live_url, token).post(message()).status_code == 201
    text = dina.get(page).text
    assert token not in text
    assert "Последний запрос" in text
    assert "25.11" in dina.get(LIST).text
    assert dina.submit(f"{page}/token/end", {"version": version(app)}).status_code == 303
    assert Api(live_url, token).post(message("РИ-2")).status_code == 401


def test_a_stale_press_gives_no_second_key(app, dina, page):
    once(dina.submit(f"{page}/token", {"version": 1}))
    refused = dina.submit(f"{page}/token", {"version": 1})
    assert (refused.status_code, 'id="once"' in refused.text) == (409, False)
    assert "Пока страница была открыта" in refused.text


def test_faults_are_named_and_what_was_typed_stays(dina, page):
    for field, value in (("name", ""), ("source", ""), ("rights", "x"), ("per_minute", "0"), ("per_minute", "много")):
        refused = dina.submit(LIST, {**NEW, "name": "Другой", field: value})
        assert (refused.status_code, "field-error" in refused.text) == (422, True), field
        assert value == "" or field == "rights" or f'value="{value}"' in refused.text
    assert "уже есть" in dina.submit(LIST, NEW).text


def test_name_source_and_rights_are_changed(app, dina, page):
    answer = dina.submit(page, {**NEW, "name": "Регион", "source": "Новый", "rights": "read", "version": 1})
    assert answer.status_code == 303
    with app.app_context():
        row = db.session.scalars(select(Integrator)).one()
        assert (row.name, row.source.name, row.rights) == ("Регион", "Новый", "read")


def test_the_webhook_is_tried_and_what_failed_is_repeated(app, dina, page, receiver, now):
    url = f"{receiver.base}/events"
    refused = dina.submit(f"{page}/webhook", {"version": 1, "url": "https://im.example.ru/"})
    assert (refused.status_code, "OSM_WEBHOOK_HOSTS" in refused.text) == (422, True)
    assert "https://im.example.ru/" in refused.text
    secret = once(dina.submit(f"{page}/webhook", {"version": 1, "url": url}))
    assert secret not in dina.get(page).text
    receiver.trouble("/events", Trouble.REDIRECT)
    assert dina.submit(f"{page}/test", {"version": version(app)}).status_code == 303
    assert "ждёт отправки" in dina.get(page).text
    send(app, now)
    text = dina.get(page).text
    assert "переадресует" in text
    assert "Интегратору «Край» не удалось сообщить: 1 событие" in unescape(dina.get("/admin").text)
    with app.app_context():
        action = db.session.scalars(select(OutboxAction)).one()
    again = f"{page}/deliveries/{action.id}/again"
    assert again in text
    dina.submit(again, {"version": action.version})
    assert send(app, now) == 1
    assert "доставлено" in dina.get(page).text
    assert "не удалось сообщить" not in dina.get("/admin").text
    assert "Не выполнено" in dina.get(dina.submit(again, {"version": action.version}).headers["Location"]).text


def test_several_that_were_not_heard_are_repeated_together(app, dina, page, receiver, now):
    once(dina.submit(f"{page}/webhook", {"version": 1, "url": f"{receiver.base}/events"}))
    receiver.trouble("/events", Trouble.REDIRECT, Trouble.REDIRECT)
    for _ in range(2):
        dina.submit(f"{page}/test", {"version": version(app)})
    send(app, now)
    assert "Повторить всё" in dina.get(page).text
    assert dina.submit(f"{page}/again", {"version": version(app)}).status_code == 303
    assert send(app, now) == 2
    text = dina.get(page).text
    assert "Повторить всё" not in text
    assert "снова сообщить обо всём" in text


def test_an_ended_integrator_comes_back_without_key_and_webhook(app, dina, page, receiver):
    dina.submit(f"{page}/token", {"version": 1})
    dina.submit(f"{page}/webhook", {"version": 2, "url": f"{receiver.base}/events"})
    dina.submit(f"{page}/archive", {"version": 3})
    assert "доступ прекращён" in dina.get(LIST).text
    refused = dina.submit(f"{page}/token", {"version": 4})
    assert (refused.status_code, "прекращён" in refused.text) == (409, True)
    dina.submit(f"{page}/restore", {"version": 4})
    with app.app_context():
        row = db.session.scalars(select(Integrator)).one()
        assert (row.token_hash, row.installation, row.archived_at) == (None, "", None)


def test_every_act_is_in_the_log_in_words(app, dina, page):
    dina.submit(f"{page}/token", {"version": 1})
    dina.submit(f"{page}/token/end", {"version": 2})
    text = dina.get(page).text
    for words in ("интегратор добавлен", "выдан новый ключ", "ключ прекращён"):
        assert words in text
    with app.app_context():
        assert len(db.session.scalars(select(Event.id).where(Event.object_kind == "integrator")).all()) == 3
    assert "Интегратор" in dina.get("/admin/log").text


@pytest.mark.parametrize("login", ["anna", "boris", "vera", "gleb", "efim"])
def test_others_neither_see_nor_press_anything(request, page, login):
    browser = request.getfixturevalue(login)
    assert browser.get(LIST).status_code == 403
    assert browser.get(page).status_code == 403
    assert browser.submit(f"{page}/token", {"version": 1}).status_code == 403
    assert browser.get(f"{page}/token").status_code == 405
