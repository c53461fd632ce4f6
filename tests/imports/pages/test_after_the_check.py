"""After «Проверить»: load what was checked, or throw it away."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.models import Event, ImportState, Message
from tests.connectors.files import HEADER, incident, xlsx

from .conftest import MIXED, form_of, upload, words


@pytest.fixture
def checked(anna, worker) -> str:
    page = upload(anna, MIXED)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "check"})
    worker()
    return page


def test_loaded_it_comes_into_the_register(app, anna, checked, worker, runs):
    answer = anna.submit(f"{checked}/publish")
    assert (answer.status_code, answer.location) == (303, checked)
    assert runs()[0].state is ImportState.PUBLISHING
    worker()
    assert runs()[0].state is ImportState.DONE
    with app.app_context():
        assert db.session.query(Message).count() == 2
        steps = [row.action for row in db.session.query(Event).filter_by(object_kind="import_run").order_by(Event.id)]
        assert steps == ["import_check", "import_publish", "import_done"]
        assert {row.actor_id for row in db.session.query(Event).filter_by(object_kind="import_run")} == {anna.user_id}


def test_where_there_is_nothing_to_load_no_button_says_so(anna, worker, checked):
    assert "Загружать нечего" not in anna.get(checked).text
    page = upload(anna, xlsx([HEADER, incident(502, **{"Дата публикации": "позавчера"})]))
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "check"})
    worker()
    shown = anna.get(page).text
    assert "Загружать нечего" in shown
    assert f'action="{page}/publish"' not in shown


def test_thrown_away_it_leaves_nothing(app, anna, checked, runs, folder):
    answer = anna.submit(f"{checked}/discard", follow_redirects=True)
    assert "Загрузка отменена, файл удалён." in answer.text
    assert runs() == []
    assert list(folder.iterdir()) == []
    with app.app_context():
        assert db.session.query(Message).count() == 0


def test_a_file_that_was_only_opened_can_be_thrown_away_too(anna, runs):
    anna.submit(f"{upload(anna)}/discard")
    assert runs() == []


def test_it_can_be_checked_again_otherwise(anna, checked, worker):
    again = {**form_of(anna, checked), "times": "moscow", "what": "check"}
    assert anna.submit(f"{checked}/start", again).status_code == 303
    worker()
    assert "Время в файле: московское." in words(anna.get(checked))


@pytest.mark.parametrize("step", ["publish", "discard", "start"])
def test_the_second_of_two_people_gets_a_conflict(anna, dina, checked, worker, step):
    anna.submit(f"{checked}/publish")
    for moment in ("while it goes", "when it is done"):
        answer = dina.submit(f"{checked}/{step}", {"times": "local"})
        assert answer.status_code == 409, moment
        assert "Анна Ларина, сегодня в 9:05: загрузка запущена." in words(answer)
        worker()


def test_after_it_was_thrown_away_the_next_reads_that_it_is_gone(anna, dina, checked):
    dina.submit(f"{checked}/discard")
    answer = anna.submit(f"{checked}/publish")
    assert answer.status_code == 404
    assert "Загрузка не найден" in answer.text


@pytest.mark.words
@pytest.mark.parametrize("step", ["publish", "discard"])
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, checked, runs, login, step):
    assert request.getfixturevalue(login).submit(f"{checked}/{step}").status_code == 403
    assert runs()[0].state is ImportState.CHECKED


@pytest.mark.words
@pytest.mark.parametrize("step", ["publish", "discard"])
def test_it_is_no_link(anna, checked, step):
    assert anna.get(f"{checked}/{step}").status_code == 405
