"""A file that is as the files before: chosen, checked by itself, loaded. Any other opens the form of its columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osm.base.database import db
from osm.models import ImportSource, ImportState, Message
from tests.connectors.files import HEADER, csv_text, incident, xlsx

from .conftest import GOOD, form_of, upload, words

OTHER_HEADER = ["Код", "Комментарий", "Где", "Куда"]
OTHER = csv_text([OTHER_HEADER, ["К-1", "Лёд у школы.", "ул. Пробная, 7", "https://vk.com/wall-1_1"]]).encode()
OTHER_COLUMNS = {"field-number": "0", "field-text": "1", "field-place": "2", "field-url": "3"}


@pytest.fixture
def load_first(anna, worker) -> Callable[..., str]:
    """Load a file that is not known yet, with these answers in its form."""

    def load(content: bytes = GOOD, **answers: str) -> str:
        page = upload(anna, content)
        anna.submit(f"{page}/start", {**form_of(anna, page), **answers, "what": "load"})
        worker()
        return page

    return load


def test_it_is_checked_by_itself_and_loaded_by_one_press(anna, worker, runs, load_first):
    load_first(times="moscow")
    page = upload(anna, xlsx([HEADER, incident(501, Статус="В работе"), *(incident(600 + one) for one in range(13))]))
    assert runs()[1].state is ImportState.STAGING
    worker()
    told = words(anna.get(page))
    assert "14 строк, как в прошлый раз: 13 новых, 1 изменится" in told
    assert "Источник: Инцидент Менеджмент" in told
    assert "Время в файле: московское." in told
    anna.submit(f"{page}/publish")
    worker()
    assert runs()[1].state is ImportState.DONE
    told = words(anna.get(page))
    assert "Новых 13 Обновлено 1" in told
    assert "При проверке было иначе" not in told
    assert 'href="/">' in anna.get(page).text.split('<dl class="totals">')[1]


def test_what_the_office_has_never_loaded_opens_the_form(anna, runs):
    assert "Файл не такой" not in words(anna.get(upload(anna)))
    assert runs()[0].state is ImportState.UPLOADED


def test_two_layouts_of_one_source_are_told_apart(app, anna, worker, runs, load_first):
    load_first()
    load_first(OTHER, **OTHER_COLUMNS, times="moscow")
    for number, (content, times) in enumerate([(GOOD, "local"), (OTHER, "moscow")] * 2, 3):
        page = upload(anna, content)
        assert runs()[-1].state is ImportState.STAGING, number
        worker()
        assert runs()[-1].times == times
        assert "как в прошлый раз: " in words(anna.get(page))
        anna.submit(f"{page}/publish")
        worker()
    with app.app_context():
        assert [source.name for source in db.session.scalars(db.select(ImportSource))] == ["Инцидент Менеджмент"]
        assert db.session.scalar(db.select(Message.place).where(Message.number == "К-1")) == "ул. Пробная, 7"


CHANGED = {
    "a new column": ([*HEADER, "Район"], "Новые столбцы: «Район»."),
    "a column is missing": (HEADER[:-1], "Нет столбцов: «Важность»."),
    "a column is named otherwise": (["Заявка", *HEADER[1:]], "Новые столбцы: «Заявка». Нет столбцов: «Номер»."),
}


@pytest.mark.words
@pytest.mark.parametrize("case", CHANGED)
def test_a_changed_file_opens_the_form_and_says_what_changed(anna, runs, load_first, case):
    load_first()
    header, sentence = CHANGED[case]
    page = upload(anna, xlsx([header, [*incident(501), "Центр"][: len(header)]]))
    assert runs()[1].state is ImportState.UPLOADED
    told = words(anna.get(page))
    assert f"Файл не такой, как прежние. {sentence}" in told
    assert form_of(anna, page)["field-text"] == str(HEADER.index("Текст"))


def test_columns_that_moved_are_no_change(anna, worker, runs, load_first):
    load_first()
    page = upload(anna, xlsx([HEADER[::-1], incident(501)[::-1], incident(509)[::-1]]))
    worker()
    assert "2 строки, как в прошлый раз: 1 новое, 1 без изменений" in words(anna.get(page))


def test_a_source_is_found_by_its_headings(anna, worker, runs, load_first):
    load_first(OTHER, **OTHER_COLUMNS, source="Портал")
    load_first(GOOD, source="Инцидент Менеджмент")
    page = upload(anna, OTHER)
    worker()
    assert (runs()[2].source.name, runs()[2].state) == ("Портал", ImportState.CHECKED)
    assert "Источник: Портал" in words(anna.get(page))


@pytest.fixture
def rivals(anna, load_first, worker) -> str:
    """Two sources have had files with these headings, read otherwise; the address of a third file."""
    load_first(OTHER, **OTHER_COLUMNS, source="Портал")
    page = upload(anna, OTHER)
    worker()
    other = {**form_of(anna, page), "source": "Край", "times": "moscow", "field-place": "", "what": "load"}
    anna.submit(f"{page}/start", other)
    worker()
    return upload(anna, OTHER)


def test_of_several_sources_the_person_chooses(anna, worker, runs, rivals):
    assert runs()[2].state is ImportState.UPLOADED
    told = words(anna.get(rivals))
    assert "Такие файлы бывают у нескольких источников. Чей этот? Край Портал" in told
    assert anna.submit(f"{rivals}/source", {"source": "Портал"}).location == rivals
    worker()
    (run,) = runs()[2:]
    assert (run.source.name, run.times, run.state) == ("Портал", "local", ImportState.CHECKED)
    assert form_of(anna, rivals)["field-place"] == "2"
    assert "1 строка, как в прошлый раз: 1 без изменений" in words(anna.get(rivals))


def test_others_may_not_choose_it(vera, rivals, runs):
    assert vera.submit(f"{rivals}/source", {"source": "Портал"}).status_code == 403
    assert vera.get(f"{rivals}/source").status_code == 405
    assert runs()[2].source.name == "Край"


def test_a_source_named_in_the_form_is_a_new_one(app, anna, load_first, runs):
    load_first(source="  Портал   обращений ")
    assert runs()[0].source.name == "Портал обращений"
    with app.app_context():
        assert db.session.query(ImportSource).count() == 1


def test_another_load_between_the_check_and_the_press_is_told(anna, dina, worker, load_first):
    load_first()
    content = xlsx([HEADER, incident(601), incident(602)])
    first, second = upload(anna, content), upload(dina, content)
    worker()
    for browser, page in ((dina, second), (anna, first)):
        browser.submit(f"{page}/publish")
        worker()
    assert "При проверке было иначе: 2 новых." in words(anna.get(first))
    assert "Без изменений 2" in words(anna.get(first))
    assert "При проверке было иначе" not in words(dina.get(second))


def test_rows_in_question_are_closed_under_their_numbers(anna, worker, load_first):
    load_first()
    page = upload(anna, xlsx([HEADER, incident(601), incident(602, Текст="")]))
    worker()
    text = anna.get(page).text
    assert "2 строки, как в прошлый раз: 1 новое, 1 не принята" in words(anna.get(page))
    assert '<details class="row-list">' in text
    assert '<summary id="rejected">Не принято' in text
    assert "Настроить…" in text
    assert text.split("<h1>")[1].split("<details")[0].count("btn-primary") == 1
