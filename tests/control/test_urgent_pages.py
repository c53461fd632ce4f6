"""The screens of an urgent report: filled in from a message, above every page until read, noted after a call."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import docx
import pytest

from osm.base.database import db
from osm.messages.acts.closing import decide_link
from osm.models import UrgentReport
from osm.urgent.acts import urgent
from osm.urgent.acts.instructions import ReportForm
from tests.cast import browser_of
from tests.office import at
from tests.page_reading import words
from tests.statements import counted

REPORT = ReportForm("Прорвало трубу на Пушкинской", "Пушкинская, 1", at("25.11 10:05"), 12, "https://vk.com/wall-1_1")


@pytest.fixture
def report(desk, message) -> UrgentReport:
    return urgent.send(REPORT, message_id=message.id, actor=desk.anna, now=at("25.11 10:50"))


@pytest.fixture
def maxim(app, desk):
    browser = app.test_client()
    assert browser.log_in("maxim", "пароль-gleb").status_code == 303
    return browser


def only() -> UrgentReport:
    db.session.rollback()
    return db.session.scalars(db.select(UrgentReport)).one()


def bar(page: str) -> str:
    return words(page.split('id="urgent-bar" aria-live="polite">')[1].split('<section class="today"')[0])


def test_one_press_fills_it_in_and_a_second_sends_it(desk, anna, message):
    page = anna.get(f"/messages/{message.id}").text
    assert f'href="/messages/{message.id}/urgent"' in page
    form = anna.get(f"/messages/{message.id}/urgent").text
    assert "Прорвало трубу на Пушкинской, кипяток во дворе" in form
    assert "Борис Ежов (ЖКХ), 8 (000) 111-11-11" in form
    assert "25.11 10:10 направлено — Борис Ежов" in form
    assert message.url in form
    sent = anna.submit(f"/messages/{message.id}/urgent", {"what": "Прорвало", "how_many": "12", "since_at": ""})
    assert sent.location == f"/reports/urgent/{only().id}"
    page = anna.get(f"/messages/{message.id}").text
    assert "Срочный доклад № 1" in page
    assert "ещё не доведено до главы" in page
    assert "отправлен срочный доклад главе" in page


def test_messages_that_are_linked_are_counted(desk, anna, message):
    other = desk.incident("25.11 09:30", text="Прорвало трубу на Пушкинской")
    decide_link(message.id, other.id, 0, confirmed=True, actor=desk.anna, now=at("25.11 10:40"))
    form = anna.get(f"/messages/{message.id}/urgent").text
    assert re.search(r'name="how_many"[^>]*value="2"', form)
    assert other.url in form


def test_a_refused_form_keeps_what_was_typed(desk, anna, message):
    path = f"/messages/{message.id}/urgent"
    wrong = anna.submit(path, {"what": "Прорвало трубу", "how_many": "много", "links": "https://vk.com/wall-1_1"})
    assert wrong.status_code == 422
    assert "напишите числом" in wrong.text
    assert "Прорвало трубу" in wrong.text
    anna.submit(path, {"what": "Прорвало", "how_many": "1"})
    again = anna.submit(path, {"what": "Прорвало ещё раз", "how_many": "1"})
    assert again.status_code == 409
    assert "Второй доклад не отправлен" in again.text
    assert "Прорвало ещё раз" in again.text
    assert 'name="what"' not in anna.get(path).text


def test_it_is_above_every_page_of_leaders_until_it_is_read(app, desk, report, maxim, gleb, anna):
    for person in (maxim, gleb):
        for path in ("/", "/messages", "/help"):
            page = person.get(path).text
            assert bar(page) == "Срочно. Прорвало трубу на Пушкинской доложено сегодня в 10:50, прочитайте"
            assert f'href="/reports/urgent/{report.id}"' in page
    sveta = app.test_client()
    sveta.log_in("sveta", "пароль-gleb")
    assert "Прорвало трубу" in bar(sveta.get("/").text)
    page = sveta.get(f"/reports/urgent/{report.id}").text
    assert "Прочитано" in page
    assert "Ваша отметка — только ваша" in page
    assert "2-05-05" in page
    assert bar(anna.get("/").text) == bar(anna.get("/messages").text) == ""
    answer = maxim.submit(f"/reports/urgent/{report.id}/read", {"version": 1}, headers={"Referer": "http://localhost/"})
    assert answer.location == "/"
    assert "Прорвало" not in bar(gleb.get("/messages").text)
    page = gleb.get("/").text
    assert "Срочные доклады за сутки" in page
    late = gleb.submit(f"/reports/urgent/{report.id}/read", {"version": 1})
    assert late.status_code == 409
    assert "прочитано: Максим Северов" in late.text


def test_the_head_calls_the_executor_and_finds_him_first_for_an_instruction(desk, message, gleb):
    workers = "Борис Ежов (ЖКХ), 8 (000) 111-11-11 — 3 сообщения"
    known = replace(REPORT, workers=workers)
    report = urgent.send(known, message_id=message.id, actor=desk.anna, now=at("25.11 10:50"))
    page = gleb.get(f"/reports/urgent/{report.id}").text
    assert '(ЖКХ), <a href="tel:80001111111">8 (000) 111-11-11</a> — 3 сообщения</dd>' in page
    first = page.split('id="instruct-to"')[1].split("Выберите…</option>")[1].split(">")[0]
    assert f'value="{desk.ids["boris"]}"' in first


def test_of_several_reports_the_line_shows_one(desk, message, maxim):
    other = desk.incident("25.11 09:30")
    for one, what in ((message, "Прорвало трубу"), (other, "Упало дерево")):
        urgent.send(replace(REPORT, what=what), message_id=one.id, actor=desk.anna, now=at("25.11 10:50"))
    shown = bar(maxim.get("/messages").text)
    assert shown == "Срочно. Прорвало трубу доложено сегодня в 10:50, прочитайте · ещё 1"


def test_a_page_that_is_open_learns_of_it_by_its_poll(desk, message, maxim):
    page = maxim.get("/messages").text
    poll = re.search(r'hx-get="(/nav/badges[^"]*)"', page)[1].replace("&amp;", "&")
    assert maxim.htmx(poll, method="GET").status_code == 204
    urgent.send(REPORT, message_id=message.id, actor=desk.anna, now=at("25.11 10:50"))
    answer = maxim.htmx(poll, method="GET").text
    assert 'id="urgent-bar" aria-live="polite" hx-swap-oob="true"' in answer
    assert "Прорвало трубу" in answer


def test_not_read_it_is_the_press_centres_to_telephone_and_to_note(app, desk, report, clock):
    clock.set(at("25.11 11:06"))
    assert urgent.remind_to_call(clock.now()) == 1
    anna = browser_of(app, desk.ids, "anna")
    page = anna.get("/messages").text
    assert "не доведено до главы с 10:50: позвоните" in bar(page)
    assert f'href="/reports/urgent/{report.id}#phone"' in page
    page = anna.get(f"/reports/urgent/{report.id}").text
    assert "Максим Северов" in page
    assert "8 (000) 000-08-10" in words(page)
    assert "Вера Носова" in page
    path = f"/reports/urgent/{report.id}/phone"
    given = {
        "version": 1, "called_at": "2026-11-25T11:05", "leader_id": desk.ids["maxim"], "text": "Выехать и доложить",
        "to_id": desk.ids["anna"], "due_at": "2026-11-25T13:00",
    }  # fmt: skip
    wrong = anna.submit(path, {**given, "due_at": ""})
    assert wrong.status_code == 422
    assert "Выехать и доложить" in wrong.text
    assert anna.submit(path, given).status_code == 303
    page = anna.get(f"/messages/{report.message_id}").text
    assert "Доложено по телефону сегодня в 11:05, указание: Выехать и доложить" in words(page)
    assert "позвоните" not in bar(page)
    waiting = anna.get("/").text
    assert "kind=instructions" in waiting
    assert "поручение от: Максим Северов" in words(waiting)


def test_the_register_and_the_document_have_the_times(desk, report, anna, maxim):
    maxim.submit(
        f"/reports/urgent/{report.id}/instruct",
        {"version": 1, "text": "Выехать", "to_id": desk.ids["anna"], "due_at": "2026-11-25T13:00"},
    )
    assert only().instructions[0].to_id == desk.ids["anna"]
    listed = words(anna.get("/reports/urgent").text)
    assert "сегодня в 10:05 → сегодня в 10:50 через 45 мин, Анна Ларина" in listed
    assert "Доведено до главы. Прочитано сегодня в 11:00 (Максим Северов) через 10 мин после доклада" in listed
    file = anna.get(f"/reports/urgent/{report.id}/export.docx")
    document = docx.Document(io.BytesIO(file.data))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:3] == ["АДМИНИСТРАЦИЯ", "ГОРОДА", "Глава\nМаксим Северов"]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "прочитано 25.11.2026 11:00: Максим Северов (через 10 мин после доклада)" in cells
    assert "Выехать" in cells


@pytest.mark.parametrize("path", ["/", "/messages"])
def test_without_urgent_reports_a_page_reads_none(app, desk, anna, path):
    anna.get(path)
    with counted(app) as seen:
        anna.get(path)
    assert not [one for one in seen if "urgent_report.what" in one]


def test_a_missing_report_is_not_found(anna):
    for path in ("/reports/urgent/7", "/reports/urgent/7/export.docx"):
        assert anna.get(path).status_code == 404
    assert anna.submit("/reports/urgent/7/phone", {"version": 1}).status_code == 404
