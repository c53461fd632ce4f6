"""«Управление» → «Сроки»: terms, holds, the first run, and its act and extract."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import docx
import pytest

from osm.base.database import db
from osm.base.transaction import Pace
from osm.models import LegalHold, Message
from osm.regulation.words import Status
from osm.retention.acts import purge
from osm.retention.rules import Kept
from tests.cast import browser_of
from tests.page_reading import words

PAGE = "/admin/keeping"


@pytest.fixture
def number(app, desk) -> str:
    message = desk.in_status(Status.ANSWERED)
    return message.number


def test_terms_are_changed_and_wrong_ones_come_back(dina, anna, app):
    given = dict.fromkeys(Kept, "365")
    answer = dina.submit(f"{PAGE}/terms", given | {"notes": "366"})
    assert answer.status_code == 422
    assert "Не дольше самих сообщений" in answer.text
    assert 'value="366"' in answer.text
    assert "Сохранено" in dina.submit(f"{PAGE}/terms", given, follow_redirects=True).text
    assert 'value="365"' in dina.get(PAGE).text
    assert anna.submit(f"{PAGE}/terms", given).status_code == 403


def test_a_hold_is_set_by_number_and_lifted(dina, desk, number, app):
    given = {"subject": "message", "ground": "court", "document": "Запрос суда № 5", "with_author": "1"}
    answer = dina.submit(f"{PAGE}/holds", given | {"number": "нет"})
    assert answer.status_code == 422
    assert "Такого номера нет" in answer.text
    given |= {"number": number}
    page = dina.submit(f"{PAGE}/holds", given, follow_redirects=True).text
    assert f"сообщение № {number}" in words(page)
    assert "дело в суде: Запрос суда № 5" in words(page)
    assert "уже наложен" in dina.submit(f"{PAGE}/holds", given).text, "the form sent again"
    db.session.rollback()
    hold_id = db.session.scalar(db.select(LegalHold.id))
    page = dina.submit(f"{PAGE}/holds/{hold_id}/lift", follow_redirects=True).text
    assert "Запрет снят" in page
    assert "Запрос суда" not in page
    assert "уже снят" in dina.submit(f"{PAGE}/holds/{hold_id}/lift", follow_redirects=True).text


def test_the_first_run_is_begun_by_a_person_and_has_its_act(dina, desk, number, app, cast, clock):
    assert "нечего" in dina.submit(f"{PAGE}/run", follow_redirects=True).text
    clock.set(clock.now() + timedelta(days=2000))
    text = db.session.scalar(db.select(Message.text).where(Message.number == number))
    dina = browser_of(app, cast, "dina")
    assert "Первый раз уничтожение начинаете вы" in words(dina.get(PAGE).text)
    assert "Уничтожение начато" in dina.submit(f"{PAGE}/run", follow_redirects=True).text
    assert "Уничтожение уже идёт" in dina.submit(f"{PAGE}/run", follow_redirects=True).text
    db.session.rollback()
    assert purge.run(clock.now(), Pace()) > 1
    page = dina.get(PAGE).text
    run_id = re.search(r"/runs/(\d+)/act\.docx", page)[1]
    act = docx.Document(io.BytesIO(dina.get(f"{PAGE}/runs/{run_id}/act.docx").data))
    cells = [cell.text for table in act.tables for row in table.rows for cell in row.cells]
    said = "\n".join([*(one.text for one in act.paragraphs), *cells])
    assert f"сообщение № {number}" in said
    assert "152-ФЗ" in said
    assert text not in said
    assert dina.get(f"{PAGE}/runs/{run_id}/log.xlsx").status_code == 200
    assert dina.get(f"{PAGE}/runs/99/act.docx").status_code == 404
    db.session.rollback()
    message_id = db.session.scalar(db.select(Message.id).where(Message.number == number))
    assert "срок хранения истёк" in browser_of(app, cast, "anna").get(f"/messages/{message_id}").text
    assert desk.again(db.session.scalars(db.select(Message).where(Message.number == number)).one()).purged_at


def test_the_command_lists_and_destroys_nothing(app, desk, number, clock):
    run = app.test_cli_runner().invoke
    assert "ни у чего не истекли" in run(args=["osm", "purge", "--dry-run"]).output
    clock.set(clock.now() + timedelta(days=2000))
    assert "Сообщения, их авторы и ответы: 1" in run(args=["osm", "purge", "--dry-run"]).output
    refused = run(args=["osm", "purge"])
    assert refused.exit_code == 1
    db.session.rollback()
    assert db.session.scalar(db.select(Message.text).where(Message.number == number))
