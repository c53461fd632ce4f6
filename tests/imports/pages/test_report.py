"""The report: numbers, each refused row with its place in the sheet and the reason, warnings, links to messages."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.imports.queries import runs as queries_runs
from osm.models import Message
from osm.topics import acts
from tests.connectors.files import HEADER, incident, xlsx

from .conftest import MIXED, form_of, upload, words


@pytest.fixture
def load(anna, worker):
    def whole_way(content: bytes, browser=anna, **form: str) -> str:
        page = upload(browser, content)
        worker()  # a file as one before is checked by itself
        browser.submit(f"{page}/start", {**form_of(browser, page), "what": "load", **form})
        worker()
        return page

    return whole_way


def test_numbers_rows_and_reasons(anna, load):
    told = words(anna.get(load(MIXED)))
    assert "Новых 2 Обновлено 0 Без изменений 0 Повторов в файле 1 Не принято 1" in told
    assert "строка 5 Нет текста сообщения." in told
    assert "строка 4 Повтор строки 2: то же сообщение." in told
    assert "строка 3 Важность: незнакомое слово «чрезвычайная», принято как «обычная». № 502" in told


def test_links_lead_to_the_messages(anna, load):
    text = anna.get(load(MIXED)).text
    assert 'href="/messages/1">№ 501</a>' in text
    assert anna.get("/messages/1").status_code == 200


def test_a_suggested_topic_is_next_to_a_new_message_without_one(app, anna, load, now):
    with app.app_context():
        acts.create_topic(name="Ремонт дорог", department_id=None, words="яма", actor=None, now=now)
    content = xlsx([HEADER, incident(501, Текст="Ямы на дороге"), incident(502, Текст="Когда салют?")])
    told = words(anna.get(load(content)))
    assert "№ 501 Ремонт дорог? № 502" in told
    assert "Ремонт дорог?" not in words(anna.get(load(content)))  # the second time no message is new
    assert "selected>Ремонт дорог" in anna.get("/messages/1").text
    with app.app_context():
        assert db.session.get_one(Message, 1).topic_id is None  # a person decides


def test_without_rights_to_messages_one_gets_their_numbers_only(dina, load):
    text = dina.get(load(MIXED, browser=dina)).text
    assert "№ 501" in text
    assert "/messages/1" not in text
    assert "/messages/2" not in text


def test_what_the_source_changed_is_listed(anna, load):
    load(MIXED)
    told = words(
        anna.get(load(xlsx([HEADER, incident(501, Статус="В работе"), incident(502, Важность="чрезвычайная")])))
    )
    assert "Обновлено 1 Без изменений 1" in told
    assert "Обновлено по выгрузке 1 № 501" in told


def test_a_long_report_is_cut_and_shown_whole_on_demand(anna, load, monkeypatch):
    monkeypatch.setattr(queries_runs, "IMPORTS_SHOWN", 2)
    page = load(
        xlsx([HEADER, *(incident(501 + n) for n in range(4)), *(incident(601 + n, Текст="") for n in range(4))])
    )
    short, whole = anna.get(page).text, anna.get(f"{page}?all=1").text
    assert short.count("Нет текста сообщения.") == 2
    assert f"{page}?all=1#rejected" in short
    assert whole.count("Нет текста сообщения.") == 4
    assert [text.count(">№ 50") for text in (short, whole)] == [2, 4]
    assert "Показать все" not in whole


def test_history_says_that_no_terms_run(anna, load):
    told = words(anna.get(load(MIXED, history="1")))
    assert "Загружено как история: сроки не идут." in told
    assert "срок направления" not in told


def test_a_run_that_failed_says_why_and_can_be_removed(anna, worker, folder, runs):
    page = upload(anna)
    form = form_of(anna, page)
    for path in folder.iterdir():
        path.unlink()
    anna.submit(f"{page}/start", {**form, "what": "load"})
    worker()
    told = words(anna.get(page))
    assert "Не загружено" in told
    assert "Файл не удалось открыть" in told
    anna.submit(f"{page}/discard")
    assert runs() == []
