"""The screens: of the executor, the curator, an auditor; the page of a link without log-in."""

from __future__ import annotations

import io
import re

import pytest

from osm.base.database import db
from osm.messages.acts import closing
from osm.models import NeighbourQuestion
from osm.neighbours.acts import asking
from osm.neighbours.rules import QuestionState
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.desk import NOW
from tests.page_reading import words
from tests.pictures import picture
from tests.serving import serving

from .conftest import ASKED, again


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK, text="Нет воды, звоните +7 924 000-11-22")


@pytest.fixture
def boris(app, desk):
    return browser_of(app, desk.ids, "boris")


@pytest.fixture
def anna(app, desk):
    return browser_of(app, desk.ids, "anna")


@pytest.fixture
def out(message, ask, send, links) -> NeighbourQuestion:
    return send(ask(message, way="link", with_citizen=True))


def key(row) -> str:
    return asking.token_of(row.mark)


def ask_form(message, body, **more):
    return {"message_id": message.id, "body_id": body.id, "way": "letter", "text": ASKED, "with_citizen": "1", **more}


def test_the_executor_asks_and_the_curator_sees_exactly_what_leaves(message, body, boris, anna):
    assert "Спросить организацию" in boris.get(f"/messages/{message.id}").text
    answer = boris.submit("/neighbours", ask_form(message, body))
    assert answer.status_code == 303
    db.session.rollback()
    row = db.session.scalars(db.select(NeighbourQuestion)).one()
    page = boris.get(f"/neighbours/{row.id}").text
    assert "Отправить в организацию" not in page
    assert "Вопрос: Водоканал" in words(anna.get("/").text)
    page = anna.get(f"/neighbours/{row.id}").text
    assert "Отправить в организацию" in page
    assert "+7 924" not in page
    assert ASKED in page
    form = {"version": row.version, "text": f"{row.text} +7 924 000-11-22"}
    refused = anna.submit(f"/neighbours/{row.id}/send", form)
    assert refused.status_code == 422
    assert "Похоже на личные данные" in refused.text
    assert 'name="seen"' in refused.text
    done = anna.submit(f"/neighbours/{row.id}/send", {**form, "seen": "1"}, follow_redirects=True)
    assert "письмо отправьте сами" in done.text
    assert "Водоканал: отправлен" in words(anna.get(f"/messages/{message.id}").text)
    assert "отправлен" in words(anna.get("/neighbours").text)


def test_a_refused_form_keeps_what_was_typed(message, body, boris):
    answer = boris.submit("/neighbours", ask_form(message, body, body_id=""))
    assert answer.status_code == 422
    assert ASKED in answer.text


def test_without_public_url_there_is_no_choice_and_the_page_says_why(message, body, boris, set_settings, app):
    page = boris.get(f"/neighbours/new?message={message.id}").text
    assert 'value="link"' not in page
    assert "OSM_PUBLIC_URL" in page
    assert boris.submit("/neighbours", ask_form(message, body, way="link")).status_code == 422


def test_with_public_url_there_is(message, body, boris, links):
    assert 'value="link"' in boris.get(f"/neighbours/new?message={message.id}").text


def test_base_url_alone_gives_no_links(make_settings):
    assert make_settings(OSM_BASE_URL="https://in.example.ru").site.links == ""
    assert make_settings(OSM_PUBLIC_URL="https://out.example.ru").site.links == "https://out.example.ru"


def test_code_and_link_are_for_who_works_on_it(app, desk, out, boris, anna):
    for browser, sees in ((boris, True), (anna, True), (browser_of(app, desk.ids, "gleb"), False)):
        page = browser.get(f"/neighbours/{out.id}").text
        assert (asking.code_for(out.mark) in page, key(out) in page) == (sees, sees)
    assert browser_of(app, desk.ids, "roman").get(f"/neighbours/{out.id}").status_code == 404


def test_an_auditor_reads_no_words(out, zoya, message):
    page = zoya.get(f"/messages/{message.id}").text
    assert "Сведения организаций" in page
    assert "Водоканал" not in page
    assert ASKED not in page
    assert zoya.get(f"/neighbours/{out.id}").status_code == 403
    assert zoya.get("/neighbours").status_code == 403


def test_a_stranger_reads_nothing_without_the_code(client, out):
    page = client.get(f"/public/ask?key={key(out)}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    for told in (ASKED, "Водоканал", "Калининская", '<form method="post" action="/public/ask/answer"'):
        assert told not in page.text
    wrong = f"{(int(asking.code_for(out.mark)) + 1) % 10**6:06}"
    refused = client.post("/public/ask", data={"key": key(out), "code": wrong})
    assert refused.status_code == 422
    assert "Осталось попыток: 4" in refused.text
    assert client.post("/public/ask/answer", data={"text": "без кода"}).status_code == 404


def test_a_page_of_an_error_gives_the_key_to_nobody(client, app, out, monkeypatch):
    address = f"/public/ask?key={key(out)}"
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    rename = "ALTER TABLE {} RENAME TO {}".format
    db.session.execute(db.text(rename("neighbour_question", "away")))
    db.session.commit()
    try:
        page = client.get(address)
    finally:
        db.session.rollback()
        db.session.execute(db.text(rename("away", "neighbour_question")))
        db.session.commit()
    assert page.status_code == 500
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")


@pytest.mark.parametrize("given", ["", "?key=no", "?key=" + "x" * 5000])
def test_a_wrong_link_says_no_more_than_an_ended_one(client, out, given, desk):
    asking.withdraw(out.id, out.version, actor=desk.anna, now=NOW)
    ended = client.get(f"/public/ask?key={key(out)}")
    wrong = client.get(f"/public/ask{given}")
    assert (ended.status_code, wrong.status_code) == (404, 404)
    assert re.sub(r"<head>.*</head>", "", ended.text, flags=re.DOTALL) == re.sub(
        r"<head>.*</head>", "", wrong.text, flags=re.DOTALL
    )


def test_the_whole_way_of_a_stranger(client, out, anna, message):
    opened = client.post("/public/ask", data={"key": key(out), "code": f" {asking.code_for(out.mark)} "})
    assert opened.status_code == 200
    assert ASKED in opened.text
    assert "+7 924" not in opened.text
    assert again(out).state is QuestionState.OPENED
    bad = client.post("/public/ask/answer", data={"text": "В 18:00", "photos": (io.BytesIO(b"MZ"), "a.exe")})
    assert bad.status_code == 422
    assert "В 18:00" in bad.text
    done = client.post("/public/ask/answer", data={"text": "В 18:00", "photos": (io.BytesIO(picture()), "a.png")})
    assert "Спасибо" in done.text
    assert client.post("/public/ask/answer", data={"text": "ещё"}).status_code == 404
    assert client.get(f"/public/ask?key={key(out)}").status_code == 404
    assert "В 18:00" in anna.get(f"/messages/{message.id}").text
    photo = again(out).photos[0]
    assert anna.get(f"/neighbours/photos/{photo.id}/small").mimetype == "image/jpeg"
    assert anna.get(f"/neighbours/photos/{photo.id}").mimetype == "image/jpeg"
    assert client.get(f"/neighbours/photos/{photo.id}").status_code in (302, 303, 401)


def test_photos_larger_than_strangers_may_send_pass_with_the_code_alone(app, out):
    import requests

    large = picture("PNG", (60, 40)) + b"\0" * (2 * 1024 * 1024)
    with serving(app) as site, requests.Session() as browser:
        files = {"photos": ("a.png", large, "image/png")}
        assert browser.post(f"{site}/public/ask/answer", data={"text": "x"}, files=files).status_code == 413
        browser.post(f"{site}/public/ask", data={"key": key(out), "code": asking.code_for(out.mark)})
        answer = browser.post(f"{site}/public/ask/answer", data={"text": "В 18:00"}, files=files)
        assert answer.status_code == 200, answer.text


def test_taken_into_the_draft_it_says_who_answers(out, boris, client, message):
    client.post("/public/ask", data={"key": key(out), "code": asking.code_for(out.mark)})
    client.post("/public/ask/answer", data={"text": "В 18:00"})
    page = boris.get(f"/neighbours/{out.id}").text
    assert "За достоверность отвечает исполнитель (п. 18)" in page
    done = boris.submit(f"/neighbours/{out.id}/take", {"version": again(out).version}, follow_redirects=True)
    assert "отвечаете вы (п. 18)" in done.text
    assert "В 18:00" in boris.get(f"/messages/{message.id}/answer").text


def test_only_who_prepares_the_draft_is_offered_to_take_the_answer(out, anna, boris, client):
    client.post("/public/ask", data={"key": key(out), "code": asking.code_for(out.mark)})
    client.post("/public/ask/answer", data={"text": "В 18:00"})
    page = f"/neighbours/{out.id}"
    refused = anna.submit(f"{page}/take", {"version": again(out).version})
    assert "Проект готовит исполнитель" in refused.text
    assert [f"{page}/take" in one.get(page).text for one in (anna, boris)] == [False, True]


def test_an_answer_that_came_too_late_is_entered_only_while_the_message_is_at_work(desk, message, out, anna):
    db.session.rollback()
    asking.end_due(out.ends_at)
    page = f"/neighbours/{out.id}"
    assert f"{page}/enter" in anna.get(page).text
    message = desk.again(message)
    closing.dismiss_message(message.id, message.version, reason="Не о нас", actor=desk.anna, now=NOW)
    assert again(out).state is QuestionState.LATE
    assert f"{page}/enter" not in anna.get(page).text


def test_a_reason_is_not_lost_where_somebody_has_sent_the_question_meanwhile(message, ask, send, anna):
    row = ask(message)
    send(row)
    late = anna.submit(f"/neighbours/{row.id}/give-back", {"version": 1, "reason": "Спросите <сами>\r\nпо телефону"})
    assert late.status_code == 409
    assert "Ваш текст не пропал" in words(late.text)
    assert "Спросите &lt;сами&gt;" in late.text


def test_the_kept_list(anna, body):
    page = anna.get("/neighbours/bodies").text
    assert "Водоканал" in page
    assert "2-22-22" in page
    answer = anna.submit("/neighbours/bodies", {"name": "УК «Уют»", "email": "", "phone": ""})
    assert answer.status_code == 303
    assert anna.get(answer.headers["Location"]).status_code == 200
