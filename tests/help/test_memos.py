"""Memos and questions: written by the press centre, found by any word form, shown in the editor of their topic."""

from __future__ import annotations

from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.documents.in_child import bare_text, written_html
from osm.help.acts import Text, search
from osm.models import HelpEdition, HelpPage, Message, Topic
from osm.regulation.words import Status
from tests.office import at

MEMO = {
    "kind": "memo",
    "title": "Перенос отключения воды",
    "text": "## Что писать\n\nНазовите **день** и телефон:\n\n- когда отключат\n- кто отвечает",
}


@pytest.fixture
def page(anna):
    return anna.submit("/help/pages", MEMO).location


def test_it_is_written_read_by_all_and_printed(page, boris, vera, efim):
    for person in (boris, vera, efim):
        shown = person.get(page).text
        assert "<strong>день</strong>" in shown, person.login
        assert "Анна Ларина" in shown
        assert ">Изменить<" not in shown or person is vera
    assert "<li>когда отключат</li>" in boris.get(f"{page}/print").text
    assert MEMO["title"] in boris.get("/help").text
    assert boris.submit("/help/pages", MEMO).status_code == 403


def test_each_text_stays_as_an_edition_and_the_second_gets_a_conflict(app, page, anna, vera):
    assert anna.submit(page, MEMO | {"version": 1, "text": "Новый текст"}).location == page
    assert anna.submit(page, MEMO | {"version": 2, "text": "Новый текст", "kind": "question"}).location == page
    late = vera.submit(page, MEMO | {"version": 1, "text": "Текст Веры"})
    assert late.status_code == 409
    assert "Текст Веры" in late.text
    assert "страница помощи изменена" in late.text
    with app.app_context():
        assert db.session.query(HelpEdition.number).order_by(HelpEdition.number).all() == [(1,), (2,)]
    assert "когда отключат" in vera.get(f"{page}/editions/1").text
    assert "Редакции: 2" in vera.get(page).text
    assert vera.get(f"{page}/editions/9").status_code == 404


def test_what_is_put_away_only_the_press_centre_sees(page, anna, boris):
    anna.submit(f"{page}/archive", {"version": 1})
    assert boris.get(page).status_code == 404
    assert MEMO["title"] not in boris.get("/help").text
    assert MEMO["title"] not in boris.get("/help?q=вода").text
    assert "убрана" in anna.get("/help").text
    anna.submit(f"{page}/restore", {"version": 2})
    assert boris.get(page).status_code == 200


def test_a_look_before_saving_keeps_what_was_typed_and_stores_nothing(app, anna):
    shown = anna.submit("/help/pages", MEMO | {"preview": "1"}).text
    assert "Так это выглядит" in shown
    assert "<strong>день</strong>" in shown
    assert "## Что писать" in shown
    empty = anna.submit("/help/pages", MEMO | {"title": " ", "text": "Только текст"})
    assert empty.status_code == 422
    assert "Только текст" in empty.text
    with app.app_context():
        assert db.session.query(HelpPage).count() == 0


@pytest.mark.parametrize("asked", ["отключение", "ОТКЛЮЧЕНИЯМИ воды", "водой", "дню телефона"])
def test_it_is_found_by_any_form_of_its_words(page, boris, asked):
    found = boris.get("/help", query_string={"q": asked}).text
    assert page in found
    assert "<mark>" in found


def test_the_built_in_texts_are_found_too_and_not_marked_so(page, anna):
    assert "/help/dictionary" in anna.get("/help?q=словарём").text
    assert "Таких слов в помощи нет" in anna.get("/help?q=экзопланета").text


def test_titles_count_for_more_and_all_words_for_most():
    texts = [Text("/1", "Вода", "холодная"), Text("/2", "Свет", "отключение воды"), Text("/3", "Отключение воды", "")]
    assert [hit.address for hit in search(texts, "отключения воды")] == ["/3", "/2"]
    assert [hit.address for hit in search(texts, "вода на луне")] == ["/1", "/3", "/2"]
    assert search(texts, "на и") == []


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ('<img src=x onerror="alert(1)">', "<img"),
        ("[слово](javascript:alert(1))", "javascript"),
        ("[слово](data:text/html,x)", "data:"),
        ('<a href="/" onclick="x()">слово</a>', "onclick"),
        ("<iframe src='//x'></iframe>", "<iframe"),
        ("<style>body{display:none}</style>", "<style"),
    ],
)
def test_nothing_of_html_comes_through(written, never):
    assert never not in written_html(written)


def test_marks_become_what_they_mean_and_vanish_from_the_bare_text():
    page = written_html("# Большой\n\nстрока\nвторая\n\n| а | б |\n|---|---|\n| 1 | 2 |")
    for tag in ("<h2>Большой</h2>", "<br>", "<td>1</td>"):
        assert tag in page, tag
    assert bare_text("## Что\n\n- **раз**\n- [два](/x) & три") == "Что раз два & три"


HOSTILE = {
    "brackets": "[" * 30_000,
    "table": "а|" * 3_000 + "\n" + "-|" * 3_000 + "\n" + "|\n" * 2_000,
    "quotations": "> " * 400 + "слово",
    "lists": "".join(f"{'    ' * depth}- слово\n" for depth in range(60)),
}
"""Texts of a few KB that hold the parser for minutes, take all memory, or break the page they are shown on."""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_the_parser_cannot_bear_is_refused_by_preview_and_saving(app, page, anna, text):
    for act in ({"preview": "1"}, {}):
        answer = anna.submit("/help/pages", MEMO | {"text": text} | act)
        assert answer.status_code == 422
        assert "Разметка слишком сложная" in answer.text
        assert "Так это выглядит" not in answer.text
        assert text[:20].strip() in unescape(answer.text)
    assert anna.submit(page, MEMO | {"version": 1, "text": text}).status_code == 422
    assert anna.submit("/help/pages", MEMO | {"text": "а" * 30_001, "preview": "1"}).status_code == 422


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_one_that_is_stored_already_breaks_neither_the_search_nor_a_page(app, page, boris, anna, text):
    with app.app_context(), transaction() as session:
        session.add(HelpPage(kind="memo", title="Чужая", text=text, written_at=at("25.11 10:00")))
    found = boris.get("/help", query_string={"q": "отключение"})
    assert page in found.text
    number = int(page.rsplit("/", 1)[1]) + 1
    shown = boris.get(f"/help/pages/{number}")
    assert shown.status_code == 200
    assert text.splitlines()[0][:20].strip() in unescape(shown.text)


def test_an_honest_long_page_is_taken(anna):
    piece = "## Заголовок\n\nАбзац с **жирным** и [ссылкой](https://example.org).\n\n- раз\n    - два\n\n> цитата\n\n"
    text = piece * (29_000 // len(piece))
    assert anna.submit("/help/pages", MEMO | {"text": text}).status_code == 303


def test_it_is_next_to_the_editor_of_answers_of_its_topic(app, desk, anna, boris):
    message_id = desk.in_status(Status.IN_WORK).id
    with app.app_context(), transaction() as session:
        topic = session.query(Topic).order_by(Topic.id).first()
        session.get_one(Message, message_id).topic_id = topic.id
        topic_id, name = topic.id, topic.name
    page = anna.submit("/help/pages", MEMO | {"topic": topic_id}).location
    assert f"рядом с ответами по теме: {name}" in anna.get(page).text
    shown = boris.get(f"/messages/{message_id}/answer").text
    assert "Памятки по теме" in shown
    assert "<li>когда отключат</li>" in shown
    assert anna.submit(page, MEMO | {"version": 1, "topic": 9999}).status_code == 422
    anna.submit(page, MEMO | {"version": 1})
    assert "Памятки по теме" not in boris.get(f"/messages/{message_id}/answer").text
