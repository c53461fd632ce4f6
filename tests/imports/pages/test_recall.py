"""The page of a load: it warns about old messages, proposes «история», and one press undoes a mistake."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.models import Message
from osm.regulation.words import Status
from tests.connectors.files import HEADER, incident, xlsx
from tests.web.routes import ROUTES, address

from .conftest import GOOD, form_of, upload, words


@pytest.fixture
def loaded(anna, worker) -> str:
    page = upload(anna)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load"})
    worker()
    return page


def check(browser, worker, content: bytes = GOOD) -> str:
    page = upload(browser, content)
    browser.submit(f"{page}/start", {**form_of(browser, page), "what": "check"})
    worker()
    return page


def test_old_rows_are_reported_before_loading_and_history_is_proposed(app, anna, worker):
    page = upload(anna)
    assert "Строки давние" in words(anna.get(page))
    page = check(anna, worker)
    told = words(anna.get(page))
    assert "Новые сообщения — с 02.11 10:40 по 02.11 10:40" in told
    assert "Сразу окажется просрочено всё, что ждёт направления: 3." in told
    assert "Обычно на 22 дня, больше всего — на 22 дня" in told
    assert "Загрузить как историю" in told
    assert anna.submit(f"{page}/publish", {"history": "yes"}).status_code == 303
    worker()
    with app.app_context():
        assert {one.status for one in db.session.query(Message)} == {Status.DISMISSED}


def test_with_terms_it_is_loaded_all_the_same(app, anna, worker):
    page = check(anna, worker)
    anna.submit(f"{page}/publish", {"history": "no"})
    worker()
    with app.app_context():
        assert {one.status for one in db.session.query(Message)} == {Status.NEW}


def test_fresh_rows_are_loaded_without_a_question(anna, worker):
    fresh = [incident(n, **{"Дата поступления": "25.11.2026 08:55", "Дата публикации": ""}) for n in (501, 502)]
    content = xlsx([HEADER, *fresh])
    assert "Строки давние" not in words(anna.get(upload(anna, content)))
    told = words(anna.get(check(anna, worker, content)))
    assert "просрочено" not in told
    assert "историю" not in told.split("Изменить столбцы")[0]


def test_it_says_that_no_author_has_an_address(anna, worker, loaded):
    assert "Ни у одного автора нет адреса профиля" in words(anna.get(loaded))
    rows = [[*incident(600 + number), f"https://vk.com/id99{number}"] for number in range(3)]
    page = check(anna, worker, xlsx([[*HEADER, "Аккаунт"], *rows]))
    assert "нет адреса профиля" not in words(anna.get(page))


def test_taken_back_all_is_gone_and_the_page_says_so(app, anna, loaded):
    assert "3 новых сообщения исчезнут" in words(anna.get(loaded))
    assert anna.submit(f"{loaded}/recall").status_code == 303
    told = words(anna.get(loaded))
    assert "Загрузка отозвана сегодня в 9:05, Анна Ларина." in told
    assert "Загружено по ошибке?" not in told
    assert "Загрузка отозвана" in words(anna.get("/imports"))
    assert "№ 501" not in words(anna.get("/messages"))
    assert "№ 501" not in words(anna.get("/"))
    gone = anna.get("/messages/1")
    assert gone.status_code == 404
    assert "Загрузка, из которой пришло это сообщение, отозвана" in words(gone)
    assert "Ничего не найдено" in words(anna.get("/messages?q=501")) or "№ 501" not in words(
        anna.get("/messages?q=501")
    )


def test_the_second_of_two_people_gets_a_conflict(anna, dina, loaded):
    anna.submit(f"{loaded}/recall")
    answer = dina.submit(f"{loaded}/recall")
    assert answer.status_code == 409
    assert "Анна Ларина, сегодня в 9:05: загрузка отозвана." in words(answer)


def test_what_somebody_has_worked_on_is_named(app, anna, loaded):
    shown = anna.get(loaded).text
    with app.app_context():
        version = db.session.get_one(Message, 2).version
    assert anna.submit("/messages/2/select", {"version": version}).status_code == 303
    assert "/recall" in shown
    answer = anna.submit(f"{loaded}/recall")
    assert answer.status_code == 409
    assert (
        "с её сообщениями уже работали, их изменила более поздняя загрузка или на них запрет уничтожать (№ 502)"
        in words(answer)
    )
    assert "/recall" not in anna.get(loaded).text


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, loaded, login):
    assert request.getfixturevalue(login).submit(f"{loaded}/recall").status_code == 403


def test_it_is_no_link(anna, loaded):
    assert anna.get(f"{loaded}/recall").status_code == 405


OF_THE_LOAD = ("/imports", "/admin/log")
"""Where it is said what was taken back."""


@pytest.mark.parametrize("login", ["anna", "gleb"])
def test_no_page_shows_what_was_taken_back(request, anna, loaded, login):
    anna.submit(f"{loaded}/recall")
    browser = request.getfixturevalue(login)
    pages = [
        address(route.rule) for route in ROUTES if "GET" in route.methods and not route.rule.startswith(OF_THE_LOAD)
    ]
    pages += ["/messages?status=finished", "/messages?status=dismissed", "/messages?q=501"]
    shown = [page for page in pages if "(отозвано".encode() in browser.get(page).data]
    assert shown == []
