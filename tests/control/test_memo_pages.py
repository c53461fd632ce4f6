"""The register of memos, one memo on screen and as DOCX, the office's template for it."""

from __future__ import annotations

import io

import pytest

from osm.flow.acts.act import record_breaches
from osm.regulation.words import Status
from osm.shortcomings.acts import shortcomings
from tests.cast import browser_of
from tests.documents.test_filling import template, text_of
from tests.office import at
from tests.page_reading import words

from .test_instruction_pages import log_in

MEMOS = "/reports/memos"


@pytest.fixture
def memo(late, desk, anna, clock):
    """A memo drafted today with one confirmed chain."""
    shortcomings.object_to(late.id, 1, objection="<b>Проект</b> был готов", actor=desk.boris, now=clock.now())
    shortcomings.confirm(late.id, 2, reason="Пришёл в 15:00", actor=desk.anna, now=clock.now())
    anna.submit(MEMOS, {"first_day": "2026-11-01", "last_day": "2026-11-25"})
    return f"{MEMOS}/1"


def test_from_a_draft_to_a_reader_and_his_decision(app, memo, anna, gleb, boris, desk):
    page = anna.get(memo).text
    assert "Подтверждено недостатков: 2" in page
    assert "&lt;b&gt;Проект&lt;/b&gt; был готов" in page
    sveta = log_in(app, "sveta")
    assert sveta.get(memo).status_code == 404
    assert "Подготовить за другие дни" not in sveta.get(MEMOS).text
    assert "Проверить и отправить" in gleb.get(memo).text, "the chief of staff prepares it too"
    assert sveta.submit(f"{memo}/send", {"version": 1}).status_code == 404
    assert anna.submit(f"{memo}/proposals", {"version": 1, "proposals": "Второй исполнитель"}).status_code == 303
    stale = anna.submit(f"{memo}/send", {"version": 1})
    assert stale.status_code == 409
    assert anna.submit(f"{memo}/send", {"version": 2}).location == memo
    assert "Служебная записка № 1-2026" in words(gleb.get("/").text)
    assert "Второй исполнитель" in gleb.get(memo).text
    gleb.submit(f"{memo}/seen")
    assert "Служебная записка № 1-2026" not in words(gleb.get("/").text)
    given = {"kind": "task", "text": "Разобрать", "to_id": desk.ids["boris"], "due_at": "2026-12-01T12:00"}
    wrong = gleb.submit(f"{memo}/decide", {**given, "due_at": "2026-11-01T12:00"})
    assert wrong.status_code == 422
    assert "Разобрать" in wrong.text
    assert gleb.submit(f"{memo}/decide", given).status_code == 303
    again = gleb.submit(f"{memo}/decide", given)
    assert (again.status_code, "Второй раз не записано" in again.text) == (422, True), "«Назад», and sent once more"
    register = words(anna.get(MEMOS).text)
    assert "ознакомились 1 из 3" in register
    assert "к 01.12 12:00" in register
    assert "Поручение: Борис Ежов — Разобрать" in register
    assert boris.get(memo).status_code == 403
    shown = boris.get("/reports/shortcomings/1").text
    assert "№ 1-2026" in shown
    assert memo not in shown, "a link to a refusal is none"
    assert memo in anna.get("/reports/shortcomings/1").text
    assert "Разобрать" in boris.get("/?kind=later").text
    boris.submit("/instructions/1/report", {"version": 1, "report": "Разобрали"})
    assert "доложено, ждёт решения" in anna.get(MEMOS).text
    assert "Служебная записка" in anna.get(memo).text
    assert "№ 1-2026" in gleb.get("/instructions/1").text


def test_a_register_form_keeps_what_was_typed(anna, cast):
    wrong = anna.submit(MEMOS, {"first_day": "2026-11-05", "last_day": "2026-11-01"})
    assert wrong.status_code == 422
    assert 'value="2026-11-05"' in wrong.text


def test_it_is_a_document_by_the_template_of_the_office(memo, anna):
    text = text_of(anna.get(f"{memo}/export.docx").data)
    assert "СЛУЖЕБНАЯ ЗАПИСКА № проект" in text
    assert "Возражение: <b>Проект</b> был готов. Решение: Пришёл в 15:00" in text
    own = template("Записка {{ number }}: {{ total }}")

    def put(content: bytes):
        return anna.submit(f"{MEMOS}/template", {"template": (io.BytesIO(content), "наш.docx")})

    refused = put(template("{{ office.__class__ }}"))
    assert refused.status_code == 422
    assert "Поля «__class__» нет" in refused.text
    assert "проверен и принят" not in refused.text + anna.get(f"{MEMOS}/template").text
    assert anna.submit(f"{MEMOS}/template").status_code == 422
    assert put(own).status_code == 303
    assert "наш.docx" in anna.get(f"{MEMOS}/template").text
    assert "Записка проект: 2" in text_of(anna.get(f"{memo}/export.docx").data)
    assert "Записка {{" in text_of(anna.get(f"{MEMOS}/template/export.docx").data)
    anna.submit(f"{MEMOS}/template/remove")
    assert "СЛУЖЕБНАЯ ЗАПИСКА" in text_of(anna.get(f"{memo}/export.docx").data)


def test_the_breach_of_who_prepares_it_is_printed_by_any_template(app, desk, clock):
    desk.in_status(Status.NEW)
    clock.set(at("26.11 12:00"))
    record_breaches(clock.now())
    anna = browser_of(app, desk.ids, "anna")
    anna.submit(f"{MEMOS}/template", {"template": (io.BytesIO(template("Записка {{ number }}")), "наш.docx")})
    memo = anna.submit(MEMOS, {"first_day": "2026-11-01", "last_day": "2026-11-26"}).location
    assert "Решения ещё нет: 1" in words(anna.get(memo).text)
    text = text_of(anna.get(f"{memo}/export.docx").data)
    assert "Нарушения того, кто готовил или отправил записку" in text
    assert "направить исполнителю, п. 7 — Анна Ларина" in text
