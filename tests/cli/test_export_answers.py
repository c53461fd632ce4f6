"""`osm export-answers FILE`: the answers still to be entered, or all of a period; nothing in the file can run."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import openpyxl
import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts import mending
from osm.models import Draft, Event
from tests.office import at, hire


@pytest.fixture
def office(app):
    with app.app_context():
        yield hire()


@pytest.fixture
def run(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["osm", "export-answers", *map(str, arguments)])


def sheet(file) -> list[dict]:
    head, *rows = openpyxl.load_workbook(file).active.values
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_what_waits_is_written_and_what_was_entered_is_not(office, run, tmp_path):
    first, second = office.answered("17.03 09:00"), office.answered("18.03 09:00")
    mending.mark_entered(first.replies[0].id, actor=office.anna, now=at("17.03 11:00"))
    done = run(tmp_path / "ответы.xlsx")
    assert (done.exit_code, done.stdout) == (0, f"Ответов: 1. Файл: {tmp_path / 'ответы.xlsx'}\n")
    (row,) = sheet(tmp_path / "ответы.xlsx")
    assert row == {
        "Номер": second.number,
        "Соцсеть": "ВКонтакте",
        "Ссылка на сообщение": second.url,
        "Текст сообщения": "Яма на Калининской, 12",
        "Вид ответа": "Окончательный ответ",
        "Ответ": "Здравствуйте! Яму засыпали вчера.",
        "Ссылка на ответ": "https://vk.com/wall-1_1?reply=2",
        "Дата ответа": datetime(2026, 3, 18, 10, 30),
        "Кто опубликовал": "Anna",
        "Статус в ИМ": None,
        "Срок ИМ": None,
        "Внесено в ИМ": None,
    }
    assert [file.name for file in tmp_path.iterdir()] == ["ответы.xlsx"]


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (("--from", "2026-03-18"), [18, 19]),
        (("--to", "18.03.2026"), [17, 18]),
        (("--from", "18.03.2026", "--to", "2026-03-18"), [18]),
        (("--from", "20.03.2026"), []),
    ],
)
def test_a_period_holds_all_answers_of_its_local_days(office, run, tmp_path, period, days):
    for day in (17, 18, 19):
        message = office.answered(f"{day}.03 09:00")
        mending.mark_entered(message.replies[0].id, actor=office.anna, now=at(f"{day}.03 11:00"))
    assert run(tmp_path / "a.xlsx", *period).exit_code == 0
    assert [row["Дата ответа"].day for row in sheet(tmp_path / "a.xlsx")] == days


def test_no_text_becomes_a_formula(office, run, tmp_path):
    message = office.answered()
    with transaction() as session:
        message.text = "=HYPERLINK(1)"
        session.get_one(Draft, message.replies[0].approved_draft_id).text = "+7 999"
    run(tmp_path / "a.xlsx")
    cells = {cell.value: cell for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active for cell in row}
    assert cells["=HYPERLINK(1)"].data_type == "s"
    run(tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig")
    (_, row) = csv.reader(io.StringIO(text), delimiter=";")
    assert (row[3], row[5]) == ("'=HYPERLINK(1)", "'+7 999")


@pytest.mark.words
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("a.docx",), 2),
        (("a.xlsx", "--from", "вчера"), 2),
        (("a.xlsx", "--from", "2026-03-18", "--to", "2026-03-17"), 2),
    ],
)
def test_a_bad_call_writes_nothing(office, run, tmp_path, monkeypatch, arguments, status):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments).exit_code == status
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_reported_in_russian(office, run, tmp_path):
    done = run(tmp_path / "нет" / "a.xlsx")
    assert done.exit_code == 1
    assert "не удалось записать: нет такого каталога или файла." in done.stderr


def test_taking_answers_away_is_logged(office, run, tmp_path):
    office.answered()
    run(tmp_path / "a.xlsx", "--from", "17.03.2026")
    event = db.session.scalars(db.select(Event).where(Event.action == "read")).one()
    assert (event.object_kind, event.actor_id) == ("answers_export", None)
    assert event.changes["from"] == [None, "2026-03-17T00:00:00+10:00"]
