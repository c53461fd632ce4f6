"""The register as a file: exactly what is filtered, no formulas, and each file is logged."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts.record import Reading
from osm.models import Author, Event
from osm.register import screens
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.desk import URL


def sheet_of(answer) -> list[list[object]]:
    assert answer.status_code == 200
    book = openpyxl.load_workbook(BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def table(answer) -> list[dict[str, object]]:
    rows = sheet_of(answer)
    head = next(number for number, row in enumerate(rows) if row[0] == "Номер")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def test_each_row_says_what_the_register_knows(app, desk):
    message = desk.in_status(Status.ANSWERED, high=True)
    with transaction():
        message.author = Author(network="vk", name="Мария П.", profile_url="https://vk.com/id1")
        message.topic_id = desk.topics["Отопление"]
    desk.in_status(Status.NEW)
    answer = browser_of(app, desk.ids, "anna").get("/messages/export.xlsx?status=answered")
    assert "attachment" in answer.headers["Content-Disposition"]
    (row,) = table(answer)
    assert {name: str(value) for name, value in row.items() if value} == {
        "Номер": message.number,
        "Получено": "2026-11-25 10:05:00",
        "Статус": "Ответ дан",
        "Важность": "Повышенная",
        "Соцсеть": "ВКонтакте",
        "Автор": "Мария П.",
        "Профиль автора": "https://vk.com/id1",
        "Текст сообщения": "Яма на Калининской, 12",
        "Тема": "Отопление",
        "Ссылка": message.url,
        "Исполнитель": "Борис Ежов",
        "Отдел": "ЖКХ",
        "Ответ": "Здравствуйте! Яму засыпали.",
        "Ответ опубликован": "2026-11-25 10:40:00",
        "Ссылка на ответ": URL,
    }
    assert sheet_of(answer)[1][0] == "Статус: Ответ дан"


@pytest.mark.words
@pytest.mark.parametrize("text", ["=1+1", "+7 900", "@SUM(A1)", "-2", '=HYPERLINK("http://x")'])
def test_no_text_of_a_citizen_becomes_a_formula(app, desk, text):
    desk.in_status(Status.NEW, text=text)
    answer = browser_of(app, desk.ids, "anna").get("/messages/export.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.data))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == text]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)]


def test_each_file_is_logged_with_numbers_and_codes_only(app, desk):
    desk.in_status(Status.NEW)
    anna = browser_of(app, desk.ids, "anna")
    for _ in range(2):
        anna.get("/messages/export.xlsx?status=new&q=Прохорова")
    db.session.rollback()
    events = db.session.scalars(db.select(Event).where(Event.object_kind == Reading.REGISTER_EXPORT.value)).all()
    assert [event.actor_id for event in events] == [desk.ids["anna"]] * 2
    assert events[0].changes == {"rows": [None, 0], "filters": [None, ["q", "status"]]}


def test_an_executor_gets_only_what_he_sees(app, desk):
    mine = desk.in_status(Status.IN_WORK)
    desk.in_status(Status.NEW)
    answer = browser_of(app, desk.ids, "boris").get("/messages/export.xlsx")
    assert [row["Номер"] for row in table(answer)] == [mine.number]


def test_a_file_that_would_be_too_long_says_so(app, desk, monkeypatch):
    monkeypatch.setattr(screens, "MOST_ROWS", 2)
    numbers = [desk.in_status(Status.NEW).number for _ in range(3)]
    answer = browser_of(app, desk.ids, "anna").get("/messages/export.xlsx")
    assert [row["Номер"] for row in table(answer)] == numbers[:0:-1]
    assert sheet_of(answer)[1][0].startswith("Вошли первые 2 сообщений")
