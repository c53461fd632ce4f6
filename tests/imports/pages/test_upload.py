"""Choosing a file: it is opened but not loaded yet; an unreadable one is refused at the field."""

from __future__ import annotations

import re

import pytest

from osm.connectors.incident_file import Limits
from osm.shell.frame import LARGEST_REQUEST
from tests.connectors.files import HEADER, csv_text, incident
from tests.page_reading import problem

from .conftest import GOOD, form_of, send, upload, words


def test_the_file_is_opened_and_its_page_shown(anna, runs):
    page = upload(anna)
    assert page == "/imports/1"
    (run,) = runs()
    assert (run.filename, run.state.value, run.created_by_id) == ("выгрузка.xlsx", "uploaded", anna.user_id)
    assert anna.get(page).status_code == 200


def test_the_administrator_may_too(dina):
    assert upload(dina) == "/imports/1"


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "efim"])
def test_others_may_not(request, login, runs):
    browser = request.getfixturevalue(login)
    assert send(browser).status_code == 403
    assert browser.get("/imports").status_code == 403
    assert runs() == []


BAD = {
    "nothing chosen": (b"", "", "Выберите файл выгрузки"),
    "no table": (b"\x89PNG\r\n\x1a\n", "снимок.xlsx", "Это не таблица"),
    "an empty file": (b"", "пустой.xlsx", "Файл пуст"),
    "words that are no table": ("Добрый день!".encode(), "письмо.csv", "нужна таблица хотя бы из двух столбцов"),
}


@pytest.mark.words
@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_refused_at_the_field_and_leaves_nothing(anna, runs, folder, case):
    content, name, sentence = BAD[case]
    answer = send(anna, content, name)
    assert answer.status_code == 422
    error = answer.text.split('id="file-error"')[1].split("</p>")[0]
    assert sentence in error
    assert 'aria-invalid="true"' in answer.text
    assert runs() == []
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_table_with_unclear_headings_is_opened_to_choose_columns(anna, worker):
    table = [["Ц", "Ч", "Щ"], ["17", "Яма у школы.", "нет"], ["18", "Лёд.", "да"]]
    page = upload(anna, csv_text(table).encode())
    assert "Не найдены столбцы: текст сообщения, номер или ссылка." in words(anna.get(page))
    anna.submit(f"{page}/start", {**form_of(anna, page), "field-number": "0", "field-text": "1", "what": "load"})
    worker()
    assert "Новых 2" in words(anna.get(page))


def test_a_refused_choice_is_shown_as_it_was_made_and_nothing_else_is_called_missing(anna):
    page = upload(anna, csv_text([["Ц", "Ч", "Щ"], ["17", "Яма у школы.", "нет"]]).encode())
    chosen = {**form_of(anna, page), "field-number": "0", "field-text": "1", "field-place": "0", "what": "load"}
    answer = anna.submit(f"{page}/start", chosen)
    assert answer.status_code == 422
    said = words(answer)
    assert "Не запущено. Столбец «Ц» уже выбран" in said
    assert "Не найдены столбцы" not in said
    how = re.search(r'name="field-text".*?<option value="1" selected>.*?column-how">([^<]*)<', answer.text, re.DOTALL)
    assert how[1] == "", "«не найдено» beside what a person chose"


def test_a_much_too_large_upload_is_a_page_in_words(app, anna, monkeypatch, runs):
    assert Limits().file_bytes < LARGEST_REQUEST
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = send(anna, GOOD)
    assert answer.status_code == 413
    assert problem(answer.text) == "Request Entity Too Large"
    assert runs() == []


def test_a_file_over_the_limit_is_refused_at_the_field(anna, monkeypatch, runs):
    from osm.imports.acts import files

    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    answer = send(anna, GOOD)
    assert answer.status_code == 422
    assert "Файл больше" in answer.text
    assert runs() == []


def test_a_path_in_the_name_is_only_a_name(anna, runs):
    send(anna, GOOD, "../../тайна/ноябрь.xlsx")
    assert runs()[0].filename == "ноябрь.xlsx"


def test_html_in_a_file_is_text_everywhere(anna, worker):
    nasty = "<script>alert(1)</script><img src=x onerror=y>"
    header = [*HEADER[:-1], nasty]
    page = upload(anna, csv_text([header, incident(501, Текст=nasty, Автор=nasty)]).encode())
    anna.submit(f"{page}/start", {**form_of(anna, page), "source": nasty})
    worker()
    for address in (page, "/imports"):
        text = anna.get(address).text
        assert "&lt;script&gt;alert" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_list_shows_what_became_of_each(anna, worker):
    page = upload(anna)
    assert "Ждёт вас: проверьте столбцы" in words(anna.get("/imports"))
    anna.submit(f"{page}/start", {"times": "local", "what": "load"})
    worker()
    told = words(anna.get("/imports"))
    assert "Загружено новых 3, обновлено 0, без изменений 0" in told
    assert "Анна Ларина" in told


def test_an_empty_list_says_what_to_do(anna):
    assert "Здесь ещё ничего не загружали" in anna.get("/imports").text


def test_a_long_list_has_further_pages(anna, app):
    from osm.imports.queries import runs as queries

    for _ in range(3):
        upload(anna)
    queries_rows, queries.LIST_ROWS = queries.LIST_ROWS, 2
    try:
        first = anna.get("/imports").text
        assert 'href="/imports/3"' in first
        assert 'href="/imports/1"' not in first
        assert "/imports?before=2" in first
        assert 'href="/imports/1"' in anna.get("/imports?before=2").text
    finally:
        queries.LIST_ROWS = queries_rows
