"""A refused row shows its cells, and is corrected there and imported again."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts.work import MOST_TRIES
from osm.models import Event, ImportRun, ImportState, Message
from tests.connectors.files import HEADER, incident, xlsx

from .conftest import form_of, upload, words

BAD = incident(503, **{"Дата публикации": "32.11.2026 10:00"})
FILE = xlsx([HEADER, incident(501), BAD, incident(504, Текст="")])
TIME, TEXT, NUMBER = (f"cell-{HEADER.index(name)}" for name in ("Дата публикации", "Текст", "Номер"))


@pytest.fixture
def run(anna, worker):
    def go(what: str) -> str:
        page = upload(anna, FILE)
        anna.submit(f"{page}/start", {**form_of(anna, page), "what": what})
        worker()
        return page

    return go


def numbers(app) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(db.select(Message.number)))


def counts(app) -> dict[str, int]:
    with app.app_context():
        return {name: n for name, n in db.session.query(ImportRun).one().counts.items() if n}


def test_the_report_shows_the_cells_of_a_refused_row(anna, run):
    page = run("load")
    told = words(anna.get(page))
    assert "503 · ВКонтакте · https://vk.com/wall-77_503?reply=9 · Лидия Пробная · 32.11.2026 10:00" in told
    assert f'href="{page}/rows/3"' in anna.get(page).text
    form = anna.get(f"{page}/rows/3").text
    assert 'value="32.11.2026 10:00"' in form
    assert "Во дворе на Тестовой, 503 третий вечер" in form


@pytest.mark.parametrize("what", ["load", "check"])
def test_mended_it_goes_the_way_of_every_row(app, anna, worker, run, what):
    page = run(what)
    assert counts(app) == {"created": 1, "rejected": 2}
    answer = anna.submit(f"{page}/rows/3", {TIME: "02.11.2026 10:00"})
    assert (answer.status_code, answer.location) == (303, page)
    if what == "check":
        assert numbers(app) == []
        assert counts(app) == {"created": 2, "rejected": 1}
        anna.submit(f"{page}/publish")
    worker()
    assert numbers(app) == ["501", "503"]
    assert counts(app) == {"created": 2, "rejected": 1}
    assert "Строка 3" not in words(anna.get(page)).split("Не принято 1")[-1]
    with app.app_context():
        assert db.session.query(ImportRun).one().state is ImportState.DONE
        event = db.session.query(Event).filter_by(action="import_mend").one()
        assert (event.actor_id, event.changes) == (anna.user_id, {"row": [None, 3]})
        assert "Тестовой" not in str(event.changes)


def test_it_is_taken_after_a_load_that_was_given_up(app, anna, worker, run):
    page = run("load")
    with app.app_context(), transaction() as session:
        session.query(ImportRun).one().attempts = MOST_TRIES + 1
    anna.submit(f"{page}/rows/3", {TIME: "02.11.2026 10:00"})
    worker()
    assert numbers(app) == ["501", "503"]


def test_still_wrong_it_says_why_and_keeps_what_was_typed(app, anna, run):
    page = run("load")
    answer = anna.submit(f"{page}/rows/3", {TIME: "31.02.2026 10:00", TEXT: "Другие слова о фонаре"})
    assert answer.status_code == 422
    assert "Всё ещё не принята." in words(answer)
    assert "«31.02.2026 10:00»" in words(answer)
    assert 'value="31.02.2026 10:00"' in answer.text
    assert "Другие слова о фонаре" in answer.text
    assert numbers(app) == ["501"]


@pytest.mark.parametrize("what", ["load", "check"])
def test_the_same_message_is_not_taken_twice(app, anna, run, what):
    page = run(what)
    answer = anna.submit(f"{page}/rows/3", {TIME: "02.11.2026 10:00", NUMBER: "501"})
    assert answer.status_code == 422
    assert "уже есть в строке 2" in words(answer)


def test_of_two_people_the_second_gets_a_conflict(app, anna, dina, worker, run):
    page = run("load")
    anna.submit(f"{page}/rows/3", {TIME: "02.11.2026 10:00"})
    worker()
    answer = dina.submit(f"{page}/rows/3", {TIME: "03.11.2026 10:00"})
    assert answer.status_code == 409
    assert "Эту строку уже исправили" in words(answer)
    assert numbers(app) == ["501", "503"]


def test_a_row_that_was_not_refused_is_nowhere(anna, run):
    page = run("load")
    assert anna.get(f"{page}/rows/2").status_code == 404
    assert anna.get("/imports/77/rows/2").status_code == 404


def test_a_taken_back_load_takes_no_row(app, anna, run):
    page = run("load")
    anna.submit(f"{page}/recall")
    assert anna.submit(f"{page}/rows/3", {TIME: "02.11.2026 10:00"}).status_code == 409


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, run, login):
    page = run("load")
    browser = request.getfixturevalue(login)
    assert browser.get(f"{page}/rows/3").status_code == 403
    assert browser.submit(f"{page}/rows/3").status_code == 403
