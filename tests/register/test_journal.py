"""«Журнал учёта сообщений» for a period: what it lists, on paper and in a file."""

from __future__ import annotations

import io
import re
from datetime import datetime
from html import unescape

import openpyxl
import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts import act
from osm.models import Event
from osm.register.queries import rows as queries_rows
from osm.regulation.words import Status
from tests.desk import NOW, URL
from tests.office import at
from tests.statements import counted

NOVEMBER = "from=2026-11-01&to=2026-11-30"


def rows(page: str) -> list[list[str]]:
    """The cells of each row as text."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in found
    ]


def sheet(answer) -> list[dict]:
    _, head, *lines = openpyxl.load_workbook(io.BytesIO(answer.data)).active.values
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_an_answered_message_is_listed_with_all_that_is_required(desk, gleb):
    message = desk.in_status(Status.ANSWERED)
    (row,) = rows(gleb.get(f"/journal?{NOVEMBER}").text)
    term = row.pop(5)
    assert row == [
        f"{message.number} ВКонтакте",
        "25.11.2026 10:05",
        "неизвестен",
        "Яма на Калининской, 12",
        "ЖКХ Борис Ежов",
        "Ответ дан Окончательный ответ: 25.11.2026 10:40",
        URL,
        "",
    ]
    assert re.fullmatch(r"Ответ в соцсети до \d\d\.11\.2026 \d\d:\d\d \(п\. 8\)", term)


def test_the_file_has_the_same_in_separate_columns(desk, gleb):
    message = desk.in_status(Status.ANSWERED)
    (row,) = sheet(gleb.get(f"/journal.xlsx?{NOVEMBER}"))
    assert row["№ сообщения"] == message.number
    assert row["Поступило"] == datetime(2026, 11, 25, 10, 5)
    assert row["Ответ дан"] == datetime(2026, 11, 25, 10, 40)
    assert (row["Отдел"], row["Исполнитель"], row["Результат"]) == ("ЖКХ", "Борис Ежов", "Ответ дан")
    assert (row["Ссылка на ответ"], row["Ссылка на сообщение"]) == (URL, message.url)
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.object_kind == "journal_export")).one()
    assert (event.actor_id, event.changes["rows"]) == (gleb.user_id, [None, 1])


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (Status.NEW, "Новое"),
        (Status.EXCLUDED, "Не подлежит ответу (п. 17): реклама; продают окна"),
        (Status.REDIRECTED, "Передано по компетенции: ГИБДД"),
        (Status.DISMISSED, "Реагирование не требуется: Не о нас"),
        (Status.AWAITING_FINAL, "Окончательный ответ Промежуточный ответ: 25.11.2026 10:40"),
    ],
)
def test_every_message_is_listed_with_its_result(desk, anna, status, result):
    desk.in_status(status)
    (row,) = rows(anna.get(f"/journal?{NOVEMBER}").text)
    assert row[6] == result


def test_a_missed_term_is_named_with_its_clause(desk, anna, clock):
    desk.in_status(Status.NEW)
    clock.set(at("25.11 12:00"))
    act.record_breaches(at("25.11 12:00"))
    (row,) = rows(anna.get(f"/journal?{NOVEMBER}").text)
    assert row[8] == "Направить исполнителю до 25.11.2026 11:05 (п. 7)"


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("from=2026-11-20&to=2026-11-21", [20, 21]),
        ("from=21.11.2026&to=21.11.2026", [21]),
        ("to=2026-11-20", [20]),
        ("from=2026-11-22", [22]),
        ("", [20, 21, 22]),
        ("from=2026-10-01&to=2026-10-31", []),
    ],
)
def test_a_period_is_of_local_days_by_receipt(desk, anna, query, days):
    for when in ("20.11 00:00", "21.11 23:59", "22.11 12:00"):
        desk.incident(when)
    page = anna.get(f"/journal?{query}").text
    assert [int(row[1][:2]) for row in rows(page)] == days
    assert ("сообщений не поступало" in page) is (not days)


@pytest.mark.words
@pytest.mark.parametrize("path", ["/journal", "/journal.xlsx"])
@pytest.mark.parametrize("query", ["from=вчера", "to=31.11.2026", "from=2026-11-02&to=2026-11-01"])
def test_an_impossible_period_is_reported_and_stays_typed(desk, anna, path, query):
    answer = anna.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.text
    assert f'value="{query.split("=")[1].split("&")[0]}"' in answer.text


def test_too_many_for_paper_are_offered_as_a_file(desk, anna, monkeypatch):
    monkeypatch.setattr("osm.register.screens.LARGEST_PAGE", 1)
    for _ in range(2):
        desk.incident("25.11 10:00")
    page = anna.get(f"/journal?{NOVEMBER}").text
    assert "помещается не больше 1" in page
    assert rows(page) == []
    assert len(sheet(anna.get(f"/journal.xlsx?{NOVEMBER}"))) == 2


def test_chunks_lose_no_rows_and_cost_six_statements_each(app, desk, monkeypatch):
    monkeypatch.setattr(queries_rows, "CHUNK", 2)
    numbers = [desk.incident(f"25.11 10:0{minute // 2}").number for minute in range(5)]
    with counted(app) as statements:
        found = [row.number for row in queries_rows.journal_rows(at("01.11 00:00"), at("30.11 00:00"))]
    assert found == numbers
    assert len([line for line in statements if line.startswith("SELECT")]) <= 3 * 6


def test_a_citizens_text_is_no_formula(desk, anna):
    message = desk.in_status(Status.NEW, text="=1+1")
    answer = anna.get(f"/journal.xlsx?{NOVEMBER}")
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(answer.data)).active for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]
    assert message.number


# --- The card on paper


def test_the_card_on_paper_has_everything_and_no_form(desk, anna, boris):
    message = desk.in_status(Status.REWORK)
    page = unescape(boris.get(f"/messages/{message.id}/print").text)
    main = re.search(r"<main.*?</main>", page, re.DOTALL)[0]
    for words in (
        f"Карточка сообщения № {message.number}",
        "Яма на Калининской, 12",
        "Узнать сроки",
        "Здравствуйте! Яму засыпали.",
        "возвращено на доработку",
        "Доработать проект",
        "Напечатано 25.11.2026 11:00, Борис Ежов",
    ):
        assert words in main, words
    assert "<form" not in main
    assert f'href="/messages/{message.id}/print"' in anna.get(f"/messages/{message.id}").text


@pytest.mark.sqlite
@pytest.mark.parametrize("status", list(Status))
def test_the_card_on_paper_in_every_status(desk, anna, status):
    answer = anna.get(f"/messages/{desk.in_status(status).id}/print")
    assert answer.status_code == 200


def test_who_may_not_know_of_it_prints_nothing(desk, boris):
    message = desk.in_status(Status.NEW)
    assert boris.get(f"/messages/{message.id}/print").status_code == 404


def test_printing_is_logged(desk, anna, clock):
    clock.set(NOW)
    message = desk.in_status(Status.NEW)
    anna.get(f"/messages/{message.id}/print")
    anna.get(f"/journal?{NOVEMBER}")
    db.session.rollback()
    kinds = db.session.scalars(db.select(Event.object_kind).where(Event.action == "read").order_by(Event.id)).all()
    assert kinds == ["card", "card_print", "journal"]


def test_an_author_is_named(desk, anna):
    from osm.models import Author

    message = desk.in_status(Status.NEW)
    with transaction():
        message.author = Author(network="vk", name="Мария Петрова")
    assert rows(anna.get(f"/journal?{NOVEMBER}").text)[0][2] == "Мария Петрова"
