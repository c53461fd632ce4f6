"""The same message is known again by its number, else its address, else network, author, time and text."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.models import Author, Event, ImportState
from tests.connectors.files import HEADER, csv_text, incident

from .desk import export, load, messages, rows

pytestmark = pytest.mark.usefixtures("office")

NO_NUMBER = HEADER[1:]
NO_NUMBER_NO_LINK = ["Соцсеть", "Автор", "Дата публикации", "Дата поступления", "Текст", "Статус", "Важность"]


def without(row: list, *headings: str) -> list:
    return [cell for heading, cell in zip(HEADER, row, strict=True) if heading not in headings]


def test_a_file_loaded_twice_creates_nothing_the_second_time():
    assert load(export(*rows(30))).counts == {"created": 30}
    log = db.session.query(Event).filter(Event.message_id.is_not(None)).count()
    again = load(export(*rows(30)))
    assert (again.run.state, again.counts) == (ImportState.DONE, {"unchanged": 30})
    assert len(messages()) == 30
    assert db.session.query(Event).filter(Event.message_id.is_not(None)).count() == log


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda row: row, id="the same"),
        pytest.param(lambda row: [f" {row[0]}.0 ", *row[1:]], id="the number went through a sheet"),
        pytest.param(lambda row: [*row[:2], row[2].replace("s://", "://m."), *row[3:]], id="the link as on a phone"),
    ],
)
def test_another_spelling_of_number_or_link_is_no_change(change):
    load(export(*rows(3)))
    assert load(export(*map(change, rows(3)))).counts == {"unchanged": 3}


def test_by_its_link_where_there_is_no_number():
    bare = [without(row, "Номер") for row in rows(3)]
    assert load(export(*bare, header=NO_NUMBER), source="без номеров").counts == {"created": 3}
    bare[1][-3] = "Совсем другой текст того же сообщения на Тестовой."
    assert load(export(*bare, header=NO_NUMBER), source="без номеров").counts == {"unchanged": 2, "updated": 1}
    assert [message.number for message in messages()] == ["ОСМ-1", "ОСМ-2", "ОСМ-3"]


def test_by_author_time_and_text_where_there_is_neither():
    """Such a file needs a column for the link, even an empty one."""
    bare = [[*row[:2], "", *row[3:]][1:] for row in rows(3)]
    assert load(export(*bare, header=NO_NUMBER), source="без ссылок").counts == {"created": 3}
    assert load(export(*bare, header=NO_NUMBER), source="без ссылок").counts == {"unchanged": 3}
    bare[0][3] = "03.11.2026 10:15"  # the same words of the same person at another time are another message
    assert load(export(*bare, header=NO_NUMBER), source="без ссылок").counts == {"unchanged": 2, "created": 1}


def test_a_mistake_about_the_time_makes_no_second_message():
    load(export(*rows(3)), times="moscow")
    assert load(export(*rows(3)), times="local").run.counts["created"] == 0
    assert len(messages()) == 3


def test_the_same_rows_as_another_kind_of_file_are_the_same_messages():
    load(export(*rows(5)))
    assert load(csv_text([HEADER, *rows(5)]).encode("cp1251")).counts == {"unchanged": 5}


def test_of_two_rows_with_one_number_in_a_file_the_first_wins():
    done = load(export(incident(501), incident(502), incident(501, Текст="Второй текст под тем же номером.")))
    assert done.counts == {"created": 2, "duplicate": 1}
    assert done.reasons == {4: "Повтор строки 2: то же сообщение."}
    assert "текст другой" in done.warnings[4]
    assert "третий вечер" in messages()[0].text


def test_one_profile_is_one_author_and_equal_names_are_not():
    header = [*HEADER, "Профиль автора"]
    profile = "https://vk.com/id9007001"
    table = [
        [*incident(501), profile],
        [*incident(502), profile.replace("https://", "https://m.")],
        [*incident(503), ""],
        [*incident(504), ""],
        [*incident(505, Автор=""), ""],
    ]
    load(export(*table, header=header), source="с профилями")
    authors = [message.author_id for message in messages()]
    assert authors[0] == authors[1]
    assert len({*authors[1:4]}) == 3
    assert authors[4] is None
    load(export(*table, header=header), source="с профилями")
    assert db.session.query(Author).count() == 3
