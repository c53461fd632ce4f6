"""CSV: encodings, separators, quotes, records of several lines."""

from __future__ import annotations

import pytest

from tests.connectors import files

pytestmark = pytest.mark.usefixtures("reader_inside")

ROWS = [
    files.HEADER,
    files.incident(61, Текст='Магазин «Ёлка», он же "Уют", закрыт;\r\nвторой вход, тоже; откройте'),
    files.incident(62, Текст="Эй, почему опять холодно? Ждём."),
]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp866", "koi8-r"]
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_encoding_and_separator_gives_the_same_texts(tmp_path, encoding, separator):
    data = files.csv_text(ROWS, separator).encode(encoding, errors="replace")
    results = files.messages(files.parsed(tmp_path, data))
    assert [message.number for message in results] == ["61", "62"]
    assert results[1].text == "Эй, почему опять холодно? Ждём."
    whole = ROWS[1][6] if encoding not in ("cp866", "koi8-r") else ROWS[1][6].replace("«", "?").replace("»", "?")
    assert results[0].text == whole, "quotes, separators and line breaks of a text stay"


def test_a_few_broken_letters_do_not_turn_utf8_into_gibberish(tmp_path):
    data = files.csv_text(ROWS).encode().replace("Ждём".encode(), "Жд".encode() + b"\xd1" + "м".encode())
    assert files.messages(files.parsed(tmp_path, data))[1].text.endswith("Жд\ufffdм.")


def test_the_row_is_the_record_and_the_header_counts(tmp_path):
    text = files.csv_text([*ROWS, files.incident(63, Текст="")])
    assert files.outcome(files.parsed(tmp_path, text)) == [("message", 2), ("message", 3), ("rejected", 4)]


def test_the_line_that_excel_writes_for_the_separator_is_obeyed(tmp_path):
    text = "sep=|\r\n" + files.csv_text(ROWS, "|")
    assert files.outcome(files.parsed(tmp_path, text)) == [("message", 3), ("message", 4)]


def test_a_text_without_quotes_may_hold_other_separators(tmp_path):
    text = "Номер;Текст\r\n1;Снег, лёд, грязь, и так, каждый день\r\n2;Снег, лёд, грязь, и так, каждый год\r\n"
    assert [message.text.count(",") for message in files.messages(files.parsed(tmp_path, text))] == [4, 4]


def test_the_separator_is_the_one_that_shows_headings_despite_ragged_records(tmp_path):
    text = "Номер;Текст\r\n1;Снег, лёд;лишнее\r\n2;Снег, лёд;и;ещё\r\n3;Снег, лёд\r\n"
    assert files.outcome(files.parsed(tmp_path, text)) == [("message", 2), ("message", 3), ("message", 4)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_ending_of_lines_is_understood(tmp_path, ending):
    text = files.csv_text(ROWS[:1] + ROWS[2:]).replace("\r\n", ending).encode()
    assert files.only(files.parsed(tmp_path, text)).number == "62"


def test_a_short_record_misses_last_cells_and_a_long_keeps_the_rest(tmp_path):
    text = "Номер;Текст;Автор\r\n1;Яма\r\n2;Сугроб;Лидия;лишнее\r\n"
    first, second = files.messages(files.parsed(tmp_path, text))
    assert (first.author, second.author) == ("", "Лидия")
    assert second.raw == {"Столбец 4": "лишнее"}
