"""The progress of the worker: polled every second, or by a link without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.transaction import Pace
from osm.imports.acts import files, publishing, staging
from osm.imports.acts import work as acts_work
from osm.jobs.lanes import FILES, beat

from .conftest import form_of, upload, words


@pytest.fixture
def going(anna, monkeypatch) -> str:
    monkeypatch.setattr(staging, "BATCH", 1)
    monkeypatch.setattr(publishing, "TOGETHER", 1)
    monkeypatch.setattr(publishing, "SLICE_SECONDS", 0.0)
    page = upload(anna)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load"})
    return page


@pytest.fixture
def round_of(app):
    """A round that ends after so many steps."""

    def work(steps: int) -> None:
        left = iter([True] * steps + [False] * 100)
        with app.app_context():
            acts_work.run("worker:1", app.extensions["osm"].clock.now, Pace(may_continue=lambda: next(left)))

    return work


def test_the_page_asks_again_every_second_and_has_a_link_for_others(anna, going):
    text = anna.get(going).text
    assert f'hx-get="{going}/progress" hx-trigger="every 1s"' in text
    assert f'<a href="{going}">Обновить</a>' in text
    assert '<progress id="progress-staged" max="3" value="0">' in text


def test_rows_read_and_rows_written(anna, going, round_of):
    round_of(3)
    assert "Прочитано и проверено: 2 из 3" in words(anna.htmx(f"{going}/progress", method="GET"))
    round_of(5)
    told = anna.htmx(f"{going}/progress", method="GET")
    assert "Записано в реестр: 1 из 3" in words(told)
    assert "<html" not in told.text


def test_at_the_end_htmx_is_sent_to_the_report(anna, going, worker):
    worker()
    answer = anna.htmx(f"{going}/progress", method="GET")
    assert answer.headers["HX-Redirect"] == going
    assert "Новых 3" in words(anna.get(going))


def test_opened_as_a_page_it_is_the_page(anna, going):
    answer = anna.get(f"{going}/progress")
    assert (answer.status_code, answer.location) == (303, going)


def test_the_page_names_who_started_it(anna, dina, going):
    assert "Загрузка запущена: Анна Ларина, сегодня в 9:05." in words(dina.get(going))


def test_a_worker_that_does_not_answer_is_said(app, anna, going, clock):
    assert "Фоновая программа не отвечает." in words(anna.get(going))
    with app.app_context():
        beat(FILES, clock.now())
    assert "не отвечает" not in anna.get(going).text
    clock.set(clock.now() + timedelta(minutes=3))
    assert "Фоновая программа не отвечает с 9:05 сегодня." in words(anna.htmx(f"{going}/progress", method="GET"))


def test_a_run_that_a_busy_server_postpones_says_when_it_continues(app, anna, going, clock, worker, monkeypatch):
    def short_of_memory(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(files, "to_payload", short_of_memory)
    with pytest.raises(MemoryError):
        worker()
    with app.app_context():
        beat(FILES, clock.now())
    told = words(anna.htmx(f"{going}/progress", method="GET"))
    assert "Загрузка продолжится сама в 09:06, ничего не потеряно" in told
    clock.set(clock.now() + acts_work.PUT_OFF)
    assert "продолжится сама в" not in words(anna.htmx(f"{going}/progress", method="GET"))


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, going, login):
    assert request.getfixturevalue(login).get(f"{going}/progress").status_code == 403
