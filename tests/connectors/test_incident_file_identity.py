"""How a message is recognised again: keys and duplicates in one file, fingerprints over several."""

from __future__ import annotations

import pytest

from osm.connectors.base import Duplicate, RowWarning
from tests.connectors import files
from tests.connectors.files import HEADER, incident, messages, only, outcome, parsed

pytestmark = pytest.mark.usefixtures("reader_inside")


def rows(*incidents: list[object]) -> str:
    return files.csv_text([HEADER, *incidents])


# --- Keys: number, else address, else the rest


def test_the_first_of_equal_numbers_wins(tmp_path):
    copy = incident("ПР-1 ", Ссылка=" https://m.vk.com/wall-77_ПР-1?reply=9")
    results = parsed(tmp_path, rows(incident("ПР-1"), incident("ПР-2"), copy, incident("пр-1", Текст="Другое")))
    assert results[2:] == [
        RowWarning(4, "Тот же номер или ссылка, что в строке 2, но текст другой: сверьте их."),
        Duplicate(4, 2, "number:пр-1"),
        RowWarning(5, "Тот же номер или ссылка, что в строке 2, но текст другой: сверьте их."),
        Duplicate(5, 2, "number:пр-1"),
    ]
    assert Duplicate(4, 2, "").reason == "Повтор строки 2: то же сообщение."


def test_a_refused_row_takes_no_number_from_a_good_one(tmp_path):
    assert outcome(parsed(tmp_path, rows(incident(1, Текст=""), incident(1), incident(1)))) == [
        ("rejected", 2),
        ("message", 3),
        ("duplicate", 4),
    ]


def test_one_address_with_two_numbers_is_two_messages(tmp_path):
    url = "https://vk.com/wall-77_5"
    assert outcome(parsed(tmp_path, rows(incident(1, Ссылка=url), incident(2, Ссылка=url)))) == [
        ("message", 2),
        ("message", 3),
    ]


def test_without_a_number_the_canonical_address_is_the_key(tmp_path):
    same = ["https://vk.com/wall-77_5?reply=9", "https://m.vk.ru/wall-77_5?reply=9&utm_source=a"]
    other = "https://vk.com/wall-77_5?reply=10"
    table = rows(*(incident("", Ссылка=url, Текст="Яма") for url in (*same, other)))
    results = parsed(tmp_path, table)
    assert outcome(results) == [("message", 2), ("duplicate", 3), ("message", 4)]
    assert messages(results)[0].key.startswith("url:")


SAME_BUT = [
    ({}, "duplicate"),
    ({"Текст": "Яма  у\nшколы"}, "duplicate"),
    ({"Статус": "Закрыт"}, "duplicate"),
    ({"Текст": "Яма у садика"}, "message"),
    ({"Автор": "Пётр Пробный"}, "message"),
    ({"Соцсеть": "ОК"}, "message"),
    ({"Дата публикации": "02.11.2026 10:16"}, "message"),
]


@pytest.mark.parametrize(("changes", "becomes"), SAME_BUT)
def test_without_number_and_address_the_rest_is_the_key(tmp_path, changes, becomes):
    base = {"Номер": "", "Ссылка": "", "Текст": "Яма у школы"}
    results = parsed(tmp_path, rows(incident(9), incident(**base), incident(**base | changes)))
    assert [pair for pair in outcome(results) if pair[0] != "warning"] == [("message", 2), ("message", 3), (becomes, 4)]


def test_the_front_page_of_a_network_is_no_key(tmp_path):
    table = rows(*(incident("", Ссылка="https://vk.com/", Текст=text) for text in ("Яма", "Сугроб")))
    assert outcome(parsed(tmp_path, table)) == [("message", 2), ("message", 3)]


def test_a_mistake_about_moscow_time_makes_no_second_message(tmp_path):
    table = rows(incident("", Ссылка=""), incident("1"))
    keys = [messages(parsed(tmp_path, table, times=times))[0].key for times in ("local", "moscow")]
    assert keys[0] == keys[1]


def test_keys_fit_their_column(tmp_path):
    table = rows(incident("İ" * 60), incident("", Ссылка="https://vk.com/" + "a" * 900), incident("", Ссылка=""))
    assert all(len(message.key) <= 80 for message in messages(parsed(tmp_path, table)))


# --- Fingerprints: has the source changed its data?


def fingerprint(folder, header, row) -> str:
    return only(parsed(folder, files.csv_text([header, row]))).fingerprint


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"Ссылка": "https://m.vk.com/wall-77_1?reply=9"}, True),
        ({"Автор": " Лидия  Пробная"}, True),
        ({"Статус": "Закрыт"}, False),
        ({"Важность": "Повышенная"}, False),
        ({"Текст": "Починили."}, False),
        ({"Дата поступления": "02.11.2026 10:41"}, False),
    ],
)
def test_the_fingerprint_shows_a_change(tmp_path, changes, same):
    before = fingerprint(tmp_path, HEADER, incident(1))
    assert (fingerprint(tmp_path, HEADER, incident(1, **changes)) == before) is same


def test_order_of_columns_and_unknown_columns_do_not_change_the_fingerprint(tmp_path):
    before = fingerprint(tmp_path, HEADER, incident(1))
    assert fingerprint(tmp_path, HEADER[::-1], incident(1)[::-1]) == before
    assert fingerprint(tmp_path, [*HEADER, "Просрочено, дн."], [*incident(1), "3"]) == before
