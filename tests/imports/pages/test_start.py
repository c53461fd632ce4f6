"""The columns on the page: shown, corrected, checked or loaded; a refusal keeps what was chosen."""

from __future__ import annotations

import pytest

from osm.models import ImportState
from tests.connectors.files import HEADER, incident, xlsx

from .conftest import GOOD, MIXED, form_of, upload, words

PLACE = xlsx([[*HEADER, "Дом"], *([*incident(501 + number), "ул. Пробная, 7"] for number in range(2))])


def test_the_page_shows_fields_columns_and_how_they_were_found(anna):
    page = upload(anna, PLACE)
    told = words(anna.get(page))
    assert "по названию столбца 501" in told
    assert "не найдено" in told
    assert form_of(anna, page)["field-text"] == str(HEADER.index("Текст"))
    assert form_of(anna, page)["field-place"] == ""
    assert "Первые строки файла" in told


def test_both_readings_of_a_date_are_shown(anna):
    told = words(anna.get(upload(anna)))
    assert "В файле: 02.11.2026 10:40 (столбец «Дата поступления»)" in told
    assert "местное : у нас это 02.11 10:40" in told.replace("местное:", "местное :")
    assert "московское : у нас это 02.11 17:40" in told.replace("московское:", "московское :")


def test_a_reading_that_lies_in_the_future_is_pointed_out(anna, clock):
    row = incident(501, **{"Дата поступления": "25.11.2026 09:00", "Дата публикации": "25.11.2026 08:30"})
    told = words(anna.get(upload(anna, xlsx([HEADER, row]))))
    assert told.count("это ещё не наступило") == 1


def test_the_unchanged_form_is_checked_without_writing(anna, worker, runs):
    page = upload(anna, MIXED)
    answer = anna.submit(f"{page}/start", {**form_of(anna, page), "what": "check"})
    assert (answer.status_code, answer.location) == (303, page)
    assert runs()[0].state is ImportState.STAGING
    worker()
    told = words(anna.get(page))
    assert "4 строки: 2 новых, 1 повтор в файле, 1 не принята" in told
    assert "5 Нет текста сообщения." in told
    assert "4 Повтор строки 2: то же сообщение." in told
    assert anna.get("/").text.count("№ 501") == 0


def test_or_loaded_at_once(anna, worker, runs):
    page = upload(anna)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load", "history": "1"})
    worker()
    (run,) = runs()
    assert (run.state, run.history, run.counts["created"]) == (ImportState.DONE, True, 3)


def test_a_button_that_is_not_named_only_checks(anna, worker, runs):
    """Enter in a field sends the form without a button, and only the harmless check is done."""
    page = upload(anna)
    anna.submit(f"{page}/start", form_of(anna, page))
    worker()
    assert runs()[0].state is ImportState.CHECKED


def test_a_corrected_column_is_used(app, anna, worker):
    from osm.base.database import db
    from osm.models import Message

    page = upload(anna, PLACE)
    anna.submit(f"{page}/start", {**form_of(anna, page), "field-place": str(len(HEADER)), "what": "load"})
    worker()
    with app.app_context():
        assert {message.place for message in db.session.scalars(db.select(Message))} == {"ул. Пробная, 7"}
    again = upload(anna, PLACE)
    worker()
    assert form_of(anna, again)["field-place"] == str(len(HEADER))
    assert "2 строки, как в прошлый раз: 2 без изменений" in words(anna.get(again))


#: What was chosen otherwise → the field with the error, its words.
REFUSED = [
    ({"field-text": ""}, None, "Укажите столбцы: текст сообщения"),
    ({"field-place": str(HEADER.index("Номер"))}, "field-place-error", "Столбец «Номер» уже выбран"),
    ({"times": "utc"}, "times-error", "по какому времени даты"),
    ({"source": "я" * 201}, "source-error", "Название источника длиннее"),
]


@pytest.mark.words
@pytest.mark.parametrize(("choice", "where", "sentence"), REFUSED)
def test_a_refusal_keeps_what_was_chosen(anna, runs, choice, where, sentence):
    page = upload(anna, PLACE)
    sent = {**form_of(anna, page), "field-author": "", "history": "1", **choice}
    answer = anna.submit(f"{page}/start", {**sent, "what": "load"})
    assert answer.status_code == 422
    shown = answer.text.split(f'id="{where}"')[1].split("</p>")[0] if where else answer.text
    assert sentence in shown
    author = answer.text.split('name="field-author"')[1].split("</select>")[0]
    assert "selected" not in author
    assert 'id="history" name="history" value="1" checked' in answer.text
    assert runs()[0].state is ImportState.UPLOADED


def test_the_second_of_two_people_gets_a_conflict_and_starts_nothing(anna, dina, runs):
    page = upload(anna)
    form = {**form_of(anna, page), "what": "load"}
    assert anna.submit(f"{page}/start", form).status_code == 303
    answer = dina.submit(f"{page}/start", form)
    assert answer.status_code == 409
    told = words(answer)
    assert "Эта загрузка уже запущена или закончена" in told
    assert "Анна Ларина, сегодня в 9:05: загрузка запущена." in told
    assert "Прочитано и проверено" in told
    assert runs()[0].state is ImportState.STAGING


def test_the_same_file_again_is_reported_and_continues(anna, worker):
    page = upload(anna)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "load"})
    worker()
    again = upload(anna)
    worker()
    assert "Этот файл уже загружали сегодня в 9:05." in words(anna.get(again))
    anna.submit(f"{again}/start", {**form_of(anna, again), "what": "load"})
    worker()
    assert "Без изменений 3" in words(anna.get(again))


def test_a_file_that_was_only_checked_before_was_not_loaded(anna, worker):
    page = upload(anna)
    anna.submit(f"{page}/start", {**form_of(anna, page), "what": "check"})
    worker()
    assert "уже загружали" not in anna.get(upload(anna)).text


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, anna, login, runs):
    page = upload(anna)
    form = form_of(anna, page)
    assert request.getfixturevalue(login).submit(f"{page}/start", form).status_code == 403
    assert runs()[0].state is ImportState.UPLOADED


def test_it_is_no_link(anna):
    assert anna.get(f"{upload(anna)}/start").status_code == 405


@pytest.mark.words
@pytest.mark.parametrize("step", ["start", "publish", "discard", "sheet"])
def test_there_is_no_such_run(anna, step):
    assert anna.submit(f"/imports/99/{step}", {"times": "local"}).status_code == 404
    assert anna.get("/imports/99").status_code == 404
    assert anna.get("/imports/99/progress").status_code == 404


def test_a_file_that_is_gone_says_so_on_its_page(anna, folder):
    page = upload(anna, GOOD)
    for path in folder.iterdir():
        path.unlink()
    assert "Файл не удалось открыть" in anna.get(page).text
