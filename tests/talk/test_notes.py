"""Notes on the card: who reads them, who is asked to read them, that they are withdrawn and never published."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Event, Note, NoteKind, UserRole
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role, Status
from osm.talk import acts
from tests.cast import browser_of
from tests.desk import NOW
from tests.office import at
from tests.page_reading import badge, page_of, rows, sections, words

SECRET = "Позвонить Петровой, она всё знает"


def note(desk, message, *, to: str = "", by: str = "anna", text: str = SECRET) -> Note:
    to_id = desk.ids[to] if to else None
    return acts.write_note(message.id, text=text, to_id=to_id, actor=getattr(desk, by), now=NOW)


def only() -> Note:
    db.session.rollback()
    return db.session.scalars(db.select(Note)).one()


def test_a_note_is_written_by_form_and_read_on_the_card(desk, anna, boris, vera):
    message = desk.in_status(Status.IN_WORK)
    answer = anna.submit(f"/messages/{message.id}/talk", {"note": SECRET, "to_id": ""})
    assert answer.status_code == 303
    for browser in (anna, boris, vera):
        assert SECRET in browser.get(f"/messages/{message.id}").text
    assert SECRET in boris.get(f"/messages/{message.id}/answer").text
    assert desk.again(message).version == message.version


@pytest.mark.parametrize("form", ["", "/ask"])
def test_a_form_that_is_sent_again_with_back_is_written_once(desk, boris, form):
    message = desk.in_status(Status.IN_WORK)
    address, given = f"/messages/{message.id}/talk{form}", {"note": SECRET, "to_id": ""}
    assert boris.submit(address, given).status_code == 303
    again = boris.submit(address, given)
    assert (again.status_code, "Второй раз не добавлено" in again.text) == (422, True)
    found = only()
    acts.withdraw_note(found.id, actor=desk.boris, now=NOW)
    assert boris.submit(address, given).status_code == 303, "said once more on purpose"


def test_htmx_gets_the_talk_alone_and_the_form_keeps_what_was_typed(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    done = anna.htmx(f"/messages/{message.id}/talk", {"note": SECRET, "to_id": ""})
    assert done.text.lstrip().startswith("<section")
    assert SECRET in done.text
    refused = anna.htmx(f"/messages/{message.id}/talk", {"note": "Набрано", "to_id": desk.ids["roman"]})
    assert refused.status_code == 422
    assert "не видит карточку" in refused.text
    assert "Набрано" in refused.text


def test_without_scripts_a_refused_note_is_on_a_separate_page(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    answer = anna.submit(f"/messages/{message.id}/talk", {"note": " ", "to_id": desk.ids["boris"]})
    assert answer.status_code == 422
    assert "Напишите заметку" in answer.text
    assert f'<option value="{desk.ids["boris"]}" selected' in answer.text


def test_it_waits_for_its_addressee_alone_until_he_opens_the_card(app, desk, anna, vera, clock):
    message = desk.in_status(Status.IN_WORK)
    note(desk, message, to="boris")
    clock.set(at("25.11 11:20"))
    assert "kind=notes" not in page_of(app, desk, "vera")
    page = page_of(app, desk, "boris")
    assert ("notes", 1) in sections(page)
    row = next(text for key, text in rows(page).items() if key.startswith("note-"))
    assert f"№ {message.number} Анна Ларина: {SECRET}" in row
    assert badge(page) == 2  # the message itself waits too
    boris = browser_of(app, desk.ids, "boris")
    assert boris.get(f"/messages/{message.id}").status_code == 200
    assert only().read_at == clock.now()
    page = boris.get("/").text
    assert "kind=notes" not in page
    assert badge(page) == 1
    assert "прочитано сегодня в 11:20" in words(anna.get(f"/messages/{message.id}").text)


def test_it_is_read_by_one_press_in_the_list(desk, anna, boris):
    message = desk.in_status(Status.IN_WORK)
    found = note(desk, message, to="boris")
    assert boris.submit(f"/messages/{message.id}/notes/{found.id}/read", {"back": "/"}).location == "/"
    assert only().read_by_id == desk.ids["boris"]


@pytest.mark.parametrize("login", ["vera", "gleb"])
def test_only_its_addressee_says_that_he_has_read_it(desk, request, login):
    message = desk.in_status(Status.IN_WORK)
    found = note(desk, message, to="boris")
    answer = request.getfixturevalue(login).submit(f"/messages/{message.id}/notes/{found.id}/read", {"back": "/"})
    assert answer.status_code == 403
    assert only().read_at is None


def test_an_addressed_head_has_it_in_his_list_and_number(desk, gleb):
    note(desk, desk.in_status(Status.IN_WORK), to="gleb")
    page = gleb.get("/").text
    assert ("notes", 1) in sections(page)
    assert badge(page) == 1


def test_without_the_card_there_is_no_talk_and_no_address(app, desk):
    message = desk.in_status(Status.IN_WORK)
    note(desk, message)
    roman = browser_of(app, desk.ids, "roman")
    assert roman.get(f"/messages/{message.id}/talk").status_code == 404
    assert roman.submit(f"/messages/{message.id}/talk", {"note": "?"}).status_code == 404
    with pytest.raises(MissingInput):
        note(desk, message, to="roman")
    assert "Роман Соболев" not in app_form(app, desk, message)


def app_form(app, desk, message) -> str:
    page = browser_of(app, desk.ids, "anna").get(f"/messages/{message.id}/talk?write=1").text
    return re.search(r'<select[^>]+id="talk-to".*?</select>', page, re.DOTALL)[0]


def test_which_people_a_note_can_be_written_to(app, desk):
    message = desk.in_status(Status.IN_WORK)
    form = words(app_form(app, desk, message))
    for name in ("Борис Ежов", "Лидия Журавлёва", "Вера Носова", "Глеб Титов"):
        assert name in form
    for name in ("Анна Ларина", "Дина Орлова", "Ефим Чужой"):
        assert name not in form


def test_its_author_withdraws_it_and_the_log_keeps_that(desk, anna, boris, vera):
    message = desk.in_status(Status.IN_WORK)
    found = note(desk, message, to="boris")
    address = f"/messages/{message.id}/notes/{found.id}/withdraw"
    assert vera.submit(address, {}).status_code == 403
    assert only().withdrawn_at is None
    assert anna.submit(address, {}).status_code == 303
    page = words(boris.get(f"/messages/{message.id}").text)
    assert SECRET not in page
    assert "Отозвано автором" in page
    assert "заметка отозвана" in page
    assert "kind=notes" not in boris.get("/").text
    assert only().text == SECRET  # never changed


def test_the_log_mentions_a_note_but_not_its_words(desk, anna, dina):
    message = desk.in_status(Status.IN_WORK)
    note(desk, message, to="boris")
    assert "написана заметка" in words(anna.get(f"/messages/{message.id}").text)
    log = dina.get("/admin/log").text
    assert "написана заметка" in words(log)
    assert SECRET not in log
    event = next(one for one in desk.log(desk.again(message)) if one.action == "note_written")
    assert event.note is None
    assert SECRET not in str(event.changes)


def test_no_file_and_no_print_has_a_note(app, desk, anna):
    message = desk.in_status(Status.ANSWERED)
    note(desk, message)
    checked = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or not ("export" in rule.rule or "xlsx" in rule.rule or "journal" in rule.rule):
            continue
        address = rule.rule.replace("<int:message_id>", str(message.id))
        answer = anna.get(address)
        if answer.status_code != 200:
            continue
        data = answer.data
        texts = [data]
        if is_zipfile(BytesIO(data)):
            with ZipFile(BytesIO(data)) as book:
                texts = [book.read(name) for name in book.namelist()]
        assert not any(SECRET.encode() in text for text in texts), address
        checked += 1
    assert checked >= 4


# --- A question to the curator


def test_a_question_waits_for_every_curator_until_one_answers(app, desk, boris, anna):
    message = desk.in_status(Status.IN_WORK)
    with transaction() as session:
        session.add(UserRole(user_id=desk.ids["vera"], role=Role.CURATOR))
    answer = boris.submit(f"/messages/{message.id}/talk/ask", {"note": "Чей это двор?", "back": "/"})
    assert answer.status_code == 303
    for login in ("anna", "vera"):
        page = page_of(app, desk, login)
        assert ("notes", 1) in sections(page)
        assert "Чей это двор?" in page
    anna.get(f"/messages/{message.id}")  # reading it is no answer
    assert only().read_at is None
    answer_link = f"/messages/{message.id}?write=1"
    assert f'href="{answer_link}#talk"' in anna.get("/").text
    page = anna.get(answer_link).text
    assert f'<option value="{desk.ids["boris"]}" selected' in page
    anna.submit(f"/messages/{message.id}/talk", {"note": "Школы № 1", "to_id": desk.ids["boris"]})
    assert "kind=notes" not in page_of(app, desk, "vera")
    assert "Школы № 1" in page_of(app, desk, "boris")


def test_a_curator_has_read_a_question(desk, boris, anna):
    message = desk.in_status(Status.IN_WORK)
    boris.submit(f"/messages/{message.id}/talk/ask", {"note": "Чей это двор?"})
    anna.submit(f"/messages/{message.id}/notes/{only().id}/read", {"back": "/"})
    assert only().read_by_id == desk.ids["anna"]
    assert "kind=notes" not in anna.get("/").text


def test_an_empty_question_is_refused_with_a_word(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    answer = boris.submit(f"/messages/{message.id}/talk/ask", {"note": ""})
    assert answer.status_code == 422
    assert "Напишите вопрос" in answer.text


def test_the_asking_person_reads_that_the_term_continues(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    page = words(boris.get(f"/messages/{message.id}/answer").text)
    assert "Срок идёт дальше: проект на согласование до 14:58 сегодня." in words(page)


# --- Several executors (П.14)


def test_co_executors_read_the_talk_of_their_message(app, desk):
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1, "Фонарь"), PartOrder(desk.ids["roman"], 1, "Яма")]
    routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=NOW)
    note(desk, message, by="boris", to="roman")
    roman = browser_of(app, desk.ids, "roman")
    assert SECRET in roman.get("/").text
    assert SECRET in roman.get(f"/messages/{message.id}/part").text
    assert "kind=notes" not in roman.get("/").text


def test_kinds_are_what_the_database_lets_in(desk):
    message = desk.in_status(Status.IN_WORK)
    with pytest.raises(Exception, match="somebody_is_hurried"), transaction() as session:
        session.add(
            Note(message_id=message.id, kind=NoteKind.HURRY, author_id=desk.ids["anna"], written_at=NOW, text="!")
        )
        session.flush()
    assert db.session.scalar(db.select(db.func.count(Event.id)).where(Event.action == "hurried")) == 0
