"""A form that was sent after the session had ended: it is shown, lives through the log-in, and can be sent again."""

from __future__ import annotations

import io
import json
import re
from html import unescape

import pytest

from osm.extensions import db
from osm.regulation.words import Status
from osm.settings import ROOT
from osm.store.models import Note
from osm.web.lost_form import LABELS, OF_SCREEN, label_of
from tests.page_reading import words

OURS = {"Origin": "http://localhost"}


def hidden(page: str) -> dict[str, str]:
    """The fields of the form that nobody sees."""
    form = page.split("<form")[-1]
    return {
        name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


def typed(page: str) -> dict[str, str]:
    """Label → what stands under it."""
    found = re.findall(r'<label[^>]*for="(kept-\d+)">([^<]*)</label>\s*<textarea[^>]*id="\1"[^>]*>\n([^<]*)<', page)
    return {label: unescape(value) for _, label, value in found}


@pytest.fixture
def note(desk):
    """The form of a note on the card: where it goes, and what is in it."""
    message = desk.in_status(Status.IN_WORK)
    return f"/messages/{message.id}/talk?from=inbox", {"note": "Звонил <автор>\nждёт", "to_id": desk.ids["boris"]}


def notes() -> list[str]:
    db.session.rollback()
    return [row.text for row in db.session.scalars(db.select(Note))]


def test_it_is_shown_by_its_labels_and_sent_after_the_log_in(client, note):
    address, form = note
    lost = client.post(address, data=form, headers=OURS)
    assert lost.status_code == 401
    assert typed(lost.text) == {"Заметка": "Звонил <автор>\nждёт"}
    wrong = client.log_in("anna", "не тот", **hidden(lost.text))
    assert wrong.status_code == 401
    back = client.log_in("anna", "пароль-anna", **hidden(wrong.text))
    assert back.status_code == 200
    assert "Вы вошли. Введённое не пропало" in words(back.text)
    assert typed(back.text) == {"Заметка": "Звонил <автор>\nждёт"}
    assert f'action="{address}"' in back.text
    assert notes() == [], "nothing is done before the person says so"
    sent = client.post(address, data={**hidden(back.text), "note": "Звонил автор, ждёт"})
    assert sent.status_code == 303
    assert notes() == ["Звонил автор, ждёт"]


def test_whoever_has_logged_in_elsewhere_sends_it_again_at_once(anna, note):
    address, form = note
    old = anna.post(address, data={**form, "csrf_token": "прежний"}, headers=OURS)
    assert old.status_code == 400
    assert "Вы вошли заново" in words(old.text)
    assert typed(old.text) == {"Заметка": "Звонил <автор>\nждёт"}
    assert anna.post(address, data={**hidden(old.text), "note": "Ждёт"}).status_code == 303
    assert notes() == ["Ждёт"]


def test_for_htmx_the_form_stays_and_gets_its_new_token(anna, note):
    address, form = note
    headers = {**OURS, "HX-Request": "true"}
    old = anna.post(address, data={**form, "csrf_token": "прежний"}, headers=headers)
    assert old.status_code == 400
    assert "Вы вошли заново" in words(old.text)
    token = re.search(r'name="csrf_token" value="([^"]+)" hx-swap-oob="outerHTML:input', old.text)[1]
    assert f'<meta name="csrf-token" content="{token}" hx-swap-oob' in old.text
    assert anna.post(address, data={**form, "csrf_token": token}, headers=headers).status_code == 200
    assert len(notes()) == 1


@pytest.mark.words
@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Referer": "http://evil.example/"}])
def test_what_another_site_has_filled_in_is_never_offered_to_be_sent(client, anna, note, headers):
    address, form = note
    for browser in (client, anna):
        answer = browser.post(address, data={**form, "csrf_token": "чужой"}, headers=headers)
        assert answer.status_code in (400, 401)
        assert "kept_fields" not in answer.text
        assert f'action="{address}"' not in answer.text


def test_no_password_is_kept(client, cast):
    form = {"old_password": "тайна-тайна-тайна", "text": "Слова"}
    answer = client.post("/password", data=form, headers=OURS)
    assert "тайна" not in answer.text
    assert "kept_fields" not in answer.text


@pytest.mark.words
@pytest.mark.parametrize(
    ("to", "fields"),
    [
        ("//evil.example/", '[["text", "Текст", "Слова"]]'),
        ("http://evil.example/", '[["text", "Текст", "Слова"]]'),
        ("/messages/1/notes", "не JSON"),
        ("/messages/1/notes", '{"text": 1}'),
        ("/messages/1/notes", "7"),
        ("/messages/1/notes", "[]"),
        ("/messages/1/notes", "[" * 100_000),
    ],
)
def test_a_spoilt_form_is_a_log_in_without_one(client, desk, to, fields):
    answer = client.log_in("anna", "пароль-anna", kept_to=to, kept_fields=fields)
    assert (answer.status_code, answer.location) == (303, "/")


def test_files_have_to_be_chosen_anew_and_that_is_said(client, note):
    address, form = note
    lost = client.post(address, data={**form, "files": (io.BytesIO(b"x"), "photo.jpg")}, headers=OURS)
    back = client.log_in("anna", "пароль-anna", **hidden(lost.text))
    assert "Файлы не сохранились" in words(back.text)
    none = client.post(address, data={**form, "files": (io.BytesIO(b""), "")}, headers=OURS)
    assert "kept_files" not in none.text


def test_long_texts_live_through_it_as_they_were(client, note):
    address, _ = note
    text = 'Кавычки " и «ёлочки», \\ и 😀\n' * 2000
    lost = client.post(address, data={"note": text}, headers=OURS)
    assert json.loads(hidden(lost.text)["kept_fields"]) == [["note", "Заметка", text]]


def test_every_field_into_which_people_type_has_its_label(app):
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    names = set(re.findall(r'\bfield\("(\w+)"', pages)) | set(re.findall(r'<textarea[^>]* name="(\w+)"', pages))
    names -= {"login", "password", "password_again", "old_password"}
    names -= {"rows"}  # of a file of words, which nobody types; elsewhere it is a number that nobody sees
    with app.test_request_context():
        assert {name for name in names if not label_of(name)} == set()
        assert label_of("task2") == LABELS["task"]
        assert label_of("version") == label_of("executor_id1") == ""
    assert {screen.partition(".")[0] for screen in OF_SCREEN} <= set(app.blueprints)
