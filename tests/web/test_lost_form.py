"""A form that was sent after the session had ended: it is shown, survives the log-in, and can be sent again."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from osm.base.database import db
from osm.check.acts import verdicts
from osm.models import Note
from osm.plan.acts import outgoing
from osm.regulation.words import Status
from osm.settings import ROOT
from osm.shell.lost_form import LABELS, OF_SCREEN, label_of
from tests.desk import NOW
from tests.page_reading import words

OURS = {"Origin": "http://localhost"}


def hidden(page: str) -> dict[str, str]:
    form = page.split("<form")[-1]
    return {
        name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


def typed(page: str) -> dict[str, str]:
    """Label → the typed text."""
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


def test_logged_in_elsewhere_one_sends_it_again_at_once(anna, note):
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


def test_files_have_to_be_chosen_again_and_the_page_says_so(client, note):
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


KEYED = ("text", "number", "date", "time", "datetime-local", "url", "email", "tel")


def test_every_field_into_which_people_type_has_its_label(app):
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    names = set(re.findall(r'\bfield\("(\w+)"', pages)) | set(re.findall(r'<textarea[^>]* name="(\w+)"', pages))
    inputs = [dict(re.findall(r'(type|name)="([^"{]+)"', tag)) for tag in re.findall(r"<input\b[^>]*>", pages)]
    names |= {one["name"] for one in inputs if "name" in one and one.get("type", "text") in KEYED}
    names -= {"q", "on", "username"}  # they change nothing and are sent by GET
    names -= {"login", "password", "password_again", "old_password", "code", "old_code"}
    names -= {"rows"}  # a file of words, which is not typed; elsewhere a hidden number
    with app.test_request_context():
        assert {name for name in names if not label_of(name)} == set()
        assert label_of("task2") == LABELS["task"]
        assert label_of("version") == label_of("executor_id1") == ""
    assert {screen.partition(".")[0] for screen in OF_SCREEN} <= set(app.blueprints)


class Forms(HTMLParser):
    """The forms of a page: the address of each, what a person types into it, and the values of the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.inside = False
        self.chosen = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type", "text" if tag == "input" else tag)
        if tag == "form":
            self.inside = given.get("method") == "post"
            if self.inside:
                self.forms.append((given["action"], {}, {}))
        elif self.inside and tag == "option" and self.chosen and given.get("value"):
            self.forms[-1][2][self.chosen] = given["value"]
        elif self.inside and name:
            self.chosen = name if tag == "select" else ""
            _, by_hand, by_page = self.forms[-1]
            if kind in ("hidden", "checkbox", "radio", "submit", "button"):
                by_page.setdefault(name, given.get("value") or "on")
            elif kind not in ("file", "password", "select"):
                by_hand[name] = f"Набрано рукой: {name}"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"


PAGES = (
    "/", "/plan", "/plan/news", "/plan/tasks", "/plan/headings", "/plan/dates", "/messages/new", "/imports",
    "/admin/absences", "/moderation", "/promises", "/shift", "/blacklist",
    "/reports/urgent", "/reports/shortcomings", "/emergencies",
    "/messages/{0}", "/messages/{1}", "/messages/{2}", "/messages/{3}",
    "/approvals/{2}", "/messages/{3}/publish", "/plan/{4}",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_after_an_ended_session_only_what_was_typed_is_shown(client, desk, anna, page):
    new = desk.in_status(Status.NEW, text="Вы там все сволочи, когда уберёте яму?")
    verdicts.read_due(NOW)
    rest = [desk.in_status(status).id for status in (Status.IN_WORK, Status.ON_APPROVAL, Status.APPROVED)]
    planned = outgoing.add_idea("Каток", NOW.date(), actor=desk.anna, now=NOW)
    shown = anna.get(page.format(new.id, *rest, planned.id))
    assert shown.status_code == 200
    tried = 0
    for address, by_hand, by_page in Forms(shown.text).forms:
        if address in ("/logout", ""):  # a script sets the address of the second
            continue
        lost = client.post(address, data={**by_page, **by_hand}, headers=OURS)
        assert lost.status_code == 401, address
        for label, value in typed(lost.text).items():
            said_by_a_button = re.search("[а-яё]", value)  # «Благодарность» is a reason, so it is shown
            assert value in by_hand.values() or said_by_a_button, (address, label, value)
        assert set(by_hand.values()) <= set(typed(lost.text).values()), (address, typed(lost.text), by_hand)
        tried += 1
    assert tried
